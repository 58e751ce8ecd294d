// SPDX-License-Identifier: GPL-2.0-or-later
/* What the filecache family's messages mean: pure, and with no trust in them. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "base/macros.h"
#include "message.h"

/**
 * struct field - an attribute and where its value goes
 * @type: of the attribute
 * @size: 4 and 8 for numbers, which must have just that length; otherwise
 *	  room of a string with its NUL
 * @offset: in the structure
 * @required: a message without it makes no sense
 * @string: no number
 */
struct field {
	uint16_t type;
	uint16_t size;
	size_t offset;
	bool required;
	bool string;
};

#define NUMBER(_type, _struct, _member, _required)			\
	{ .type = (_type), .size = sizeof(((_struct *)0)->_member),	\
	  .offset = offsetof(_struct, _member), .required = (_required) }
#define STRING(_type, _struct, _member)					\
	{ .type = (_type), .size = sizeof(((_struct *)0)->_member),	\
	  .offset = offsetof(_struct, _member), .string = true }

#define OWNER(_type, _member, _required) \
	NUMBER(FILECACHE_A_OWNER_##_type, struct filecache_owner, _member, _required)
#define STATS(_type, _member, _required) \
	NUMBER(FILECACHE_A_STATS_##_type, struct filecache_stats, _member, _required)
#define EVICTED(_type, _member) \
	NUMBER(FILECACHE_A_EVICT_##_type, struct filecache_evicted, _member, true)

/* A count that is missing must not pass for one of zero: it is billed. */
static const struct field owner_fields[] = {
	OWNER(ID, id, false),
	OWNER(PID, pid, false),
	OWNER(PARENT_ID, parent_id, false),
	OWNER(PROCESS_START, process_start_ns, false),
	OWNER(BIRTH, birth_ns, false),
	OWNER(EXIT, exit_ns, false),
	STRING(FILECACHE_A_OWNER_COMM, struct filecache_owner, comm),
	OWNER(UID, uid, false),
	OWNER(CGROUP_ID, cgroup_id, false),
	OWNER(FLAGS, flags, false),
	OWNER(FILE_PAGES, file_pages, true),
	OWNER(BLOCKDEV_PAGES, blockdev_pages, true),
	OWNER(SHMEM_PAGES, shmem_pages, true),
	OWNER(ADDED, added, false),
	OWNER(REMOVED, removed, false),
	OWNER(MOVED, moved, false),
	OWNER(OWNERS, owners, false),
};

static const struct field stats_fields[] = {
	STATS(OWNERS_LIVE, owners_live, true),
	STATS(OWNERS_DEAD, owners_dead, true),
	STATS(OWNED_FILE, owned_file, true),
	STATS(OWNED_BLOCKDEV, owned_blockdev, true),
	STATS(OWNED_SHMEM, owned_shmem, true),
	STATS(UNKNOWN_FILE, unknown_file, true),
	STATS(UNKNOWN_BLOCKDEV, unknown_blockdev, true),
	STATS(UNKNOWN_SHMEM, unknown_shmem, true),
	STATS(ADDED, added, false),
	STATS(REMOVED, removed, false),
	STATS(MOVED, moved, false),
	STATS(UNTAGGED_REMOVED, untagged_removed, false),
	STATS(STALE_TAGS, stale_tags, false),
	STATS(OVERFLOWED, overflowed, false),
	STATS(TAG_BYTES, tag_bytes, false),
	STATS(SCANNED, scanned, false),
	STATS(SCAN_NS, scan_ns, false),
	STATS(UNTAGGABLE, untaggable, false),
	STATS(BLIND, blind, false),
	STATS(PAGE_SIZE, page_size, true),
};

static const struct field evicted_fields[] = {
	EVICTED(EVICTED, evicted),
	EVICTED(KEPT, kept),
};

static const struct field family_fields[] = {
	{ .type = CTRL_ATTR_FAMILY_ID, .size = 2, .required = true },
};

/* A string may come with or without its NUL, and must fit. */
static int take_string(const struct nlattr *attr, char *to, size_t room)
{
	const char *from = mnl_attr_get_payload(attr);
	size_t len = strnlen(from, mnl_attr_get_payload_len(attr));

	if (len >= room)
		return -EPROTO;
	memcpy(to, from, len);
	memset(to + len, 0, room - len);
	return 0;
}

static int take_field(const struct nlattr *attr, const struct field *field,
		      void *to)
{
	char *place = (char *)to + field->offset;

	if (field->string)
		return take_string(attr, place, field->size);
	if (mnl_attr_get_payload_len(attr) != field->size)
		return -EPROTO;
	memcpy(place, mnl_attr_get_payload(attr), field->size);
	return 0;
}

/* Attributes that are not in @fields are newer than this program: skipped. */
static int take_attributes(const struct nlmsghdr *nlh,
			   const struct field *fields, size_t count, void *to)
{
	const size_t headers = MNL_ALIGN(sizeof(*nlh)) +
			       MNL_ALIGN(sizeof(struct genlmsghdr));
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;
	uint64_t seen = 0;
	size_t i;
	int r;

	if (nlh->nlmsg_len < headers)
		return -EPROTO;
	attr = (const struct nlattr *)((const char *)nlh + headers);
	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		for (i = 0; i < count; i++) {
			if (fields[i].type != mnl_attr_get_type(attr))
				continue;
			r = take_field(attr, &fields[i], to);
			if (r < 0)
				return r;
			seen |= 1ULL << i;
		}
		attr = mnl_attr_next(attr);
	}
	/* Less than an attribute's header may be left, as padding. */
	if (end - (const char *)attr >= (ptrdiff_t)sizeof(*attr))
		return -EPROTO;

	for (i = 0; i < count; i++)
		if (fields[i].required && !(seen & 1ULL << i))
			return -EPROTO;
	return 0;
}

int message_owner(const struct nlmsghdr *nlh, struct filecache_owner *ret)
{
	struct filecache_owner owner = { .owners = 1 };
	int r = take_attributes(nlh, owner_fields, ARRAY_SIZE(owner_fields), &owner);

	if (r < 0)
		return r;
	*ret = owner;
	return 0;
}

int message_stats(const struct nlmsghdr *nlh, struct filecache_stats *ret)
{
	struct filecache_stats stats = { 0 };
	int r = take_attributes(nlh, stats_fields, ARRAY_SIZE(stats_fields), &stats);

	if (r < 0)
		return r;
	if (stats.page_size == 0)
		return -EPROTO;
	*ret = stats;
	return 0;
}

int message_evicted(const struct nlmsghdr *nlh, struct filecache_evicted *ret)
{
	struct filecache_evicted evicted = { 0 };
	int r = take_attributes(nlh, evicted_fields, ARRAY_SIZE(evicted_fields),
				&evicted);

	if (r < 0)
		return r;
	*ret = evicted;
	return 0;
}

int message_family(const struct nlmsghdr *nlh, uint16_t *ret)
{
	uint16_t family = 0;
	int r = take_attributes(nlh, family_fields, ARRAY_SIZE(family_fields),
				&family);

	if (r < 0)
		return r;
	/* Below that are the control messages of netlink itself. */
	if (family < NLMSG_MIN_TYPE)
		return -EPROTO;
	*ret = family;
	return 0;
}

/* The sentence that the kernel may put behind an error. */
static void take_kernel_text(struct message_reply *reply,
			     const struct nlmsghdr *nlh, size_t offset)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || offset > nlh->nlmsg_len)
		return;
	attr = (const struct nlattr *)((const char *)nlh + offset);
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr)) {
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
			continue;
		if (len > sizeof(reply->kernel_text) - 1)
			len = sizeof(reply->kernel_text) - 1;
		memcpy(reply->kernel_text, mnl_attr_get_payload(attr), len);
		reply->kernel_text[len] = '\0';
	}
}

