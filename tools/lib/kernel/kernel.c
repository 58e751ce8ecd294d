// SPDX-License-Identifier: GPL-2.0-or-later
/* From VMCOREINFO to types, step by step, each of which must fit to those before it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "kernel.h"
#include "mem/processor.h"
#include "vmcoreinfo.h"

/* Where x86-64 maps the kernel's image, __START_KERNEL_map, and as far as that may reach. */
#define TEXT_MAP	0xffffffff80000000ull
#define IMAGE_LAST	0xffffffffbfffffffull

/* Where a PC's memory goes on that has no room below. */
#define HIGH_START	0x100000000ull

/*
 * Anybody's page may begin as VMCOREINFO does, and a program may have as many as there is memory.
 * Of those that lead nowhere there may be any number, as they cost next to nothing; whoever
 * makes others look like kernels gains time only.
 */
#define PLACES_MAX	64

/* Anybody in the guest may make a kernel's memory, but no processor uses it. */
static int check_used(const struct kernel *kernel, uint64_t root, struct error *err)
{
	const struct processors *processors = mem_processors(kernel->mem);
	int r = processors ? processors_use(processors, mem_tables(kernel->mem), root) : 1;

	if (r == 0)
		return error_set(err, -EPERM,
				 "the guest's memory: what looks like a kernel is none that its processors run; it is still booting, or somebody forges one");
	return r < 0 ? error_errno(err, r, "the guest's page tables") : 0;
}

static int find_tables(struct kernel *kernel, const struct vmcoreinfo *info, struct error *err)
{
	int64_t phys_base, five = 0;
	uint64_t root;
	int r;

	if (vmcoreinfo_hex(info, "SYMBOL", "swapper_pg_dir", &root) < 0 ||
	    vmcoreinfo_decimal(info, "NUMBER", "phys_base", &phys_base) < 0)
		return error_set(err, -ENOENT,
				 "the guest's VMCOREINFO: does not say where its page tables are");
	vmcoreinfo_decimal(info, "NUMBER", "pgtable_l5_enabled", &five);
	vmcoreinfo_hex(info, "KERNELOFFSET", NULL, &kernel->offset);
	kernel->levels = five == 1 ? 5 : 4;
	r = mem_table_address(kernel->mem, root - TEXT_MAP + (uint64_t)phys_base, &root);
	if (r < 0)
		return error_errno(err, r, "the guest's page tables");
	r = check_used(kernel, root, err);
	if (r < 0)
		return r;
	return space_create(&kernel->space, mem_tables(kernel->mem), root, kernel->levels, err);
}

/*
 * Without reading more than a few entries of tables.  From here on nothing is seen but the kernel's
 * own constants: what else its tables lead to may be a process', who may write there what he wants,
 * be it as his own memory or where the kernel has all of memory.  With a number of levels that is
 * not theirs, nothing is there.
 */
static int find_code(const struct kernel *kernel, const struct vmcoreinfo *info,
		     struct error *err)
{
	struct space_page page;
	uint64_t stext;

	space_restrict(kernel->space, TEXT_MAP, IMAGE_LAST, false);
	if (vmcoreinfo_hex(info, "SYMBOL", "_stext", &stext) < 0 ||
	    space_translate(kernel->space, stext, &page) < 0 || !page.executable)
		return error_set(err, -EFAULT,
				 "the guest's VMCOREINFO: leads to where no kernel is");
	/* By "rodata=off", nothing is constant. */
	space_restrict(kernel->space, TEXT_MAP, IMAGE_LAST, !page.writable);
	return 0;
}

/* All that is the kernel's. */
static void see_all(const struct kernel *kernel)
{
	unsigned int shift = 3 + 9 * kernel->levels;
	const uint64_t first = (~0ull << (shift + 9)) | ((uint64_t)PROCESSOR_FIRST << shift);

	space_restrict(kernel->space, first, UINT64_MAX, false);
}

