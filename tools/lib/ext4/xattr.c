// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/posix_acl.h>

#include "fs.h"

/* The contents of a file that is in its inode. */
#define INLINE_DATA	"system.data"

static int open_attributes(struct ext4 *ext4, uint32_t number, struct ext2_xattr_handle **ret)
{
	struct ext2_inode_large inode;
	errcode_t code;
	int r;

	ext4_call(ext4);
	r = ext4_inode(ext4, number, &inode);
	if (r < 0)
		return r;
	code = ext2fs_xattrs_open(ext4->fs, number, ret);
	if (code)
		return ext4_errno(code);
	code = ext2fs_xattrs_read(*ret);
	if (code)
		ext2fs_xattrs_close(ret);
	return ext4_errno(code);
}

/*
 * Of an access list of the kernel's only users and groups that are named have a number; the
 * others' are all ones, for which libext2fs has zeros.
 */
static void mend_list(const char *name, unsigned char *value, size_t len)
{
	const size_t header = 4, entry = 8, id = 4;
	size_t at;

	if (strcmp(name, "system.posix_acl_access") != 0 &&
	    strcmp(name, "system.posix_acl_default") != 0)
		return;
	for (at = header; at + entry <= len; at += entry)
		if (value[at] != ACL_USER && value[at] != ACL_GROUP)
			memset(value + at + id, 0xff, entry - id);
}

static bool is_list(const char *name)
{
	return strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

/* libext2fs goes on beyond the end of one whose last entry is cut, and writes as far. */
static int check_list(struct ext2_xattr_handle *handle, const char *name)
{
	unsigned int flags;
	unsigned char *raw;
	void *value;
	size_t len, at, step;
	errcode_t code;

	ext2fs_xattrs_flags(handle, &(unsigned int){ XATTR_HANDLE_FLAG_RAW }, &flags);
	code = ext2fs_xattr_get(handle, name, &value, &len);
	ext2fs_xattrs_flags(handle, &flags, NULL);
	if (code)
		return ext4_errno(code);
	raw = value;
	for (at = 4; at < len; at += step) {
		step = raw[at] == ACL_USER || raw[at] == ACL_GROUP ? 8 : 4;
		if (step > len - at)
			break;
	}
	free(value);
	return at == len ? 0 : -EUCLEAN;
}

int ext4_getxattr(struct ext4 *ext4, uint32_t number, const char *name, void **ret,
		  size_t *ret_len)
{
	struct ext2_xattr_handle *handle;
	void *value = NULL;
	errcode_t code;
	size_t len;
	int r;

	if (strcmp(name, INLINE_DATA) == 0)
		return -ENODATA;
	r = open_attributes(ext4, number, &handle);
	if (r < 0)
		return r;
	r = is_list(name) ? check_list(handle, name) : 0;
	code = r == 0 ? ext2fs_xattr_get(handle, name, &value, &len) : 0;
	ext2fs_xattrs_close(&handle);
	if (r < 0 || code)
		return r < 0 ? r : ext4_errno(code);
	mend_list(name, value, len);
	*ret = value;
	*ret_len = len;
	return 0;
}

/** struct names - while they are put one behind the other */
struct names {
	char *text;
	size_t len;
	int error;
};

static int add(char *name, char *value, size_t value_len, void *data)
{
	struct names *names = data;
	size_t len = strlen(name) + 1;
	char *more;

	if (strcmp(name, INLINE_DATA) == 0)
		return 0;
	more = realloc(names->text, names->len + len);
	if (!more) {
		names->error = -ENOMEM;
		return XATTR_ABORT;
	}
	memcpy(more + names->len, name, len);
	names->text = more;
	names->len += len;
	return 0;
}

int ext4_listxattr(struct ext4 *ext4, uint32_t number, char **ret, size_t *ret_len)
{
	struct ext2_xattr_handle *handle;
	struct names names = { 0 };
	errcode_t code;
	int r = open_attributes(ext4, number, &handle);

	if (r < 0)
		return r;
	code = ext2fs_xattrs_iterate(handle, add, &names);
	ext2fs_xattrs_close(&handle);
	r = names.error ? names.error : ext4_errno(code);
	if (r < 0) {
		free(names.text);
		return r;
	}
	*ret = names.text;
	*ret_len = names.len;
	return 0;
}
