// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the user calls a virtual machine, and its memory.
 *
 * Whatever has a slash is a path, and nothing else is; "pid:", "libvirt:" and "xen:" are
 * what they say; any other word is the name or the UUID of exactly one QEMU that runs.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/macros.h"
#include "base/parse.h"
#include "mem/dump.h"
#include "mem/qemu.h"
#include "mem/xen.h"
#include "name.h"

/* Return: what follows @prefix, NULL when @text does not begin so. */
static const char *after(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : NULL;
}

bool name_is_path(const char *text)
{
	return strchr(text, '/');
}

const char *name_domain(const char *text)
{
	return after(text, "xen:");
}

static int by_socket(struct qemu_process *ret, const char *path, struct error *err)
{
	struct monitor *monitor;
	int r = monitor_open_socket(&monitor, path, path, err);
	pid_t pid;

	if (r < 0)
		return r;
	pid = monitor_pid(monitor);
	monitor_close(monitor);
	return qemu_process_read(ret, pid, err);
}

int name_process(struct qemu_process *ret, const char *text, struct error *err)
{
	const char *rest;
	uint64_t number;
	int r;

	if (name_is_path(text))
		return by_socket(ret, text, err);
	rest = after(text, "pid:");
	if (rest) {
		r = parse_u64("pid", rest, 1, PID_MOST, &number, err);
		return r < 0 ? r : qemu_process_read(ret, (pid_t)number, err);
	}
	rest = after(text, "libvirt:");
	if (rest)
		return qemu_process_find(ret, rest, true, err);
	if (name_domain(text))
		return error_set(err, -ENOTSUP, "%s: is not QEMU's", text);
	return qemu_process_find(ret, text, false, err);
}

int name_open_own(struct monitor **ret, const struct qemu_process *process, const char *text,
		  const char *path, struct error *err)
{
	int r = monitor_open_socket(ret, text, path, err);

	if (r < 0 || monitor_pid(*ret) == process->pid)
		return r;
	monitor_close(*ret);
	return error_set(err, -EPERM, "%s: %s: is not the socket of process %d", text, path,
			 (int)process->pid);
}

int name_monitor(struct monitor **ret, const struct qemu_process *process, const char *text,
		 struct error *err)
{
	int r = -ENOTCONN;
	size_t i;

	if (name_is_path(text))
		return monitor_open_socket(ret, text, text, err);
	for (i = 0; r < 0 && i < process->socket_count; i++)
		r = name_open_own(ret, process, text, process->sockets[i], err);
	if (r < 0 && process->libvirt)
		r = monitor_open_libvirt(ret, NAME_LIBVIRT_URI, process, err);
	if (r < 0 && !process->socket_count && !process->libvirt)
		return error_set(err, r, "%s: its QEMU has no socket for QMP", text);
	return r;
}

static int add_guess(struct name_memory *memory, const struct qemu_process *process,
		     const struct mem_block *block, struct error *err)
{
	const char *machine = qemu_argument(&process->arguments, "machine", 0);
	uint64_t limit = 0, lows[MEM_LOWS_MAX];
	char text[64] = "";
	size_t i, count;
	int r = 0;

	if (!machine)
		machine = qemu_argument(&process->arguments, "M", 0);
	if (machine && qemu_property(machine, "max-ram-below-4g", text, sizeof(text)))
		limit = qemu_size(text, 1);
	count = mem_lows(block->size, machine && strstr(machine, "q35"), limit, lows);
	for (i = 0; r == 0 && i < count; i++) {
		r = mem_open_block(&memory->mem[memory->count], process->pid, block, lows[i],
				   err);
		memory->count += r == 0;
	}
	return r;
}

bool name_is_pc(const struct qemu_process *process)
{
	/* Distributions whose only QEMU is x86-64's have it without that in its name. */
	return strcmp(process->program, "qemu-system-x86_64") == 0 ||
	       strcmp(process->program, "qemu-kvm") == 0 || strcmp(process->program, "kvm") == 0;
}

/* Without any monitor: what has the size that the guest's memory must have. */
static int open_bare(struct name_memory *memory, const struct qemu_process *process,
		     struct error *err)
{
	struct mem_block blocks[MEM_BLOCKS_MAX];
	uint64_t size = qemu_memory(&process->arguments);
	int i, count, r = 0;

