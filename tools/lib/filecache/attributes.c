// SPDX-License-Identifier: GPL-2.0-or-later
/* What the filecache family's messages mean: pure, and with no trust in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "base/macros.h"
#include "message.h"

/**
 * enum field_kind - how an attribute's value is stored
 * @FIELD_NUMBER: of just the length that the member has
 * @FIELD_STRING: in an array, with room for its NUL
 * @FIELD_FLAG: without a value; the member is a bool
 * @FIELD_TEXT: of any length; the member is a pointer, to be freed
 */
enum field_kind {
	FIELD_NUMBER,
	FIELD_STRING,
	FIELD_FLAG,
	FIELD_TEXT,
};

/**
 * struct field - an attribute and where its value goes
 * @type: of the attribute
 * @size: of the member
 * @offset: of the member in the structure
 * @kind: how it is stored
 * @required: a message without it makes no sense
 */
struct field {
	uint16_t type;
	uint16_t size;
	size_t offset;
	enum field_kind kind;
	bool required;
};

#define FIELD(_kind, _type, _struct, _member, _required)		\
	{ .type = (_type), .size = sizeof(((_struct *)0)->_member),	\
	  .offset = offsetof(_struct, _member), .kind = (_kind),	\
	  .required = (_required) }

#define OWNER(_type, _member, _required)				\
	FIELD(FIELD_NUMBER, FILECACHE_A_OWNER_##_type,			\
	      struct filecache_owner, _member, _required)
#define STATS(_type, _member, _required)				\
	FIELD(FIELD_NUMBER, FILECACHE_A_STATS_##_type,			\
	      struct filecache_stats, _member, _required)
#define EVICTED(_type, _member)						\
	FIELD(FIELD_NUMBER, FILECACHE_A_EVICT_##_type,			\
	      struct filecache_evicted, _member, true)
#define FORGOTTEN(_type, _member)					\
	FIELD(FIELD_NUMBER, FILECACHE_A_FORGET_##_type,			\
	      struct filecache_forgotten, _member, true)
#define FILE_(_kind, _type, _member)					\
	FIELD(_kind, FILECACHE_A_FILE_##_type,				\
	      struct filecache_file, _member, false)
#define THRESHOLD(_type, _member, _required)				\
	FIELD(FIELD_NUMBER, FILECACHE_A_THRESHOLD_##_type,		\
	      struct filecache_threshold, _member, _required)

/* A count that is missing must not pass for one of zero: it is billed. */
static const struct field owner_fields[] = {
	OWNER(ID, id, false),
	OWNER(PID, pid, false),
	OWNER(PARENT_ID, parent_id, false),
	OWNER(PROCESS_START, process_start_ns, false),
	OWNER(BIRTH, birth_ns, false),
	OWNER(EXIT, exit_ns, false),
	FIELD(FIELD_STRING, FILECACHE_A_OWNER_COMM, struct filecache_owner,
	      comm, false),
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
	OWNER(FOLDED, folded, false),
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
	STATS(FOLDED, folded, false),
	STATS(FORGOTTEN, forgotten, false),
	STATS(BUCKETS, buckets, false),
	STATS(THRESHOLDS, thresholds, false),
	STATS(NOTIFY_LOST, notify_lost, false),
	STATS(SOURCES, sources, false),
};

static const struct field evicted_fields[] = {
	EVICTED(EVICTED, evicted),
	EVICTED(KEPT, kept),
};

static const struct field forgotten_fields[] = {
	FORGOTTEN(PAGES, pages),
	FORGOTTEN(OWNERS, owners),
};

static const struct field file_fields[] = {
	FILE_(FIELD_NUMBER, DEV_MAJOR, dev_major),
	FILE_(FIELD_NUMBER, DEV_MINOR, dev_minor),
	FILE_(FIELD_NUMBER, INO, ino),
	FILE_(FIELD_NUMBER, GENERATION, generation),
	FILE_(FIELD_NUMBER, KIND, kind),
	FILE_(FIELD_NUMBER, PAGES, pages),
	FILE_(FIELD_NUMBER, INODE_PAGES, inode_pages),
	FILE_(FIELD_NUMBER, FLAGS, flags),
	FILE_(FIELD_TEXT, PATH, path),
	FILE_(FIELD_FLAG, TRUNCATED, truncated),
};

static const struct field threshold_fields[] = {
	THRESHOLD(ID, id, true),
	THRESHOLD(OWNER_ID, owner_id, false),
	THRESHOLD(CGROUP_ID, cgroup_id, false),
	THRESHOLD(PAGES, pages, false),
	THRESHOLD(HYSTERESIS, hysteresis, false),
	THRESHOLD(STATE, state, true),
	THRESHOLD(NOW, now, true),
};

