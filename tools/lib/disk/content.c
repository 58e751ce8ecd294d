// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "content.h"
#include "table.h"

/* Of ext2, ext3 and ext4, which have one superblock. */
#define EXT_SUPER_AT		1024u
#define EXT_MAGIC_AT		(EXT_SUPER_AT + 56)
#define EXT_COMPAT_AT		(EXT_SUPER_AT + 92)
#define EXT_INCOMPAT_AT		(EXT_SUPER_AT + 96)
#define EXT_RO_COMPAT_AT	(EXT_SUPER_AT + 100)
#define EXT_HAS_JOURNAL		0x4u
#define EXT_JOURNAL_DEVICE	0x8u
/* What ext3 knew: file types, recovery, meta block groups; sparse, large files. */
#define EXT3_INCOMPAT		(0x2u | 0x4u | 0x10u)
#define EXT3_RO_COMPAT		(0x1u | 0x2u | 0x4u)

/* Beyond these bytes no signature is looked for. */
#define HEAD_SIZE		(68u * 1024)

static const struct content ext2 = { "ext2", "an ext2 file system", true };
static const struct content ext3 = { "ext3", "an ext3 file system", true };
static const struct content ext4 = { "ext4", "an ext4 file system", true };
static const struct content journal = { "ext-journal", "another file system's journal", false };
static const struct content empty = { "empty", "nothing: its beginning is zeros", false };
static const struct content unknown = { "unknown", "nothing that is known", false };

/**
 * struct signature - bytes that tell what it is
 * @content: it is this
 * @at: where the bytes are
 * @bytes: they are these
 * @len: so many
 */
struct signature {
	struct content content;
	unsigned int at;
	const char *bytes;
	unsigned int len;
};

#define SIGNATURE(name, what, at, bytes) { { name, what, false }, at, bytes, sizeof(bytes) - 1 }

/* Those that take hold of the whole before those that may be left over from before. */
static const struct signature signatures[] = {
	SIGNATURE("luks", "a LUKS container, encrypted by the guest", 0, "LUKS\xba\xbe"),
	SIGNATURE("lvm2", "an LVM2 physical volume", 512, "LABELONE"),
	SIGNATURE("lvm2", "an LVM2 physical volume", 0, "LABELONE"),
	SIGNATURE("lvm2", "an LVM2 physical volume", 1024, "LABELONE"),
	SIGNATURE("lvm2", "an LVM2 physical volume", 1536, "LABELONE"),
	SIGNATURE("raid", "a part of a Linux RAID", 4096, "\xfc\x4e\x2b\xa9"),
	SIGNATURE("raid", "a part of a Linux RAID", 0, "\xfc\x4e\x2b\xa9"),
	SIGNATURE("xfs", "an XFS file system", 0, "XFSB"),
	SIGNATURE("btrfs", "a btrfs file system", 0x10040, "_BHRfS_M"),
	SIGNATURE("f2fs", "an F2FS file system", 1024, "\x10\x20\xf5\xf2"),
	SIGNATURE("erofs", "an EROFS file system", 1024, "\xe2\xe1\xf5\xe0"),
	SIGNATURE("squashfs", "a squashfs file system", 0, "hsqs"),
	SIGNATURE("swap", "swap space", 4096 - 10, "SWAPSPACE2"),
	SIGNATURE("swap", "swap space", 65536 - 10, "SWAPSPACE2"),
	SIGNATURE("iso9660", "an ISO 9660 file system", 0x8001, "CD001"),
	SIGNATURE("ntfs", "an NTFS file system", 3, "NTFS    "),
	SIGNATURE("exfat", "an exFAT file system", 3, "EXFAT   "),
	SIGNATURE("vfat", "a FAT file system", 82, "FAT32   "),
	SIGNATURE("vfat", "a FAT file system", 54, "FAT16   "),
	SIGNATURE("vfat", "a FAT file system", 54, "FAT12   "),
};

static const struct content *ext_content(const unsigned char *head)
{
	uint32_t compat = get_le32(head + EXT_COMPAT_AT);
	uint32_t incompat = get_le32(head + EXT_INCOMPAT_AT);
	uint32_t ro_compat = get_le32(head + EXT_RO_COMPAT_AT);

	if (incompat & EXT_JOURNAL_DEVICE)
		return &journal;
	if (incompat & ~EXT3_INCOMPAT || ro_compat & ~EXT3_RO_COMPAT)
		return &ext4;
	return compat & EXT_HAS_JOURNAL ? &ext3 : &ext2;
}

static const struct content *find(const unsigned char *head)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signatures); i++)
		if (memcmp(head + signatures[i].at, signatures[i].bytes, signatures[i].len) == 0)
			return &signatures[i].content;
	if (get_le16(head + EXT_MAGIC_AT) == 0xef53)
		return ext_content(head);
	for (i = 0; i < HEAD_SIZE; i++)
		if (head[i])
			return &unknown;
	return &empty;
}

int content_find(const struct disk *disk, const struct content **ret, struct error *err)
{
	size_t len = disk->size < HEAD_SIZE ? (size_t)disk->size : HEAD_SIZE;
	unsigned char *head = calloc(1, HEAD_SIZE);
	int r;

	if (!head)
		return error_errno(err, -ENOMEM, "disk");
	r = disk_read(disk, 0, head, len);
	if (r == 0)
		*ret = find(head);
	free(head);
	return r < 0 ? error_errno(err, r, "the beginning of the disk or partition") : 0;
}
