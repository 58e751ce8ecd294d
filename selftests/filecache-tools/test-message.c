// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink messages, proper, truncated and hostile, before the parser. */
#include <errno.h>
#include <limits.h>

#include "base/macros.h"
#include "crafted.h"

static void put_owner(struct nlmsghdr *nlh, uint64_t id)
{
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ID, id);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_PID, 42);
	mnl_attr_put_strz(nlh, FILECACHE_A_OWNER_COMM, "aide");
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_FILE_PAGES, 100);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_BLOCKDEV_PAGES, 20);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_SHMEM_PAGES, 3);
}

static void put_error(int error, const char *text, uint16_t flags)
{
	struct nlmsghdr *nlh = begin(NLMSG_ERROR, flags |
				     (text ? NLM_F_ACK_TLVS : 0));
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));

	e->error = error;
	e->msg.nlmsg_len = sizeof(e->msg) + 4;
	/* Not capped: the request's payload stands here too. */
	if (!(flags & NLM_F_CAPPED))
		mnl_nlmsg_put_extra_header(nlh, 4);
	if (text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	end(nlh);
}

static void put_done(int result)
{
	struct nlmsghdr *nlh = begin(NLMSG_DONE, NLM_F_MULTI);

	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(result)), &result,
	       sizeof(result));
	end(nlh);
}

static int owners_taken;
static struct filecache_owner last;

static int take(const struct nlmsghdr *nlh, void *data)
{
	int r = message_owner(nlh, &last);

	(void)data;
	if (r == 0)
		owners_taken++;
	return r;
}

static struct message_reply reply = {
	.family = FAMILY, .seq = SEQ, .portid = PORTID, .take = take,
};

static int walk(size_t len)
{
	char *copy = malloc(len ? len : 1);
	int r;

	ASSERT(copy);
	memcpy(copy, room, len);
	r = message_walk(&reply, copy, len);
	free(copy);
	return r;
}

/* message_owner() for the one message in @room, in a buffer of its length. */
static int owner(struct filecache_owner *ret)
{
	struct nlmsghdr *copy = crafted();
	int r;

	r = message_owner(copy, ret);
	free(copy);
	return r;
}

TEST(an_owner_is_read)
{
	struct filecache_owner o = { .id = 1 };
	struct nlmsghdr *nlh = begin_data(0);

	put_owner(nlh, 5);
	mnl_attr_put_u32(nlh, FILECACHE_A_OWNER_FLAGS, FILECACHE_OWNER_FLAG_DEAD);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_EXIT, 99);
	end(nlh);
	EXPECT_INT(owner(&o), 0);
	EXPECT_U64(o.id, 5);
	EXPECT_U64(o.pid, 42);
	EXPECT_U64(filecache_pages(&o), 123);
	EXPECT_U64(o.exit_ns, 99);
	EXPECT_U64(o.flags, FILECACHE_OWNER_FLAG_DEAD);
	EXPECT_U64(o.owners, 1);
	EXPECT_STR(o.comm, "aide");
}

TEST(attributes_newer_than_this_are_skipped)
{
	struct filecache_owner o = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_strz(nlh, 4000, "from the future");
	put_owner(nlh, 5);
	mnl_attr_put(nlh, 4001, 3, "abc");
	end(nlh);
	EXPECT_INT(owner(&o), 0);
	EXPECT_U64(o.id, 5);
}

TEST(a_count_that_is_missing_is_no_zero)
{
	struct filecache_owner o = { .id = 1 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ID, 5);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_FILE_PAGES, 100);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_BLOCKDEV_PAGES, 100);
	end(nlh);
	EXPECT_INT(owner(&o), -EPROTO);
	EXPECT_U64(o.id, 1);
}

TEST(numbers_must_have_their_length)
{
	static const size_t lengths[] = { 0, 1, 4, 7, 9, 16 };
	struct filecache_owner o = { .id = 1 };
	char bytes[16] = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct nlmsghdr *nlh;

		used = 0;
		nlh = begin_data(0);
		put_owner(nlh, 5);
		mnl_attr_put(nlh, FILECACHE_A_OWNER_ADDED, lengths[i], bytes);
		end(nlh);
		EXPECT_INT(owner(&o), -EPROTO);
	}
	EXPECT_U64(o.id, 1);
}