static int read_types(struct kernel *kernel, struct error *err)
{
	uint64_t *start = &kernel->memo.btf_start, *end = &kernel->memo.btf_end;
	int r = kernel_symbol(kernel, "__start_BTF", start, err);

	if (r == 0)
		r = kernel_symbol(kernel, "__stop_BTF", end, err);
	return r < 0 ? r : types_read(&kernel->types, kernel->space, *start, *end, err);
}

static int read_banner(struct kernel *kernel, struct error *err)
{
	static const char first[] = "Linux version ";
	uint64_t address;
	size_t len;
	int r = kernel_symbol(kernel, "linux_banner", &address, err);

	if (r < 0)
		return r;
	r = space_read(kernel->space, address, kernel->banner, sizeof(kernel->banner) - 1);
	if (r < 0)
		return error_errno(err, r, "the guest's kernel: linux_banner");
	kernel->banner[strcspn(kernel->banner, "\n")] = '\0';
	len = strlen(kernel->release);
	if (strncmp(kernel->banner, first, strlen(first)) != 0 ||
	    strncmp(kernel->banner + strlen(first), kernel->release, len) != 0 ||
	    kernel->banner[strlen(first) + len] != ' ')
		return error_set(err, -EPROTO,
				 "the guest's kernel: VMCOREINFO says '%.64s', it says '%.80s'",
				 kernel->release, kernel->banner);
	return 0;
}

/* All of its tables; what is read of them is sealed. */
static int read_tables(struct kernel *kernel, const struct vmcoreinfo *info, struct error *err)
{
	struct sealing *sealing = seal_begin(kernel->space);
	int r = kallsyms_read(&kernel->symbols, kernel->space, info, err);

	if (r == 0)
		r = read_banner(kernel, err);
	if (r == 0)
		r = read_types(kernel, err);
	seal_end(sealing, &kernel->memo.seal);
	return r;
}

static void fill_memo(struct kernel *kernel, const struct vmcoreinfo *info)
{
	struct kernel_memo *memo = &kernel->memo;
	const char *const *names = memo_symbols();
	size_t i;

	memo->info_address = info->address;
	memcpy(memo->info, info->text, sizeof(memo->info));
	memo->symbol_count = kallsyms_count(kernel->symbols);
	for (i = 0; i < MEMO_SYMBOLS; i++)
		if (kallsyms_find(kernel->symbols, names[i], &memo->addresses[i]) == 0)
			memo->has |= BIT_ULL(i);
}

/* @places: one more when it was worth a closer look */
static int try(struct kernel *kernel, const struct mem *mem, const struct vmcoreinfo *info,
	       int *places, struct error *err)
{
	int r;

	*kernel = (struct kernel){ .mem = mem };
	vmcoreinfo_release(info, kernel->release, sizeof(kernel->release));
	r = find_tables(kernel, info, err);
	if (r == 0)
		r = find_code(kernel, info, err);
	*places += r == 0;
	if (r == 0)
		r = read_tables(kernel, info, err);
	if (r < 0) {
		kernel_detach(kernel);
		return r;
	}
	fill_memo(kernel, info);
	see_all(kernel);
	return 0;
}

/* Return: 0; what the last place failed with; -ENOENT when there was none. */
static int try_all(struct kernel *ret, const struct mem *mem, struct error *why)
{
	struct vmcoreinfo_search search;
	struct vmcoreinfo info;
	int places = 0, r = 0;

	error_set(why, -ENOENT,
		  "no kernel in the guest's memory: it is still booting, or no Linux from 6.0 on");
	vmcoreinfo_begin(&search);
	while (places < PLACES_MAX) {
		struct kernel found;

		r = vmcoreinfo_next(mem, &search, &info);
		if (r <= 0)
			break;
		if (try(&found, mem, &info, &places, why) == 0) {
			*ret = found;
			return 0;
		}
	}
	return r < 0 ? error_errno(why, r, "the guest's memory") : why->code;
}