static int take_error(struct message_reply *reply, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);
	size_t offset = MNL_NLMSG_HDRLEN + sizeof(*error);

	if (nlh->nlmsg_len < offset)
		return -EPROTO;
	if (error->error > 0 || error->error == INT_MIN)
		return -EPROTO;
	if (error->error == 0)
		return 0;
	/* Without NLM_F_CAPPED the whole request stands before the text. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		if (error->msg.nlmsg_len < sizeof(error->msg) ||
		    error->msg.nlmsg_len > nlh->nlmsg_len)
			return error->error;
		offset += MNL_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg);
	}
	take_kernel_text(reply, nlh, offset);
	return error->error;
}

/* The end of a dump carries its result. */
static int take_done(struct message_reply *reply, const struct nlmsghdr *nlh)
{
	int result;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(result))
		return -EPROTO;
	memcpy(&result, mnl_nlmsg_get_payload(nlh), sizeof(result));
	if (result > 0 || result == INT_MIN)
		return -EPROTO;
	if (result < 0)
		take_kernel_text(reply, nlh, MNL_NLMSG_HDRLEN + sizeof(result));
	return result;
}

static int take_message(struct message_reply *reply, const struct nlmsghdr *nlh)
{
	int r;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		reply->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_NOOP)
		return 1;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return take_error(reply, nlh);
	if (nlh->nlmsg_type == NLMSG_DONE)
		return reply->dump ? take_done(reply, nlh) : -EPROTO;
	if (nlh->nlmsg_type != reply->family)
		return -EPROTO;
	r = reply->take(nlh, reply->data);
	/* The acknowledgment is still to come. */
	return r < 0 ? r : 1;
}

/*
 * Instead of mnl_nlmsg_ok(), which takes a length above INT_MAX for a negative
 * one that fits.
 */
static bool message_fits(const struct nlmsghdr *nlh, size_t left)
{
	return left >= sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= left;
}

int message_walk(struct message_reply *reply, const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;

	while (message_fits(nlh, len)) {
		size_t step = MNL_ALIGN((size_t)nlh->nlmsg_len);

		if (nlh->nlmsg_seq == reply->seq &&
		    nlh->nlmsg_pid == reply->portid) {
			int r = take_message(reply, nlh);

			if (r <= 0)
				return r;
		}
		/* The padding of the last message may be left out. */
		if (step >= len)
			return 1;
		nlh = (const struct nlmsghdr *)((const char *)nlh + step);
		len -= step;
	}
	return len > 0 ? -EPROTO : 1;
}
