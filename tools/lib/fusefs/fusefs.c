// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
#include <linux/fuse.h>

#include "base/clock.h"
#include "fusefs.h"
#include "nodes.h"

/* No attribute of Linux's is longer, and no list of them. */
#define XATTR_MAX	65536u

/**
 * struct fusefs - a tree that is served
 * @ops: what has the files
 * @tree: for them
 * @session: with the kernel
 * @nodes: what it knows of
 * @keep_s: how long, in seconds, it may keep what it is told
 * @signals: they end it
 */
struct fusefs {
	const struct fusefs_ops *ops;
	void *tree;
	struct fuse_session *session;
	struct nodes nodes;
	double keep_s;
	bool signals;
};

/**
 * struct fusefs_names - names of a directory, as the kernel takes them
 * @buf: of them, one behind the other
 * @len: bytes in it
 * @room: for so many
 * @number: of the directory, as users see it
 * @error: why there are no more of them, 0 at the end
 */
struct fusefs_names {
	char *buf;
	size_t len;
	size_t room;
	ino_t number;
	int error;
};

static struct fusefs *of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* The kernel's number of the root is its own. */
static uint64_t node_of(const struct fusefs *fusefs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? fusefs->ops->root : ino;
}

static void do_init(void *data, struct fuse_conn_info *connection)
{
	/* Pipes would be needed for it, which a sandbox has not got. */
	connection->want &= ~(unsigned int)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
					    FUSE_CAP_SPLICE_MOVE);
	/* Nobody can have it changed but who has the files. */
	connection->want &= ~(unsigned int)FUSE_CAP_AUTO_INVAL_DATA;
}

static void do_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fusefs *fusefs = of(req);
	struct fuse_entry_param entry = {
		.attr_timeout = fusefs->keep_s, .entry_timeout = fusefs->keep_s,
	};
	uint64_t node = 0;
	int r = fusefs->ops->lookup(fusefs->tree, node_of(fusefs, parent), name, &node,
				    &entry.attr);

	/* A tree whose root is in one of its folders is none. */
	if (r == 0 && (node == fusefs->ops->root || node == FUSE_ROOT_ID))
		r = -ELOOP;
	if (r == 0)
		r = nodes_get(&fusefs->nodes, node);
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	entry.ino = node;
	if (fuse_reply_entry(req, &entry) < 0)
		nodes_put(&fusefs->nodes, node, 1);
}

static void forget(struct fusefs *fusefs, fuse_ino_t ino, uint64_t lookups)
{
	if (nodes_put(&fusefs->nodes, ino, lookups) && fusefs->ops->forget)
		fusefs->ops->forget(fusefs->tree, ino);
}

static void do_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	forget(of(req), ino, lookups);
	fuse_reply_none(req);
}

static void do_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	size_t i;

	for (i = 0; i < count; i++)
		forget(of(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct fusefs *fusefs = of(req);
	struct stat st;
	int r = fusefs->ops->stat(fusefs->tree, node_of(fusefs, ino), &st);

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_attr(req, &st, fusefs->keep_s);
}

static void do_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct fusefs *fusefs = of(req);
	char *target;
	int r = fusefs->ops->readlink(fusefs->tree, node_of(fusefs, ino), &target);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	fuse_reply_readlink(req, target);
	free(target);
}

int fusefs_name(struct fusefs_names *names, const char *name, ino_t number, mode_t type)
{
	const struct stat st = { .st_ino = number, .st_mode = type };
	size_t len = fuse_add_direntry(NULL, NULL, 0, name, NULL, 0);

	if (names->len + len > names->room) {
		size_t room = 2 * (names->room + len) + 4096;
		char *more = realloc(names->buf, room);

		if (!more)
			return -ENOMEM;
		names->buf = more;
		names->room = room;
	}
	/* The place to go on from is that of the next name. */
	fuse_add_direntry(NULL, names->buf + names->len, len, name, &st,
			  (off_t)(names->len + len));
	names->len += len;
	return 0;
}

static void names_free(struct fusefs_names *names)
{
	if (names)
		free(names->buf);
	free(names);
}

static int list(struct fusefs *fusefs, uint64_t dir, struct fusefs_names **ret)
{
	struct fusefs_names *names = calloc(1, sizeof(*names));
	struct stat st;
	int r = names ? fusefs->ops->stat(fusefs->tree, dir, &st) : -ENOMEM;

	if (r == 0)
		r = fusefs_name(names, ".", st.st_ino, S_IFDIR);
	/* Which one it is, the kernel knows. */
	if (r == 0)
		r = fusefs_name(names, "..", st.st_ino, S_IFDIR);
	if (r < 0) {
		names_free(names);
		return r;
	}
	/* What is there is told before what went wrong. */
	names->error = fusefs->ops->list(fusefs->tree, dir, names);
	*ret = names;
	return 0;
}

static void do_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct fusefs_names *names;
	int r = list(of(req), node_of(of(req), ino), &names);

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	file->fh = (uint64_t)(uintptr_t)names;
	if (fuse_reply_open(req, file) < 0)
		names_free(names);
}