TEST(names_must_fit)
{
	struct filecache_owner o = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	put_owner(nlh, 5);
	mnl_attr_put(nlh, FILECACHE_A_OWNER_COMM, 15, "fifteen-letters");
	end(nlh);
	EXPECT_INT(owner(&o), 0);
	EXPECT_STR(o.comm, "fifteen-letters");

	used = 0;
	nlh = begin_data(0);
	put_owner(nlh, 5);
	mnl_attr_put(nlh, FILECACHE_A_OWNER_COMM, 16, "sixteen--letters");
	end(nlh);
	EXPECT_INT(owner(&o), -EPROTO);
}

TEST(an_attribute_beyond_the_end_is_refused)
{
	struct filecache_owner o = { .id = 1 };
	struct nlmsghdr *nlh = begin_data(0);
	struct nlattr *attr;

	put_owner(nlh, 5);
	attr = mnl_nlmsg_get_payload_tail(nlh);
	mnl_attr_put_u64(nlh, FILECACHE_A_OWNER_ADDED, 1);
	attr->nla_len = 200;
	end(nlh);
	EXPECT_INT(owner(&o), -EPROTO);
	attr->nla_len = 0;
	EXPECT_INT(owner(&o), -EPROTO);
	attr->nla_len = 3;
	EXPECT_INT(owner(&o), -EPROTO);
	EXPECT_U64(o.id, 1);
}

TEST(every_truncation_of_an_owner_is_refused)
{
	struct filecache_owner o = { 0 };
	struct nlmsghdr *nlh = begin_data(0);
	uint32_t len;

	put_owner(nlh, 5);
	end(nlh);
	len = nlh->nlmsg_len;
	while (--len >= sizeof(*nlh)) {
		nlh->nlmsg_len = len;
		used = len;
		EXPECT_INT(owner(&o), -EPROTO);
	}
}

TEST(statistics_need_a_page_size)
{
	static const uint32_t wrong[] = { 0, 1, 512, 1023, 5000, UINT32_MAX };
	struct filecache_stats s = { 0 };
	struct nlmsghdr *nlh = begin_data(0);
	int i;

	mnl_attr_put_u32(nlh, FILECACHE_A_STATS_OWNERS_LIVE, 3);
	mnl_attr_put_u32(nlh, FILECACHE_A_STATS_OWNERS_DEAD, 4);
	for (i = FILECACHE_A_STATS_OWNED_FILE;
	     i <= FILECACHE_A_STATS_UNKNOWN_SHMEM; i++)
		mnl_attr_put_u64(nlh, (uint16_t)i, (uint64_t)i);
	EXPECT_INT(message_stats(nlh, &s), -EPROTO);
	for (i = 0; i < (int)ARRAY_SIZE(wrong); i++) {
		mnl_attr_put_u32(nlh, FILECACHE_A_STATS_PAGE_SIZE, wrong[i]);
		EXPECT_INT(message_stats(nlh, &s), -EPROTO);
	}
	mnl_attr_put_u32(nlh, FILECACHE_A_STATS_PAGE_SIZE, 4096);
	EXPECT_INT(message_stats(nlh, &s), 0);
	EXPECT_U64(s.owners_dead, 4);
	EXPECT_U64(s.unknown_shmem, FILECACHE_A_STATS_UNKNOWN_SHMEM);
	EXPECT_U64(s.page_size, 4096);
}

TEST(an_eviction_needs_both_counts)
{
	struct filecache_evicted e = { 0 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_u64(nlh, FILECACHE_A_EVICT_EVICTED, 9);
	EXPECT_INT(message_evicted(nlh, &e), -EPROTO);
	mnl_attr_put_u64(nlh, FILECACHE_A_EVICT_KEPT, 1);
	EXPECT_INT(message_evicted(nlh, &e), 0);
	EXPECT_U64(e.evicted, 9);
	EXPECT_U64(e.kept, 1);
}

TEST(a_family_id_is_none_of_netlinks_own)
{
	struct message_family family = { .id = 1 };
	struct nlmsghdr *nlh = begin_data(0);

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, NLMSG_DONE);
	EXPECT_INT(message_family(nlh, &family), -EPROTO);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	EXPECT_INT(message_family(nlh, &family), 0);
	EXPECT_INT(family.id, FAMILY);
	EXPECT_INT(family.exit_group, 0);
}

TEST(a_reply_ends_with_its_acknowledgement)
{
	struct nlmsghdr *nlh = begin_data(0);

	put_owner(nlh, 5);
	end(nlh);
	EXPECT_INT(walk(used), 1);
	put_error(0, NULL, 0);
	EXPECT_INT(walk(used), 0);
	EXPECT_INT(owners_taken, 2);
}

