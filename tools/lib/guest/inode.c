// SPDX-License-Identifier: GPL-2.0-or-later
/* Inodes, by the list that each super block has of its own. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "dentry.h"
#include "field.h"
#include "inode.h"
#include "list.h"
#include "path.h"

#define NSEC_MAX	999999999u
/* I_CTIME_QUERIED of 6.13 and later: in ctime, somebody has asked for it since. */
#define NSEC_FLAG	BIT_ULL(31)

/**
 * struct dirty_bits - what i_state says of what is not on the disk
 * @inode: of the inode itself: I_DIRTY_SYNC, I_DIRTY_DATASYNC
 * @pages: I_DIRTY_PAGES
 */
struct dirty_bits {
	uint64_t inode;
	uint64_t pages;
};

/*
 * Three layouts.  In newer kernels the bits are an enumeration, which BTF has.  Before, they
 * are macros, which it has not; but they were moved (from 0, 1, 2 to 3, 4, 5) in the same series
 * for 6.12 that made i_state a word of four bytes rather than eight, so that the lowest bits
 * are those that somebody may wait for.  So its length tells.
 */
static struct dirty_bits find_dirty_bits(const struct guest *guest)
{
	int64_t sync = guest->layout.inode_dirty_sync;

	if (!sync)
		sync = guest->layout.inode_state.size == sizeof(uint64_t) ? 1 : 8;
	return (struct dirty_bits){
		.inode = (uint64_t)sync | (uint64_t)sync << 1,
		.pages = (uint64_t)sync << 2,
	};
}

static struct guest_time time_of(uint64_t seconds, uint64_t ns)
{
	return (struct guest_time){
		.seconds = (int64_t)seconds,
		.ns = (uint32_t)u64_min(ns & ~NSEC_FLAG, NSEC_MAX),
	};
}

int guest_inode_read(const struct guest *guest, uint64_t address, struct guest_inode *ret)
{
	const struct guest_layout *l = &guest->layout;
	const struct dirty_bits dirty = find_dirty_bits(guest);
	struct types_member pages = l->mapping_count;
	uint64_t mode, uid, gid, links, device, generation, state;
	uint64_t atime, mtime, ctime, atime_ns, mtime_ns, ctime_ns;
	struct guest_inode inode = { .address = address };
	const struct wish wishes[] = {
		{ &l->inode_number, &inode.number }, { &l->inode_mode, &mode },
		{ &l->inode_uid, &uid }, { &l->inode_gid, &gid }, { &l->inode_nlink, &links },
		{ &l->inode_rdev, &device }, { &l->inode_generation, &generation },
		{ &l->inode_size, &inode.size }, { &l->inode_state, &state },
		{ &l->inode_atime, &atime }, { &l->inode_atime_nsec, &atime_ns },
		{ &l->inode_mtime, &mtime }, { &l->inode_mtime_nsec, &mtime_ns },
		{ &l->inode_ctime, &ctime }, { &l->inode_ctime_nsec, &ctime_ns },
		{ &l->inode_sb, &inode.super_block }, { &pages, &inode.pages },
	};
	int r;

	pages.offset += l->inode_mapping.offset;
	r = field_read_all(guest, address, l->inode_bytes, wishes, ARRAY_SIZE(wishes));
	if (r < 0)
		return r;
	inode.mode = (uint32_t)mode;
	inode.uid = (uint32_t)uid;
	inode.gid = (uint32_t)gid;
	inode.links = (uint32_t)links;
	inode.major = field_major(device);
	inode.minor = field_minor(device);
	inode.generation = (uint32_t)generation;
	inode.accessed = time_of(atime, atime_ns);
	inode.modified = time_of(mtime, mtime_ns);
	inode.changed = time_of(ctime, ctime_ns);
	inode.dirty = state & dirty.inode;
	inode.dirty_pages = state & dirty.pages;
	*ret = inode;
	return 0;
}

int guest_inodes(struct guest *guest, const struct guest_super_block *sb,
		 int (*take)(const struct guest_inode *inode, void *data), void *data,
		 struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct list_walk list;
	uint64_t link;
	int r = 0;

	list_begin(&list, guest, field_address(sb->address, &l->sb_inodes),
		   field_most(guest, l->inode_bytes), doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct guest_inode inode;

		if (guest_inode_read(guest, link - l->inode_sb_link.offset, &inode) < 0)
			doubts->bad++;
		/* It was freed, and is another file system's by now. */
		else if (inode.super_block != sb->address)
			doubts->torn++;
		else
			r = take(&inode, data);
	}
	return r;
}

/**
 * struct name - of an inode, while it is looked for
 * @dentry: virtual address of what was found, 0 for nothing
 * @there: whether it can be looked up
 */
struct name {
	uint64_t dentry;
	bool there;
};

static int take_name(const struct guest_dentry *dentry, void *data)
{
	struct name *name = data;

	name->dentry = dentry->address;
	name->there = dentry->hashed || dentry->parent == dentry->address;
	return name->there;
}

int guest_inode_path(const struct guest *guest, uint64_t inode, char ret[GUEST_PATH_MAX])
{
	struct guest_doubts doubts = { 0 };
	struct name name = { 0 };
	int r;

	guest_dentries_of(guest, inode, take_name, &name, &doubts);
	if (!name.dentry)
		return -ENOENT;
	r = path_of_dentry(guest, name.dentry, 0, ret);
	return r < 0 ? r : name.there;
}
