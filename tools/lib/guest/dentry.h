/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory entries of a guest that its kernel remembers: names, and what they lead to. */
#ifndef GUEST_DENTRY_H
#define GUEST_DENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define GUEST_NAME_MAX		256

/**
 * struct guest_dentry - a directory entry as it was
 * @address: virtual, of its struct dentry
 * @parent: virtual address of its folder's; its own for the top of a file system
 * @inode: virtual address of what it leads to; 0 when the kernel knows that there is no such
 *	   name (a negative one)
 * @hashed: whether it can be looked up; what cannot and leads somewhere has been deleted and is
 *	    still open, or never had a name
 * @name: may hold any bytes but NUL and '/'
 */
struct guest_dentry {
	uint64_t address;
	uint64_t parent;
	uint64_t inode;
	bool hashed;
	char name[GUEST_NAME_MAX];
};

/**
 * guest_dentries() - The entries of a folder that are remembered, which need not be all.
 * @guest: seen into
 * @folder: virtual address of its struct dentry, such as the root of a super block
 * @take: is given each; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * What cannot be looked up and leads nowhere is not told: a name that is being looked for, or
 * the place where somebody is who reads the folder.
 *
 * Return: 0; what @take returned.
 */
int guest_dentries(const struct guest *guest, uint64_t folder,
		   int (*take)(const struct guest_dentry *dentry, void *data), void *data,
		   struct guest_doubts *doubts);

/** guest_dentries_of() - The names of an inode that are remembered, likewise. */
int guest_dentries_of(const struct guest *guest, uint64_t inode,
		      int (*take)(const struct guest_dentry *dentry, void *data), void *data,
		      struct guest_doubts *doubts);

#endif
