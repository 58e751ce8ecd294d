// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners summed up to rows, and rows put in order. */
#include <linux/filecache.h>

#include "base/macros.h"
#include "filecache/grouping.h"
#include "filecache/owners.h"
#include "ktap.h"

static struct filecache_owner owner(uint64_t id, const char *comm, uint32_t uid,
				    uint64_t pages, uint32_t flags)
{
	struct filecache_owner o = {
		.id = id, .pid = (uint32_t)id / 10, .uid = uid, .flags = flags,
		.file_pages = pages, .added = pages + 1, .removed = 1,
		.moved = 2, .owners = 1, .birth_ns = id,
	};

	snprintf(o.comm, sizeof(o.comm), "%s", comm);
	return o;
}

static size_t apply(const char *name, struct filecache_owner *list, size_t count)
{
	const struct grouping *by = grouping_find(name);

	ASSERT(by);
	return grouping_apply(by, list, count);
}

static void expect_name(const struct filecache_owner *o, const char *want)
{
	char *name = owner_name(o), *utf8 = owner_name_utf8(o);

	EXPECT_STR(name, want);
	EXPECT_STR(utf8, want);
	free(name);
	free(utf8);
}

TEST(a_row_for_each_owner)
{
	struct filecache_owner list[] = {
		owner(20, "sh", 0, 1, 0), owner(10, "sh", 0, 2, 0),
	};

	EXPECT_U64(apply("owner", list, 2), 2);
	EXPECT_U64(list[0].id, 20);
}

TEST(rows_are_sums)
{
	struct filecache_owner list[] = {
		owner(10, "cat", 0, 5, 0), owner(20, "aide", 0, 7, 0),
		owner(30, "cat", 1, 11, 0),
	};
	size_t rows = apply("program", list, 3);

	EXPECT_U64(rows, 2);
	EXPECT(order_apply("cache", list, rows));
	EXPECT_STR(list[0].comm, "cat");
	EXPECT_U64(list[0].file_pages, 16);
	EXPECT_U64(list[0].added, 18);
	EXPECT_U64(list[0].removed, 2);
	EXPECT_U64(list[0].moved, 4);
	EXPECT_U64(list[0].owners, 2);
	EXPECT_U64(list[1].file_pages, 7);
}

TEST(a_row_is_dead_only_when_all_are)
{
	struct filecache_owner list[] = {
		owner(10, "a", 0, 1, FILECACHE_OWNER_FLAG_DEAD),
		owner(20, "a", 0, 1, 0),
		owner(30, "b", 0, 1, FILECACHE_OWNER_FLAG_DEAD),
		owner(40, "b", 0, 1, FILECACHE_OWNER_FLAG_DEAD),
	};

	EXPECT_U64(apply("program", list, 4), 2);
	EXPECT_U64(list[0].flags, 0);
	EXPECT_U64(list[1].flags, FILECACHE_OWNER_FLAG_DEAD);
}

TEST(a_process_goes_by_its_present_program)
{
	struct filecache_owner list[] = {
		owner(12, "aide", 0, 1, 0),
		owner(11, "sh", 0, 1, FILECACHE_OWNER_FLAG_EXECED),
	};

	EXPECT_U64(apply("process", list, 2), 1);
	EXPECT_STR(list[0].comm, "aide");
	EXPECT_U64(list[0].flags, 0);
}

TEST(a_number_used_again_is_another_process)
{
	struct filecache_owner list[] = {
		owner(11, "a", 0, 1, 0), owner(12, "b", 0, 1, 0),
	};

	list[1].process_start_ns = 5;
	EXPECT_U64(apply("process", list, 2), 2);
}

