// SPDX-License-Identifier: GPL-2.0-or-later
/* What balloon-sync tells people, programs and its CSV file. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "report.h"

#define CSV_HEADER \
	"time_s,anon_kb,cache_kb,used_kb,wanted_kb,given_kb,arrived_kb,guest_kb,dom0_kb,phase\n"

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

int report_init(struct report *report, bool json, const char *csv_path,
		uint64_t now_ns, struct error *err)
{
	FILE *csv = NULL;

	if (csv_path) {
		csv = fopen(csv_path, "we");
		if (!csv)
			return error_errno(err, -errno, "%s", csv_path);
		setvbuf(csv, NULL, _IOLBF, 0);
		fputs(CSV_HEADER, csv);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	*report = (struct report){
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
static void print_text(struct report *report, const struct controller *c,
		       const struct move_report *moved)
{
	char used[FORMAT_MAX], anon[FORMAT_MAX], cache[FORMAT_MAX];
	char arrived[FORMAT_MAX], guest[FORMAT_MAX], host[FORMAT_MAX];
	char line[sizeof(report->last)];

	snprintf(line, sizeof(line),
		 "used %9s (own %9s, cache %9s)  %s %9s  guest %9s  %s %9s  %s",
		 format_size(used, usage_total(&c->usage) << 10),
		 format_size(anon, c->usage.anon_kb << 10),
		 format_size(cache, c->usage.cache_kb << 10),
		 report->dry_run ? "would move" : "moved",
		 format_size(arrived, (report->dry_run ? c->guest->wanted_kb :
				       moved->arrived_kb) << 10),
		 format_size(guest, moved->guest_kb << 10),
		 c->move.host.base.domain.name,
		 format_size(host, moved->host_kb << 10),
		 report->dry_run ? "dry run" : phase_names[moved->phase]);
	if (strcmp(line, report->last) == 0)
		return;
	strcpy(report->last, line);
	puts(line);
}

void report_sample(struct report *report, const struct controller *c,
		   const struct move_report *moved, uint64_t now_ns)
{
	const struct usage *u = &c->usage;
	double time = seconds(report, now_ns);

	if (report->csv)
		fprintf(report->csv,
			"%.3f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s\n",
			time, u->anon_kb, u->cache_kb, usage_total(u),
			c->guest->wanted_kb, moved->given_kb, moved->arrived_kb,
			moved->guest_kb, moved->host_kb,
			phase_names[moved->phase]);
	if (!report->json) {
		print_text(report, c, moved);
		return;
	}
	print_json(json_pack("{s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
			     "time_s", time, "anon_kb", json_u64(u->anon_kb),
			     "cache_kb", json_u64(u->cache_kb),
			     "used_kb", json_u64(usage_total(u)),
			     "wanted_kb", json_u64(c->guest->wanted_kb),
			     "given_kb", json_u64(moved->given_kb),
			     "arrived_kb", json_u64(moved->arrived_kb),
			     "guest_kb", json_u64(moved->guest_kb),
			     "dom0_kb", json_u64(moved->host_kb),
			     "phase", phase_names[moved->phase]));
}

void report_line(struct report *report, const char *object, const char *fmt,
		 ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
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
			    side_above(moved->arrived_kb, moved->wanted_kb));
	if (moved->events & MOVE_EVENT_CLAIM_LOST)
		report_line(report, host,
			    "another guest took the memory first; it is tried again later");
}

void report_limit(struct report *report, const struct controller *c)
{
	const char *guest = c->guest->side.base.domain.name;
	uint64_t used = usage_total(&c->usage);

	switch (c->limit) {
	case LAW_FREE:
		report_line(report, guest, "is charged in full again");
		break;
	case LAW_FLOOR:
		report_line(report, guest,
			    "at its floor: %" PRIu64 " of %" PRIu64 " kB used are charged",
			    c->guest->wanted_kb, used);
		break;
	case LAW_CAP:
		report_line(report, guest,
			    "the cap is reached: %" PRIu64 " of %" PRIu64 " kB used are charged",
			    c->guest->wanted_kb, used);
		break;
	case LAW_HOST:
		report_line(report, c->move.host.base.domain.name,
			    "at its ceiling: %" PRIu64 " of %" PRIu64
			    " kB used are charged; raise " CEILING_HINT,
			    c->guest->wanted_kb, used);
		break;
	case LAW_STUCK:
		report_line(report, guest,
			    "gives no more: %" PRIu64 " of %" PRIu64 " kB used are charged",
			    c->guest->wanted_kb, used);
		break;
	}
}
