// SPDX-License-Identifier: GPL-2.0-or-later
/* Cgroups (version 2): paths by id, and a fresh one to run a command in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cgroup.h"

/* FILEID_KERNFS of the kernel's exportfs.h: the handle is the cgroup's id. */
#define HANDLE_KERNFS 0xfe

/* Deeper than any real hierarchy; ends a walk that went wrong. */
#define DEPTH_MAX 64

/* @ret: of PATH_MAX bytes. */
static int cgroup_mount(char *ret)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	int r = -ENODEV;

	if (!mounts)
		return -errno;
	while (r < 0 && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup2") == 0 &&
		    strlen(entry->mnt_dir) < PATH_MAX) {
			strcpy(ret, entry->mnt_dir);
			r = 0;
		}
	}
	endmntent(mounts);
	return r;
}

/* Path of an open directory below @mount, as "/a/b"; "/" for itself. */
static int path_below(int fd, const char *mount, char **ret)
{
	char link[64], path[PATH_MAX];
	size_t len = strlen(mount);
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	if (strncmp(path, mount, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return -ENOENT;
	*ret = strdup(path[len] ? path + len : "/");
	return *ret ? 0 : -ENOMEM;
}

/**
 * union name - a handle with room for a cgroup's id behind it
 * @handle: the handle
 * @room: its memory
 */
union name {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + sizeof(uint64_t)];
};

int cgroup_path(uint64_t id, char **ret)
{
	__free_fd int top = -1;
	__free_fd int fd = -1;
	char mount[PATH_MAX];
	union name name;
	int r;

	r = cgroup_mount(mount);
	if (r < 0)
		return r;
	top = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return -errno;
	name.handle.handle_bytes = sizeof(id);
	name.handle.handle_type = HANDLE_KERNFS;
	memcpy(name.room + offsetof(struct file_handle, f_handle), &id,
	       sizeof(id));
	fd = open_by_handle_at(top, &name.handle,
			       O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ESTALE ? -ENOENT : -errno;
	return path_below(fd, mount, ret);
}

/* In no other file system is an inode's number a cgroup's id. */
static int directory_id(const char *path, uint64_t *ret)
{
	struct statfs fs;
	struct stat st;

	if (statfs(path, &fs) < 0 || stat(path, &st) < 0)
		return -errno;
	if (fs.f_type != CGROUP2_SUPER_MAGIC || !S_ISDIR(st.st_mode))
		return -ENOENT;
	*ret = st.st_ino;
	return 0;
}

int cgroup_id(const char *path, uint64_t *ret, struct error *err)
{
	char mount[PATH_MAX], below[2 * PATH_MAX];

	if (directory_id(path, ret) == 0)
		return 0;
	if (cgroup_mount(mount) < 0)
		return error_set(err, -ENODEV, "cgroup: there is no cgroup v2");
	if (snprintf(below, sizeof(below), "%s%s", mount, path) <
	    (int)sizeof(below) && directory_id(below, ret) == 0)
		return 0;
	return error_set(err, -ENOENT, "%s: no such cgroup below %s", path,
			 mount);
}

/* The line of version 2 is "0::/path". */
static int own_cgroup(const char *mount, char **ret, struct error *err)
{
	__free_mem char *text = NULL;
	char *line;
	int r = file_read("/proc/self/cgroup", 65536, &text, NULL, err);

	if (r < 0)
		return r;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return error_set(err, -ENODEV, "cgroup: there is no cgroup v2");
	line = strchr(line, '/');
	if (!line)
		return error_set(err, -ENODEV, "cgroup: there is no cgroup v2");
	line[strcspn(line, "\n")] = '\0';
	if (asprintf(ret, "%s%s", mount, strcmp(line, "/") ? line : "") < 0)
		return error_errno(err, -ENOMEM, "cgroup");
	return 0;
}

int cgroup_create(struct cgroup *ret, struct error *err)
{
	__free_mem char *parent = NULL;
	char mount[PATH_MAX];
	char *path;
	int r;

	r = cgroup_mount(mount);
	if (r < 0)
		return error_set(err, r, "cgroup: there is no cgroup v2");
	r = own_cgroup(mount, &parent, err);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/filecache-run-%d", parent, (int)getpid()) < 0)
		return error_errno(err, -ENOMEM, "cgroup");
	if (mkdir(path, 0755) < 0) {
		r = error_errno(err, -errno, "%s", path);
		free(path);
		return r;
	}
	ret->path = path;
	ret->parent = no_free_ptr(parent);
	return 0;
}

int cgroup_enter(const struct cgroup *cgroup)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup->path) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_write(path, "0", NULL);
}

static void visit_below(const char *path, int depth,
			void (*visit)(const char *path, void *data), void *data)
{
	struct dirent *entry;
	DIR *dir;

	if (depth >= DEPTH_MAX)
		return;
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char child[PATH_MAX];

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(child, sizeof(child), "%s/%s", path,
			     entry->d_name) < (int)sizeof(child))
			visit_below(child, depth + 1, visit, data);
	}
	closedir(dir);
	visit(path, data);
}

/**
 * struct each - a walk that reports ids
 * @visit: as given to cgroup_each()
 * @data: for @visit
 * @r: the first failure
 */
struct each {
	int (*visit)(uint64_t id, void *data);
	void *data;
	int r;
};

static void visit_id(const char *path, void *data)
{
	struct each *each = data;
	struct stat st;

	if (each->r == 0 && stat(path, &st) == 0)
		each->r = each->visit(st.st_ino, each->data);
}

int cgroup_each(const struct cgroup *cgroup,
		int (*visit)(uint64_t id, void *data), void *data)
{
	struct each each = { .visit = visit, .data = data };

	visit_below(cgroup->path, 0, visit_id, &each);
	return each.r;
}

/* Move every process of a cgroup to the parent; new ones may appear. */
static void empty(const char *path, const char *parent)
{
	char from[PATH_MAX], to[PATH_MAX], pid[32];
	FILE *procs;

	if (snprintf(from, sizeof(from), "%s/cgroup.procs", path) >=
	    (int)sizeof(from) ||
	    snprintf(to, sizeof(to), "%s/cgroup.procs", parent) >=
	    (int)sizeof(to))
		return;
	procs = fopen(from, "re");
	if (!procs)
		return;
	while (fgets(pid, sizeof(pid), procs))
		file_write(to, pid, NULL);
	fclose(procs);
}

static void remove_one(const char *path, void *data)
{
	const struct cgroup *cgroup = data;
	int tries = 10;

	while (rmdir(path) < 0 && errno == EBUSY && --tries > 0)
		empty(path, cgroup->parent);
}

int cgroup_destroy(struct cgroup *cgroup, struct error *err)
{
	struct stat st;
	int r = 0;

	if (!cgroup->path)
		return 0;
	visit_below(cgroup->path, 0, remove_one, cgroup);
	if (stat(cgroup->path, &st) == 0)
		r = error_set(err, -EBUSY,
			      "%s: processes keep appearing in it; remove it by hand",
			      cgroup->path);
	free(cgroup->path);
	free(cgroup->parent);
	cgroup->path = NULL;
	cgroup->parent = NULL;
	return r;
}
