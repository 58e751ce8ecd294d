/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree of files that is served to the kernel by FUSE, read-only.
 *
 * Whoever has the files gives them numbers and answers what they are; requests, replies
 * (exactly one each) and what the kernel still knows of are dealt with here.  One thread.
 */
#ifndef FUSEFS_FUSEFS_H
#define FUSEFS_FUSEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/error.h"

struct fusefs;
struct fusefs_names;

/**
 * struct fusefs_ops - a tree of files
 * @root: number of its root
 * @lookup: find a name in a directory, and what it is; -ENOENT
 * @stat: what a file is: st_ino is what users see of it, st_dev is of no concern
 * @list: tell a directory's names, but for "." and "..", by fusefs_name()
 * @read: up to @len bytes from @offset on; fewer only at the file's end
 * @readlink: where a symbolic link leads, to be freed
 * @getxattr: an extended attribute, to be freed; -ENODATA; may be NULL
 * @listxattr: their names, each with its NUL, to be freed; may be NULL
 * @statvfs: sizes of it all; may be NULL
 * @forget: the kernel knows nothing of this file any more; may be NULL
 *
 * Each gets the tree and the number of a file: any but 0, the same for the same file as
 * long as it is there, and for no other as long as the kernel knows of it.  They return 0
 * or negative errno.
 */
struct fusefs_ops {
	uint64_t root;
	int (*lookup)(void *tree, uint64_t dir, const char *name, uint64_t *ret,
		      struct stat *ret_stat);
	int (*stat)(void *tree, uint64_t node, struct stat *ret);
	int (*list)(void *tree, uint64_t dir, struct fusefs_names *names);
	int (*read)(void *tree, uint64_t node, uint64_t offset, void *buf, size_t len,
		    size_t *ret_len);
	int (*readlink)(void *tree, uint64_t node, char **ret);
	int (*getxattr)(void *tree, uint64_t node, const char *name, void **ret,
			size_t *ret_len);
	int (*listxattr)(void *tree, uint64_t node, char **ret, size_t *ret_len);
	int (*statvfs)(void *tree, struct statvfs *ret);
	void (*forget)(void *tree, uint64_t node);
};

/** fusefs_name() - For @list: the next name. Return: 0 or -ENOMEM, to be returned. */
int fusefs_name(struct fusefs_names *names, const char *name, ino_t number, mode_t type);

/**
 * fusefs_create() - Get ready to serve a tree.
 * @ret: to be given to fusefs_destroy()
 * @ops: must outlive it
 * @fd: of fusefs_mount(); it is fusefs's from now on, also on failure
 * @keep_ns: how long the kernel may keep what it was told of names and attributes; 0 has
 *	     it ask again each time
 * @err: why it failed
 *
 * Opens no more files from here on: what follows can be done in a sandbox.
 *
 * Return: 0 or negative errno.
 */
int fusefs_create(struct fusefs **ret, const struct fusefs_ops *ops, int fd, uint64_t keep_ns,
		  struct error *err);

/** fusefs_destroy() - Free it; NULL is allowed. */
void fusefs_destroy(struct fusefs *fusefs);

/**
 * fusefs_signals() - Have SIGTERM, SIGINT and SIGHUP end fusefs_serve().
 *
 * For who serves in the process that users end; to be called once.
 *
 * Return: 0 or -EIO.
 */
int fusefs_signals(struct fusefs *fusefs, struct error *err);

/**
 * fusefs_serve() - Answer the kernel's requests until it is unmounted, or by a signal.
 * @fusefs: what it was created for
 * @tree: for its operations
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int fusefs_serve(struct fusefs *fusefs, void *tree, struct error *err);

/**
 * fusefs_mount() - Mount what will be served.
 * @mountpoint: a folder
 * @type: what it is, for lists of mounts, where it is "fuse." and this
 * @source: likewise
 * @err: why it failed
 *
 * Read-only, without devices, programs and set-user-id bits; only this user may look into
 * it, as whom the kernel has the files' own modes obeyed.  What was left there by one of
 * the same type whose server has ended is unmounted before.
 *
 * Return: a descriptor for fusefs_create(); negative errno.  As soon as all copies of it
 * are closed, whoever looks into the tree gets ENOTCONN.
 */
int fusefs_mount(const char *mountpoint, const char *type, const char *source,
		 struct error *err);

/**
 * fusefs_unmount() - Unmount it, even while it is looked into.
 * @mountpoint: where
 * @type: see fusefs_mount(); what lies below, or was mounted over it, is not touched
 *
 * Return: 0; -EINVAL when it is not there; others.
 */
int fusefs_unmount(const char *mountpoint, const char *type);

#endif
