// SPDX-License-Identifier: GPL-2.0-or-later
/* A QEMU that is asked, by its monitor, where the guest's memory is. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "mtree.h"
#include "process.h"
#include "processor.h"
#include "qemu.h"

/* Processors that are asked, at most: a half of them tells as much. */
#define ROOTS_MAX	64
/* Where processes come and go. */
#define LOOKS_MAX	8

/**
 * struct opening - while a guest is opened
 * @name: of the guest
 * @monitor: of its QEMU
 * @process: that runs it
 * @mem: is filled
 */
struct opening {
	const char *name;
	struct monitor *monitor;
	struct mem_process *process;
	struct mem *mem;
};

static int add_range(struct opening *o, const struct mtree_range *range, struct error *err)
{
	__free_mem char *answer = NULL;
	uint64_t address;
	char line[40];
	int r;

	snprintf(line, sizeof(line), "gpa2hva 0x%" PRIx64, range->start);
	r = monitor_ask(o->monitor, line, &answer, err);
	if (r < 0)
		return r;
	if (mtree_parse_address(answer, &address) < 0)
		return error_set(err, -EPROTO, "%s: QEMU does not tell where its memory 0x%"
				 PRIx64 " is", o->name, range->start);
	return mem_process_add(o->process, o->mem, range->start,
			       range->last - range->start + 1, address, err);
}

static int add_ranges(struct opening *o, struct error *err)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];
	__free_mem char *answer = NULL;
	int i, count, r = monitor_ask(o->monitor, "info mtree -f", &answer, err);

	if (r < 0)
		return r;
	count = mtree_parse(answer, ranges, err);
	for (i = 0, r = count; i < count && r >= 0; i++)
		r = add_range(o, &ranges[i], err);
	return r;
}

/* Return: how many use page tables; negative errno. */
static int ask_processors(struct opening *o, struct processors *ret, uint64_t *last,
			  struct error *err)
{
	__free_mem char *answer = NULL;
	uint64_t roots[ROOTS_MAX];
	size_t i, count;
	int r = monitor_ask(o->monitor, "info registers -a", &answer, err);

	if (r < 0)
		return r;
	count = processors_parse(answer, roots, ROOTS_MAX);
	for (i = 0; i < count; i++)
		/* One without memory behind it is not the kernel's. */
		processors_add(ret, o->mem, roots[i]);
	*last = count ? roots[0] : 0;
	return (int)count;
}

/*
 * The process whose tables they are may end before they are read, and something else be there.
 * Those that are still used afterwards have been read in time; others are not the kernel's.
 */
static int see_processors(struct opening *o, struct error *err)
{
	struct processors *seen = calloc(1, sizeof(*seen));
	uint64_t before = 0, after = 0;
	int i, r = seen ? 1 : -ENOMEM;

	for (i = 0; r > 0 && i < LOOKS_MAX && (i < 2 || before != after); i++) {
		before = after;
		r = ask_processors(o, seen, &after, err);
	}
	if (r < 0) {
		free(seen);
		return seen ? r : error_errno(err, r, "%s", o->name);
	}
	mem_set_processors(o->mem, seen);
	return 0;
}

static int fill(struct opening *o, struct error *err)
{
	pid_t pid = monitor_pid(o->monitor);
	int r;

	if (pid <= 0)
		return error_set(err, -ESRCH,
				 "%s: its QEMU cannot be seen from here; it runs in another container or host",
				 o->name);
	r = mem_process_open(&o->process, pid, err);
	if (r == 0)
		r = add_ranges(o, err);
	return r < 0 ? r : see_processors(o, err);
}

int mem_open_monitor(struct mem **ret, const char *name, struct monitor *monitor,
		     struct error *err)
{
	struct opening o = { .name = name, .monitor = monitor, .mem = mem_create() };
	int r;

	if (!o.mem)
		return error_errno(err, -ENOMEM, "%s", name);
	r = fill(&o, err);
	mem_process_close(o.process);
	if (r < 0) {
		mem_destroy(o.mem);
		return r;
	}
	*ret = o.mem;
	return 0;
}

int mem_open_qmp(struct mem **ret, const char *name, const char *path, struct error *err)
{
	struct monitor *monitor;
	int r = monitor_open_socket(&monitor, name, path, err);

	if (r < 0)
		return r;
	r = mem_open_monitor(ret, name, monitor, err);
	monitor_close(monitor);
	return r;
}
