// SPDX-License-Identifier: GPL-2.0-or-later
/* Mounts of real guests, held against their own /proc/1/mountinfo. */
#include "guest/mount.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define MOUNTS		100

static struct guest_mount seen[MOUNTS];
static size_t seen_count;

static int note(const struct guest_mount *mount, void *data)
{
	ASSERT(seen_count < MOUNTS);
	seen[seen_count++] = *mount;
	return 0;
}

static const struct guest_mount *find(uint32_t id)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].id == id)
			return &seen[i];
	return NULL;
}

/* "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS ... - TYPE SOURCE OPTIONS" */
static void compare(const char *line)
{
	char root[512], path[512], options[256], type[64], source[256], super[1024];
	const char *rest = strstr(line, " - ");
	uint32_t id, parent, major, minor;
	const struct guest_mount *m;

	ASSERT(rest && sscanf(line, "%u %u %u:%u %511s %511s %255s", &id, &parent, &major, &minor,
			      root, path, options) == 7);
	ASSERT(sscanf(rest, " - %63s %255s %1023s", type, source, super) == 3);
	m = find(id);
	if (!m) {
		KTAP_SAY("%u (%s) was not seen", id, path);
		return;
	}
	EXPECT_U64(m->parent_id, parent);
	EXPECT_U64(m->major, major);
	EXPECT_U64(m->minor, minor);
	EXPECT_STR(m->root, root);
	EXPECT_STR(m->path, path);
	EXPECT_STR(m->type, type);
	EXPECT_STR(m->source, source);
	EXPECT_INT(m->read_only, strncmp(options, "ro", 2) == 0 || strncmp(super, "ro", 2) == 0);
}

/* Newer kernels have one below the root of all, which processes do not reach. */
static size_t out_of_sight(void)
{
	size_t i, count = 0;

	for (i = 0; i < seen_count; i++)
		count += strcmp(seen[i].type, "nullfs") == 0;
	return count;
}

TEST(mounts)
{
	struct guest_doubts doubts = { 0 };
	char path[600], line[4096];
	size_t told = 0;
	FILE *file;

	vm_start(VIEWED);
	/* Read-only in either way, a part of a file system, and one mount on another. */
	vm_run("/dev/null", "mkdir -p /tmp/a/b /tmp/c /tmp/d && mount -t tmpfs -o ro x /tmp/a/b && "
			    "mount -t tmpfs y /tmp/c && mkdir -p /tmp/c/deep/er && "
			    "mount --bind /tmp/c/deep /tmp/d && mount -o remount,bind,ro /tmp/d && "
			    "mount -t tmpfs z /tmp/c/deep/er && mount -t tmpfs z2 /tmp/c/deep/er");
	vm_path(path, sizeof(path), "mountinfo");
	vm_run(path, "cat /proc/1/mountinfo");
	view_open();
	EXPECT_INT(guest_mounts(view_guest, note, NULL, &doubts), 0);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		compare(line);
		told++;
	}
	fclose(file);
	EXPECT_U64(seen_count, told + out_of_sight());
	EXPECT(told > 9);
	EXPECT_U64(doubts.bad + doubts.cut + doubts.torn, 0);
	printf("# %zu mounts\n", told);
	view_close();
}
