// SPDX-License-Identifier: GPL-2.0-or-later
/* Free memory that may be used, as this machine's kernel tells of it. */
#include "balloon-sync/free.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "ktap.h"

/* Of Linux 6.1, shortened: lists of processors have a "high:" of their own. */
static const char zoneinfo[] =
	"Node 0, zone      DMA\n"
	"  per-node stats\n"
	"      nr_inactive_anon 12\n"
	"  pages free     3840\n"
	"        boost    0\n"
	"        min      14\n"
	"        low      18\n"
	"        high     22\n"
	"        spanned  4095\n"
	"      nr_free_highatomic 0\n"
	"  pagesets\n"
	"    cpu: 0\n"
	"              count: 0\n"
	"              high:  378\n"
	"              batch: 63\n"
	"Node 0, zone   Normal\n"
	"        high     1000\n"
	"  start_pfn:           1048576\n";

TEST(high_watermarks_of_all_zones)
{
	EXPECT_U64(free_watermarks(zoneinfo), 1022);
	EXPECT_U64(free_watermarks(""), 0);
	EXPECT_U64(free_watermarks("        high     -\n        high"), 0);
}

/* Memory comes and goes meanwhile: between the least and the most of three looks. */
TEST(this_machine)
{
	__free_mem char *zones = NULL;
	uint64_t mine, kept, before = 0, after = 0;
	int tries;

	ASSERT(file_read("/proc/zoneinfo", 64 << 20, &zones, NULL, NULL) == 0);
	kept = free_watermarks(zones) * 4;
	EXPECT(kept > 0);
	for (tries = 0; tries < 1000; tries++) {
		__free_mem char *first = NULL, *second = NULL;

		ASSERT(file_read("/proc/meminfo", 65536, &first, NULL, NULL) == 0);
		ASSERT(free_read(&mine, NULL) == 0);
		ASSERT(file_read("/proc/meminfo", 65536, &second, NULL, NULL) == 0);
		ASSERT(parse_field(first, "MemFree:", &before) == 0);
		ASSERT(parse_field(second, "MemFree:", &after) == 0);
		if (before == after && before > kept)
			break;
	}
	if (tries == 1000)
		SKIP("free memory is never twice the same here");
	EXPECT_U64(mine, before - kept);
}

KTAP_MAIN()
