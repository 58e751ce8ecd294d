// SPDX-License-Identifier: GPL-2.0-or-later
/* Directory entries of a real guest: names that it was given, asked for, and had taken away. */
#include "guest/dentry.h"
#include "guest/inode.h"
#include "guest/superblock.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define DENTRIES	100

static struct guest_dentry seen[DENTRIES];
static size_t seen_count;
static struct guest_doubts doubts;
static struct guest_super_block ext4;

static int note(const struct guest_dentry *dentry, void *data)
{
	ASSERT(seen_count < DENTRIES);
	seen[seen_count++] = *dentry;
	return 0;
}

static int find_ext4(const struct guest_super_block *sb, void *data)
{
	if (strcmp(sb->type, "ext4") != 0)
		return 0;
	ext4 = *sb;
	return 1;
}

static const struct guest_dentry *find(const char *name)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (strcmp(seen[i].name, name) == 0)
			return &seen[i];
	return NULL;
}

static void look(uint64_t folder)
{
	seen_count = 0;
	EXPECT_INT(guest_dentries(view_guest, folder, note, NULL, &doubts), 0);
}

static void expect_inode(const struct guest_dentry *dentry, const char *path)
{
	struct guest_inode inode;
	char command[100], *told;

	ASSERT(dentry && dentry->inode);
	snprintf(command, sizeof(command), "stat -c %%i %s", path);
	told = view_ask(command, NULL);
	EXPECT_INT(guest_inode_read(view_guest, dentry->inode, &inode), 0);
	EXPECT_U64(inode.number, strtoull(told, NULL, 10));
	free(told);
}

TEST(dentries)
{
	const struct guest_dentry *one;
	char path[GUEST_PATH_MAX];

	vm_start(VIEWED);
	vm_run("/dev/null", "mkdir -p /mnt/names && cd /mnt/names && echo 1 >here && "
			    "ln here two && "
			    "ls -l absent; (exec 7>open; rm open; sleep 5000) >/dev/null 2>&1 & sleep 1");
	view_open();
	ASSERT(guest_super_blocks(view_guest, find_ext4, NULL, &doubts) == 1);
	look(ext4.root);
	one = find("names");
	expect_inode(one, "/mnt/names");
	look(one->address);
	expect_inode(find("here"), "/mnt/names/here");
	expect_inode(find("two"), "/mnt/names/two");
	EXPECT(find("here")->hashed);
	one = find("absent");
	EXPECT(one && one->hashed && !one->inode);
	one = find("open");
	EXPECT(one && !one->hashed && one->inode);
	ASSERT(one);
	EXPECT_INT(guest_inode_path(view_guest, one->inode, path), 0);
	EXPECT_STR(path, "/names/open");
	/* Both names of one inode. */
	one = find("here");
	seen_count = 0;
	EXPECT_INT(guest_dentries_of(view_guest, one->inode, note, NULL, &doubts), 0);
	EXPECT_U64(seen_count, 2);
	EXPECT(find("here") && find("two"));
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}
