// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes over an interface of the host's, copied to another one by the kernel (tc):
 *
 *	guest -- TAP -- bridge, routes		unchanged
 *	          |  clsact: ingress and egress, a copy of each frame
 *	         END ---- INNER			a pair; INNER is in the IDS' namespace
 *
 * A copy that fails is no reason for a frame to be lost: mirred says so, and the filter lets
 * others after it have their say.  When END is gone, the filter does nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/macros.h"
#include "mirror.h"
#include "oneway.h"
#include "tool.h"

/* Before all others, or what they let pass for good would not be seen. */
#define FIRST	"1"
/* No frame is too long for the pair, whatever the interface allows. */
#define MTU	"65535"

static const char *const directions[] = { "ingress", "egress" };

/* Output of tc as JSON; an empty list for none. */
static int ask_tc(json_t **ret, const char *what, const char *tap, const char *direction,
		  struct error *err)
{
	__free_mem char *text = NULL;
	const char *const words[] = { "tc", "-j", what, "show", "dev", tap, direction, NULL };
	int r = tool_run(-1, &text, err, words);

	if (r < 0)
		return r;
	*ret = *text ? json_loads(text, 0, NULL) : json_array();
	if (json_is_array(*ret))
		return 0;
	json_decref(*ret);
	return error_set(err, -EPROTO, "tc: %s: what it says is not understood", tap);
}

static bool has(const json_t *list, const char *key, const char *value)
{
	const json_t *one;
	const char *text;
	size_t i;

	json_array_foreach(list, i, one) {
		text = json_string_value(json_object_get(one, key));
		if (text && strcmp(text, value) == 0)
			return true;
	}
	return false;
}

/* Whether others have a filter in the first place there. */
static int check_free(const char *tap, const char *direction, struct error *err)
{
	__free_json json_t *list = NULL;
	const json_t *one;
	int r = ask_tc(&list, "filter", tap, direction, err);
	size_t i;

	if (r < 0)
		return r;
	json_array_foreach(list, i, one)
		if (json_integer_value(json_object_get(one, "pref")) == 1)
			return error_set(err, -EEXIST,
					 "%s: has a filter of somebody else's in the first place (%s)",
					 tap, direction);
	return 0;
}

/* Return: 0, and whether the hook is still to be made. */
static int look_at_hook(struct mirror *mirror, struct error *err)
{
	__free_json json_t *list = NULL;
	size_t i;
	int r = ask_tc(&list, "qdisc", mirror->tap, NULL, err);

	if (r < 0)
		return r;
	if (has(list, "kind", "ingress"))
		return error_set(err, -EEXIST,
				 "%s: has an 'ingress' qdisc of somebody else's, as by libvirt's <bandwidth>; clsact would do for both",
				 mirror->tap);
	mirror->hook = !has(list, "kind", "clsact");
	for (i = 0; r == 0 && !mirror->hook && i < ARRAY_SIZE(directions); i++)
		r = check_free(mirror->tap, directions[i], err);
	return r;
}

static int note(const struct mirror *mirror, struct error *err)
{
	__free_json json_t *what = json_pack("{s:s, s:i, s:s, s:b, s:b}", "tap", mirror->tap,
					     "index", (int)mirror->index,
					     "end", mirror->end, "hook", mirror->hook,
					     "joined", mirror->joined);

	return what ? record_write(&mirror->record, what, err) :
		      error_errno(err, -ENOMEM, "%s", mirror->tap);
}

/* matchall is what is meant; a kernel without it has u32, which wants four bytes of payload. */
static int add_filter(const struct mirror *mirror, const char *direction, struct error *err)
{
	if (TOOL(-1, NULL, "tc", "filter", "add", "dev", mirror->tap, direction, "pref", FIRST,
		 "protocol", "all", "matchall", "action", "mirred", "egress", "mirror", "dev",
		 mirror->end, "continue") == 0)
		return 0;
	return TOOL(-1, err, "tc", "filter", "add", "dev", mirror->tap, direction, "pref", FIRST,
		    "protocol", "all", "u32", "match", "u32", "0", "0", "action", "mirred",
		    "egress", "mirror", "dev", mirror->end, "continue");
}

static int make_pair(const struct mirror *mirror, int net, const char *inner,
		     struct error *err)
{
	char place[48];
	int r;

	snprintf(place, sizeof(place), "/proc/%d/fd/%d", (int)getpid(), net);
	r = TOOL(-1, err, "ip", "link", "add", mirror->end, "mtu", MTU, "type", "veth", "peer",
		 "name", inner, "mtu", MTU, "netns", place);
	if (r == 0)
		r = oneway_close(mirror->end, err);
	if (r == 0)
		r = oneway_plain(mirror->end, err);
	if (r == 0)
		r = tool_raise(-1, mirror->end, err);
	return r < 0 ? r : tool_raise(net, inner, err);
}

static int attach(const struct mirror *mirror, struct error *err)
{
	size_t i;
	int r = 0;

	if (mirror->hook)
		r = TOOL(-1, err, "tc", "qdisc", "add", "dev", mirror->tap, "clsact");
	for (i = 0; r == 0 && i < ARRAY_SIZE(directions); i++)
		r = add_filter(mirror, directions[i], err);
	return r;
}

/* From here on there is something to be undone. */
static int begin(struct mirror *mirror, const char *end, struct error *err)
{
	int r;

	mirror->index = if_nametoindex(mirror->tap);
	r = look_at_hook(mirror, err);
	/* Nothing is ours yet: a filter that is in the way is not undone. */
	if (r < 0)
		return r;
	strcpy(mirror->end, end);
	return note(mirror, err);
}

