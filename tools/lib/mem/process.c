// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory in a process, by way of /proc/PID/mem and of the files that it has mapped.
 *
 * All are opened once, and stay those of this process after it has ended: its number may
 * then be another's.  They can be handed to somebody who could not open them himself.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/mapping.h"
#include "base/u64.h"
#include "dump.h"
#include "process.h"

#define PRESENT		BIT_ULL(63)
#define SWAPPED		BIT_ULL(62)
#define ENTRIES		512u
/* Holes smaller than this are not worth being told from what is around them. */
#define STEP		(ENTRIES * (uint64_t)MEM_PAGE)

/**
 * struct own - memory of a process that is in no file
 * @mem_fd: of /proc/PID/mem
 * @pagemap_fd: of /proc/PID/pagemap, -1 when that is not to be had
 */
struct own {
	int mem_fd;
	int pagemap_fd;
};

/**
 * struct mapped - a file that a process has mapped, and a guest's memory is in
 * @device: and
 * @inode: of the file
 * @backing: number that it has in the memory
 */
struct mapped {
	char device[16];
	uint64_t inode;
	int backing;
};

/**
 * struct mem_process - a process that is looked into
 * @pid: its number, for errors
 * @folder_fd: of /proc/PID
 * @own_backing: number of its own memory in what it was added to, -1 for none
 * @files: that memory is in
 * @file_count: of them
 */
struct mem_process {
	pid_t pid;
	int folder_fd;
	int own_backing;
	struct mapped files[MEM_BACKINGS_MAX];
	size_t file_count;
};

int mem_process_open(struct mem_process **ret, pid_t pid, struct error *err)
{
	struct mem_process *process = calloc(1, sizeof(*process));
	char path[32];

	if (!process)
		return error_errno(err, -ENOMEM, "process %d", (int)pid);
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process->pid = pid;
	process->own_backing = -1;
	process->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process->folder_fd < 0) {
		int r = -errno;

		free(process);
		return error_errno(err, r, "process %d", (int)pid);
	}
	*ret = process;
	return 0;
}

void mem_process_close(struct mem_process *process)
{
	if (!process)
		return;
	close(process->folder_fd);
	free(process);
}

/* An address is an offset here; of a process that has ended nothing is left. */
static int read_own(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct own *own = arg;
	int r = mem_file_read(own->mem_fd, offset, buf, len);

	return r == -EIO ? -EFAULT : r;
}

/* Return: 1 when any of the pages from @address on is there, 0, negative errno. */
static int any_there(const struct own *own, uint64_t address, uint64_t end)
{
	uint64_t entries[ENTRIES];
	size_t i, count = u64_min(ENTRIES, (end - address + MEM_PAGE - 1) / MEM_PAGE);
	ssize_t got = pread(own->pagemap_fd, entries, count * sizeof(entries[0]),
			    (off_t)(address / MEM_PAGE * sizeof(entries[0])));

	if (got < 0)
		return -errno;
	for (i = 0; i < (size_t)got / sizeof(entries[0]); i++)
		if (entries[i] & (PRESENT | SWAPPED))
			return 1;
	return 0;
}

static int next_own(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
		    uint64_t *ret_end)
{
	const struct own *own = arg;
	uint64_t at, from = 0;
	bool inside = false;

	for (at = offset; at < end; at = u64_min(end, at + STEP)) {
		int there = any_there(own, at, end);

		if (there < 0)
			return there;
		if (there && !inside)
			from = at;
		if (!there && inside)
			break;
		inside |= there;
	}
	if (!inside)
		return 0;
	*ret_start = from;
	*ret_end = at;
	return 1;
}

static void destroy_own(void *arg)
{
	struct own *own = arg;

	close(own->mem_fd);
	if (own->pagemap_fd >= 0)
		close(own->pagemap_fd);
	free(own);
}

