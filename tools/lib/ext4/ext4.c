// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <et/com_err.h>

#include "fs.h"

/* Above all errnos, and below all of libext2fs's own. */
#define ERRNO_MAX	4095

int ext4_errno(errcode_t code)
{
	switch (code) {
	case EXT2_ET_NO_MEMORY: return -ENOMEM;
	case EXT2_ET_FILE_NOT_FOUND: return -ENOENT;
	case EXT2_ET_NO_DIRECTORY: return -ENOTDIR;
	case EXT2_ET_EA_KEY_NOT_FOUND: return -ENODATA;
	case EXT2_ET_UNIMPLEMENTED: return -EOPNOTSUPP;
	}
	if (code >= 0 && code <= ERRNO_MAX)
		return (int)-code;
	/* It does not fit together. */
	return -EUCLEAN;
}

void ext4_call(struct ext4 *ext4)
{
	ext4_io_call(ext4->io, EXT4_CALL_BYTES);
	ext2fs_flush_icache(ext4->fs);
}

static int say_why(errcode_t code, struct error *err)
{
	switch (code) {
	case EXT2_ET_UNSUPP_FEATURE:
	case EXT2_ET_RO_UNSUPP_FEATURE:
		return error_set(err, -EOPNOTSUPP,
				 "the file system has features that libext2fs does not know");
	case EXT2_ET_BAD_MAGIC:
	case EXT2_ET_SHORT_READ:
		return error_set(err, -EINVAL, "there is no ext2, ext3 or ext4 file system");
	}
	initialize_ext2_error_table();
	return error_set(err, ext4_errno(code), "the file system cannot be opened: %s",
			 error_message(code));
}

/* It would set memory aside for as many groups as there are said to be. */
static int check_size(const struct disk *disk, struct error *err)
{
	struct ext2_super_block super;
	uint64_t blocks;
	uint32_t shift;
	int r = disk_read(disk, SUPERBLOCK_OFFSET, &super, sizeof(super));

	if (r == -ENXIO || (r == 0 && ext2fs_le16_to_cpu(super.s_magic) != EXT2_SUPER_MAGIC))
		return say_why(EXT2_ET_BAD_MAGIC, err);
	if (r < 0)
		return error_errno(err, r, "the file system");
	blocks = ext2fs_le32_to_cpu(super.s_blocks_count);
	if (ext2fs_le32_to_cpu(super.s_feature_incompat) & EXT4_FEATURE_INCOMPAT_64BIT)
		blocks |= (uint64_t)ext2fs_le32_to_cpu(super.s_blocks_count_hi) << 32;
	shift = ext2fs_le32_to_cpu(super.s_log_block_size);
	if (shift > EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE)
		return error_set(err, -EUCLEAN, "the file system's size of blocks is impossible");
	if (blocks > disk->size >> (EXT2_MIN_BLOCK_LOG_SIZE + shift))
		return error_set(err, -EUCLEAN,
				 "the file system is larger than what it is said to be in");
	return 0;
}

int ext4_open(struct ext4 **ret, const struct disk *disk, struct error *err)
{
	/* What a guest is writing has sums that are not yet right. */
	const int flags = EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS;
	char name[EXT4_IO_NAME_MAX];
	struct ext4 *ext4;
	errcode_t code;
	int r = check_size(disk, err);

	if (r < 0)
		return r;
	ext4 = calloc(1, sizeof(*ext4));
	if (ext4)
		ext4->io = calloc(1, sizeof(*ext4->io));
	if (!ext4 || !ext4->io) {
		free(ext4);
		return error_errno(err, -ENOMEM, "the file system");
	}
	ext4->disk = disk;
	ext4->io->disk = disk;
	ext4_io_call(ext4->io, EXT4_CALL_BYTES);
	ext4_io_name(ext4->io, name);
	code = ext2fs_open(name, flags, 0, 0, ext4_io_manager(), &ext4->fs);
	if (code) {
		free(ext4->io);
		free(ext4);
		return say_why(code, err);
	}
	*ret = ext4;
	return 0;
}

void ext4_close(struct ext4 *ext4)
{
	if (!ext4)
		return;
	ext4_listings_clear(&ext4->listings);
	ext2fs_free(ext4->fs);
	free(ext4->io);
	free(ext4);
}

void ext4_about(const struct ext4 *ext4, struct ext4_about *ret)
{
	const struct ext2_super_block *super = ext4->fs->super;
	const unsigned char *u = super->s_uuid;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->label, super->s_volume_name, sizeof(super->s_volume_name));
	memcpy(ret->mounted_at, super->s_last_mounted, sizeof(super->s_last_mounted));
	snprintf(ret->uuid, sizeof(ret->uuid),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11],
		 u[12], u[13], u[14], u[15]);
	ret->recover = ext2fs_has_feature_journal_needs_recovery(ext4->fs->super);
	ret->errors = super->s_state & EXT2_ERROR_FS;
}

int ext4_statvfs(struct ext4 *ext4, struct statvfs *ret)
{
	struct ext2_super_block super;
	uint64_t free_blocks, reserved;
	int r = disk_read(ext4->disk, SUPERBLOCK_OFFSET, &super, sizeof(super));

	if (r < 0)
		return r;
	free_blocks = ext2fs_le32_to_cpu(super.s_free_blocks_count);
	reserved = ext2fs_le32_to_cpu(super.s_r_blocks_count);
	if (ext2fs_has_feature_64bit(ext4->fs->super)) {
		free_blocks |= (uint64_t)ext2fs_le32_to_cpu(super.s_free_blocks_hi) << 32;
		reserved |= (uint64_t)ext2fs_le32_to_cpu(super.s_r_blocks_count_hi) << 32;
	}
	memset(ret, 0, sizeof(*ret));
	ret->f_bsize = ext4->fs->blocksize;
	ret->f_frsize = ext4->fs->blocksize;
	ret->f_blocks = ext2fs_blocks_count(ext4->fs->super);
	ret->f_bfree = free_blocks;
	ret->f_bavail = free_blocks > reserved ? free_blocks - reserved : 0;
	ret->f_files = ext4->fs->super->s_inodes_count;
	ret->f_ffree = ext2fs_le32_to_cpu(super.s_free_inodes_count);
	ret->f_favail = ret->f_ffree;
	ret->f_namemax = EXT2_NAME_LEN;
	return 0;
}
