// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/macros.h"
#include "hv/qemu-process.h"
#include "memo.h"

const char *memo_path(pid_t pid, char ret[MEMO_PATH_MAX])
{
	uint64_t started = pid > 0 ? qemu_process_started(pid) : 0;

	if (!started)
		return NULL;
	snprintf(ret, MEMO_PATH_MAX, MEMO_FOLDER "/%d-%" PRIu64, (int)pid, started);
	return strrchr(ret, '/') + 1;
}

int memo_read(const char *path, char **ret, size_t *ret_len)
{
	return file_read_private(path, MEMO_FILE_MAX, ret, ret_len, NULL);
}

/* Also one that is still being written has the name, and more behind it. */
static bool is_of_one_that_runs(const char *entry)
{
	char path[MEMO_PATH_MAX];
	const char *name;
	size_t len;
	int pid;

	if (sscanf(entry, "%d-", &pid) != 1)
		return false;
	name = memo_path(pid, path);
	len = name ? strlen(name) : 0;
	return name && strncmp(name, entry, len) == 0 && (!entry[len] || entry[len] == '.');
}

static void sweep(void)
{
	DIR *folder = opendir(MEMO_FOLDER);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && !is_of_one_that_runs(entry->d_name))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
}

static int make_folders(struct error *err)
{
	static const char *const folders[] = { RECORD_FOLDER, MEMO_FOLDER };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdir(folders[i], 0700) < 0 && errno != EEXIST)
			return error_errno(err, -errno, "%s", folders[i]);
	return 0;
}

int memo_write(const char *path, const void *bytes, size_t len, struct error *err)
{
	int r;

	if (len == 0)
		return unlink(path) < 0 && errno != ENOENT ? error_errno(err, -errno, "%s", path) :
							     0;
	r = make_folders(err);
	if (r == 0)
		r = file_replace(path, 0600, bytes, len, err);
	sweep();
	return r;
}
