// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of four and five levels, held against a walk that is written another way. */
#include <errno.h>

#include "fuzz.h"
#include "mem/space.h"

#define PAGES		32u
#define TABLES		8u
#define ADDRESSES	16

static uint8_t bytes[PAGES * MEM_PAGE];

/* As in Intel's SDM, one level after the other. */
static int model(uint64_t address, unsigned int levels, uint64_t *ret, uint64_t *ret_size)
{
	uint64_t table = 0, entry, size = 1ull << (12 + 9 * (levels - 1));
	uint64_t high = address >> (levels == 5 ? 56 : 47);

	if (high != 0 && high != (levels == 5 ? 0xff : 0x1ffff))
		return -EINVAL;
	for (;; size /= 512) {
		if (table + MEM_PAGE > sizeof(bytes))
			return -EFAULT;
		memcpy(&entry, bytes + table + address / size % 512 * 8, sizeof(entry));
		if (!(entry & 1))
			return -EFAULT;
		table = entry & 0x000ffffffffff000;
		if (size == MEM_PAGE || (entry & 128))
			break;
	}
	if (size > 1ull << 30)
		return -EFAULT;
	*ret = table / size * size + address % size;
	*ret_size = size;
	return 0;
}

static void compare(struct space *space, uint64_t address, unsigned int levels)
{
	struct space_page page = { .address = 77 };
	uint64_t physical = 0, size = 0;
	int want = model(address, levels, &physical, &size);
	int r = space_translate(space, address, &page);

	FUZZ_ASSERT(r == want);
	if (r < 0) {
		FUZZ_ASSERT(page.address == 77);
		return;
	}
	FUZZ_ASSERT(page.address == physical && page.size == size);
}

static void compare_bytes(struct space *space, uint64_t address, unsigned int levels, size_t len)
{
	uint8_t buf[3 * MEM_PAGE];
	size_t i;

	if (space_read(space, address, buf, len) < 0)
		return;
	for (i = 0; i < len; i++) {
		uint64_t physical, size;

		FUZZ_ASSERT(model(address + i, levels, &physical, &size) == 0);
		FUZZ_ASSERT(physical < sizeof(bytes) && buf[i] == bytes[physical]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct fuzz_memory memory = { .bytes = bytes, .size = sizeof(bytes), .most = 4096 };
	unsigned int levels = fuzz_u8(&in) % 2 + 4, i, count = fuzz_u8(&in);
	struct mem *mem = fuzz_mem(&memory);
	struct space *space;

	memset(bytes, 0, sizeof(bytes));
	for (i = 0; i < count; i++) {
		size_t at = fuzz_u16(&in) % (TABLES * 512) * 8;
		uint64_t entry = fuzz_u8(&in) | (uint64_t)fuzz_u16(&in) << 12;

		/* Now and then one that leads far away. */
		if (entry & 2)
			entry |= fuzz_u64(&in);
		memcpy(bytes + at, &entry, sizeof(entry));
	}
	FUZZ_ASSERT(space_create(&space, mem, 0, levels, NULL) == 0);
	for (i = 0; i < ADDRESSES && in.left > 0; i++) {
		uint64_t address = fuzz_u64(&in);

		compare(space, address, levels);
		/* What is remembered is the same. */
		compare(space, address, levels);
		compare_bytes(space, address, levels, fuzz_u16(&in) % (3 * MEM_PAGE + 1));
	}
	space_destroy(space);
	mem_destroy(mem);
	return 0;
}
