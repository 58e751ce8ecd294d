// SPDX-License-Identifier: GPL-2.0-or-later
/* Walking through what the kernel answers: pure, and with no trust in it. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>

#include "message.h"

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

static int read_event(const struct nlmsghdr *nlh, struct filecache_event *ret)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*genl))
		return -EPROTO;
	switch (genl->cmd) {
	case FILECACHE_CMD_OWNER_EXIT_NTF:
		ret->kind = FILECACHE_EVENT_EXIT;
		return message_owner(nlh, &ret->owner) ?: 1;
	case FILECACHE_CMD_THRESHOLD_NTF:
		ret->kind = FILECACHE_EVENT_THRESHOLD;
		return message_threshold(nlh, &ret->threshold) ?: 1;
	default:
		return -EAGAIN;
	}
}

int message_event(const struct nlmsghdr **at, size_t *left, uint16_t family,
		  struct filecache_event *ret)
{
	const struct nlmsghdr *nlh = *at;
	struct filecache_event event;
	size_t step;
	int r;

	if (!message_fits(nlh, *left))
		return -EPROTO;
	step = MNL_ALIGN((size_t)nlh->nlmsg_len);
	if (step > *left)
		step = *left;
	*at = (const struct nlmsghdr *)((const char *)nlh + step);
	*left -= step;
	/* Of a control message, if anything. */
	if (nlh->nlmsg_type != family)
		return -EAGAIN;
	r = read_event(nlh, &event);
	if (r == 1)
		*ret = event;
	return r;
}
