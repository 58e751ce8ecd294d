/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: texts of the guest's kernel, and paths of its dentries. */
#ifndef GUEST_PATH_H
#define GUEST_PATH_H

#include <stddef.h>

#include "guest.h"
#include "mount.h"

#define PATH_ROOM	GUEST_PATH_MAX
#define PATH_NAME_ROOM	256

/**
 * path_text() - A text of the kernel, up to its NUL.
 * @guest: seen into
 * @address: virtual
 * @ret: gets it, cut off where @room ends
 * @room: of it, not 0
 *
 * Return: 0; see space_read().
 */
int path_text(const struct guest *guest, uint64_t address, char *ret, size_t room);

/** path_clean() - Put '?' where a name has what no name has. */
void path_clean(char *name, size_t len);

/**
 * path_prepend() - A name, and "/" before it, before what there is of a path.
 * @path: with what there is at its end
 * @at: where that begins
 * @name: of what is above it
 * @len: of @name
 *
 * Return: 0; -ENAMETOOLONG.
 */
int path_prepend(char path[PATH_ROOM], size_t *at, const char *name, size_t len);

/**
 * path_of_dentry() - The path from one directory entry down to another.
 * @guest: seen into
 * @dentry: virtual address of the lower one
 * @root: of the upper one; where it is not met, the path begins at the top of the file system
 * @ret: "/" when both are the same, else without a "/" at its end
 *
 * Names may hold any bytes but NUL and '/': what holds these is told with '?' in their place.
 *
 * Return: 0; -ENAMETOOLONG; -ELOOP when there is no end to it; see space_read().
 */
int path_of_dentry(const struct guest *guest, uint64_t dentry, uint64_t root,
		   char ret[PATH_ROOM]);

/** path_name() - The name of a directory entry itself, a text. Return: 0; negative errno. */
int path_name(const struct guest *guest, uint64_t dentry, char ret[PATH_NAME_ROOM]);

/**
 * path_full() - The path from the root of a process' namespace down to a directory entry.
 * @guest: seen into
 * @mnt: virtual address of the struct vfsmount that it was reached by
 * @dentry: virtual address of it
 * @ret: gets it
 *
 * Return: see path_of_dentry().
 */
int path_full(const struct guest *guest, uint64_t mnt, uint64_t dentry, char ret[PATH_ROOM]);

#endif
