// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/macros.h"
#include "entry.h"
#include "processor.h"

/* Of CR0. */
#define PAGING		BIT_ULL(31)
/* Of CR3, with page-table isolation: the table of a process, not the kernel's. */
#define OTHER_TABLE	0x1000ull
/* Where processes come and go; on a busy host a look takes longer than most of them run. */
#define LOOKS_MIN	32
#define LOOK_NS		(2 * NSEC_PER_SEC)
/*
 * A kernel's own table has at least as many entries, for vmalloc() alone (50 or 64, since 5.8);
 * that of a process has less than ten, of which it can choose one.
 */
#define LEAST		32

/* "NAME=HEX", as a word. Return: whether it is there, before @end. */
static bool find_register(const char *text, const char *end, const char *name, uint64_t *ret)
{
	const char *at = strstr(text, name);
	char *stop;

	if (!at || at >= end)
		return false;
	at += strlen(name);
	*ret = strtoull(at, &stop, 16);
	return stop > at && stop <= end;
}

size_t processors_parse(const char *text, uint64_t *ret, size_t room)
{
	static const char begin[] = "CPU#";
	size_t count = 0;

	while (count < room && (text = strstr(text, begin))) {
		const char *end = strstr(text + strlen(begin), begin);
		uint64_t cr0, cr3;

		if (!end)
			end = text + strlen(text);
		if (find_register(text, end, "CR0=", &cr0) && (cr0 & PAGING) &&
		    find_register(text, end, "CR3=", &cr3))
			ret[count++] = cr3 & ENTRY_ADDRESS;
		text = end;
	}
	return count;
}

static int read_half(const struct mem *mem, uint64_t root, struct processor *ret)
{
	const uint64_t first = root + PROCESSOR_FIRST * sizeof(ret->entries[0]);
	int i, r = mem_read(mem, first, ret->entries, sizeof(ret->entries));

	for (i = 0; r == 0 && i < PROCESSOR_ENTRIES; i++)
		ret->entries[i] = ret->entries[i] & ENTRY_PRESENT ?
				  ret->entries[i] & (ENTRY_ADDRESS | ENTRY_PRESENT) : 0;
	return r;
}

static bool is_of_process(const struct processor *half)
{
	int i, count = 0;

	for (i = 0; i < PROCESSOR_ENTRIES; i++)
		count += half->entries[i] != 0;
	return count < LEAST;
}

static bool has(const struct processors *processors, const struct processor *half)
{
	size_t i;

	for (i = 0; i < processors->count; i++)
		if (memcmp(&processors->list[i], half, sizeof(*half)) == 0)
			return true;
	return false;
}

/* What the kernel has in a table of a processor's. Return: 1; 0 for nothing; see mem_read(). */
static int read_kernels(const struct mem *mem, uint64_t root, struct processor *ret)
{
	int r = read_half(mem, root, ret);

	if (r == 0 && (root & OTHER_TABLE) && is_of_process(ret))
		r = read_half(mem, root & ~OTHER_TABLE, ret);
	return r < 0 ? r : !is_of_process(ret);
}

static void keep(struct processors *processors, const struct processor *half)
{
	if (processors->count < PROCESSORS_MAX && !has(processors, half))
		processors->list[processors->count++] = *half;
}

/**
 * struct look - tables that processors use, read between two questions
 * @roots: of them, as the first answer had them
 * @count: of @roots
 * @after: likewise, as the second answer has them
 * @after_count: of @after
 * @halves: what was read of each of @roots
 * @kernels: whether that is the kernel's
 */
struct look {
	uint64_t roots[PROCESSOR_ROOTS_MAX];
	int count;
	uint64_t after[PROCESSOR_ROOTS_MAX];
	int after_count;
	struct processor halves[PROCESSOR_ROOTS_MAX];
	bool kernels[PROCESSOR_ROOTS_MAX];
};

static bool is_used_still(const struct look *look, uint64_t root)
{
	int i;

	for (i = 0; i < look->after_count; i++)
		if (look->after[i] == root)
			return true;
	return false;
}

/* What is used still has been read in time; of others, something else may have been read. */
static bool keep_used(struct processors *processors, const struct look *look)
{
	bool all = true;
	int i;

	for (i = 0; i < look->count; i++) {
		if (!is_used_still(look, look->roots[i]))
			all = false;
		else if (look->kernels[i])
			keep(processors, &look->halves[i]);
	}
	return all;
}

static int see(const struct mem *mem, struct processors *ret, struct look *look,
	       processors_ask *ask, void *arg, struct error *err)
{
	const uint64_t end_ns = clock_now_ns(CLOCK_MONOTONIC) + LOOK_NS;
	bool all = false;
	int i, j;

	look->after_count = ask(arg, look->after, err);
	for (i = 0; look->after_count > 0 && !ret->count && !all; i++) {
		if (i >= LOOKS_MIN && clock_now_ns(CLOCK_MONOTONIC) >= end_ns)
			return error_set(err, -EAGAIN,
					 "the guest's processors: change their page tables faster than they can be read; try again");
		memcpy(look->roots, look->after, sizeof(look->roots));
		look->count = look->after_count;
		for (j = 0; j < look->count; j++)
			/* One without memory behind it is not the kernel's. */
			look->kernels[j] = read_kernels(mem, look->roots[j], &look->halves[j]) > 0;
		look->after_count = ask(arg, look->after, err);
		all = keep_used(ret, look);
	}
	return look->after_count < 0 ? look->after_count : 0;
}

int processors_see(struct mem *mem, processors_ask *ask, void *arg, struct error *err)
{
	struct processors *seen = calloc(1, sizeof(*seen));
	struct look *look = calloc(1, sizeof(*look));
	int r = -ENOMEM;

	if (seen && look)
		r = see(mem_tables(mem), seen, look, ask, arg, err);
	else
		error_errno(err, r, "the guest's processors");
	free(look);
	if (r == 0)
		mem_set_processors(mem, seen);
	else
		free(seen);
	return r;
}

int processors_use(const struct processors *processors, const struct mem *mem, uint64_t root)
{
	struct processor half;
	int r = read_half(mem, root, &half);

	return r < 0 ? r : has(processors, &half);
}
