// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host really spends for a guest's RAM, seen at the process that runs it. */
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macros.h"
#include "base/mapping.h"
#include "base/parse.h"
#include "base/u64.h"
#include "hv.h"
#include "resident.h"

#define COST_SHARE	20
/* Less than anybody waits before he judges by it. */
#define OLD_MOST_NS	(2 * NSEC_PER_SEC)
/* Without news of its size for so long, a guest is at rest, and what it costs too. */
#define REST_AFTER_NS	(10 * NSEC_PER_SEC)
#define REST_NS		(30 * NSEC_PER_SEC)
#define SECTOR		512

/**
 * struct block - blocks of one size
 * @size_kb: of each
 * @wanted: so many there are
 * @found: and so many mappings of that size
 */
struct block {
	uint64_t size_kb;
	size_t wanted;
	size_t found;
};

/**
 * struct piece - mappings side by side
 * @at: where, and whose
 * @resident_kb: what the process has mapped of it
 */
struct piece {
	struct mapping at;
	uint64_t resident_kb;
};

/**
 * struct search - for blocks among mappings
 * @pid: whose
 * @blocks: what is looked for
 * @count: of them
 * @run: mappings side by side of which none is a block of its own
 * @one: the mapping that is being read
 * @sum_kb: what is resident of the blocks that were found
 */
struct search {
	pid_t pid;
	struct block blocks[RESIDENT_BLOCKS_MAX];
	size_t count;
	struct piece run;
	struct piece one;
	uint64_t sum_kb;
};

static uint64_t size_kb(const struct mapping *m)
{
	return (m->end - m->start) / 1024;
}

/* What a shared file in memory holds. Return: false when it is no such file. */
static bool file_in_memory(pid_t pid, const struct mapping *m, uint64_t *ret_kb)
{
	char path[96];
	struct statfs fs;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid,
		 m->start, m->end);
	if (statfs(path, &fs) < 0 || stat(path, &st) < 0)
		return false;
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC)
		return false;
	/* More of the file than this mapping may belong to others. */
	if ((uint64_t)st.st_size / 1024 != size_kb(m))
		return false;
	*ret_kb = (uint64_t)st.st_blocks * SECTOR / 1024;
	return true;
}

static struct block *find_block(struct search *s, uint64_t kb)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->blocks[i].size_kb == kb)
			return &s->blocks[i];
	return NULL;
}

/* Return: whether it has the size of a block. */
static bool take(struct search *s, const struct piece *piece)
{
	const struct mapping *m = &piece->at;
	struct block *block = m->usable ? find_block(s, size_kb(m)) : NULL;
	uint64_t kb = piece->resident_kb;

	if (!block)
		return false;
	if (m->shared)
		file_in_memory(s->pid, m, &kb);
	block->found++;
	s->sum_kb += kb;
	return true;
}

static void end_run(struct search *s)
{
	take(s, &s->run);
	s->run = (struct piece){ 0 };
}

/*
 * Whatever happens to lie beside a block is none of it, so one that is whole is
 * taken for itself.
 */
static void end_mapping(struct search *s)
{
	if (take(s, &s->one)) {
		end_run(s);
	} else if (mapping_continues(&s->run.at, &s->one.at)) {
		s->run.at.end = s->one.at.end;
		s->run.resident_kb += s->one.resident_kb;
	} else {
		end_run(s);
		s->run = s->one;
	}
}

/* Huge pages of hugetlbfs are in none of the other counts. */
static void add_field(struct search *s, const char *line)
{
	static const char *const fields[] = { "Rss:", "Shared_Hugetlb:", "Private_Hugetlb:" };
	uint64_t kb;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (parse_field(line, fields[i], &kb) == 0)
			s->one.resident_kb += kb;
}

static void add_blocks(struct search *s, const uint64_t *blocks_kb, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct block *block = find_block(s, blocks_kb[i]);

		if (!block) {
			block = &s->blocks[s->count++];
			block->size_kb = blocks_kb[i];
		}
		block->wanted++;
	}
}

/* Return: false when it cannot be read. */
static bool read_mappings(struct search *s)
{
	FILE *file __free_file = NULL;
	__free_mem char *line = NULL;
	struct mapping m;
	size_t room = 0;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)s->pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (getline(&line, &room, file) > 0) {
		if (mapping_parse(line, &m)) {
			end_mapping(s);
			s->one = (struct piece){ .at = m };
		} else {
			add_field(s, line);
		}
	}
	end_mapping(s);
	end_run(s);
	return !ferror(file);
}

uint64_t resident_look(pid_t pid, const uint64_t *blocks_kb, size_t count)
{
	struct search s = { .pid = pid };
	size_t i;

	if (pid <= 0 || count == 0 || count > RESIDENT_BLOCKS_MAX)
		return HV_UNKNOWN;
	add_blocks(&s, blocks_kb, count);
	if (!read_mappings(&s))
		return HV_UNKNOWN;
	for (i = 0; i < s.count; i++)
		if (s.blocks[i].found != s.blocks[i].wanted)
			return HV_UNKNOWN;
	return s.sum_kb;
}

/* On a busy machine it takes longer, but not more of it. */
static void look_again(struct resident *resident, uint64_t now_ns)
{
	uint64_t before_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID);

	resident->value_kb = resident_look(resident->pid, resident->blocks_kb,
					   resident->count);
	resident->cost_ns = clock_now_ns(CLOCK_THREAD_CPUTIME_ID) - before_ns;
	resident->looked_ns = now_ns;
}

uint64_t resident_read(struct resident *resident, uint64_t actual_kb)
{
	uint64_t now_ns = clock_now_ns(CLOCK_MONOTONIC), old_ns = REST_NS;

	if (actual_kb != resident->actual_kb) {
		resident->actual_kb = actual_kb;
		resident->moved_ns = now_ns;
	}
	if (now_ns - resident->moved_ns < REST_AFTER_NS)
		old_ns = u64_min(COST_SHARE * resident->cost_ns, OLD_MOST_NS);
	if (!resident->looked_ns || now_ns - resident->looked_ns >= old_ns)
		look_again(resident, now_ns);
	return resident->value_kb;
}
