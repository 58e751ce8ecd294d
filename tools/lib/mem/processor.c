// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "entry.h"
#include "processor.h"

/* Of CR0. */
#define PAGING		BIT_ULL(31)
/* Of CR3, with page-table isolation: the table of a process, not the kernel's. */
#define OTHER_TABLE	0x1000ull
/*
 * Xen's own, in tables of PV guests; otherwise nobody's.  Among them is one that leads back to the
 * table that it is in.
 */
#define HYPERVISOR	16
/* Where processes have segments (LDT) of their own, by modify_ldt(2). */
#define SEGMENTS	16
/* Where processes come and go. */
#define LOOKS_MAX	8
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
	int i, r = mem_read(mem, root + MEM_PAGE / 2, ret->entries, sizeof(ret->entries));

	for (i = 0; r == 0 && i < PROCESSOR_ENTRIES; i++)
		ret->entries[i] = ret->entries[i] & ENTRY_PRESENT ?
				  ret->entries[i] & (ENTRY_ADDRESS | ENTRY_PRESENT) : 0;
	for (i = 0; i < HYPERVISOR; i++)
		ret->entries[i] = 0;
	ret->entries[SEGMENTS] = 0;
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

int processors_add(struct processors *processors, const struct mem *mem, uint64_t root)
{
	struct processor half;
	int r = read_half(mem, root, &half);

	if (r == 0 && (root & OTHER_TABLE) && is_of_process(&half))
		r = read_half(mem, root & ~OTHER_TABLE, &half);
	if (r == 0 && !is_of_process(&half) && !has(processors, &half) &&
	    processors->count < PROCESSORS_MAX)
		processors->list[processors->count++] = half;
	return r;
}

/* Return: how many use page tables; negative errno. */
static int look(const struct mem *mem, struct processors *ret, uint64_t *first,
		int (*ask)(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err),
		void *arg, struct error *err)
{
	uint64_t roots[PROCESSOR_ROOTS_MAX];
	int i, count = ask(arg, roots, err);

	for (i = 0; i < count; i++)
		/* One without memory behind it is not the kernel's. */
		processors_add(ret, mem, roots[i]);
	*first = count > 0 ? roots[0] : 0;
	return count;
}

/* Tables that are still used afterwards have been read in time; others are not the kernel's. */
int processors_see(struct mem *mem,
		   int (*ask)(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err),
		   void *arg, struct error *err)
{
	struct processors *seen = calloc(1, sizeof(*seen));
	uint64_t before = 0, after = 0;
	int i, r = 1;

	if (!seen)
		return error_errno(err, -ENOMEM, "the guest's processors");
	for (i = 0; r > 0 && i < LOOKS_MAX && (i < 2 || before != after); i++) {
		before = after;
		r = look(mem_tables(mem), seen, &after, ask, arg, err);
	}
	if (r < 0) {
		free(seen);
		return r;
	}
	mem_set_processors(mem, seen);
	return 0;
}

int processors_use(const struct processors *processors, const struct mem *mem, uint64_t root)
{
	struct processor half;
	int r = read_half(mem, root, &half);

	return r < 0 ? r : has(processors, &half);
}