static int add_own(struct mem_process *process, struct mem *mem, struct error *err)
{
	struct own *own;
	int r, fd = openat(process->folder_fd, "mem", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, -errno, "process %d: its memory", (int)process->pid);
	own = malloc(sizeof(*own));
	if (!own) {
		close(fd);
		return error_errno(err, -ENOMEM, "process %d", (int)process->pid);
	}
	own->mem_fd = fd;
	own->pagemap_fd = openat(process->folder_fd, "pagemap", O_RDONLY | O_CLOEXEC);
	r = mem_add_backing(mem, &(struct mem_backing){
		.read = read_own,
		.next_data = own->pagemap_fd >= 0 ? next_own : NULL,
		.destroy = destroy_own,
		.arg = own,
		.fds = { own->mem_fd, own->pagemap_fd >= 0 ? own->pagemap_fd : 0 },
	}, err);
	if (r >= 0)
		process->own_backing = r;
	return r;
}

static int add_file(struct mem_process *process, struct mem *mem, const struct mapping *m,
		    struct error *err)
{
	struct mem_backing backing;
	struct mapped *file;
	char path[64];
	int r, fd;

	snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, m->start, m->end);
	fd = openat(process->folder_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (process->file_count == MEM_BACKINGS_MAX) {
		close(fd);
		return -ENOSPC;
	}
	r = mem_file_backing(&backing, fd, err);
	if (r == 0)
		r = mem_add_backing(mem, &backing, err);
	if (r < 0)
		return r;
	file = &process->files[process->file_count++];
	memcpy(file->device, m->device, sizeof(file->device));
	file->inode = m->inode;
	file->backing = r;
	return r;
}

static int backing_of(struct mem_process *process, struct mem *mem, const struct mapping *m,
		      uint64_t address, uint64_t *ret_offset, struct error *err)
{
	size_t i;
	int r = -ENOENT;

	*ret_offset = m->offset + (address - m->start);
	for (i = 0; m->shared && m->inode && i < process->file_count; i++)
		if (process->files[i].inode == m->inode &&
		    strcmp(process->files[i].device, m->device) == 0)
			return process->files[i].backing;
	if (m->shared && m->inode)
		r = add_file(process, mem, m, err);
	if (r >= 0)
		return r;
	/* A file that cannot be opened is read by way of the process. */
	*ret_offset = address;
	return process->own_backing >= 0 ? process->own_backing : add_own(process, mem, err);
}

/* What of [@address, @end) is in a mapping that begins at or before it. */
static int add_from(struct mem_process *process, struct mem *mem, const struct mapping *m,
		    uint64_t start, uint64_t address, uint64_t end, struct error *err)
{
	struct mem_segment segment = { .start = start, .size = end - address };
	int r = backing_of(process, mem, m, address, &segment.offset, err);

	if (r < 0)
		return r;
	segment.backing = (unsigned int)r;
	return mem_add_segment(mem, &segment, err);
}

static FILE *open_maps(const struct mem_process *process)
{
	int fd = openat(process->folder_fd, "maps", O_RDONLY | O_CLOEXEC);
	FILE *maps = fd >= 0 ? fdopen(fd, "re") : NULL;

	if (!maps && fd >= 0)
		close(fd);
	return maps;
}

int mem_process_add(struct mem_process *process, struct mem *mem, uint64_t start,
		    uint64_t size, uint64_t address, struct error *err)
{
	FILE *maps __free_file = open_maps(process);
	__free_mem char *line = NULL;
	uint64_t end = address + size;
	struct mapping m;
	size_t room = 0;

	if (!maps)
		return error_errno(err, -errno, "process %d: its memory", (int)process->pid);
	while (address < end && getline(&line, &room, maps) > 0) {
		uint64_t part;
		int r;

		if (!mapping_parse(line, &m) || m.end <= address)
			continue;
		if (m.start > address)
			break;
		part = u64_min(end, m.end);
		r = add_from(process, mem, &m, start, address, part, err);
		if (r < 0)
			return r;
		start += part - address;
		address = part;
	}
	if (address < end)
		return error_set(err, -EFAULT, "process %d: has nothing at 0x%" PRIx64,
				 (int)process->pid, address);
	return 0;
}
