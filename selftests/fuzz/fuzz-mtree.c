// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU's monitor prints of memory. */
#include "fuzz.h"
#include "mem/mtree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct mtree_range ranges[MTREE_RANGES_MAX];
	char *text = fuzz_text(&in);
	uint64_t address;
	int i, count = mtree_parse(text, ranges, NULL);

	FUZZ_ASSERT(count != 0 && count <= MTREE_RANGES_MAX);
	for (i = 0; i < count; i++)
		FUZZ_ASSERT(ranges[i].start <= ranges[i].last);
	mtree_parse_address(text, &address);
	free(text);
	return 0;
}
