// SPDX-License-Identifier: GPL-2.0-or-later
/* From VMCOREINFO to types, step by step, each of which must fit to those before it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "vmcoreinfo.h"

/* Where x86-64 maps the kernel's text, __START_KERNEL_map. */
#define TEXT_MAP	0xffffffff80000000ull

/* Anybody's page may begin as VMCOREINFO does; whoever writes many gains time only. */
#define PLACES_MAX	64

static int find_tables(struct kernel *kernel, const struct vmcoreinfo *info, struct error *err)
{
	int64_t phys_base, five = 0;
	uint64_t root;

	if (vmcoreinfo_hex(info, "SYMBOL", "swapper_pg_dir", &root) < 0 ||
	    vmcoreinfo_decimal(info, "NUMBER", "phys_base", &phys_base) < 0)
		return error_set(err, -ENOENT,
				 "the guest's VMCOREINFO: does not say where its page tables are");
	vmcoreinfo_decimal(info, "NUMBER", "pgtable_l5_enabled", &five);
	vmcoreinfo_hex(info, "KERNELOFFSET", NULL, &kernel->offset);
	kernel->levels = five == 1 ? 5 : 4;
	return space_create(&kernel->space, kernel->mem, root - TEXT_MAP + (uint64_t)phys_base,
			    kernel->levels, err);
}

static int read_types(struct kernel *kernel, struct error *err)
{
	uint64_t start, end;
	int r = kernel_symbol(kernel, "__start_BTF", &start, err);

	if (r == 0)
		r = kernel_symbol(kernel, "__stop_BTF", &end, err);
	return r < 0 ? r : types_read(&kernel->types, kernel->space, start, end, err);
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

static int try(struct kernel *kernel, const struct mem *mem, const struct vmcoreinfo *info,
	       struct error *err)
{
	int r;

	*kernel = (struct kernel){ .mem = mem };
	vmcoreinfo_release(info, kernel->release, sizeof(kernel->release));
	r = find_tables(kernel, info, err);
	if (r == 0)
		r = kallsyms_read(&kernel->symbols, kernel->space, info, err);
	if (r == 0)
		r = read_banner(kernel, err);
	if (r == 0)
		r = read_types(kernel, err);
	if (r < 0)
		kernel_detach(kernel);
	return r;
}

/* Return: 0; what the last place failed with; -ENOENT when there was none. */
static int try_all(struct kernel *ret, const struct mem *mem, struct error *why)
{
	struct vmcoreinfo info = { 0 };
	int places, r = 0;

	error_set(why, -ENOENT,
		  "no kernel in the guest's memory: it is still booting, or no Linux from 6.0 on");
	for (places = 0; places < PLACES_MAX; places++) {
		struct kernel found;

		r = vmcoreinfo_next(mem, places ? info.address + MEM_PAGE : 0, &info);
		if (r <= 0)
			break;
		if (try(&found, mem, &info, why) == 0) {
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

int kernel_symbol(const struct kernel *kernel, const char *name, uint64_t *ret,
		  struct error *err)
{
	if (kallsyms_find(kernel->symbols, name, ret) < 0)
		return error_set(err, -ENOENT, "the guest's kernel: has no symbol %s", name);
	return 0;
}

int kernel_read_u64(const struct kernel *kernel, uint64_t address, uint64_t *ret)
{
	return space_read(kernel->space, address, ret, sizeof(*ret));
}
