// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "fs.h"

/* Whether an inode has a field: those of 128 bytes lack some, and so do older ones. */
#define HAS(inode, field)						\
	((inode)->i_extra_isize >= offsetof(struct ext2_inode_large, field) +	\
				   sizeof((inode)->field) - EXT2_GOOD_OLD_INODE_SIZE)

int ext4_inode(struct ext4 *ext4, uint32_t number, struct ext2_inode_large *ret)
{
	const struct ext2_super_block *super = ext4->fs->super;
	errcode_t code;

	/* The others below are the file system's own: no name leads there. */
	if ((number < EXT2_FIRST_INODE(super) && number != EXT4_ROOT) ||
	    number > super->s_inodes_count)
		return -EUCLEAN;
	memset(ret, 0, sizeof(*ret));
	code = ext2fs_read_inode_full(ext4->fs, number, ext4_of(ret), sizeof(*ret));
	if (code)
		return ext4_errno(code);
	if (EXT2_INODE_SIZE(super) == EXT2_GOOD_OLD_INODE_SIZE)
		ret->i_extra_isize = 0;
	return ret->i_mode && ret->i_links_count ? 0 : -ESTALE;
}

/* Two more bits of seconds, and nanoseconds, where the inode has them. */
static struct timespec time_of(uint32_t seconds, uint32_t extra)
{
	return (struct timespec){
		.tv_sec = (time_t)(int32_t)seconds + ((time_t)(extra & 3) << 32),
		.tv_nsec = extra >> 2,
	};
}

/* Numbers of a device, which are where a file has its blocks. */
static dev_t device_of(const struct ext2_inode_large *inode)
{
	uint32_t old = inode->i_block[0], now = inode->i_block[1];

	if (old)
		return makedev(old >> 8 & 0xff, old & 0xff);
	return makedev((now & 0xfff00) >> 8, (now & 0xff) | (now >> 12 & 0xfff00));
}

static uint64_t sectors_of(struct ext4 *ext4, struct ext2_inode_large *inode)
{
	uint64_t blocks = inode->i_blocks;

	/* As the kernel has it: programs take a file without blocks for one of zeros. */
	if (S_ISREG(inode->i_mode) && (inode->i_flags & EXT4_INLINE_DATA_FL))
		blocks += (EXT2_I_SIZE(inode) + DISK_SECTOR - 1) / DISK_SECTOR;
	if (!ext2fs_has_feature_huge_file(ext4->fs->super))
		return blocks;
	blocks |= (uint64_t)inode->osd2.linux2.l_i_blocks_hi << 32;
	if (inode->i_flags & EXT4_HUGE_FILE_FL)
		blocks *= ext4->fs->blocksize / DISK_SECTOR;
	return blocks;
}

int ext4_stat(struct ext4 *ext4, uint32_t number, struct stat *ret, uint32_t *ret_generation)
{
	struct ext2_inode_large inode;
	int r;

	ext4_call(ext4);
	r = ext4_inode(ext4, number, &inode);
	if (r < 0)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->st_ino = number;
	ret->st_mode = inode.i_mode;
	ret->st_nlink = inode.i_links_count;
	ret->st_uid = inode_uid(inode);
	ret->st_gid = inode_gid(inode);
	ret->st_size = (off_t)EXT2_I_SIZE(&inode);
	ret->st_blksize = (blksize_t)ext4->fs->blocksize;
	ret->st_blocks = (blkcnt_t)sectors_of(ext4, &inode);
	if (S_ISCHR(inode.i_mode) || S_ISBLK(inode.i_mode))
		ret->st_rdev = device_of(&inode);
	ret->st_atim = time_of(inode.i_atime, HAS(&inode, i_atime_extra) ? inode.i_atime_extra : 0);
	ret->st_mtim = time_of(inode.i_mtime, HAS(&inode, i_mtime_extra) ? inode.i_mtime_extra : 0);
	ret->st_ctim = time_of(inode.i_ctime, HAS(&inode, i_ctime_extra) ? inode.i_ctime_extra : 0);
	if (ret_generation)
		*ret_generation = inode.i_generation;
	return 0;
}
