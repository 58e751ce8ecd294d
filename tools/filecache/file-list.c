// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of one or several owners, named as this process would open them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/filecache.h>

#include "base/macros.h"
#include "file-list.h"
#include "mounts.h"

static int append(struct file_list *list, struct filecache_files *files,
		  const struct target *target)
{
	struct file_row *more;
	size_t i;

	more = reallocarray(list->rows, list->count + files->count + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->rows = more;
	for (i = 0; i < files->count; i++) {
		more[list->count++] = (struct file_row){
			.file = files->list[i], .target = *target,
		};
		list->pages += files->list[i].pages;
		files->list[i].path = NULL;
	}
	list->truncated |= files->truncated;
	return 0;
}

int file_list_add(struct file_list *list, struct filecache_client *client,
		  const char *text, struct error *err)
{
	struct filecache_files files;
	struct target target;
	int r;

	r = target_parse(text, &target, err);
	if (r < 0)
		return r;
	if (target.owner)
		r = filecache_files_owner(client, target.owner, &files, err);
	else
		r = filecache_files_pid(client, target.pid, &files, err);
	if (r < 0)
		return r;
	r = append(list, &files, &target);
	filecache_files_exit(&files);
	return r < 0 ? error_errno(err, r, "files") : 0;
}

/* The kernel's name for a block device: "vda1". */
static char *device_path(const struct filecache_file *file)
{
	char link[64], to[512], *path;
	ssize_t n;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", file->dev_major,
		 file->dev_minor);
	n = readlink(link, to, sizeof(to) - 1);
	if (n < 0)
		return NULL;
	to[n] = '\0';
	if (!strrchr(to, '/') ||
	    asprintf(&path, "/dev%s", strrchr(to, '/')) < 0)
		return NULL;
	return path;
}

int file_list_name(struct file_list *list, struct error *err)
{
	struct mounts mounts;
	size_t i;
	int r;

	r = mounts_read(&mounts, err);
	if (r < 0)
		return r;
	for (i = 0; i < list->count; i++) {
		struct file_row *row = &list->rows[i];

		if (row->file.kind == FILECACHE_KIND_BLOCKDEV)
			row->path = device_path(&row->file);
		else if (row->file.path)
			row->path = mounts_path(&mounts, row->file.dev_major,
						row->file.dev_minor,
						row->file.path);
	}
	mounts_exit(&mounts);
	return 0;
}

void file_list_exit(struct file_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->rows[i].file.path);
		free(list->rows[i].path);
	}
	free(list->rows);
	*list = (struct file_list){ 0 };
}

#define LARGER(a, b) (((a) < (b)) - ((a) > (b)))

/* What is equal otherwise keeps an order, so that two runs can be compared. */
static int by_identity(const struct filecache_file *x,
		       const struct filecache_file *y)
{
	return -LARGER(x->dev_major, y->dev_major) ?:
	       -LARGER(x->dev_minor, y->dev_minor) ?: -LARGER(x->ino, y->ino);
}

static int by_cache(const void *a, const void *b)
{
	const struct filecache_file *x = a, *y = b;

	return LARGER(x->pages, y->pages) ?: by_identity(x, y);
}

static int by_file(const void *a, const void *b)
{
	const struct filecache_file *x = a, *y = b;

	return LARGER(x->inode_pages, y->inode_pages) ?: by_identity(x, y);
}

static int by_share(const void *a, const void *b)
{
	const struct filecache_file *x = a, *y = b;
	double own = x->inode_pages ? (double)x->pages / (double)x->inode_pages : 1;
	double other = y->inode_pages ? (double)y->pages / (double)y->inode_pages : 1;

	return LARGER(own, other) ?: by_cache(a, b);
}

static int by_inode(const void *a, const void *b)
{
	return by_identity(a, b);
}

static int by_path(const void *a, const void *b)
{
	const struct file_row *x = a, *y = b;
	const char *own = x->path ?: x->file.path;
	const char *other = y->path ?: y->file.path;

	/* Those without a name stand at the end. */
	if (!own || !other)
		return !own - !other ?: by_identity(a, b);
	return strcmp(own, other) ?: by_identity(a, b);
}

file_compare *file_order_find(const char *name)
{
	static const struct {
		const char *name;
		file_compare *compare;
	} orders[] = {
		{ "cache", by_cache }, { "file", by_file },
		{ "share", by_share }, { "inode", by_inode },
		{ "path", by_path },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		if (strcmp(orders[i].name, name) == 0)
			return orders[i].compare;
	return NULL;
}

void file_list_sort(struct file_list *list, file_compare *order)
{
	if (list->count > 0)
		qsort(list->rows, list->count, sizeof(*list->rows), order);
}
