// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "visit.h"

#define FILES_MAX	400
#define DEPTH_MAX	20

/**
 * struct walk - through one file system
 * @ext4: it
 * @still: whether it stays as it is
 * @left: files that are still to be looked at
 * @all: what comes of it
 */
struct walk {
	struct ext4 *ext4;
	bool still;
	unsigned int left;
	struct visit *all;
};

static void expect(struct walk *walk, bool holds, const char *what)
{
	if (!holds)
		walk->all->wrong = what;
}

static void note(struct walk *walk, int r)
{
	expect(walk, r <= 0 && r > -4096, "an error that is none");
	walk->all->fine += r == 0;
	walk->all->errors += r < 0;
}

static void read_attributes(struct walk *walk, uint32_t number)
{
	char *names = NULL;
	size_t len = 0, i, n;
	int r = ext4_listxattr(walk->ext4, number, &names, &len);

	note(walk, r);
	for (i = 0; r == 0 && i < len; i += strlen(names + i) + 1) {
		void *value = NULL;

		note(walk, ext4_getxattr(walk->ext4, number, names + i, &value, &n));
		free(value);
	}
	free(names);
}

static void visit_file(struct walk *walk, uint32_t number, unsigned int depth);

static void visit_folder(struct walk *walk, uint32_t number, unsigned int depth)
{
	struct ext4_listing *listing;
	const struct ext4_entry *entry;
	int r = ext4_list(walk->ext4, number, &listing);
	size_t i;

	note(walk, r);
	if (r < 0)
		return;
	for (i = 0; (entry = ext4_listing_at(listing, i)) && walk->left; i++) {
		uint32_t found;

		expect(walk, strlen(entry->name) <= 255 && !strchr(entry->name, '/'),
		       "a name that is none");
		r = ext4_lookup(walk->ext4, number, entry->name, &found);
		expect(walk, r == 0 || !walk->still, "a name that is listed and not found");
		visit_file(walk, entry->number, depth + 1);
	}
	ext4_listing_put(listing);
}

static void read_contents(struct walk *walk, uint32_t number, uint64_t size)
{
	static char buf[30000];
	size_t n = 0;

	note(walk, ext4_read(walk->ext4, number, 0, buf, sizeof(buf), &n));
	expect(walk, n <= sizeof(buf), "more than was wanted");
	note(walk, ext4_read(walk->ext4, number, size / 2, buf, sizeof(buf), &n));
	expect(walk, n <= sizeof(buf), "more than was wanted");
}

static void visit_file(struct walk *walk, uint32_t number, unsigned int depth)
{
	char *target = NULL;
	struct stat st;
	int r;

	if (!walk->left)
		return;
	walk->left--;
	r = ext4_stat(walk->ext4, number, &st, NULL);
	note(walk, r);
	if (r < 0)
		return;
	read_attributes(walk, number);
	if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
		visit_folder(walk, number, depth);
	if (S_ISREG(st.st_mode))
		read_contents(walk, number, (uint64_t)st.st_size);
	if (S_ISLNK(st.st_mode)) {
		note(walk, ext4_readlink(walk->ext4, number, &target));
		free(target);
	}
}

void visit_all(const struct disk *disk, bool still, struct visit *all)
{
	struct walk walk = { .still = still, .left = FILES_MAX, .all = all };
	struct ext4_about about;
	struct error err = { 0 };
	struct statvfs sizes;

	if (ext4_open(&walk.ext4, disk, &err) < 0) {
		expect(&walk, err.text[0], "a failure without a reason");
		all->errors++;
		return;
	}
	ext4_about(walk.ext4, &about);
	note(&walk, ext4_statvfs(walk.ext4, &sizes));
	visit_file(&walk, EXT4_ROOT, 0);
	ext4_close(walk.ext4);
}
