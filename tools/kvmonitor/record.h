/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been changed for a virtual machine, kept until it is undone, whoever is killed. */
#ifndef KVMONITOR_RECORD_H
#define KVMONITOR_RECORD_H

#include <limits.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/error.h"

/* Gone with the next boot, as is all that is told in there. */
#define RECORD_FOLDER	"/run/kvmonitor"

/**
 * struct record - a file in /run/kvmonitor, and the lock of whoever is at work
 * @path: of the file
 * @lock: of the lock
 * @fd: of the lock, -1 while it is not held
 */
struct record {
	char path[PATH_MAX];
	char lock[PATH_MAX];
	int fd;
};

/**
 * record_open() - Be the only one who changes this.
 * @record: filled in; to be given to record_close()
 * @name: of what is changed; no slash
 * @err: says the process that is at work
 *
 * Return: 0; -EBUSY while another process is at work, @ret_pid is it then; others.
 */
int record_open(struct record *record, const char *name, pid_t *ret_pid, struct error *err);

/** record_close() - Let go of it; the file stays if it was written. */
void record_close(struct record *record);

/** record_read() - What somebody has left. Return: 0; -ENOENT for nothing; others. */
int record_read(const struct record *record, json_t **ret, struct error *err);

/** record_write() - To be called before what it tells is done. Return: 0; negative errno. */
int record_write(const struct record *record, const json_t *what, struct error *err);

/** record_remove() - All is undone. */
void record_remove(const struct record *record);

/**
 * record_each() - What has been left, or is there while somebody is at work.
 * @prefix: of the names that are wanted
 * @each: gets a name
 * @data: for @each
 *
 * Return: 0; negative errno.
 */
int record_each(const char *prefix, void (*each)(const char *name, void *data), void *data);

#endif