TEST(a_dump_ends_with_done)
{
	struct nlmsghdr *nlh;
	int i;

	reply.dump = true;
	for (i = 1; i <= 3; i++) {
		nlh = begin_data(NLM_F_MULTI);
		put_owner(nlh, (uint64_t)i);
		end(nlh);
	}
	EXPECT_INT(walk(used), 1);
	EXPECT_INT(owners_taken, 3);
	put_done(0);
	EXPECT_INT(walk(used), 0);
	EXPECT(!reply.interrupted);
	EXPECT_U64(last.id, 3);
}

TEST(done_belongs_to_dumps_only)
{
	put_done(0);
	EXPECT_INT(walk(used), -EPROTO);
}

TEST(an_interrupted_dump_is_noticed)
{
	struct nlmsghdr *nlh = begin_data(NLM_F_MULTI | NLM_F_DUMP_INTR);

	reply.dump = true;
	put_owner(nlh, 5);
	end(nlh);
	put_done(0);
	EXPECT_INT(walk(used), 0);
	EXPECT(reply.interrupted);
}

TEST(a_dump_may_fail_at_its_end)
{
	reply.dump = true;
	put_done(-ENOMEM);
	EXPECT_INT(walk(used), -ENOMEM);
}

TEST(the_kernels_words_are_kept)
{
	put_error(-EPERM, "not yours", NLM_F_CAPPED);
	EXPECT_INT(walk(used), -EPERM);
	EXPECT_STR(reply.kernel_text, "not yours");

	used = 0;
	put_error(-ESRCH, "gone", 0);
	EXPECT_INT(walk(used), -ESRCH);
	EXPECT_STR(reply.kernel_text, "gone");
}

TEST(the_kernels_words_are_bounded)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_error(-EPERM, text, NLM_F_CAPPED);
	EXPECT_INT(walk(used), -EPERM);
	EXPECT_U64(strlen(reply.kernel_text), sizeof(reply.kernel_text) - 1);
}

TEST(errors_that_are_none_are_refused)
{
	put_error(5, NULL, 0);
	EXPECT_INT(walk(used), -EPROTO);
	used = 0;
	put_error(INT_MIN, NULL, 0);
	EXPECT_INT(walk(used), -EPROTO);
}

TEST(messages_of_others_are_skipped)
{
	struct nlmsghdr *nlh = begin_data(0);

	put_owner(nlh, 5);
	end(nlh);
	nlh->nlmsg_seq = SEQ - 1;
	nlh = begin_data(0);
	put_owner(nlh, 6);
	end(nlh);
	nlh->nlmsg_pid = PORTID + 1;
	put_error(0, NULL, 0);
	EXPECT_INT(walk(used), 0);
	EXPECT_INT(owners_taken, 0);
}

TEST(another_family_is_refused)
{
	struct nlmsghdr *nlh = begin_data(0);

	put_owner(nlh, 5);
	end(nlh);
	nlh->nlmsg_type = FAMILY + 1;
	EXPECT_INT(walk(used), -EPROTO);
}

TEST(every_truncation_of_a_reply_is_noticed)
{
	struct nlmsghdr *nlh;
	size_t first, len;

	reply.dump = true;
	nlh = begin_data(NLM_F_MULTI);
	put_owner(nlh, 5);
	end(nlh);
	first = used;
	put_error(-EPERM, "not yours", NLM_F_CAPPED);
	for (len = 1; len < used; len++)
		EXPECT_INT(walk(len), len == first ? 1 : -EPROTO);
}

TEST(no_change_of_bytes_leads_astray)
{
	char good[sizeof(room)];
	struct nlmsghdr *nlh;
	int round, i;

	nlh = begin_data(NLM_F_MULTI);
	put_owner(nlh, 5);
	end(nlh);
	put_error(-EPERM, "not yours", 0);
	put_done(0);
	memcpy(good, room, used);
	for (round = 0; round < 200000; round++) {
		int r;

		memcpy(room, good, used);
		for (i = next_random() % 4; i >= 0; i--)
			room[next_random() % used] = (char)next_random();
		reply.dump = next_random() & 1;
		r = walk(used - (next_random() % 4 ? 0 : next_random() % used));
		EXPECT(r <= 1);
	}
	/* The walk went both ways, or this test has tested nothing. */
	EXPECT(owners_taken > 1000 && owners_taken < 200000);
}

KTAP_MAIN()
