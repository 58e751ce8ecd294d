// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a QEMU that looks like a guest's.
 *
 * QEMU maps the memory of a machine in one piece, of exactly its size, with a page after it
 * that nobody may touch.  Where the gap below 4 GiB begins is a matter of the kind of
 * machine and of its age; all values that QEMU has had for x86 are tried.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/mapping.h"
#include "block.h"
#include "process.h"

#define GAP_START	0xa0000ULL
#define GAP_END		0x100000ULL
#define HIGH_START	0x100000000ULL
/* What a PC always has for devices below that. */
#define LOW_MOST	0xf0000000ULL

static enum mem_kind kind_of(pid_t pid, const struct mapping *m)
{
	static const char memfd[] = "/memfd:";
	char path[96], link[32] = "";
	struct statfs fs;

	if (!m->inode)
		return MEM_ANONYMOUS;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid,
		 m->start, m->end);
	if (statfs(path, &fs) == 0 && fs.f_type == HUGETLBFS_MAGIC)
		return MEM_HUGE;
	if (!m->shared)
		return MEM_PRIVATE;
	if (readlink(path, link, sizeof(link) - 1) > 0 &&
	    strncmp(link, memfd, strlen(memfd)) == 0)
		return MEM_MEMFD;
	return MEM_FILE;
}

/**
 * struct search - for blocks of one size
 * @pid: whose
 * @size: bytes
 * @run: mappings side by side
 * @ret: gets what was found
 * @count: of them
 */
struct search {
	pid_t pid;
	uint64_t size;
	struct mapping run;
	struct mem_block *ret;
	int count;
};

static void end_run(struct search *s)
{
	const struct mapping *m = &s->run;

	if (m->usable && m->end - m->start == s->size && s->count < MEM_BLOCKS_MAX)
		s->ret[s->count++] = (struct mem_block){
			.address = m->start,
			.size = s->size,
			.kind = kind_of(s->pid, m),
		};
	s->run = (struct mapping){ 0 };
}

/*
 * Advice on a part of a block makes several mappings of it.  What happens to lie beside one
 * that is whole is none of it.
 */
static void take(struct search *s, const struct mapping *m)
{
	if (m->end - m->start != s->size && s->run.end - s->run.start != s->size &&
	    mapping_continues(&s->run, m)) {
		s->run.end = m->end;
		return;
	}
	end_run(s);
	s->run = *m;
}

int mem_blocks(pid_t pid, uint64_t size, struct mem_block ret[MEM_BLOCKS_MAX],
	       struct error *err)
{
	FILE *maps __free_file = NULL;
	__free_mem char *line = NULL;
	struct search s = { .pid = pid, .size = size, .ret = ret };
	struct mapping m;
	size_t room = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return error_errno(err, -errno, "process %d: its memory", (int)pid);
	while (getline(&line, &room, maps) > 0)
		if (mapping_parse(line, &m))
			take(&s, &m);
	end_run(&s);
	return s.count;
}

/* What cannot be, or is there already, is left out. */
static size_t add_low(uint64_t *lows, size_t count, uint64_t low, uint64_t size)
{
	size_t i;

	if (low > size)
		low = size;
	if (low < GAP_END || low > LOW_MOST)
		return count;
	for (i = 0; i < count; i++)
		if (lows[i] == low)
			return count;
	lows[count] = low;
	return count + 1;
}

size_t mem_lows(uint64_t size, bool q35, uint64_t limit, uint64_t ret[MEM_LOWS_MAX])
{
	/* hw/i386: pc_piix.c, pc_q35.c and microvm.c of QEMU, from 2.0 to 10. */
	static const uint64_t of_pc[] = { 0xe0000000, 0xc0000000, 0xb0000000, 0x80000000 };
	static const uint64_t of_q35[] = { 0xb0000000, 0x80000000, 0xe0000000, 0xc0000000 };
	size_t i, count = 0;

	if (limit)
		count = add_low(ret, count, limit, size);
	for (i = 0; i < ARRAY_SIZE(of_pc); i++)
		count = add_low(ret, count, q35 ? of_q35[i] : of_pc[i], size);
	return count;
}

static int add(struct mem *mem, struct mem_process *process, const struct mem_block *block,
	       uint64_t low, struct error *err)
{
	const struct {
		uint64_t start;
		uint64_t offset;
		uint64_t end;
	} parts[] = {
		{ 0, 0, GAP_START },
		{ GAP_END, GAP_END, low },
		{ HIGH_START, low, block->size },
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		if (parts[i].end > parts[i].offset)
			r = mem_process_add(process, mem, parts[i].start,
					    parts[i].end - parts[i].offset,
					    block->address + parts[i].offset, err);
	return r;
}

int mem_open_block(struct mem **ret, pid_t pid, const struct mem_block *block, uint64_t low,
		   struct error *err)
{
	struct mem_process *process = NULL;
	struct mem *mem = mem_create();
	int r;

	if (!mem)
		return error_errno(err, -ENOMEM, "process %d", (int)pid);
	r = mem_process_open(&process, pid, err);
	if (r == 0)
		r = add(mem, process, block, low, err);
	mem_process_close(process);
	if (r < 0) {
		mem_destroy(mem);
		return r;
	}
	*ret = mem;
	return 0;
}
