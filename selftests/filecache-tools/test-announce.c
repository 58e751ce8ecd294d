// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of files, forgetting, thresholds and announcements, and hostile ones. */
#include <errno.h>

#include "base/macros.h"
#include "crafted.h"

static void put_file(struct nlmsghdr *nlh, uint64_t ino)
{
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_DEV_MAJOR, 254);
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_DEV_MINOR, 1);
	mnl_attr_put_u64(nlh, FILECACHE_A_FILE_INO, ino);
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_KIND, FILECACHE_KIND_FILE);
	mnl_attr_put_u64(nlh, FILECACHE_A_FILE_PAGES, 10);
	mnl_attr_put_u64(nlh, FILECACHE_A_FILE_INODE_PAGES, 12);
	mnl_attr_put_strz(nlh, FILECACHE_A_FILE_PATH, "/var/lib/aide/aide.db");
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_FLAGS,
			 FILECACHE_FILE_FLAG_UNLINKED);
}

static void put_threshold(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, FILECACHE_A_THRESHOLD_ID, 3);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_OWNER_ID, 17);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_PAGES, 100);
	mnl_attr_put_u32(nlh, FILECACHE_A_THRESHOLD_STATE, 1);
	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_NOW, 120);
}

static void put_owner(struct nlmsghdr *nlh)
{
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ID, 17);
	mnl_attr_put_strz(nlh, FILECACHE_A_OWNER_COMM, "aide");
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_FILE_PAGES, 100);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_BLOCKDEV_PAGES, 20);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_SHMEM_PAGES, 3);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_FOLDED, 9);
}

static struct nlmsghdr *begin_event(uint8_t cmd)
{
	struct nlmsghdr *nlh = begin_data(0);
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	nlh->nlmsg_seq = 0;
	nlh->nlmsg_pid = 0;
	genl->cmd = cmd;
	return nlh;
}

static int file(struct filecache_file *ret)
{
	struct nlmsghdr *copy = crafted();
	int r = message_file(copy, ret);

	free(copy);
	return r;
}

TEST(a_file_is_read)
{
	struct filecache_file f = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	put_file(nlh, 77);
	end(nlh);
	EXPECT_INT(file(&f), 0);
	EXPECT_U64(f.dev_major, 254);
	EXPECT_U64(f.dev_minor, 1);
	EXPECT_U64(f.ino, 77);
	EXPECT_U64(f.pages, 10);
	EXPECT_U64(f.inode_pages, 12);
	EXPECT_STR(f.path, "/var/lib/aide/aide.db");
	EXPECT_U64(f.flags, FILECACHE_FILE_FLAG_UNLINKED);
	EXPECT(!f.truncated);
	free(f.path);
}

TEST(a_path_may_be_missing_or_long_or_there_twice)
{
	struct filecache_file f = { 0 };
	struct nlmsghdr *nlh = begin_data(0);
	char path[3000];

	mnl_attr_put_u64(nlh, FILECACHE_A_FILE_PAGES, 1);
	EXPECT_INT(message_file(nlh, &f), 0);
	EXPECT(!f.path);

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	mnl_attr_put_strz(nlh, FILECACHE_A_FILE_PATH, "first");
	mnl_attr_put_strz(nlh, FILECACHE_A_FILE_PATH, path);
	end(nlh);
	EXPECT_INT(file(&f), 0);
	EXPECT_STR(f.path, path);
	free(f.path);
}

TEST(a_file_without_pages_is_only_the_end_of_a_cut_list)
{
	struct filecache_file f = { .ino = 1 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_strz(nlh, FILECACHE_A_FILE_PATH, "/x");
	EXPECT_INT(message_file(nlh, &f), -EPROTO);
	EXPECT_U64(f.ino, 1);
	mnl_attr_put(nlh, FILECACHE_A_FILE_TRUNCATED, 0, NULL);
	end(nlh);
	EXPECT_INT(file(&f), 0);
	EXPECT(f.truncated);
	free(f.path);
}

TEST(a_bad_file_frees_its_path)
{
	struct filecache_file f = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	put_file(nlh, 1);
	mnl_attr_put_u32(nlh, FILECACHE_A_FILE_PAGES, 1);
	end(nlh);
	/* The sanitizer notices a leak. */
	EXPECT_INT(file(&f), -EPROTO);
	EXPECT(!f.path);
}

TEST(forgetting_needs_both_counts)
{
	struct filecache_forgotten f = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_u64(nlh, FILECACHE_A_FORGET_PAGES, 9);
	EXPECT_INT(message_forgotten(nlh, &f), -EPROTO);
	mnl_attr_put_u32(nlh, FILECACHE_A_FORGET_OWNERS, 2);
	EXPECT_INT(message_forgotten(nlh, &f), 0);
	EXPECT_U64(f.pages, 9);
	EXPECT_U64(f.owners, 2);
}

TEST(a_threshold_needs_its_id_and_state)
{
	struct filecache_threshold t = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_u64(nlh, FILECACHE_A_THRESHOLD_NOW, 120);
	EXPECT_INT(message_threshold(nlh, &t), -EPROTO);
	put_threshold(nlh);
	EXPECT_INT(message_threshold(nlh, &t), 0);
	EXPECT_U64(t.id, 3);
	EXPECT_U64(t.owner_id, 17);
	EXPECT_U64(t.pages, 100);
	EXPECT_U64(t.state, 1);
	EXPECT_U64(t.now, 120);
}

static void put_group(struct nlmsghdr *nlh, const char *name, uint32_t id)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, 1);

	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, id);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, name);
	mnl_attr_nest_end(nlh, nest);
}

