// SPDX-License-Identifier: GPL-2.0-or-later
/* Which owners count as those of a command, and what is kept of them. */
#include <errno.h>
#include <limits.h>

#include <linux/filecache.h>

#include "filecache/members.h"
#include "ktap.h"

/* members_update() is not tested here: it only adds the question. */
int filecache_dump(struct filecache_client *client, struct filecache_owner **ret,
		   size_t *ret_count, bool *ret_torn, struct error *err)
{
	(void)client;
	(void)ret;
	(void)ret_count;
	(void)ret_torn;
	return error_set(err, -ENOTCONN, "not asked");
}

#define SINCE 1000

static struct members members = { .since_ns = SINCE };

static struct filecache_owner owner(uint64_t id, uint32_t pid, uint64_t parent,
				    uint64_t cgroup, uint64_t start)
{
	return (struct filecache_owner){
		.id = id, .pid = pid, .parent_id = parent, .cgroup_id = cgroup,
		.process_start_ns = start, .file_pages = 10, .added = 12,
		.removed = 2, .owners = 1,
	};
}

static int merge(const struct filecache_owner *owners, size_t count)
{
	EXPECT_INT(members_add_pid(&members, 50), 0);
	return members_merge(&members, owners, count);
}

static bool is_member(uint64_t id)
{
	size_t i;

	for (i = 0; i < members.count; i++)
		if (members.list[i].id == id)
			return true;
	return false;
}

TEST(by_process)
{
	const struct filecache_owner all[] = {
		owner(1, 49, 0, 9, SINCE), owner(2, 50, 1, 9, SINCE),
		owner(3, 50, 1, 9, SINCE + 5),
	};

	EXPECT_INT(merge(all, 3), 0);
	EXPECT(!is_member(1));
	EXPECT(is_member(2) && is_member(3));
	members_exit(&members);
}

TEST(a_former_process_of_the_same_number_is_another)
{
	const struct filecache_owner all[] = { owner(1, 50, 0, 9, SINCE - 1) };

	EXPECT_INT(merge(all, 1), 0);
	EXPECT_U64(members.count, 0);
	members_exit(&members);
}

TEST(by_cgroup)
{
	const struct filecache_owner all[] = {
		owner(1, 60, 0, 77, SINCE), owner(2, 61, 0, 78, SINCE),
		owner(3, 62, 0, 0, SINCE),
	};

	EXPECT_INT(members_add_cgroup(&members, 77), 0);
	EXPECT_INT(members_add_cgroup(&members, 77), 0);
	EXPECT_U64(members.cgroups_count, 1);
	EXPECT_INT(merge(all, 3), 0);
	EXPECT(is_member(1) && !is_member(2) && !is_member(3));
	members_exit(&members);
}

TEST(by_parents_in_any_order)
{
	const struct filecache_owner all[] = {
		owner(4, 63, 3, 9, SINCE), owner(3, 62, 2, 9, SINCE),
		owner(2, 50, 1, 9, SINCE), owner(5, 64, 1, 9, SINCE),
	};

	EXPECT_INT(merge(all, 4), 0);
	EXPECT(is_member(2) && is_member(3) && is_member(4));
	EXPECT(!is_member(5));
	members_exit(&members);
}

TEST(a_ring_of_parents_ends)
{
	const struct filecache_owner all[] = {
		owner(2, 60, 3, 9, SINCE), owner(3, 61, 2, 9, SINCE),
		owner(4, 50, 4, 9, SINCE),
	};

	EXPECT_INT(merge(all, 3), 0);
	EXPECT_U64(members.count, 1);
	members_exit(&members);
}

TEST(an_owner_that_is_gone_keeps_what_it_brought_in)
{
	struct filecache_owner all[] = {
		owner(2, 50, 1, 9, SINCE), owner(3, 51, 2, 9, SINCE),
	};

	EXPECT_INT(merge(all, 2), 0);
	all[0].file_pages = 30;
	all[0].added = 32;
	EXPECT_INT(merge(all, 1), 0);
	ASSERT(members.count == 2);
	EXPECT_U64(members.list[0].added, 32);
	EXPECT_U64(filecache_pages(&members.list[0]), 30);
	EXPECT_U64(members.list[1].added, 12);
	EXPECT_U64(members.list[1].removed, 12);
	EXPECT_U64(filecache_pages(&members.list[1]), 0);
	members_exit(&members);
}

TEST(children_of_an_owner_that_is_gone_still_belong)
{
	const struct filecache_owner first[] = { owner(2, 50, 1, 9, SINCE) };
	const struct filecache_owner then[] = { owner(3, 51, 2, 9, SINCE + 9) };

	EXPECT_INT(merge(first, 1), 0);
	EXPECT_INT(merge(then, 1), 0);
	EXPECT(is_member(3));
	members_exit(&members);
}

TEST(processes_out_of_range_never_belong)
{
	EXPECT(!members_has_pid(&members, 50));
	EXPECT_INT(members_add_pid(&members, 0), -EINVAL);
	EXPECT_INT(members_add_pid(&members, -1), -EINVAL);
	EXPECT_INT(members_add_pid(&members, 4194305), -EINVAL);
	EXPECT_INT(members_add_pid(&members, 4194304), 0);
	EXPECT(members_has_pid(&members, 4194304));
	EXPECT(!members_has_pid(&members, 4194303));
	EXPECT(!members_has_pid(&members, -1));
	EXPECT(!members_has_pid(&members, INT_MAX));
	members_exit(&members);
}

TEST(many_owners)
{
	struct filecache_owner all[1000];
	size_t i;

	for (i = 0; i < 1000; i++)
		all[i] = owner(i + 2, 50 + (uint32_t)i, i + 1, 9, SINCE);
	EXPECT_INT(merge(all, 1000), 0);
	EXPECT_U64(members.count, 1000);
	members_exit(&members);
}

TEST(what_has_no_process_is_of_its_cgroup)
{
	struct filecache_owner all[] = {
		owner(1, 0, 0, 77, 0), owner(2, 0, 0, 78, 0),
		owner(3, 0, 0, 77, 0), owner(4, 0, 0, 77, 0),
	};

	all[0].flags = FILECACHE_OWNER_FLAG_CGROUP;
	all[1].flags = FILECACHE_OWNER_FLAG_CGROUP;
	all[2].flags = FILECACHE_OWNER_FLAG_FOLDED;
	all[3].flags = FILECACHE_OWNER_FLAG_CGROUP;
	all[0].birth_ns = SINCE;
	all[1].birth_ns = SINCE;
	all[2].birth_ns = SINCE + 1;
	all[3].birth_ns = SINCE - 1;
	EXPECT_INT(members_add_cgroup(&members, 77), 0);
	EXPECT_INT(merge(all, 4), 0);
	EXPECT_U64(members.count, 2);
	EXPECT(is_member(1) && is_member(3));
	EXPECT_U64(members.list[0].added, 12);
	/* Its owners were counted when they were known one by one. */
	EXPECT_U64(members.list[1].added, 0);
	EXPECT_U64(filecache_pages(&members.list[1]), 10);
	members_exit(&members);
}

KTAP_MAIN()
