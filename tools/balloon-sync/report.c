// SPDX-License-Identifier: GPL-2.0-or-later
/* What balloon-sync tells people, programs and its CSV file. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "base/u64.h"
#include "log.h"
#include "report.h"

#define CSV_HEADER \
	"time_s,anon_kb,cache_kb,used_kb,wanted_kb,given_kb,arrived_kb,guest_kb,dom0_kb,phase\n"

/* Of more than that, the least recent are not remembered. */
#define LASTS_MAX (2 * CONFIG_LIST_MAX)

#define CEILING_HINT "max: of Xen's dom0_mem="

static const char * const phase_names[] = {
	[MOVE_DONE] = "settled",
	[MOVE_UNDER_WAY] = "moving",
	[MOVE_RESTING] = "resting",
};

static double seconds(const struct report *report, uint64_t now_ns)
{
	return (double)(now_ns - report->start_ns) / NSEC_PER_SEC;
}

const char *report_phase(enum move_phase phase)
{
	return phase_names[phase];
}

int report_init(struct report *report, bool many, bool json, const char *csv_path,
		uint64_t now_ns, struct error *err)
{
	FILE *csv = NULL;

	if (csv_path) {
		csv = fopen(csv_path, "we");
		if (!csv)
			return error_errno(err, -errno, "%s", csv_path);
		setvbuf(csv, NULL, _IOLBF, 0);
		fputs(many ? LOG_CSV_HEADER : CSV_HEADER, csv);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	*report = (struct report){
		.many = many,
		.json = json,
		.csv = csv,
		.start_ns = now_ns,
	};
	return 0;
}

void report_exit(struct report *report)
{
	if (report->csv)
		fclose(report->csv);
	report->csv = NULL;
	while (report->last_count)
		free(report->lasts[--report->last_count].object);
	free(report->lasts);
	report->lasts = NULL;
}

static void print_json(json_t *json)
{
	if (!json)
		return;
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(json);
}

/* People want to see changes, not the same line every second. */
static void print_text(struct report *report, const struct controller *c)
{
	const struct move_report *moved = &c->moved;
	const struct usage *u = &c->groups[0].usage;
	char used[FORMAT_MAX], anon[FORMAT_MAX], cache[FORMAT_MAX];
	char arrived[FORMAT_MAX], guest[FORMAT_MAX], size[FORMAT_MAX];
	char host[HV_NAME_MAX + FORMAT_MAX] = "";
	char line[sizeof(report->last)];

	/* Where memory is one pool, it has none of its own. */
	if (!c->move.hv->pool)
		snprintf(host, sizeof(host), "  %s %9s", c->move.host.base.domain.name,
			 format_size(size, moved->host_kb << 10));
	snprintf(line, sizeof(line),
		 "used %9s (own %9s, cache %9s)  %s %9s  guest %9s%s  %s",
		 format_size(used, usage_total(u) << 10),
		 format_size(anon, u->anon_kb << 10),
		 format_size(cache, u->cache_kb << 10),
		 report->dry_run ? "would move" : "moved",
		 format_size(arrived, (report->dry_run ? c->guests[0].move->wanted_kb :
				       moved->arrived_kb) << 10),
		 format_size(guest, moved->guest_kb << 10),
		 host, report->dry_run ? "dry run" : phase_names[moved->phase]);
	if (strcmp(line, report->last) == 0)
		return;
	strcpy(report->last, line);
	puts(line);
}

static void report_one(struct report *report, const struct controller *c, double time)
{
	const struct move_report *moved = &c->moved;
	const struct usage *u = &c->groups[0].usage;
	uint64_t wanted_kb = c->guests[0].move->wanted_kb;

	if (report->csv)
		fprintf(report->csv,
			"%.3f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s\n",
			time, u->anon_kb, u->cache_kb, usage_total(u),
			wanted_kb, moved->given_kb, moved->arrived_kb,
			moved->guest_kb, moved->host_kb,
			phase_names[moved->phase]);
	if (!report->json) {
		print_text(report, c);
		return;
	}
	print_json(json_pack("{s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
			     "time_s", time, "anon_kb", json_u64(u->anon_kb),
			     "cache_kb", json_u64(u->cache_kb),
			     "used_kb", json_u64(usage_total(u)),
			     "wanted_kb", json_u64(wanted_kb),
			     "given_kb", json_u64(moved->given_kb),
			     "arrived_kb", json_u64(moved->arrived_kb),
			     "guest_kb", json_u64(moved->guest_kb),
			     "dom0_kb", json_u64(moved->host_kb),
			     "phase", phase_names[moved->phase]));
}

/* The host, guests, groups. */
static void fill_rows(const struct controller *c, uint64_t time_ms, struct log_row *rows)
{
	const struct decision *d = c->decision;
	const struct config *config = c->config;
	const struct side_base *host = &c->move.host.base;
	size_t i;

	*rows++ = log_host(d, host->domain.name, time_ms, c->moved.arrived_kb,
			   host->sizes.actual_kb);
	for (i = 0; i < config->guest_count; i++) {
		const struct move_guest *move = c->guests[i].move;
		struct log_row row = log_guest(d, i, config->guests[i].name, time_ms,
					       move ? move->report.given_kb : 0);

		row.size_kb = move ? move->report.size_kb : 0;
		*rows++ = row;
	}
	for (i = 0; i < config->group_count; i++)
		*rows++ = log_group(d, i, config->groups[i].name, time_ms);
}

static void report_many(struct report *report, const struct controller *c,
			uint64_t time_ms)
{
	size_t i, count = 1 + c->config->guest_count + c->config->group_count;
	struct log_row *rows;

	if (!report->csv && !report->json)
		return;
	rows = calloc(count, sizeof(*rows));
	if (!rows)
		return;
	fill_rows(c, time_ms, rows);
	for (i = 0; report->csv && i < count; i++)
		log_csv(report->csv, &rows[i]);
	if (report->json)
		log_json(stdout, rows, count);
	free(rows);
}

void report_sample(struct report *report, const struct controller *c, uint64_t now_ns)
{
	if (report->many)
		report_many(report, c, (now_ns - report->start_ns) / NSEC_PER_MSEC);
	else
		report_one(report, c, seconds(report, now_ns));
}

static struct report_last *find_last(const struct report *report, const char *object)
{
	size_t i;

	for (i = 0; i < report->last_count; i++)
		if (strcmp(report->lasts[i].object, object) == 0)
			return &report->lasts[i];
	return NULL;
}

const char *report_last(const struct report *report, const char *object)
{
	const struct report_last *last = find_last(report, object);

	return last ? last->text : NULL;
}

/* Without memory it is forgotten: it has been told. */
static void remember(struct report *report, const char *object, const char *text)
{
	struct report_last *last = find_last(report, object), *lasts;

	if (!last && report->last_count == LASTS_MAX) {
		free(report->lasts[0].object);
		memmove(report->lasts, report->lasts + 1,
			--report->last_count * sizeof(*report->lasts));
	}
	if (!last) {
		lasts = realloc(report->lasts, (report->last_count + 1) * sizeof(*lasts));
		if (!lasts)
			return;
		report->lasts = lasts;
		last = &lasts[report->last_count];
		last->object = strdup(object);
		if (!last->object)
			return;
		report->last_count++;
	}
	snprintf(last->text, sizeof(last->text), "%s", text);
}

void report_line(struct report *report, const char *object, const char *fmt,
		 ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (report->many)
		remember(report, object, text);
	if (report->json)
		print_json(json_pack("{s:o, s:o}", "object", json_text(object),
				     "message", json_text(text)));
	else
		fprintf(stderr, "balloon-sync: %s: %s\n", object, text);
}

static void report_guest(struct report *report, const struct move_guest *guest)
{
	const char *name = guest->side.base.domain.name;
	unsigned int events = guest->report.events;

	if (events & MOVE_EVENT_GUEST_GONE)
		report_line(report, name, "the guest is gone");
	if (events & MOVE_EVENT_GUEST_LOST)
		report_line(report, name, "does not answer; it is tried again");
	if (events & MOVE_EVENT_GUEST_REFUSED)
		report_line(report, name, "stays as it is for now (%s); it is tried again",
			    guest->why.text);
	if (events & MOVE_EVENT_GUEST_FOREIGN)
		report_line(report, name,
			    "somebody else sets its size; it is left alone from now on");
	if (events & MOVE_EVENT_GUEST_KEEPS)
		report_line(report, name,
			    "gives no more than %" PRIu64 " of %" PRIu64 " kB; asked again later",
			    guest->report.given_kb, guest->wanted_kb);
	if (events & MOVE_EVENT_GUEST_FULL)
		report_line(report, name,
			    "does not take back all that it may; it is asked again");
	if (events & MOVE_EVENT_GUEST_NO_GAIN)
		report_line(report, name,
			    "what it gives does not return to the host; it gets it back, end what pins its memory (a device assigned to it)");
}

void report_events(struct report *report, const struct move *move,
		   const struct move_report *moved)
{
	const char *host = move->host.base.domain.name;
	size_t i;

	for (i = 0; i < move->count; i++)
		report_guest(report, move->guests[i]);
	if (moved->events & MOVE_EVENT_HOST_FOREIGN)
		report_line(report, host,
			    "somebody else sets its size; it is left alone from now on");
	if (moved->events & MOVE_EVENT_HOST_FULL)
		report_line(report, host,
			    "takes no more than %" PRIu64 " of %" PRIu64 " kB; the rest is left",
			    moved->arrived_kb, moved->wanted_kb);
	if (moved->events & MOVE_EVENT_HOST_KEEPS)
		report_line(report, host,
			    "still keeps %" PRIu64 " kB; end what uses memory there",
			    u64_sub_sat(moved->arrived_kb, moved->wanted_kb));
	if (moved->events & MOVE_EVENT_CLAIM_LOST)
		report_line(report, host,
			    "another guest took the memory first; it is tried again later");
}

static void report_limit(struct report *report, const struct controller *c, size_t i)
{
	const char *guest = c->guests[i].move->side.base.domain.name;
	const char *host = c->move.host.base.domain.name;
	uint64_t wanted = c->guests[i].move->wanted_kb;
	uint64_t used = controller_used_for(c, i);

	switch (c->guests[i].limit) {
	case LAW_FREE:
		report_line(report, guest, "is charged in full again");
		break;
	case LAW_FLOOR:
		report_line(report, guest,
			    "at its floor: %" PRIu64 " of %" PRIu64 " kB used are charged",
			    wanted, used);
		break;
	case LAW_CAP:
		report_line(report, guest,
			    "the cap is reached: %" PRIu64 " of %" PRIu64 " kB used are charged",
			    wanted, used);
		break;
	case LAW_HOST:
		report_line(report, host,
			    "at its ceiling: %" PRIu64 " of %" PRIu64
			    " kB used are charged%s%s; raise " CEILING_HINT,
			    wanted, used, report->many ? " to " : "",
			    report->many ? guest : "");
		break;
	case LAW_SHORT:
		report_line(report, guest,
			    "says that it is short of memory: %" PRIu64 " of %" PRIu64
			    " kB used are charged",
			    wanted, used);
		break;
	case LAW_STUCK:
		break;
	}
}

void report_limits(struct report *report, struct controller *c)
{
	size_t i;

	for (i = 0; i < c->config->guest_count; i++) {
		struct controller_guest *guest = &c->guests[i];
		enum law_limit limit = c->decision->plan.guests[i].limit;

		/* That it does not give was told as an event of the move. */
		if (!guest->move || guest->move->gone || guest->move->side.foreign ||
		    c->move.host.foreign || limit == LAW_STUCK || limit == guest->limit)
			continue;
		guest->limit = limit;
		report_limit(report, c, i);
	}
}
