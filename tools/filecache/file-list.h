/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of one or several owners, named as this process would open them. */
#ifndef FILECACHE_FILE_LIST_H
#define FILECACHE_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filecache/filecache.h"
#include "target.h"

/**
 * struct file_row - one file of one owner
 * @file: as the module told it
 * @target: whose pages
 * @path: for this process, NULL when it sees no such file
 */
struct file_row {
	struct filecache_file file;
	struct target target;
	char *path;
};

/**
 * struct file_list - files
 * @rows: to be freed by file_list_exit()
 * @count: of @rows
 * @pages: of all
 * @truncated: there were more
 */
struct file_list {
	struct file_row *rows;
	size_t count;
	uint64_t pages;
	bool truncated;
};

/** file_list_add() - Ask for one target's files. Return: 0, negative errno. */
int file_list_add(struct file_list *list, struct filecache_client *client,
		  const char *target, struct error *err);

/** file_list_name() - Find out their paths. Return: 0, negative errno. */
int file_list_name(struct file_list *list, struct error *err);

/** file_list_exit() - Free them. */
void file_list_exit(struct file_list *list);

/* Of two rows, as qsort() wants it. */
typedef int file_compare(const void *a, const void *b);

/** file_order_find() - How rows are put in the order of this name, or NULL. */
file_compare *file_order_find(const char *name);

/** file_list_sort() - Put rows in order. */
void file_list_sort(struct file_list *list, file_compare *order);

#endif