TEST(what_is_no_process_stays_apart_and_tears_nothing)
{
	struct filecache_owner list[] = {
		owner(30, "x", 0, 1, 0),
		owner(1, "unknown", 0, 100, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner(40, "y", 0, 2, 0),
		owner(2, "overflow", 0, 50, FILECACHE_OWNER_FLAG_OVERFLOW),
		owner(50, "z", 0, 4, 0),
	};
	size_t rows = apply("user", list, 5);

	EXPECT_U64(rows, 3);
	EXPECT(order_apply("cache", list, rows));
	EXPECT_U64(list[0].id, 1);
	EXPECT_U64(list[1].id, 2);
	EXPECT_U64(list[2].file_pages, 7);
	EXPECT_U64(list[2].owners, 3);
}

TEST(what_calls_itself_a_kernel_thread_is_none)
{
	struct filecache_owner list[] = {
		owner(10, "kswapd0", 0, 1, FILECACHE_OWNER_FLAG_KTHREAD),
		owner(20, "kswapd0", 0, 1, 0),
		owner(30, "(folded)", 0, 1, FILECACHE_OWNER_FLAG_FOLDED),
		owner(40, "(folded)", 0, 1, 0),
		owner(50, "(folded)", 1, 1, FILECACHE_OWNER_FLAG_FOLDED),
	};

	EXPECT_U64(apply("program", list, 5), 4);
}

TEST(those_without_a_process_are_not_one_process)
{
	struct filecache_owner list[] = {
		owner(3, "(cgroup)", 0, 1, FILECACHE_OWNER_FLAG_CGROUP),
		owner(4, "(cgroup)", 0, 1, FILECACHE_OWNER_FLAG_CGROUP),
	};

	EXPECT_U64(apply("process", list, 2), 2);
}

TEST(what_the_kernel_read_is_not_root_s)
{
	struct filecache_owner list[] = {
		owner(3, "(cgroup)", 0, 1, FILECACHE_OWNER_FLAG_CGROUP),
		owner(10, "sh", 0, 2, 0),
		owner(4, "(cgroup)", 7, 4, FILECACHE_OWNER_FLAG_CGROUP),
		owner(20, "sh", 7, 8, 0),
		owner(30, "(folded)", 7, 16, FILECACHE_OWNER_FLAG_FOLDED),
	};
	size_t rows = apply("user", list, 5);

	EXPECT_U64(rows, 3);
	EXPECT(order_apply("cache", list, rows));
	EXPECT_U64(list[0].file_pages, 24);
	EXPECT(owner_has_user(&list[0]));
	EXPECT_U64(list[1].file_pages, 5);
	EXPECT(!owner_has_user(&list[1]));
	expect_name(&list[1], "(kernel work)");
	EXPECT_U64(list[2].file_pages, 2);
}

TEST(no_process_has_the_name_of_what_is_none)
{
	static const struct {
		const char *comm, *want;
		uint32_t flags;
	} names[] = {
		{ "", "(before load)", FILECACHE_OWNER_FLAG_UNKNOWN },
		{ "(before load)", "\\(before load)", 0 },
		{ "kswapd0", "[kswapd0]", FILECACHE_OWNER_FLAG_KTHREAD },
		{ "[kswapd0]", "\\[kswapd0]", 0 },
		{ "\\[kswapd0]", "\\\\[kswapd0]", 0 },
		{ "x(1)[2]", "x(1)[2]", FILECACHE_OWNER_FLAG_DEAD },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct filecache_owner o = owner(9, names[i].comm, 0, 1,
						 names[i].flags);

		expect_name(&o, names[i].want);
	}
}

TEST(children_are_summed_up_under_their_parent)
{
	const struct grouping *by = grouping_find("parent");
	struct filecache_owner all[] = {
		owner(1, "unknown", 0, 100, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner(10, "make", 5, 1, 0), owner(20, "cc", 5, 2, 0),
		owner(30, "ld", 5, 4, FILECACHE_OWNER_FLAG_DEAD),
		owner(40, "orphan", 5, 8, 0),
	};
	struct filecache_owner rows[5];
	size_t i, count;

	all[2].parent_id = 10;
	all[3].parent_id = 10;
	all[4].parent_id = 35;
	memcpy(rows, all, sizeof(rows));
	for (i = 0; i < 5; i++)
		grouping_adopt(by, &rows[i], all, 5);
	count = grouping_apply(by, rows, 5);
	EXPECT(order_apply("cache", rows, count));
	EXPECT_U64(count, 4);
	EXPECT_U64(rows[0].id, 1);
	EXPECT_U64(rows[1].id, 35);
	expect_name(&rows[1], "(ended)");
	EXPECT_U64(rows[2].id, 10);
	EXPECT_STR(rows[2].comm, "make");
	EXPECT_U64(rows[2].file_pages, 6);
	EXPECT_U64(rows[2].flags, 0);
	expect_name(&rows[3], "(no parent)");
}

TEST(nothing_makes_no_row)
{
	struct filecache_owner list[1];

	EXPECT_U64(apply("program", list, 0), 0);
	list[0] = owner(1, "unknown", 0, 1, FILECACHE_OWNER_FLAG_UNKNOWN);
	EXPECT_U64(apply("program", list, 1), 1);
}

TEST(every_order_puts_the_larger_or_newer_first)
{
	static const char *const names[] = {
		"cache", "files", "added", "newest", "pid", "user",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct filecache_owner list[] = {
			owner(10, "a", 1, 1, 0), owner(30, "b", 3, 3, 0),
			owner(20, "c", 2, 2, 0),
		};

		EXPECT(order_apply(names[i], list, 3));
		EXPECT_U64(list[0].id, 30);
		EXPECT_U64(list[1].id, 20);
		EXPECT_U64(list[2].id, 10);
	}
}

TEST(names_that_are_none)
{
	EXPECT(!grouping_find("nosuch"));
	EXPECT(!grouping_find(""));
	EXPECT(!order_apply("nosuch", NULL, 0));
	EXPECT(order_apply("cache", NULL, 0));
}

TEST(what_means_nothing_for_a_row_is_hidden)
{
	EXPECT(grouping_hides(grouping_find("program"), "pid"));
	EXPECT(!grouping_hides(grouping_find("program"), "comm"));
	EXPECT(grouping_hides(grouping_find("owner"), "owners"));
}

KTAP_MAIN()
