// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the filecache family, of the controller, and announcements. */
#include <errno.h>

#include "filecache/message.h"
#include "fuzz.h"

#define FAMILY	0x20

static int take(const struct nlmsghdr *nlh, void *data)
{
	struct filecache_forgotten forgotten;
	struct filecache_threshold threshold;
	struct filecache_evicted evicted;
	struct filecache_file file = { 0 };
	struct filecache_owner owner;
	struct filecache_stats stats;
	struct message_family family;

	if (message_owner(nlh, &owner) == 0)
		FUZZ_ASSERT(memchr(owner.comm, '\0', sizeof(owner.comm)));
	if (message_stats(nlh, &stats) == 0)
		FUZZ_ASSERT(stats.page_size >= 1024);
	message_evicted(nlh, &evicted);
	message_forgotten(nlh, &forgotten);
	message_threshold(nlh, &threshold);
	if (message_file(nlh, &file) == 0)
		FUZZ_ASSERT(file.pages > 0 || file.truncated);
	free(file.path);
	if (message_family(nlh, &family) == 0)
		FUZZ_ASSERT(family.id >= NLMSG_MIN_TYPE);
	++*(size_t *)data;
	return 0;
}

static void walk(const void *buf, size_t len, bool dump)
{
	size_t taken = 0;
	struct message_reply reply = {
		.family = FAMILY, .seq = 1, .portid = 2, .dump = dump, .take = take,
		.data = &taken,
	};
	int r = message_walk(&reply, buf, len);

	FUZZ_ASSERT(r <= 1 && taken <= len / sizeof(struct nlmsghdr));
	FUZZ_ASSERT(memchr(reply.kernel_text, '\0', sizeof(reply.kernel_text)));
}

static void listen_to(const void *buf, size_t len)
{
	const struct nlmsghdr *at = buf;
	size_t left = len;
	int r = 0;

	while (left > 0 && r != -EPROTO) {
		struct filecache_event event;
		size_t before = left;

		r = message_event(&at, &left, FAMILY, &event);
		FUZZ_ASSERT(r == 1 || r == -EAGAIN || r == -EPROTO);
		FUZZ_ASSERT(r == -EPROTO || left < before);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of just that size, so that a byte too many is seen. */
	void *buf = malloc(size ? size : 1);

	FUZZ_ASSERT(buf);
	memcpy(buf, data, size);
	walk(buf, size, false);
	walk(buf, size, true);
	listen_to(buf, size);
	free(buf);
	return 0;
}
