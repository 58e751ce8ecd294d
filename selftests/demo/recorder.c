// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Record what a cgroup uses and how large guest and host are, once an interval.
 *
 * It shares no measurement with balloon-sync: use comes from the memory cgroup
 * and sizes from the hypervisor.  Lines on standard input become events; its
 * end ends the recording.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "series.h"
#include "sizes.h"

#define BAR_WIDTH	32
#define BAR_MB_PER_CELL	6

/**
 * struct recorder - everything one recording needs
 * @name: of the figure, for the terminal
 * @cgroup: folder of the watched cgroup
 * @csv_path: where samples go
 * @events_path: where events go
 * @guest: as sizes_open() knows it
 * @interval_ms: between samples
 * @sizes: of the guest and the host
 * @csv: open @csv_path
 * @events: open @events_path
 * @start_ns: CLOCK_MONOTONIC of time 0
 * @dom0_start_kb: dom0's size then, -1 before the first sample
 * @last: the newest samples, the newest last
 * @last_count: how many are valid
 * @line: what has been read of an event
 * @line_len: its length
 */
struct recorder {
	const char *name;
	const char *cgroup;
	const char *csv_path;
	const char *events_path;
	const char *guest;
	unsigned int interval_ms;
	struct sizes *sizes;
	FILE *csv;
	FILE *events;
	int64_t start_ns;
	long dom0_start_kb;
	struct sample last[SETTLED_INTERVALS + 1];
	size_t last_count;
	char line[96];
	size_t line_len;
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static double seconds(const struct recorder *rec)
{
	return (now_ns() - rec->start_ns) / 1e9;
}

static int read_text(const char *folder, const char *name, char *buf, size_t size,
		     struct error *err)
{
	__free_fd int fd = -1;
	char path[512];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	len = read(fd, buf, size - 1);
	if (len < 0)
		return error_errno(err, -errno, "%s", path);
	buf[len] = 0;
	return 0;
}

/* The value of one line "NAME BYTES" of memory.stat, in kB; -1 if missing. */
static long stat_kb(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text) {
		if (!strncmp(text, name, len) && text[len] == ' ')
			return strtoull(text + len, NULL, 10) / 1024;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return -1;
}

/*
 * The kernel gathers the per-CPU parts of memory.stat only every two seconds,
 * or when many have piled up.  Reading cpu.stat gathers them unconditionally
 * (up to Linux 6.15, where each controller got a tree of its own; there a
 * settled sample is still older than most of that delay).
 */
static int read_use(const struct recorder *rec, struct sample *sample, struct error *err)
{
	char buf[8192];
	long file, shmem;
	int ret;

	ret = read_text(rec->cgroup, "cpu.stat", buf, sizeof(buf), err);
	if (ret)
		return ret;
	ret = read_text(rec->cgroup, "memory.stat", buf, sizeof(buf), err);
	if (ret)
		return ret;
	sample->anon_kb = stat_kb(buf, "anon");
	file = stat_kb(buf, "file");
	shmem = stat_kb(buf, "shmem");
	if (sample->anon_kb < 0 || file < 0 || shmem < 0)
		return error_set(err, -EINVAL, "%s/memory.stat: no anon, file or shmem in it",
				 rec->cgroup);
	sample->cache_kb = file - shmem;
	sample->used_kb = sample->anon_kb + sample->cache_kb;
	return 0;
}

static void show(const struct recorder *rec, const struct sample *s)
{
	char bar[BAR_WIDTH + 1];
	long used = s->used_kb / 1024 / BAR_MB_PER_CELL;
	long added = s->added_kb / 1024 / BAR_MB_PER_CELL;

	memset(bar, ' ', BAR_WIDTH);
	bar[BAR_WIDTH] = 0;
	memset(bar, '=', used < 0 ? 0 : used < BAR_WIDTH ? used : BAR_WIDTH);
	if (added >= 0 && added < BAR_WIDTH)
		bar[added] = '|';
	printf("%-13s %5.1f s  used %6.1f  added %6.1f  guest %6.1f  host %6.1f MB %s%s\n",
	       rec->name, s->time_s, s->used_kb / 1024.0, s->added_kb / 1024.0,
	       s->guest_kb / 1024.0, s->dom0_kb / 1024.0, bar,
	       s->settled ? "" : " moving");
	fflush(stdout);
}

static int take_sample(struct recorder *rec, struct error *err)
{
	struct sample s = { .time_s = seconds(rec) };
	int ret;

	ret = read_use(rec, &s, err);
	if (!ret)
		ret = sizes_read(rec->sizes, &s.guest_kb, &s.dom0_kb, err);
	if (ret)
		return ret;
	if (rec->dom0_start_kb < 0)
		rec->dom0_start_kb = s.dom0_kb;
	s.added_kb = s.dom0_kb - rec->dom0_start_kb;

	if (rec->last_count == SETTLED_INTERVALS + 1) {
		memmove(rec->last, rec->last + 1, SETTLED_INTERVALS * sizeof(s));
		rec->last_count--;
	}
	rec->last[rec->last_count++] = s;
	s.settled = series_settled(rec->last, rec->last_count);
	show(rec, &s);
	ret = series_write(rec->csv, &s);
	return ret ? error_errno(err, ret, "%s", rec->csv_path) : 0;
}

static int take_event(struct recorder *rec, struct error *err)
{
	double time_s = seconds(rec);

	rec->line[rec->line_len] = 0;
	rec->line_len = 0;
	printf("%-13s %5.1f s  -- %s\n", rec->name, time_s, rec->line);
	fflush(stdout);
	if (fprintf(rec->events, "%.3f,%s\n", time_s, rec->line) < 0 ||
	    fflush(rec->events))
		return error_errno(err, -EIO, "%s", rec->events_path);
	return 0;
}

/* Return: 1 when input goes on, 0 at its end, negative errno. */
static int read_events(struct recorder *rec, struct error *err)
{
	char buf[256];
	ssize_t len, i;
	int ret;

	len = read(STDIN_FILENO, buf, sizeof(buf));
	if (len <= 0)
		return len ? error_errno(err, -errno, "standard input") : 0;
	for (i = 0; i < len; i++) {
		if (buf[i] == '\n') {
			ret = take_event(rec, err);
			if (ret)
				return ret;
		} else if (rec->line_len < sizeof(rec->line) - 1) {
			rec->line[rec->line_len++] = buf[i];
		}
	}
	return 1;
}

static int record(struct recorder *rec, struct error *err)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t next, left;
	int ret, more = 1;