static const struct field family_fields[] = {
	FIELD(FIELD_NUMBER, CTRL_ATTR_FAMILY_ID, struct message_family, id,
	      true),
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

/* Said twice, the last one counts. */
static int take_text(const struct nlattr *attr, char **to)
{
	char *text = strndup(mnl_attr_get_payload(attr),
			     mnl_attr_get_payload_len(attr));

	if (!text)
		return -ENOMEM;
	free(*to);
	*to = text;
	return 0;
}

static int take_field(const struct nlattr *attr, const struct field *field,
		      void *to)
{
	char *place = (char *)to + field->offset;

	switch (field->kind) {
	case FIELD_STRING:
		return take_string(attr, place, field->size);
	case FIELD_TEXT:
		return take_text(attr, (char **)place);
	case FIELD_FLAG:
		*(bool *)place = true;
		return 0;
	case FIELD_NUMBER:
		break;
	}
	if (mnl_attr_get_payload_len(attr) != field->size)
		return -EPROTO;
	memcpy(place, mnl_attr_get_payload(attr), field->size);
	return 0;
}

/*
 * Attributes from @from to @end.  Those that are not in @fields are newer than
 * this program: skipped.  Bits of those that were met are set in *@seen.
 */
static int take_range(const char *from, const char *end,
		      const struct field *fields, size_t count, void *to,
		      uint64_t *seen)
{
	const struct nlattr *attr = (const struct nlattr *)from;
	size_t i;
	int r;

	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		for (i = 0; i < count; i++) {
			if (fields[i].type != mnl_attr_get_type(attr))
				continue;
			r = take_field(attr, &fields[i], to);
			if (r < 0)
				return r;
			*seen |= 1ULL << i;
		}
		attr = mnl_attr_next(attr);
	}
	/* Less than an attribute's header may be left, as padding. */
	return end - (const char *)attr >= (ptrdiff_t)sizeof(*attr) ? -EPROTO : 0;
}

static const char *attributes(const struct nlmsghdr *nlh)
{
	return (const char *)nlh + MNL_ALIGN(sizeof(*nlh)) +
	       MNL_ALIGN(sizeof(struct genlmsghdr));
}

static int take_attributes(const struct nlmsghdr *nlh,
			   const struct field *fields, size_t count, void *to)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	uint64_t seen = 0;
	size_t i;
	int r;

	if (attributes(nlh) > end)
		return -EPROTO;
	r = take_range(attributes(nlh), end, fields, count, to, &seen);
	if (r < 0)
		return r;
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
	/* It is divided by, also in KiB. */
	if (stats.page_size < 1024 ||
	    (stats.page_size & (stats.page_size - 1)) != 0)
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

int message_forgotten(const struct nlmsghdr *nlh, struct filecache_forgotten *ret)
{
	struct filecache_forgotten forgotten = { 0 };
	int r = take_attributes(nlh, forgotten_fields,
				ARRAY_SIZE(forgotten_fields), &forgotten);

	if (r < 0)
		return r;
	*ret = forgotten;
	return 0;
}

/* A last message may say that there was more, and nothing else. */
int message_file(const struct nlmsghdr *nlh, struct filecache_file *ret)
{
	struct filecache_file file = { 0 };
	int r = take_attributes(nlh, file_fields, ARRAY_SIZE(file_fields), &file);

	if (r == 0 && file.pages == 0 && !file.truncated)
		r = -EPROTO;
	if (r < 0) {
		free(file.path);
		return r;
	}
	*ret = file;
	return 0;
}

int message_threshold(const struct nlmsghdr *nlh,
		      struct filecache_threshold *ret)
{
	struct filecache_threshold threshold = { 0 };
	int r = take_attributes(nlh, threshold_fields,
				ARRAY_SIZE(threshold_fields), &threshold);

	if (r < 0)
		return r;
	*ret = threshold;
	return 0;
}

/**
 * struct group - a multicast group, as the controller describes it
 * @name: of the group
 * @id: of the group, 0 for none
 */
struct group {
	char name[16];
	uint32_t id;
};

static const struct field group_fields[] = {
	FIELD(FIELD_STRING, CTRL_ATTR_MCAST_GRP_NAME, struct group, name, true),
	FIELD(FIELD_NUMBER, CTRL_ATTR_MCAST_GRP_ID, struct group, id, true),
};

static int take_group(const struct nlattr *nest, struct message_family *family)
{
	const char *from = mnl_attr_get_payload(nest);
	struct group group = { 0 };
	uint64_t seen = 0;
	int r = take_range(from, from + mnl_attr_get_payload_len(nest),
			   group_fields, ARRAY_SIZE(group_fields), &group,
			   &seen);

	if (r < 0)
		return r;
	if (strcmp(group.name, FILECACHE_MCGRP_EXIT) == 0)
		family->exit_group = group.id;
	else if (strcmp(group.name, FILECACHE_MCGRP_THRESHOLD) == 0)
		family->threshold_group = group.id;
	return 0;
}

static int take_groups(const struct nlattr *list, struct message_family *family)
{
	const struct nlattr *nest = mnl_attr_get_payload(list);
	const char *end = (const char *)nest + mnl_attr_get_payload_len(list);
	int r = 0;

	while (r == 0 && mnl_attr_ok(nest, (int)(end - (const char *)nest))) {
		r = take_group(nest, family);
		nest = mnl_attr_next(nest);
	}
	return r;
}

int message_family(const struct nlmsghdr *nlh, struct message_family *ret)
{
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	struct message_family family = { 0 };
	const struct nlattr *attr;
	int r = take_attributes(nlh, family_fields, ARRAY_SIZE(family_fields),
				&family);

	/* Below that are the control messages of netlink itself. */
	if (r == 0 && family.id < NLMSG_MIN_TYPE)
		r = -EPROTO;
	if (r < 0)
		return r;
	/* An older module has no groups. */
	for (attr = (const struct nlattr *)attributes(nlh);
	     mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			r = take_groups(attr, &family);
		if (r < 0)
			return r;
	}
	*ret = family;
	return 0;
}
