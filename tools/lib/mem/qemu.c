// SPDX-License-Identifier: GPL-2.0-or-later
/* A QEMU that is asked, by its monitor, where the guest's memory is. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "hv/qmp-client.h"
#include "mtree.h"
#include "process.h"
#include "qemu.h"

/* One that is not stuck answers within a millisecond. */
#define ANSWER_NS	(2 * NSEC_PER_SEC)

/**
 * struct opening - while a guest is opened
 * @name: of the guest
 * @client: connected to its QEMU
 * @process: that runs it
 * @mem: is filled
 */
struct opening {
	const char *name;
	struct qmp_client *client;
	struct mem_process *process;
	struct mem *mem;
};

/* What the monitor for people says. */
static int ask(struct opening *o, const char *line, char **ret, struct error *err)
{
	__free_json json_t *result = NULL;
	const char *text;
	int r = qmp_execute(o->client, "human-monitor-command",
			    json_pack("{s:s}", "command-line", line), &result, err);

	if (r < 0)
		return r;
	text = json_string_value(result);
	if (!text)
		return error_set(err, -EPROTO, "%s: QEMU's answer to '%s' is no text", o->name,
				 line);
	*ret = strdup(text);
	return *ret ? 0 : error_errno(err, -ENOMEM, "%s", o->name);
}

static int add_range(struct opening *o, const struct mtree_range *range, struct error *err)
{
	__free_mem char *answer = NULL;
	uint64_t address;
	char line[40];
	int r;

	snprintf(line, sizeof(line), "gpa2hva 0x%" PRIx64, range->start);
	r = ask(o, line, &answer, err);
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
	int i, count, r = ask(o, "info mtree -f", &answer, err);

	if (r < 0)
		return r;
	count = mtree_parse(answer, ranges, err);
	for (i = 0, r = count; i < count && r >= 0; i++)
		r = add_range(o, &ranges[i], err);
	return r;
}

static int fill(struct opening *o, struct error *err)
{
	pid_t pid;
	int r = qmp_client_open(o->client, err);

	if (r < 0)
		return r;
	pid = qmp_client_pid(o->client);
	if (pid <= 0)
		return error_set(err, -ESRCH,
				 "%s: its QEMU cannot be seen from here; it runs in another container or host",
				 o->name);
	r = mem_process_open(&o->process, pid, err);
	return r < 0 ? r : add_ranges(o, err);
}

int mem_open_qmp(struct mem **ret, const char *name, const char *path, struct error *err)
{
	struct opening o = { .name = name, .mem = mem_create() };
	int r;

	if (!o.mem)
		return error_errno(err, -ENOMEM, "%s", name);
	r = qmp_client_create(&o.client, name, path, ANSWER_NS, err);
	if (r == 0)
		r = fill(&o, err);
	mem_process_close(o.process);
	qmp_client_destroy(o.client);
	if (r < 0) {
		mem_destroy(o.mem);
		return r;
	}
	*ret = o.mem;
	return 0;
}
