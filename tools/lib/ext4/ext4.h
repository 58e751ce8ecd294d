/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of an ext2, ext3 or ext4 file system on a disk that a guest goes on writing.
 *
 * Nothing is kept from one call to the next but what is checked again, so that each call
 * tells what is on the disk at its time.  A call may come between two writes of the
 * guest's that belong together; what does not fit together then is an error of that
 * file.  The journal is not replayed: what is only in there is not seen.
 *
 * All of it may be made up by the guest.  A call reads no more than EXT4_CALL_BYTES.
 */
#ifndef EXT4_EXT4_H
#define EXT4_EXT4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/error.h"
#include "disk/disk.h"

#define EXT4_ROOT		2u
#define EXT4_CALL_BYTES		268435456u
#define EXT4_ENTRIES_MAX	4194304u

struct ext4;

/**
 * ext4_open() - Open a file system.
 * @ret: the file system, to be given to ext4_close(); one thread at a time may use it
 * @disk: it begins at its first byte; stays the caller's
 * @err: why it failed
 *
 * Return: 0; -EINVAL when there is none; -EOPNOTSUPP when it has what is not known here;
 * other negative errno.
 */
int ext4_open(struct ext4 **ret, const struct disk *disk, struct error *err);

/** ext4_close() - Free it; NULL is allowed. */
void ext4_close(struct ext4 *ext4);

/**
 * struct ext4_about - what a file system says of itself
 * @label: of it, empty for none
 * @uuid: of it
 * @mounted_at: where it was mounted last
 * @recover: it is mounted, or was not unmounted: its journal may have what is newer
 * @errors: the guest's kernel has found errors in it
 */
struct ext4_about {
	char label[17];
	char uuid[37];
	char mounted_at[65];
	bool recover;
	bool errors;
};

/** ext4_about() - What it said of itself when it was opened. */
void ext4_about(const struct ext4 *ext4, struct ext4_about *ret);

/** ext4_statvfs() - Sizes of it and what is free. Return: 0 or negative errno. */
int ext4_statvfs(struct ext4 *ext4, struct statvfs *ret);

/**
 * ext4_stat() - What a file is.
 * @ext4: the file system
 * @number: of its inode
 * @ret: as the guest's stat() tells it, but for st_dev
 * @ret_generation: how many others had that inode before, more or less; may be NULL
 *
 * Return: 0; -ESTALE when no file has that inode (any more); -EUCLEAN when none can have
 * it; other negative errno.
 */
int ext4_stat(struct ext4 *ext4, uint32_t number, struct stat *ret, uint32_t *ret_generation);

/**
 * struct ext4_entry - a name in a directory
 * @number: of the inode
 * @type: S_IF..., or 0 where the file system does not say
 * @name: of any bytes but '/' and NUL
 */
struct ext4_entry {
	uint32_t number;
	mode_t type;
	const char *name;
};

struct ext4_listing;

/**
 * ext4_list() - What is in a directory, but for "." and "..".
 * @ext4: the file system
 * @number: of the directory's inode
 * @ret: to be given to ext4_listing_put()
 *
 * Return: 0, also when only some of it could be read, see ext4_listing_error(); -ENOTDIR;
 * -ESTALE; -ENOKEY when its names are encrypted; other negative errno.
 */
int ext4_list(struct ext4 *ext4, uint32_t number, struct ext4_listing **ret);

/** ext4_listing_put() - Give it back; NULL is allowed. */
void ext4_listing_put(struct ext4_listing *listing);

/** ext4_listing_at() - One of it, counted from 0 on; NULL behind the last. */
const struct ext4_entry *ext4_listing_at(const struct ext4_listing *listing, size_t i);

/** ext4_listing_error() - 0; negative errno when it is not all that there is. */
int ext4_listing_error(const struct ext4_listing *listing);

/**
 * ext4_lookup() - Find a name in a directory.
 * @ext4: the file system
 * @number: of the directory's inode
 * @name: bytes up to a NUL, compared as they are
 * @ret: number of the inode
 *
 * Return: 0; -ENOENT; as of ext4_list(), also when it could be in what cannot be read.
 */
int ext4_lookup(struct ext4 *ext4, uint32_t number, const char *name, uint32_t *ret);

/**
 * ext4_read() - Read a regular file.
 * @ext4: the file system
 * @number: of its inode
 * @offset: of the first byte
 * @buf: gets them
 * @len: how many
 * @ret_len: how many there were; fewer than @len only at its end
 *
 * Return: 0; -EINVAL when it is no regular file; -ENOKEY when it is encrypted; -ESTALE;
 * other negative errno.
 */
int ext4_read(struct ext4 *ext4, uint32_t number, uint64_t offset, void *buf, size_t len,
	      size_t *ret_len);

/**
 * ext4_readlink() - Where a symbolic link leads.
 * @ext4: the file system
 * @number: of its inode
 * @ret: bytes up to a NUL, to be freed
 *
 * Return: as of ext4_read().
 */
int ext4_readlink(struct ext4 *ext4, uint32_t number, char **ret);

/**
 * ext4_getxattr() - An extended attribute, as the guest's getxattr() tells it.
 * @ext4: the file system
 * @number: of the file's inode
 * @name: with its prefix, such as "user.comment", "system.posix_acl_access"
 * @ret: the value, to be freed
 * @ret_len: its length
 *
 * Return: 0; -ENODATA when there is none; -ESTALE; other negative errno.
 */
int ext4_getxattr(struct ext4 *ext4, uint32_t number, const char *name, void **ret,
		  size_t *ret_len);

/** ext4_listxattr() - All their names, each with a NUL, to be freed. Return: likewise. */
int ext4_listxattr(struct ext4 *ext4, uint32_t number, char **ret, size_t *ret_len);

#endif