	if (!name_is_pc(process))
		return error_set(err, -ENOTSUP, "process %d: %s runs no x86-64 guest",
				 (int)process->pid, process->program);
	if (size == 0)
		return error_set(err, -ENOTSUP,
				 "process %d: its command line does not say how much memory the guest has; give its socket for QMP",
				 (int)process->pid);
	count = mem_blocks(process->pid, size, blocks, err);
	if (count == 0)
		return error_set(err, -ENOTSUP,
				 "process %d: the guest's memory is not in one piece; give its socket for QMP",
				 (int)process->pid);
	memory->guessed = true;
	memory->pid = process->pid;
	for (i = 0; r == 0 && i < count; i++)
		r = add_guess(memory, process, &blocks[i], err);
	return count < 0 ? count : r;
}

static int open_monitor(struct name_memory *memory, const char *text, struct monitor *monitor,
			struct error *err)
{
	int r = mem_open_monitor(&memory->mem[0], text, monitor, err);

	memory->count = r == 0;
	memory->pid = monitor_pid(monitor);
	return r;
}

/* A monitor tells how the memory lies; one that somebody else uses does not matter. */
static int open_process(struct name_memory *memory, const struct qemu_process *process,
			const char *text, struct error *err)
{
	struct monitor *monitor;
	int r;

	if (process->encrypted)
		return error_set(err, -ENOTSUP,
				 "%s: the guest's memory is encrypted against its host", text);
	if (after(text, "pid:") || name_monitor(&monitor, process, text, err) < 0)
		return after(text, "libvirt:") ? -ENOTCONN : open_bare(memory, process, err);
	r = open_monitor(memory, text, monitor, err);
	monitor_close(monitor);
	return r;
}

static int open_socket(struct name_memory *memory, const char *path, struct error *err)
{
	struct monitor *monitor;
	int r = monitor_open_socket(&monitor, path, path, err);

	if (r < 0)
		return r;
	r = open_monitor(memory, path, monitor, err);
	monitor_close(monitor);
	return r;
}

static int open_path(struct name_memory *memory, const char *path, struct error *err)
{
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return error_errno(err, -errno, "%s", path);
	if (S_ISSOCK(st.st_mode))
		return open_socket(memory, path, err);
	r = mem_open_dump(&memory->mem[0], path, err);
	memory->count = r == 0;
	return r;
}

int name_open(struct name_memory *ret, const char *text, struct error *err)
{
	struct name_memory memory = { .count = 0 };
	const char *domain = name_domain(text);
	struct qemu_process process;
	int r;

	if (domain) {
		r = mem_open_xen(&memory.mem[0], domain, err);
		memory.count = r == 0;
	} else if (name_is_path(text)) {
		r = open_path(&memory, text, err);
	} else {
		r = name_process(&process, text, err);
		if (r < 0)
			return r;
		r = open_process(&memory, &process, text, err);
		qemu_process_free(&process);
	}
	if (r < 0)
		name_close(&memory);
	else
		*ret = memory;
	return r;
}

static int open_to_pause(void *arg, struct monitor **ret, struct error *err)
{
	struct qemu_process process = { 0 };
	const char *text = arg;
	int r = name_is_path(text) ? 0 : name_process(&process, text, err);

	if (r < 0)
		return r;
	r = name_monitor(ret, &process, text, err);
	if (!name_is_path(text))
		qemu_process_free(&process);
	return r;
}

int name_pause(struct pause **ret, const char *text, uint64_t budget_ns, struct error *err)
{
	const char *domain = name_domain(text);
	struct stat st;

	if (domain)
		return mem_pause_xen(ret, domain, budget_ns, err);
	if (name_is_path(text) && stat(text, &st) == 0 && !S_ISSOCK(st.st_mode))
		return error_set(err, -ENOTSUP, "%s: stands still anyway", text);
	return mem_pause_qemu(ret, open_to_pause, (void *)text, budget_ns, err);
}

void name_close(struct name_memory *memory)
{
	while (memory->count > 0)
		mem_destroy(memory->mem[--memory->count]);
}
