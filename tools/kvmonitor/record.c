// SPDX-License-Identifier: GPL-2.0-or-later
/* What has been changed for a virtual machine, kept until it is undone, whoever is killed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "record.h"

static int refuse(struct record *record, pid_t *ret_pid, struct error *err)
{
	char text[16] = "";
	ssize_t len = pread(record->fd, text, sizeof(text) - 1, 0);

	*ret_pid = len > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
	close(record->fd);
	record->fd = -1;
	return error_set(err, -EBUSY, "%s: process %d is at it; end that one first",
			 record->lock, (int)*ret_pid);
}

/* Return: 0; -EAGAIN for a lock that its last holder has removed; -EBUSY; others. */
static int try_lock(struct record *record, pid_t *ret_pid, struct error *err)
{
	struct stat st;

	record->fd = open(record->lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (record->fd < 0)
		return error_errno(err, -errno, "%s", record->lock);
	if (flock(record->fd, LOCK_EX | LOCK_NB) < 0)
		return refuse(record, ret_pid, err);
	if (fstat(record->fd, &st) == 0 && st.st_nlink > 0)
		return 0;
	close(record->fd);
	record->fd = -1;
	return -EAGAIN;
}

int record_open(struct record *record, const char *name, pid_t *ret_pid, struct error *err)
{
	int r;

	record->fd = -1;
	if (mkdir(RECORD_FOLDER, 0711) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", RECORD_FOLDER);
	snprintf(record->path, sizeof(record->path), "%s/%s.json", RECORD_FOLDER, name);
	snprintf(record->lock, sizeof(record->lock), "%s/%s.lock", RECORD_FOLDER, name);
	do
		r = try_lock(record, ret_pid, err);
	while (r == -EAGAIN);
	/* For whoever is refused. */
	if (r == 0 && (ftruncate(record->fd, 0) < 0 || dprintf(record->fd, "%d", getpid()) < 0))
		r = error_errno(err, -errno, "%s", record->lock);
	return r;
}

void record_close(struct record *record)
{
	if (record->fd < 0)
		return;
	unlink(record->lock);
	close(record->fd);
	record->fd = -1;
}

int record_each(const char *prefix, void (*each)(const char *name, void *data), void *data)
{
	DIR *folder = opendir(RECORD_FOLDER);
	const struct dirent *entry;
	char name[NAME_MAX + 1];

	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(folder))) {
		char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".json") != 0 ||
		    strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(end - entry->d_name), entry->d_name);
		each(name, data);
	}
	closedir(folder);
	return 0;
}

int record_read(const struct record *record, json_t **ret, struct error *err)
{
	if (access(record->path, F_OK) < 0)
		return -ENOENT;
	return json_read_private(record->path, ret, err);
}

int record_write(const struct record *record, const json_t *what, struct error *err)
{
	return json_write(record->path, 0600, what, err);
}

void record_remove(const struct record *record)
{
	unlink(record->path);
}