int kernel_attach(struct kernel *kernel, const struct mem *mem, struct error *err)
{
	struct error why;
	int r = try_all(kernel, mem, &why);

	if (r < 0 && err)
		*err = why;
	return r;
}

void kernel_detach(struct kernel *kernel)
{
	types_free(kernel->types);
	kallsyms_free(kernel->symbols);
	space_destroy(kernel->space);
	*kernel = (struct kernel){ .mem = kernel->mem };
}

static int is_another(struct error *err)
{
	return error_set(err, -ESTALE, "the guest's kernel: is not the one that was found before");
}

/* The page as it is now. Return: 0; -ESTALE; see mem_read(). */
static int recall_info(const struct mem *mem, const struct kernel_memo *memo,
		       struct vmcoreinfo *ret, struct error *err)
{
	int r = mem_read(mem, memo->info_address, ret->text, MEM_PAGE);

	if (r < 0)
		return error_errno(err, r, "the guest's VMCOREINFO");
	if (memcmp(ret->text, memo->info, MEM_PAGE) != 0)
		return is_another(err);
	ret->text[MEM_PAGE] = '\0';
	ret->address = memo->info_address;
	return 0;
}

static int recall_tables(struct kernel *kernel, const struct vmcoreinfo *info, struct error *err)
{
	const struct kernel_memo *memo = &kernel->memo;
	int r = seal_check(&memo->seal, kernel->space);

	if (r < 0)
		return is_another(err);
	r = kallsyms_later(&kernel->symbols, kernel->space, info, memo, err);
	if (r == 0)
		r = read_banner(kernel, err);
	if (r == 0)
		r = types_later(&kernel->types, kernel->space, memo->btf_start, memo->btf_end,
				err);
	return r;
}

int kernel_is_there(const struct kernel *kernel, struct error *err)
{
	struct vmcoreinfo info;

	return recall_info(kernel->mem, &kernel->memo, &info, err);
}

int kernel_recall(struct kernel *kernel, const struct mem *mem, const struct kernel_memo *memo,
		  struct error *err)
{
	struct kernel found = { .mem = mem, .memo = *memo };
	struct vmcoreinfo info;
	int r = recall_info(mem, memo, &info, err);

	if (r < 0)
		return r;
	vmcoreinfo_release(&info, found.release, sizeof(found.release));
	r = find_tables(&found, &info, err);
	if (r == 0)
		r = find_code(&found, &info, err);
	if (r == 0)
		r = recall_tables(&found, &info, err);
	if (r < 0) {
		kernel_detach(&found);
		return r;
	}
	see_all(&found);
	*kernel = found;
	return 0;
}

int kernel_check_memory(const struct kernel *kernel, struct error *err)
{
	const struct mem_segment *segments;
	size_t count = mem_segments(kernel->mem, &segments);
	uint64_t address, pages, top;
	int r = kernel_symbol(kernel, "max_pfn", &address, err);

	if (r < 0)
		return r;
	r = space_read(kernel->space, address, &pages, sizeof(pages));
	if (r < 0)
		return error_errno(err, r, "the guest's kernel: max_pfn");
	top = segments[count - 1].start + segments[count - 1].size;
	/* Below 4 GiB, the firmware keeps some of the end for itself. */
	if (top > HIGH_START ? pages == top / MEM_PAGE : pages <= top / MEM_PAGE)
		return 0;
	return error_set(err, -EPROTO, "the guest's memory: ends at page 0x%" PRIx64
			 " for its kernel, at 0x%" PRIx64 " for us", pages, top / MEM_PAGE);
}

int kernel_symbol(const struct kernel *kernel, const char *name, uint64_t *ret,
		  struct error *err)
{
	if (kallsyms_find(kernel->symbols, name, ret) < 0)
		return error_set(err, -ENOENT, "the guest's kernel: has no symbol %s", name);
	return 0;
}
