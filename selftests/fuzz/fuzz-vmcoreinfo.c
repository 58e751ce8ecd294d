// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages that begin as VMCOREINFO does. */
#include "base/macros.h"
#include "fuzz.h"
#include "kernel/vmcoreinfo.h"

#define PAGES	3u
/*
 * For where the kernel ends, an entry of each page and up to three tables that it leads to; then
 * what is behind the kernel, and all of it, where a page that is none makes the steps small again.
 */
#define MOST	(4 * PAGES + 2 * (PAGES + 1))

static const char *const keys[][2] = {
	{ "SYMBOL", "swapper_pg_dir" }, { "SYMBOL", "_stext" }, { "SYMBOL", "kallsyms_names" },
	{ "NUMBER", "phys_base" }, { "NUMBER", "pgtable_l5_enabled" }, { "KERNELOFFSET", NULL },
	{ "SYMBOL", "" }, { "", NULL },
};

static void look_up(const struct vmcoreinfo *info)
{
	char release[65], shorter[4];
	size_t i;

	vmcoreinfo_release(info, release, sizeof(release));
	vmcoreinfo_release(info, shorter, sizeof(shorter));
	FUZZ_ASSERT(strlen(release) < sizeof(release) && strlen(shorter) < sizeof(shorter));
	FUZZ_ASSERT(!strchr(release, '\n'));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		uint64_t hex = 77;
		int64_t decimal = 77;

		if (vmcoreinfo_hex(info, keys[i][0], keys[i][1], &hex) < 0)
			FUZZ_ASSERT(hex == 77);
		if (vmcoreinfo_decimal(info, keys[i][0], keys[i][1], &decimal) < 0)
			FUZZ_ASSERT(decimal == 77);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[PAGES * MEM_PAGE];
	struct fuzz_memory memory = { .bytes = bytes, .size = sizeof(bytes), .most = MOST };
	struct vmcoreinfo_search search;
	struct mem *mem = fuzz_mem(&memory);
	struct vmcoreinfo info;
	size_t found = 0;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	vmcoreinfo_begin(&search);
	while (vmcoreinfo_next(mem, &search, &info) == 1) {
		FUZZ_ASSERT(info.address < sizeof(bytes) && ++found <= 2 * PAGES);
		FUZZ_ASSERT(info.address % MEM_PAGE == 0 && info.text[MEM_PAGE] == '\0');
		look_up(&info);
	}
	mem_destroy(mem);
	return 0;
}
