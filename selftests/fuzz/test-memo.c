// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is remembered of a recorded guest: good for that guest as long as nothing of it has
 * changed, and for nothing else.
 */
#include <errno.h>

#include <nettle/sha2.h>

#include "fuzz.h"
#include "guest/field.h"
#include "guest/memo.h"
#include "image.h"
#include "ktap.h"
#include "random.h"
#include "walks.h"

#define WHOSE	"123-456789"
#define ROUNDS	3000
#define READS	20000u

static struct image image, another;
static struct mem *mem;
static unsigned char memo[65536];
static size_t memo_len;

static void open_image(struct image *which, const char *path)
{
	struct guest *guest;

	image_load(which, path);
	mem = image_mem(which);
	memo_len = guest_memo_bytes();
	ASSERT(memo_len <= sizeof(memo) && memo_len % 4096 != 0);
	ASSERT(guest_open(&guest, mem, NULL) == 0);
	ASSERT(guest_remember(guest, WHOSE, memo) == 0);
	guest_close(guest);
}

static int recall(struct guest **ret)
{
	struct error err = { 0 };
	int r = guest_recall(ret, mem, WHOSE, memo, memo_len, &err);

	EXPECT(r == 0 || (err.code == r && err.text[0]));
	return r;
}

static int try_recall(void)
{
	struct guest *guest;
	int r = recall(&guest);

	if (r == 0)
		guest_close(guest);
	return r;
}

static void look_everywhere(struct image *which, const char *path)
{
	struct guest *found, *recalled;
	struct walks told, again;
	struct types_member one, other;
	uint64_t first, second;

	open_image(which, path);
	ASSERT(guest_open(&found, mem, NULL) == 0);
	ASSERT(recall(&recalled) == 0);
	EXPECT(memcmp(&found->layout, &recalled->layout, sizeof(found->layout)) == 0);
	EXPECT(strcmp(found->kernel.banner, recalled->kernel.banner) == 0);
	EXPECT(strcmp(found->kernel.release, recalled->kernel.release) == 0);
	EXPECT_U64(recalled->kernel.offset, found->kernel.offset);
	EXPECT_U64(kallsyms_count(recalled->kernel.symbols),
		   kallsyms_count(found->kernel.symbols));
	memset(&told, 0, sizeof(told));
	memset(&again, 0, sizeof(again));
	walks_some(found, WALKS_ALL, &told);
	walks_some(recalled, WALKS_ALL, &again);
	EXPECT(told.processes > 20);
	EXPECT(memcmp(&told, &again, sizeof(told)) == 0);
	/* What the memo does not have is read when it is asked for. */
	ASSERT(kallsyms_find(found->kernel.symbols, "_etext", &first) == 0);
	ASSERT(kallsyms_find(recalled->kernel.symbols, "_etext", &second) == 0);
	EXPECT_U64(second, first);
	EXPECT_INT(kallsyms_find(recalled->kernel.symbols, "no_such", &second), -ENOENT);
	ASSERT(types_member(found->kernel.types, "dentry", "d_inode", &one, NULL) == 0);
	ASSERT(types_member(recalled->kernel.types, "dentry", "d_inode", &other, NULL) == 0);
	EXPECT_U64(other.offset, one.offset);
	guest_close(recalled);
	guest_close(found);
	mem_destroy(mem);
}

TEST(it_is_the_same_guest)
{
	look_everywhere(&image, IMAGES "/stock-6.1");
	look_everywhere(&another, IMAGES "/stock-7.2");
}

TEST(a_damaged_one_is_refused)
{
	size_t i, taken = 0;

	open_image(&image, IMAGES "/stock-6.1");
	for (i = 0; i < memo_len; i++) {
		memo[i] ^= 0x10;
		taken += try_recall() == 0;
		memo[i] ^= 0x10;
	}
	EXPECT_U64(taken, 0);
	memo_len--;
	EXPECT_INT(try_recall(), -EPROTO);
	memo_len += 2;
	EXPECT_INT(try_recall(), -EPROTO);
	memo_len = 0;
	EXPECT_INT(try_recall(), -EPROTO);
	memo_len = guest_memo_bytes();
	EXPECT_INT(try_recall(), 0);
	mem_destroy(mem);
}

