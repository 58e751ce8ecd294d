// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU's monitor says of memory, and what it does not. */
#include <errno.h>

#include "ktap.h"
#include "mem/mtree.h"
#include "random.h"

/* Of QEMU 7.2, machine q35 with 4 GiB, shortened. */
static const char q35[] =
	"FlatView #0\r\n"
	" AS \"cpu-smm-1\", root: memory\r\n"
	" Root memory region: memory\r\n"
	"  0000000000000000-00000000000bffff (prio 0, ram): smm\r\n"
	"\r\n"
	"FlatView #1\r\n"
	" AS \"cpu-memory-0\", root: system\r\n"
	" AS \"memory\", root: system\r\n"
	" Root memory region: system\r\n"
	"  0000000000000000-00000000000c2fff (prio 0, ram): pc.ram\r\n"
	"  00000000000c3000-00000000000e7fff (prio 0, rom): pc.ram @00000000000c3000\r\n"
	"  0000000000100000-000000007fffffff (prio 0, ram): pc.ram @0000000000100000 KVM\r\n"
	"  00000000b0000000-00000000bfffffff (prio 0, i/o): pcie-mmcfg-mmio\r\n"
	"  00000000fd000000-00000000fdffffff (prio 1, ramd): 0000:00:02.0 BAR 0\r\n"
	"  00000000fe000000-00000000fe0fffff (prio 1, romd): system.flash0\r\n"
	"  0000000100000000-000000017fffffff (prio 0, ram): pc.ram @0000000080000000\r\n"
	"\r\n"
	"FlatView #2\r\n"
	" AS \"I/O\", root: io\r\n"
	"  0000000000000000-0000000000000007 (prio 0, ram): nonsense\r\n";

static int parse(const char *text, struct mtree_range *ranges)
{
	return mtree_parse(text, ranges, NULL);
}

TEST(memory_as_processors_see_it)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];

	ASSERT(parse(q35, ranges) == 4);
	EXPECT_U64(ranges[0].start, 0);
	EXPECT_U64(ranges[0].last, 0xc2fff);
	EXPECT_U64(ranges[1].start, 0xc3000);
	EXPECT_U64(ranges[2].last, 0x7fffffff);
	EXPECT_U64(ranges[3].start, 0x100000000);
	EXPECT_U64(ranges[3].last, 0x17fffffff);
}

TEST(answers_that_are_none)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];

	EXPECT_INT(parse("", ranges), -EPROTO);
	EXPECT_INT(parse("unknown command: 'info mtree'\r\n", ranges), -EPROTO);
	EXPECT_INT(parse("FlatView #0\n AS \"memory\", root: system\n", ranges), -EPROTO);
	EXPECT_INT(parse("FlatView #0\n AS \"memory\", root: system\n"
			 "  0000000000000000-zz (prio 0, ram): pc.ram\n", ranges), -EPROTO);
	EXPECT_INT(parse("FlatView #0\n AS \"memory\", root: system\n"
			 "  0000000000001000-0000000000000fff (prio 0, ram): r\n", ranges),
		   -EPROTO);
	EXPECT_INT(parse(" AS \"memory\",", ranges), -EPROTO);
}

TEST(more_pieces_than_anybody_has)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];
	char text[100 * (MTREE_RANGES_MAX + 2)];
	size_t at;
	int i;

	at = (size_t)sprintf(text, "FlatView #0\n AS \"memory\", root: system\n");
	for (i = 0; i < MTREE_RANGES_MAX; i++)
		at += (size_t)sprintf(text + at, "  %016x-%016x (prio 0, ram): r\n", i * 16,
				      i * 16 + 15);
	EXPECT_INT(parse(text, ranges), MTREE_RANGES_MAX);
	sprintf(text + at, "  00000000ffff0000-00000000ffffffff (prio 0, ram): r\n");
	EXPECT_INT(parse(text, ranges), -ENOSPC);
}

TEST(where_it_is_in_the_process)
{
	uint64_t address = 0;

	EXPECT_INT(mtree_parse_address("Host virtual address for 0x100000 (pc.ram) is "
				       "0x7f76000ff000\r\n", &address), 0);
	EXPECT_U64(address, 0x7f76000ff000);
	EXPECT_INT(mtree_parse_address("No memory is mapped at address 0xfe000000\r\n",
				       &address), -EPROTO);
	EXPECT_INT(mtree_parse_address("Memory at address 0xfe is not RAM", &address), -EPROTO);
	EXPECT_INT(mtree_parse_address("Host virtual address for 0x1 (x) is 0x", &address),
		   -EPROTO);
	EXPECT_INT(mtree_parse_address("", &address), -EPROTO);
	EXPECT_U64(address, 0x7f76000ff000);
}

/* One character is another, or the rest is gone. */
TEST(noise)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];
	char text[sizeof(q35)];
	struct random rnd;
	int i, k;

	random_init(&rnd, 1);
	for (i = 0; i < 100000; i++) {
		memcpy(text, q35, sizeof(text));
		for (k = 0; k < 4; k++)
			text[random_below(&rnd, sizeof(text) - 1)] =
				(char)(random_below(&rnd, 4) ? 32 + random_below(&rnd, 95) : 0);
		k = parse(text, ranges);
		EXPECT(k == -EPROTO || (k > 0 && k <= MTREE_RANGES_MAX));
	}
}

KTAP_MAIN()
