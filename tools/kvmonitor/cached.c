// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cached.h"

/**
 * struct reading - while they are looked for
 * @cached: gets them
 * @guest: seen into
 * @doubts: counted
 */
struct reading {
	struct cached *cached;
	struct guest *guest;
	struct guest_doubts *doubts;
};

static int take_system(const struct guest_super_block *sb, void *data)
{
	struct cached *c = ((struct reading *)data)->cached;
	struct cached_system *systems = array_room(c->systems, c->system_count, &c->system_room,
						   sizeof(*systems));

	if (!systems)
		return -ENOMEM;
	c->systems = systems;
	c->systems[c->system_count++] = (struct cached_system){ .sb = *sb };
	return 0;
}

/* The first place where all of it is. */
static int take_mount(const struct guest_mount *mount, void *data)
{
	struct cached *c = ((struct reading *)data)->cached;
	size_t i;

	if (strcmp(mount->root, "/") != 0)
		return 0;
	for (i = 0; i < c->system_count; i++) {
		struct cached_system *system = &c->systems[i];

		if (system->sb.address != mount->super_block || system->mounted)
			continue;
		system->mounted = strdup(mount->path);
		if (!system->mounted)
			return -ENOMEM;
	}
	return 0;
}

static int count_pages(const struct guest_pages *pages, void *data)
{
	struct cached_file *file = data;

	if (pages->kind == GUEST_PAGES_SWAPPED)
		file->swapped += pages->count;
	if (pages->kind != GUEST_PAGES_PRESENT)
		return 0;
	file->present += pages->count;
	file->dirty += pages->dirty ? pages->count : 0;
	file->writeback += pages->writeback ? pages->count : 0;
	return 0;
}

static int take_inode(const struct guest_inode *inode, void *data)
{
	struct reading *reading = data;
	struct cached *c = reading->cached;
	struct cached_file file = { .inode = *inode, .system = c->system_count }, *files;
	int r = guest_cache(reading->guest, inode, count_pages, &file, reading->doubts);

	if (r < 0 || (!file.present && !file.swapped))
		return r;
	files = array_room(c->files, c->count, &c->room, sizeof(*files));
	if (!files)
		return -ENOMEM;
	c->files = files;
	c->files[c->count++] = file;
	return 0;
}

/* @system_count is the one that is looked through, while they are. */
static int read_files(struct reading *reading)
{
	struct cached *c = reading->cached;
	size_t i, count = c->system_count;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++) {
		c->system_count = i;
		/* Counts in units of its own, and is no part of the page cache. */
		if (strcmp(c->systems[i].sb.type, "hugetlbfs") != 0)
			r = guest_inodes(reading->guest, &c->systems[i].sb, take_inode, reading,
					 reading->doubts);
	}
	c->system_count = count;
	return r;
}

int cached_read(struct cached *cached, struct guest *guest, struct guest_doubts *doubts,
		struct error *err)
{
	struct reading reading = { cached, guest, doubts };
	int r;

	*cached = (struct cached){ 0 };
	r = guest_super_blocks(guest, take_system, &reading, doubts);
	if (r == 0)
		r = guest_mounts(guest, take_mount, &reading, doubts);
	if (r == 0)
		r = read_files(&reading);
	if (r == 0)
		return 0;
	cached_free(cached);
	return error_errno(err, r, "the guest's page cache");
}

void cached_free(struct cached *cached)
{
	size_t i;

	for (i = 0; i < cached->system_count; i++)
		free(cached->systems[i].mounted);
	free(cached->systems);
	free(cached->files);
}

bool cached_path(const struct guest *guest, const struct cached *cached,
		 const struct cached_file *file, char ret[CACHED_PATH_MAX])
{
	const struct cached_system *system = &cached->systems[file->system];
	const char *mounted = system->mounted;
	char path[GUEST_PATH_MAX];
	int r;

	if (strcmp(system->sb.type, "bdev") == 0) {
		snprintf(ret, CACHED_PATH_MAX, "(block device %u:%u)", file->inode.major,
			 file->inode.minor);
		return false;
	}
	r = guest_inode_path(guest, file->inode.address, path);
	if (r < 0)
		snprintf(ret, CACHED_PATH_MAX, "(inode %" PRIu64 " of %s)", file->inode.number,
			 mounted ? mounted : system->sb.name);
	else if (!mounted)
		snprintf(ret, CACHED_PATH_MAX, "(%s)%s", system->sb.type, path);
	else
		snprintf(ret, CACHED_PATH_MAX, "%s%s", strcmp(mounted, "/") == 0 ? "" : mounted,
			 path);
	return r == 0 || !file->inode.links;
}