	rec->start_ns = now_ns();
	next = rec->start_ns;
	while (more) {
		left = (next - now_ns() + 999999) / 1000000;
		if (left <= 0) {
			ret = take_sample(rec, err);
			if (ret)
				return ret;
			/* On the grid, without making up for samples missed. */
			while (next <= now_ns())
				next += rec->interval_ms * 1000000LL;
			continue;
		}
		if (poll(&in, 1, left) > 0) {
			more = read_events(rec, err);
			if (more < 0)
				return more;
		}
	}
	return 0;
}

static int open_all(struct recorder *rec, struct error *err)
{
	int ret = sizes_open(rec->guest, &rec->sizes, err);

	if (ret)
		return ret;
	rec->csv = fopen(rec->csv_path, "we");
	if (!rec->csv)
		return error_errno(err, -errno, "%s", rec->csv_path);
	rec->events = fopen(rec->events_path, "we");
	if (!rec->events)
		return error_errno(err, -errno, "%s", rec->events_path);
	fputs(SERIES_HEADER "\n", rec->csv);
	fputs(SERIES_EVENTS_HEADER "\n", rec->events);
	return 0;
}

static int close_all(struct recorder *rec, struct error *err)
{
	int ret = 0;

	if (rec->csv && fclose(rec->csv))
		ret = error_errno(err, -errno, "%s", rec->csv_path);
	if (rec->events && fclose(rec->events))
		ret = error_errno(err, -errno, "%s", rec->events_path);
	sizes_close(rec->sizes);
	return ret;
}

static bool parse(int argc, char **argv, struct recorder *rec)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "guest", required_argument, NULL, 'g' },
		{ "interval-ms", required_argument, NULL, 'i' },
		{ "csv", required_argument, NULL, 'o' },
		{ "events", required_argument, NULL, 'e' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (c) {
		case 'n':
			rec->name = optarg;
			break;
		case 'c':
			rec->cgroup = optarg;
			break;
		case 'g':
			rec->guest = optarg;
			break;
		case 'i':
			rec->interval_ms = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			rec->csv_path = optarg;
			break;
		case 'e':
			rec->events_path = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && rec->cgroup && rec->csv_path && rec->events_path &&
	       rec->guest && rec->interval_ms;
}

int main(int argc, char **argv)
{
	struct recorder rec = {
		.name = "", .interval_ms = 1000, .dom0_start_kb = -1,
	};
	struct error err = { 0 };
	int ret, closed;

	if (!parse(argc, argv, &rec)) {
		fprintf(stderr, "usage: recorder [--name TEXT] [--interval-ms N] "
			"--cgroup FOLDER --guest DOMID|QMP-SOCKET --csv FILE --events FILE\n");
		return 2;
	}
	ret = open_all(&rec, &err);
	if (!ret)
		ret = record(&rec, &err);
	closed = close_all(&rec, ret ? NULL : &err);
	if (ret || closed) {
		fprintf(stderr, "recorder: %s\n", err.text);
		return 1;
	}
	return 0;
}
