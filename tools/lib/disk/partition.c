// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"
#include "partition.h"
#include "table.h"

struct partition *partition_add(struct partitions *all, const struct disk *disk,
				const struct partition *partition)
{
	struct partition *added;

	if (all->count == PARTITIONS_MAX) {
		all->doubts |= PARTITION_MORE;
		return NULL;
	}
	added = &all->list[all->count++];
	*added = *partition;
	if (added->start >= disk->size) {
		added->doubts |= PARTITION_BEYOND;
		added->size = 0;
	} else if (added->size > disk->size - added->start) {
		added->doubts |= PARTITION_CUT;
		added->size = disk->size - added->start;
	}
	return added;
}

/* An extended partition and those in it share what they share by right. */
static void note_overlap(struct partition *a, struct partition *b)
{
	if (a->extended || b->extended)
		return;
	if (a->start < b->start + b->size && b->start < a->start + a->size) {
		a->doubts |= PARTITION_OVERLAP;
		b->doubts |= PARTITION_OVERLAP;
	}
}

int partitions_read(const struct disk *disk, struct partitions *ret, struct error *err)
{
	size_t i, j;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = gpt_read(disk, ret, err);
	if (r == 0 && ret->table == PARTITION_TABLE_NONE)
		r = mbr_read(disk, ret, err);
	if (r < 0)
		return r;
	for (i = 0; i < ret->count; i++)
		for (j = 0; j < i; j++)
			note_overlap(&ret->list[i], &ret->list[j]);
	return 0;
}

const char *partition_table_name(enum partition_table table)
{
	static const char *const names[] = {
		[PARTITION_TABLE_NONE] = "none",
		[PARTITION_TABLE_MBR] = "mbr",
		[PARTITION_TABLE_GPT] = "gpt",
	};

	return names[table];
}

void partition_doubts(unsigned int doubts, char *ret, size_t room)
{
	static const char *const words[] = {
		"read from the backup", "more than can be listed", "cut at the disk's end",
		"beyond the disk's end", "overlaps another", "outside of the extended one",
		"table broken", "GPT broken",
	};
	size_t used = 0, i;

	ret[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(words) && used < room; i++)
		if (doubts & (1u << i))
			used += (size_t)snprintf(ret + used, room - used, "%s%s",
						 used ? ", " : "", words[i]);
}
