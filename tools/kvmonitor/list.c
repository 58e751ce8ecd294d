// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor list: virtual machines of this host, and what they can be called. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/macros.h"
#include "command.h"
#include "name.h"

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "name", .title = "NAME", .max = 32 },
	{ .key = "uuid" },
	{ .key = "user" },
	{ .key = "memory_bytes", .title = "MEMORY", .right = true },
	{ .key = "kind", .title = "KIND" },
	{ .key = "libvirt", .title = "LIBVIRT" },
	{ .key = "socket", .title = "QMP" },
	{ .key = "vm", .title = "VM" },
	{ .key = "seen", .title = "SEEN INTO" },
	{ .key = "why_not", .title = "" },
};

/**
 * struct machines - all there are
 * @list: of them
 * @count: of them
 */
struct machines {
	struct qemu_process *list;
	size_t count;
};

/* Return: NULL where its memory can be read, otherwise why not. */
static const char *why_not(const struct qemu_process *process, int blocks)
{
	char path[32];
	int fd;

	if (process->encrypted)
		return "its memory is encrypted";
	if (!name_is_pc(process))
		return "no x86-64 guest";
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return "wants root";
	close(fd);
	if (blocks <= 0 && !process->socket_count && !process->libvirt)
		return "memory not in one piece; wants -qmp";
	return NULL;
}

static void put_memory(struct out *out, const struct qemu_process *process,
		       const struct mem_block *blocks, int count)
{
	static const char *const kinds[] = {
		[MEM_ANONYMOUS] = "anonymous",
		[MEM_PRIVATE] = "private file",
		[MEM_FILE] = "file",
		[MEM_MEMFD] = "memfd",
		[MEM_HUGE] = "hugetlbfs",
	};
	uint64_t size = qemu_memory(&process->arguments);

	if (size)
		out_size(out, "memory_bytes", size);
	else
		out_null(out, "memory_bytes");
	/* The first of several that have its size is as good as another, if they agree. */
	if (count > 0)
		out_text(out, "kind", kinds[blocks[0].kind]);
	else
		out_null(out, "kind");
}

static bool is_alone(const struct machines *all, const char *name)
{
	size_t i, same = 0;

	for (i = 0; i < all->count; i++)
		same += strcmp(all->list[i].name, name) == 0 ||
			strcasecmp(all->list[i].uuid, name) == 0;
	return same == 1;
}

/* A name that would be taken for something else is none. */
static void put_vm(struct out *out, const struct machines *all,
		   const struct qemu_process *process)
{
	char text[24];

	snprintf(text, sizeof(text), "pid:%d", (int)process->pid);
	/* What would be taken for a path, a pid or an option is no name. */
	if (process->name[0] && process->name[0] != '-' && !strpbrk(process->name, "/:") &&
	    is_alone(all, process->name))
		out_text(out, "vm", process->name);
	else
		out_text(out, "vm", text);
}

static void put_or_null(struct out *out, const char *key, const char *text)
{
	if (text && *text)
		out_text(out, key, text);
	else
		out_null(out, key);
}

static void put(struct out *out, const struct machines *all,
		const struct qemu_process *process)
{
	struct mem_block blocks[MEM_BLOCKS_MAX];
	uint64_t size = qemu_memory(&process->arguments);
	int count = size ? mem_blocks(process->pid, size, blocks, NULL) : 0;
	const char *reason = why_not(process, count);

	out_row(out);
	out_u64(out, "pid", (uint64_t)process->pid);
	put_or_null(out, "name", process->name);
	put_or_null(out, "uuid", process->uuid);
	out_u64(out, "user", process->user);
	put_memory(out, process, blocks, count);
	out_flag(out, "libvirt", process->libvirt);
	put_or_null(out, "socket", process->socket_count ? process->sockets[0] : NULL);
	put_vm(out, all, process);
	out_flag(out, "seen", !reason);
	out_text(out, "why_not", reason ? reason : "");
}

static int show(const struct options *options, struct error *err)
{
	struct machines all;
	struct out *out;
	size_t i;
	int r = qemu_processes(&all.list, &all.count, err);

	if (r < 0)
		return r;
	r = options_out(options, MEM_PAGE, &out, err);
	if (r == 0) {
		out_begin(out, OUT_TABLE, "machines", columns, ARRAY_SIZE(columns));
		for (i = 0; i < all.count; i++)
			put(out, &all, &all.list[i]);
		out_end(out);
		r = out_finish(out, err);
		out_destroy(out);
	}
	qemu_processes_free(all.list, all.count);
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct option longs[] = { OPTIONS_END_JSON };
	struct options options = { 0 };
	int status, r = options_next(self, argc, argv, ":h", longs, &options, &status);

	if (r == OPTIONS_EXIT)
		return status;
	if (optind != argc)
		return usage_error(self, "wants no argument");
	return show(&options, err);
}

const struct command command_list = {
	.name = "list",
	.run = run,
	.brief = "virtual machines of this host",
	.help = "kvmonitor list [OPTION]...\n\n"
		"List the QEMU processes of this host: what each guest can be called (VM), how\n"
		"much memory it was started with and what that is in, its first socket for QMP,\n"
		"and whether it can be seen into.\n\n"
		HELP_END_JSON "\n"
		"Examples:\n"
		"  kvmonitor list\n"
		"  kvmonitor list --json | jq -r '.machines[] | select(.seen) | .vm'\n",
};