/* A name must not be cut in two. */
static size_t whole_names(const struct fusefs_names *names, size_t from, size_t most)
{
	size_t end = from;

	while (end < names->len) {
		const struct fuse_dirent *entry = (const void *)(names->buf + end);

		if (end + FUSE_DIRENT_SIZE(entry) - from > most)
			break;
		end += FUSE_DIRENT_SIZE(entry);
	}
	return end - from;
}

static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *file)
{
	const struct fusefs_names *names = (void *)(uintptr_t)file->fh;
	size_t from = offset < 0 || (size_t)offset > names->len ? names->len : (size_t)offset;

	if (from == names->len && names->error) {
		fuse_reply_err(req, -names->error);
		return;
	}
	fuse_reply_buf(req, names->buf + from, whole_names(names, from, size));
}

static void do_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	names_free((void *)(uintptr_t)file->fh);
	fuse_reply_err(req, 0);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *file)
{
	struct fusefs *fusefs = of(req);
	char *buf = malloc(size + 1);
	size_t len = 0;
	int r = buf ? fusefs->ops->read(fusefs->tree, node_of(fusefs, ino), (uint64_t)offset,
					buf, size, &len) : -ENOMEM;

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_buf(req, buf, len);
	free(buf);
}

/* What is asked for is either the length or the bytes. */
static void reply_xattr(fuse_req_t req, int r, void *value, size_t len, size_t size)
{
	if (r < 0)
		fuse_reply_err(req, -r);
	else if (len > XATTR_MAX)
		fuse_reply_err(req, E2BIG);
	else if (size == 0)
		fuse_reply_xattr(req, len);
	else if (len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, value, len);
	if (r == 0)
		free(value);
}

static void do_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct fusefs *fusefs = of(req);
	void *value = NULL;
	size_t len = 0;
	int r = -EOPNOTSUPP;

	if (fusefs->ops->getxattr)
		r = fusefs->ops->getxattr(fusefs->tree, node_of(fusefs, ino), name, &value,
					  &len);
	reply_xattr(req, r, value, len, size);
}

static void do_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fusefs *fusefs = of(req);
	char *names = NULL;
	size_t len = 0;
	int r = -EOPNOTSUPP;

	if (fusefs->ops->listxattr)
		r = fusefs->ops->listxattr(fusefs->tree, node_of(fusefs, ino), &names, &len);
	reply_xattr(req, r, names, len, size);
}

static void do_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fusefs *fusefs = of(req);
	struct statvfs sizes = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = 255 };
	int r = fusefs->ops->statvfs ? fusefs->ops->statvfs(fusefs->tree, &sizes) : 0;

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_statfs(req, &sizes);
}

static const struct fuse_lowlevel_ops operations = {
	.init = do_init,
	.lookup = do_lookup,
	.forget = do_forget,
	.forget_multi = do_forget_multi,
	.getattr = do_getattr,
	.readlink = do_readlink,
	.opendir = do_opendir,
	.readdir = do_readdir,
	.releasedir = do_releasedir,
	.read = do_read,
	.getxattr = do_getxattr,
	.listxattr = do_listxattr,
	.statfs = do_statfs,
};

int fusefs_create(struct fusefs **ret, const struct fusefs_ops *ops, int fd, uint64_t keep_ns,
		  struct error *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(1, (char *[]){ "fusefs" });
	struct fusefs *fusefs = calloc(1, sizeof(*fusefs));
	char place[32];

	snprintf(place, sizeof(place), "/dev/fd/%d", fd);
	if (fusefs) {
		fusefs->ops = ops;
		fusefs->keep_s = (double)keep_ns / (double)NSEC_PER_SEC;
		fusefs->session = fuse_session_new(&args, &operations, sizeof(operations), fusefs);
	}
	fuse_opt_free_args(&args);
	if (!fusefs || !fusefs->session || fuse_session_mount(fusefs->session, place) < 0) {
		close(fd);
		fusefs_destroy(fusefs);
		return error_set(err, -EIO, "FUSE: a session cannot be had");
	}
	*ret = fusefs;
	return 0;
}

void fusefs_destroy(struct fusefs *fusefs)
{
	if (!fusefs)
		return;
	if (fusefs->signals)
		fuse_remove_signal_handlers(fusefs->session);
	/* The descriptor is closed as well. */
	if (fusefs->session)
		fuse_session_destroy(fusefs->session);
	nodes_clear(&fusefs->nodes);
	free(fusefs);
}

int fusefs_signals(struct fusefs *fusefs, struct error *err)
{
	if (fuse_set_signal_handlers(fusefs->session) < 0)
		return error_set(err, -EIO, "FUSE: signals cannot be caught");
	fusefs->signals = true;
	return 0;
}

int fusefs_serve(struct fusefs *fusefs, void *tree, struct error *err)
{
	int r;

	fusefs->tree = tree;
	r = fuse_session_loop(fusefs->session);
	/* A signal's number is no failure. */
	return r < 0 ? error_errno(err, r, "FUSE") : 0;
}