int mirror_make(struct mirror *mirror, int net, const char *inner, struct error *err)
{
	char end[IFNAMSIZ];
	int r;

	snprintf(end, sizeof(end), "kvmon%d", (int)getpid());
	r = begin(mirror, end, err);
	if (r == 0)
		r = make_pair(mirror, net, inner, err);
	if (r == 0)
		r = attach(mirror, err);
	if (r < 0)
		mirror_undo(mirror, NULL);
	return r;
}

int mirror_join(struct mirror *mirror, const struct mirror *other, struct error *err)
{
	int r;

	mirror->joined = true;
	r = begin(mirror, other->end, err);
	if (r == 0)
		r = attach(mirror, err);
	if (r < 0)
		mirror_undo(mirror, NULL);
	return r;
}

/* The hook itself only if it is ours, and nobody else's filters are in it by now. */
static void undo_hook(const struct mirror *mirror)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(directions); i++) {
		__free_json json_t *list = NULL;

		if (ask_tc(&list, "filter", mirror->tap, directions[i], NULL) < 0 ||
		    json_array_size(list) > 0)
			return;
	}
	TOOL(-1, NULL, "tc", "qdisc", "del", "dev", mirror->tap, "clsact");
}

int mirror_undo(struct mirror *mirror, struct error *err)
{
	size_t i;
	int r = 0;

	if (!mirror->end[0])
		return 0;
	/* By another name, perhaps.  Without the interface nothing is left of what was at it. */
	if (mirror->index && if_indextoname(mirror->index, mirror->tap)) {
		for (i = 0; i < ARRAY_SIZE(directions); i++)
			if (TOOL(-1, NULL, "tc", "filter", "del", "dev", mirror->tap,
				 directions[i], "pref", FIRST) < 0 &&
			    check_free(mirror->tap, directions[i], NULL) == -EEXIST)
				r = error_set(err, -EIO, "%s: a filter is left there", mirror->tap);
		if (mirror->hook)
			undo_hook(mirror);
	}
	/* With the IDS' namespace it goes by itself, perhaps just now. */
	if (r == 0 && !mirror->joined && if_nametoindex(mirror->end) &&
	    TOOL(-1, err, "ip", "link", "del", "dev", mirror->end) < 0 &&
	    if_nametoindex(mirror->end))
		r = -EIO;
	if (r == 0) {
		record_remove(&mirror->record);
		mirror->end[0] = '\0';
	}
	return r;
}

static int copy_name(const json_t *what, const char *key, char ret[IFNAMSIZ],
		     struct error *err)
{
	const char *text;
	int r = json_get_string(what, key, &text, err);

	if (r == 0 && strlen(text) >= IFNAMSIZ)
		r = error_set(err, -EINVAL, "%s: is no interface", key);
	if (r == 0)
		strcpy(ret, text);
	return r;
}

/* Return: 0; -ENOENT for nothing; others. */
static int read_old(struct mirror *mirror, struct error *err)
{
	__free_json json_t *what = NULL;
	uint64_t index = 0;
	int r = record_read(&mirror->record, &what, err);

	if (r == 0)
		r = copy_name(what, "tap", mirror->tap, err);
	if (r == 0)
		r = copy_name(what, "end", mirror->end, err);
	if (r == 0)
		r = json_get_u64(what, "index", &index, err);
	mirror->index = (unsigned int)index;
	mirror->joined = json_is_true(json_object_get(what, "joined"));
	return r < 0 ? r : json_get_bool(what, "hook", &mirror->hook, err);
}

static int undo_old(struct mirror *mirror, struct error *err)
{
	int r = read_old(mirror, err);

	return r == -ENOENT ? 0 : r < 0 ? r : mirror_undo(mirror, err);
}

/* Interfaces of the same name are others in other namespaces, and after a boot. */
static int record_name(char *ret, size_t room, const char *tap, struct error *err)
{
	struct stat net;

	if (stat("/proc/self/ns/net", &net) < 0)
		return error_errno(err, -errno, "/proc/self/ns/net");
	snprintf(ret, room, "tap-%" PRIu64 "-%s", (uint64_t)net.st_ino, tap);
	return 0;
}

/*
 * By the name of one that is gone, or is called otherwise by now, nobody may ask any more.
 * Of any other the IDS may go on.
 */
static void undo_orphan(const char *name, void *data)
{
	const unsigned int *wanted = data;
	struct mirror old = { .end = "" };
	char now[IFNAMSIZ];
	pid_t holder;

	if (record_open(&old.record, name, &holder, NULL) < 0)
		return;
	if (read_old(&old, NULL) == 0 &&
	    (old.index == *wanted || !if_indextoname(old.index, now)))
		mirror_undo(&old, NULL);
	mirror_close(&old);
}

int mirror_open(struct mirror *mirror, const char *tap, pid_t *ret_pid, struct error *err)
{
	unsigned int index = if_nametoindex(tap);
	char name[64];
	int r;

	*mirror = (struct mirror){ .record.fd = -1 };
	if (strlen(tap) >= IFNAMSIZ || strchr(tap, '/'))
		return error_set(err, -EINVAL, "%.20s: is no interface", tap);
	if (!index)
		return error_errno(err, -ENODEV, "%s", tap);
	strcpy(mirror->tap, tap);
	r = record_name(name, sizeof(name), "", err);
	if (r < 0)
		return r;
	record_each(name, undo_orphan, &index);
	r = record_name(name, sizeof(name), tap, err);
	if (r == 0)
		r = record_open(&mirror->record, name, ret_pid, err);
	if (r < 0)
		return r;
	r = undo_old(mirror, err);
	if (r < 0)
		mirror_close(mirror);
	return r;
}

void mirror_close(struct mirror *mirror)
{
	record_close(&mirror->record);
}