TEST(one_of_another_vm_is_refused)
{
	struct guest *guest;

	open_image(&image, IMAGES "/stock-6.1");
	EXPECT_INT(guest_recall(&guest, mem, "123-456780", memo, memo_len, NULL), -ESTALE);
	mem_destroy(mem);
	/* Even by the same name. */
	image_load(&another, IMAGES "/stock-7.2");
	mem = image_mem(&another);
	EXPECT_INT(try_recall(), -ESTALE);
	mem_destroy(mem);
}

/* --- the guest is another one since --------------------------------------------------- */

static uint64_t physical(const struct guest *guest, uint64_t address)
{
	struct space_page page;

	ASSERT(space_translate(guest->kernel.space, address, &page) == 0);
	return page.address;
}

static void change(uint64_t address)
{
	image_change(&image, address, image.bytes[address] ^ 1);
	EXPECT(try_recall() < 0);
	image_restore(&image);
	EXPECT_INT(try_recall(), 0);
}

TEST(a_changed_guest_is_not_recalled)
{
	static struct vmcoreinfo text;
	uint64_t i, banner, root, info;
	struct guest *guest;

	open_image(&image, IMAGES "/stock-7.2");
	ASSERT(guest_open(&guest, mem, NULL) == 0);
	info = guest->kernel.memo.info_address;
	change(info);
	change(info + 200);
	change(info + MEM_PAGE - 1);
	ASSERT(kernel_symbol(&guest->kernel, "linux_banner", &banner, NULL) == 0);
	change(physical(guest, banner + 20));
	/* The first and the last byte of each of the tables. */
	EXPECT(guest->kernel.memo.seal.count > 4);
	for (i = 0; i < guest->kernel.memo.seal.count; i++) {
		const struct seal_range *range = &guest->kernel.memo.seal.ranges[i];

		change(physical(guest, range->address));
		change(physical(guest, range->address + range->len - 1));
	}
	change(physical(guest, guest->kernel.memo.btf_start + 100));
	change(physical(guest, guest->kernel.memo.btf_end - 1));
	/* Where the kernel's part of the highest table leads. */
	memcpy(text.text, guest->kernel.memo.info, MEM_PAGE);
	ASSERT(vmcoreinfo_hex(&text, "SYMBOL", "swapper_pg_dir", &root) == 0);
	change(physical(guest, root + 511 * 8));
	guest_close(guest);
	mem_destroy(mem);
}

/* As it does when it boots: VMCOREINFO is elsewhere, and something else is there. */
TEST(a_kernel_that_has_moved_is_not_recalled)
{
	struct guest *guest;
	unsigned int i;

	open_image(&image, IMAGES "/stock-6.1");
	ASSERT(guest_open(&guest, mem, NULL) == 0);
	for (i = 0; i < MEM_PAGE; i++)
		image_change(&image, guest->kernel.memo.info_address + i, 0);
	EXPECT_INT(try_recall(), -ESTALE);
	image_restore(&image);
	guest_close(guest);
	mem_destroy(mem);
}

/* --- somebody has written it who knows how ---------------------------------------------- */

static void sum_up(void)
{
	const size_t len = memo_len - SHA256_DIGEST_SIZE;
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, len, memo);
	sha256_digest(&context, SHA256_DIGEST_SIZE, memo + len);
}

TEST(a_forged_one_does_no_harm)
{
	static unsigned char kept[sizeof(memo)];
	unsigned int i, k, taken = 0, refused = 0;
	struct random rnd;

	open_image(&image, IMAGES "/stock-6.1");
	memcpy(kept, memo, memo_len);
	random_init(&rnd, 3);
	for (i = 0; i < ROUNDS; i++) {
		struct walks told;
		struct guest *guest;

		for (k = random_below(&rnd, 4); k < 4; k++)
			memo[96 + random_below(&rnd, (uint32_t)memo_len - 128)] =
				(unsigned char)random_next(&rnd);
		sum_up();
		if (recall(&guest) == 0) {
			taken++;
			EXPECT(strncmp(guest->kernel.banner, "Linux version ", 14) == 0);
			guest->reads = READS;
			guest_refresh(guest);
			if (taken % 16 == 0)
				walks_some(guest, 1u << i % WALKS_COUNT, &told);
			guest_close(guest);
		} else {
			refused++;
		}
		memcpy(memo, kept, memo_len);
	}
	EXPECT(taken > 0 && refused > 0);
	mem_destroy(mem);
}

KTAP_MAIN()
