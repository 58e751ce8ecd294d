// SPDX-License-Identifier: GPL-2.0-or-later
/* Physical memory of a guest, made of segments. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/u64.h"
#include "mem.h"

/**
 * struct mem - a guest's memory
 * @backings: what it is in
 * @backing_count: of them
 * @segments: by address, none overlaps another
 * @count: of them
 * @tables: the same by addresses of page tables, NULL where those are the same
 * @translate: to these
 * @translate_arg: for @translate
 * @processors: what they were seen to use, NULL where nobody was asked
 */
struct mem {
	struct mem_backing backings[MEM_BACKINGS_MAX];
	unsigned int backing_count;
	struct mem_segment *segments;
	size_t count;
	struct mem *tables;
	int (*translate)(void *arg, uint64_t address, uint64_t *ret);
	void *translate_arg;
	struct processors *processors;
};

struct mem *mem_create(void)
{
	return calloc(1, sizeof(struct mem));
}

static void destroy_backing(const struct mem_backing *backing)
{
	if (backing->destroy)
		backing->destroy(backing->arg);
}

void mem_destroy(struct mem *mem)
{
	unsigned int i;

	if (!mem)
		return;
	mem_destroy(mem->tables);
	for (i = 0; i < mem->backing_count; i++)
		destroy_backing(&mem->backings[i]);
	free(mem->processors);
	free(mem->segments);
	free(mem);
}

int mem_add_backing(struct mem *mem, const struct mem_backing *backing, struct error *err)
{
	if (mem->backing_count == MEM_BACKINGS_MAX) {
		destroy_backing(backing);
		return error_set(err, -ENOSPC, "memory: in more than %d places",
				 MEM_BACKINGS_MAX);
	}
	mem->backings[mem->backing_count] = *backing;
	return (int)mem->backing_count++;
}

void mem_set_tables(struct mem *mem, struct mem *tables,
		    int (*translate)(void *arg, uint64_t address, uint64_t *ret), void *arg)
{
	mem->tables = tables;
	mem->translate = translate;
	mem->translate_arg = arg;
}

const struct mem *mem_tables(const struct mem *mem)
{
	return mem->tables ? mem->tables : mem;
}

int mem_table_address(const struct mem *mem, uint64_t address, uint64_t *ret)
{
	if (mem->tables)
		return mem->translate(mem->translate_arg, address, ret);
	*ret = address;
	return 0;
}

void mem_set_processors(struct mem *mem, struct processors *processors)
{
	free(mem->processors);
	mem->processors = processors;
}

const struct processors *mem_processors(const struct mem *mem)
{
	return mem->processors;
}

void mem_forget(const struct mem *mem)
{
	unsigned int i;

	for (i = 0; i < mem->backing_count; i++)
		if (mem->backings[i].forget)
			mem->backings[i].forget(mem->backings[i].arg);
	if (mem->tables)
		mem_forget(mem->tables);
}

/* The first segment that ends behind @address, or as many as there are. */
static size_t find(const struct mem *mem, uint64_t address)
{
	size_t low = 0, high = mem->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct mem_segment *s = &mem->segments[mid];

		if (s->start + (s->size - 1) < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int mem_add_segment(struct mem *mem, const struct mem_segment *segment, struct error *err)
{
	uint64_t last = segment->start + (segment->size - 1);
	struct mem_segment *segments;
	size_t at;

	if (segment->size == 0)
		return 0;
	if (segment->backing >= mem->backing_count)
		return error_set(err, -EINVAL, "memory: nothing has number %u", segment->backing);
	/* What follows it must be an address, too. */
	if (last < segment->start || last == UINT64_MAX ||
	    segment->offset + (segment->size - 1) < segment->offset)
		return error_set(err, -ERANGE, "memory: 0x%" PRIx64 ": has no end",
				 segment->start);
	at = find(mem, segment->start);
	if (at < mem->count && mem->segments[at].start <= last)
		return error_set(err, -EEXIST, "memory: 0x%" PRIx64 ": is there twice",
				 segment->start);
	if (mem->count == MEM_SEGMENTS_MAX)
		return error_set(err, -ENOSPC, "memory: more than %d segments",
				 MEM_SEGMENTS_MAX);
	segments = realloc(mem->segments, (mem->count + 1) * sizeof(*segments));
	if (!segments)
		return error_errno(err, -ENOMEM, "memory");
	mem->segments = segments;
	memmove(segments + at + 1, segments + at, (mem->count - at) * sizeof(*segments));
	segments[at] = *segment;
	mem->count++;
	return 0;
}

size_t mem_segments(const struct mem *mem, const struct mem_segment **ret)
{
	*ret = mem->segments;
	return mem->count;
}

size_t mem_fds(const struct mem *mem, int ret[MEM_FDS_MAX])
{
	size_t count = 0;
	unsigned int i, n;

	for (i = 0; i < mem->backing_count; i++)
		for (n = 0; n < MEM_BACKING_FDS; n++)
			if (mem->backings[i].fds[n])
				ret[count++] = mem->backings[i].fds[n];
	return count;
}

bool mem_maps(const struct mem *mem)
{
	unsigned int i;

	for (i = 0; i < mem->backing_count; i++)
		if (mem->backings[i].maps)
			return true;
	return false;
}

uint64_t mem_bytes(const struct mem *mem)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < mem->count; i++)
		sum += mem->segments[i].size;
	return sum;
}

int mem_read(const struct mem *mem, uint64_t address, void *buf, size_t len)
{
	char *to = buf;
	size_t at = find(mem, address);

	for (; len > 0; at++) {
		const struct mem_segment *s = &mem->segments[at];
		const struct mem_backing *backing;
		size_t part;
		int r;

		if (at == mem->count || s->start > address)
			return -EFAULT;
		backing = &mem->backings[s->backing];
		part = u64_min(len, s->size - (address - s->start));
		r = backing->read(backing->arg, s->offset + (address - s->start), to, part);
		if (r < 0)
			return r;
		to += part;
		address += part;
		len -= part;
	}
	return 0;
}

static int next_data_of(const struct mem *mem, const struct mem_segment *s, uint64_t address,
			uint64_t *ret_start, uint64_t *ret_end)
{
	const struct mem_backing *backing = &mem->backings[s->backing];
	uint64_t from = s->offset + (address - s->start), end = s->offset + s->size;
	uint64_t start = from, stop = end;
	int r = 1;

	if (backing->next_data)
		r = backing->next_data(backing->arg, from, end, &start, &stop);
	if (r <= 0)
		return r;
	if (start < from || stop > end || start >= stop)
		return -EIO;
	*ret_start = s->start + (start - s->offset);
	*ret_end = s->start + (stop - s->offset);
	return 1;
}

int mem_next_data(const struct mem *mem, uint64_t address, uint64_t *ret_start,
		  uint64_t *ret_end)
{
	size_t at;

	for (at = find(mem, address); at < mem->count; at++) {
		const struct mem_segment *s = &mem->segments[at];
		int r = next_data_of(mem, s, address > s->start ? address : s->start,
				     ret_start, ret_end);

		if (r != 0)
			return r;
	}
	return 0;
}
