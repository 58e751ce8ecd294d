// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is remembered of real guests, any byte of which may have been changed by somebody who knows
 * how its sum is made, and a walk by what it says.
 */
#include <nettle/sha2.h>

#include "base/macros.h"
#include "fuzz.h"
#include "guest/field.h"
#include "guest/memo.h"
#include "image.h"
#include "walks.h"

#define WHOSE		"1-1"
#define MEMO_MAX	65536u
#define READS_MAX	4000000u
#define WALK_READS	100000u

static const char *const paths[] = { IMAGES "/stock-6.1", IMAGES "/stock-7.2" };
static struct image images[ARRAY_SIZE(paths)];
static uint8_t memos[ARRAY_SIZE(paths)][MEMO_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct guest *guest;
	struct mem *mem;
	size_t i;

	FUZZ_ASSERT(guest_memo_bytes() <= MEMO_MAX);
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		image_load(&images[i], paths[i]);
		mem = image_mem(&images[i]);
		FUZZ_ASSERT(guest_open(&guest, mem, NULL) == 0);
		FUZZ_ASSERT(guest_remember(guest, WHOSE, memos[i]) == 0);
		guest_close(guest);
		mem_destroy(mem);
		images[i].most = READS_MAX;
	}
	return 0;
}

static void look(struct guest *guest, unsigned int which)
{
	struct walks told;

	guest->reads = WALK_READS;
	guest_refresh(guest);
	walks_some(guest, which, &told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	size_t i = fuzz_u8(&in) % ARRAY_SIZE(images);
	unsigned int which = 1u << fuzz_u8(&in) % WALKS_COUNT;
	const size_t len = guest_memo_bytes() - SHA256_DIGEST_SIZE;
	struct sha256_ctx context;
	struct error err = { 0 };
	static uint8_t memo[MEMO_MAX];
	struct guest *guest;
	struct mem *mem = image_mem(&images[i]);

	memcpy(memo, memos[i], sizeof(memo));
	images[i].count = 0;
	while (in.left > 0) {
		size_t at = fuzz_u16(&in) % len;

		memo[at] = fuzz_u8(&in);
	}
	sha256_init(&context);
	sha256_update(&context, len, memo);
	sha256_digest(&context, SHA256_DIGEST_SIZE, memo + len);
	if (guest_recall(&guest, mem, WHOSE, memo, guest_memo_bytes(), &err) == 0) {
		look(guest, which);
		guest_close(guest);
	} else {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
	}
	mem_destroy(mem);
	return 0;
}
