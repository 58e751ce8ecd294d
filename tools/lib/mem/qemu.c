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

static int ask_processors(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err)
{
	__free_mem char *answer = NULL;
	const struct opening *o = arg;
	int r = monitor_ask(o->monitor, "info registers -a", &answer, err);

	return r < 0 ? r : (int)processors_parse(answer, roots, PROCESSOR_ROOTS_MAX);
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
	return r < 0 ? r : processors_see(o->mem, ask_processors, o, err);
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
