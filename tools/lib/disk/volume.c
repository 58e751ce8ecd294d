// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "content.h"
#include "partition.h"
#include "volume.h"

/* Opens a part, if it can be read; else says what it is in words. */
static int try_open(struct disk **ret, const struct disk *disk, uint64_t start, uint64_t size,
		    const char **ret_what, struct error *err)
{
	const struct content *content;
	struct disk *part;
	int r = disk_slice(&part, disk, start, size, err);

	if (r < 0)
		return r;
	r = content_find(part, &content, err);
	if (r < 0 || !content->readable) {
		disk_destroy(part);
		if (r == 0)
			*ret_what = content->what;
		return r < 0 ? r : -EOPNOTSUPP;
	}
	*ret = part;
	return 0;
}

static int open_whole(struct disk **ret, const struct disk *disk, struct error *err)
{
	const char *what = NULL;
	int r = try_open(ret, disk, 0, disk->size, &what, err);

	if (what)
		return error_set(err, r,
				 "the disk has no partitions, and holds %s; only ext2, ext3 and ext4 can be read",
				 what);
	return r;
}

static int find_numbered(const struct partitions *all, unsigned int number,
			 const struct partition **ret, struct error *err)
{
	size_t i;

	for (i = 0; i < all->count && all->list[i].number != number; i++)
		;
	if (i == all->count)
		return error_set(err, -ENOENT, "the disk has no partition %u", number);
	if (all->list[i].doubts & PARTITION_BEYOND)
		return error_set(err, -ENXIO, "partition %u is beyond the disk's end", number);
	*ret = &all->list[i];
	return 0;
}

static int open_numbered(struct disk **ret, const struct disk *disk,
			 const struct partitions *all, unsigned int number, struct error *err)
{
	const struct partition *partition;
	const char *what = NULL;
	int r = find_numbered(all, number, &partition, err);

	if (r < 0)
		return r;
	r = try_open(ret, disk, partition->start, partition->size, &what, err);
	if (what)
		return error_set(err, r,
				 "partition %u holds %s; only ext2, ext3 and ext4 can be read",
				 number, what);
	return r;
}

/* The only one that can be read. */
static int open_any(struct disk **ret, const struct disk *disk, const struct partitions *all,
		    struct error *err)
{
	__free_disk struct disk *found = NULL;
	unsigned int number = 0;
	const char *what = NULL;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct partition *partition = &all->list[i];
		struct disk *part;
		int r;

		if (partition->extended || partition->doubts & PARTITION_BEYOND)
			continue;
		r = try_open(&part, disk, partition->start, partition->size, &what, err);
		if (r < 0 && r != -EOPNOTSUPP)
			return r;
		if (r < 0)
			continue;
		if (found) {
			disk_destroy(part);
			return error_set(err, -EINVAL,
					 "partitions %u, %u and perhaps more can be read; say which",
					 number, partition->number);
		}
		found = part;
		number = partition->number;
	}
	if (!found)
		return error_set(err, -ENOENT,
				 "no partition has an ext2, ext3 or ext4 file system%s%s",
				 what ? "; one holds " : "", what ? what : "");
	*ret = no_free_ptr(found);
	return 0;
}

int volume_open(struct disk **ret, const struct disk *disk, unsigned int number,
		struct error *err)
{
	struct partitions *all = malloc(sizeof(*all));
	int r = all ? partitions_read(disk, all, err) : error_errno(err, -ENOMEM, "disk");

	if (r == 0 && number)
		r = open_numbered(ret, disk, all, number, err);
	else if (r == 0 && all->table == PARTITION_TABLE_NONE)
		r = open_whole(ret, disk, err);
	else if (r == 0)
		r = open_any(ret, disk, all, err);
	free(all);
	return r;
}

int volume_slice(struct disk **ret, const struct disk *disk, unsigned int number,
		 struct error *err)
{
	const struct partition *partition;
	struct partitions *all;
	int r;

	if (!number)
		return disk_slice(ret, disk, 0, disk->size, err);
	all = malloc(sizeof(*all));
	r = all ? partitions_read(disk, all, err) : error_errno(err, -ENOMEM, "disk");
	if (r == 0)
		r = find_numbered(all, number, &partition, err);
	if (r == 0)
		r = disk_slice(ret, disk, partition->start, partition->size, err);
	free(all);
	return r;
}