TEST(groups_are_found_by_name)
{
	struct message_family family = { 0 };
	struct nlmsghdr *nlh = begin_data(0), *copy;
	struct nlattr *list;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	list = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	put_group(nlh, "newer", 20);
	put_group(nlh, FILECACHE_MCGRP_THRESHOLD, 22);
	put_group(nlh, FILECACHE_MCGRP_EXIT, 21);
	mnl_attr_nest_end(nlh, list);
	end(nlh);
	copy = crafted();
	EXPECT_INT(message_family(copy, &family), 0);
	free(copy);
	EXPECT_U64(family.exit_group, 21);
	EXPECT_U64(family.threshold_group, 22);
}

TEST(a_group_that_makes_no_sense_is_refused)
{
	struct message_family family = { 0 };
	struct nlmsghdr *nlh = begin_data(0);
	struct nlattr *list, *nest;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	list = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	nest = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_u16(nlh, CTRL_ATTR_MCAST_GRP_ID, 7);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, list);
	end(nlh);
	EXPECT_INT(message_family(nlh, &family), -EPROTO);
	EXPECT_INT(family.id, 0);
}

TEST(announcements_are_taken_one_by_one)
{
	struct filecache_event event;
	const struct nlmsghdr *at;
	struct nlmsghdr *nlh, *copy;
	size_t left;

	nlh = begin_event(FILECACHE_CMD_OWNER_EXIT_NTF);
	put_owner(nlh);
	end(nlh);
	nlh = begin_event(FILECACHE_CMD_THRESHOLD_NTF);
	put_threshold(nlh);
	end(nlh);
	nlh = begin_event(200);
	put_owner(nlh);
	end(nlh);
	copy = crafted();
	at = copy;
	left = used;

	EXPECT_INT(message_event(&at, &left, FAMILY, &event), 1);
	EXPECT_INT(event.kind, FILECACHE_EVENT_EXIT);
	EXPECT_U64(event.owner.id, 17);
	EXPECT_U64(event.owner.folded, 9);
	EXPECT_INT(message_event(&at, &left, FAMILY, &event), 1);
	EXPECT_INT(event.kind, FILECACHE_EVENT_THRESHOLD);
	EXPECT_U64(event.threshold.now, 120);
	/* One that is newer than this program, and another family's. */
	EXPECT_INT(message_event(&at, &left, FAMILY, &event), -EAGAIN);
	EXPECT_U64(left, 0);
	at = copy;
	left = used;
	EXPECT_INT(message_event(&at, &left, FAMILY + 1, &event), -EAGAIN);
	free(copy);
}

TEST(no_change_of_bytes_leads_an_announcement_astray)
{
	struct nlmsghdr *nlh;
	char good[sizeof(room)];
	int round, i, taken = 0, refused = 0;

	nlh = begin_event(FILECACHE_CMD_OWNER_EXIT_NTF);
	put_owner(nlh);
	end(nlh);
	nlh = begin_event(FILECACHE_CMD_THRESHOLD_NTF);
	put_threshold(nlh);
	end(nlh);
	memcpy(good, room, used);
	for (round = 0; round < 100000; round++) {
		struct filecache_event event;
		const struct nlmsghdr *at;
		struct nlmsghdr *copy;
		size_t left = used;
		int r;

		memcpy(room, good, used);
		for (i = next_random() % 4; i >= 0; i--)
			room[next_random() % used] = (char)next_random();
		copy = crafted();
		at = copy;
		while (left > 0) {
			r = message_event(&at, &left, FAMILY, &event);
			taken += r == 1;
			refused += r < 0;
			if (r < 0 && r != -EAGAIN)
				break;
		}
		free(copy);
	}
	EXPECT(taken > 1000 && refused > 1000);
}

TEST(no_change_of_bytes_leads_a_file_astray)
{
	struct nlmsghdr *nlh = begin_data(0);
	char good[sizeof(room)];
	int round, i, read = 0;

	put_file(nlh, 1);
	end(nlh);
	memcpy(good, room, used);
	for (round = 0; round < 100000; round++) {
		struct filecache_file f = { 0 };

		memcpy(room, good, used);
		/* The length is message_walk()'s to check. */
		for (i = next_random() % 4; i >= 0; i--)
			room[4 + next_random() % (used - 4)] = (char)next_random();
		if (file(&f) == 0) {
			read++;
			free(f.path);
		}
	}
	EXPECT(read > 1000 && read < 100000);
}

KTAP_MAIN()
