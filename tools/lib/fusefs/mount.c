// SPDX-License-Identifier: GPL-2.0-or-later
/* The privileged part: what is served elsewhere is mounted and unmounted here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "fusefs.h"

#define FLAGS		(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define MOUNTS_MAX	8388608u
#define INFO_MAX	4096u

/* Number of the mount that a path leads to: one whose server has ended can be named still. */
static int mount_number(const char *path, uint64_t *ret)
{
	__free_mem char *text = NULL;
	int r, fd = open(path, O_PATH | O_CLOEXEC);
	char info[48];

	if (fd < 0)
		return -errno;
	snprintf(info, sizeof(info), "/proc/self/fdinfo/%d", fd);
	r = file_read(info, INFO_MAX, &text, NULL, NULL);
	close(fd);
	return r < 0 ? r : parse_field(text, "mnt_id:", ret);
}

static bool has_type(const char *path, const char *type)
{
	__free_mem char *mounts = NULL;
	char *line, *rest = NULL;
	uint64_t number;

	if (mount_number(path, &number) < 0 ||
	    file_read("/proc/self/mountinfo", MOUNTS_MAX, &mounts, NULL, NULL) < 0)
		return false;
	for (line = strtok_r(mounts, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *end = strstr(line, " - fuse.");
		size_t len = strlen(type);

		if (strtoull(line, NULL, 10) == number)
			return end && strncmp(end + 8, type, len) == 0 && end[8 + len] == ' ';
	}
	return false;
}

/*
 * What is left when a server was killed with the process that would have unmounted it: all
 * that is asked of it fails with ENOTCONN.
 */
static int clear_left_over(const char *mountpoint, const char *type, struct error *err)
{
	struct stat st;
	int r;

	if (stat(mountpoint, &st) == 0 || errno != ENOTCONN)
		return 0;
	if (!has_type(mountpoint, type))
		return error_set(err, -ENOTCONN,
				 "%s: something is mounted there that nobody serves any more; unmount it",
				 mountpoint);
	r = fusefs_unmount(mountpoint, type);
	return r < 0 ? error_errno(err, r, "%s: cannot be unmounted", mountpoint) : 0;
}

int fusefs_mount(const char *mountpoint, const char *type, const char *source,
		 struct error *err)
{
	__free_fd int fd = -1;
	char options[120], full_type[64];
	struct stat st;
	int r = clear_left_over(mountpoint, type, err);

	if (r < 0)
		return r;
	if (stat(mountpoint, &st) < 0)
		return error_errno(err, -errno, "%s", mountpoint);
	if (!S_ISDIR(st.st_mode))
		return error_errno(err, -ENOTDIR, "%s", mountpoint);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, -errno, "/dev/fuse; is FUSE to be had here");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions", fd, geteuid(),
		 getegid());
	snprintf(full_type, sizeof(full_type), "fuse.%s", type);
	if (mount(source, mountpoint, full_type, FLAGS, options) < 0)
		return error_errno(err, -errno, "%s: cannot be mounted on", mountpoint);
	return no_free_fd(fd);
}

int fusefs_unmount(const char *mountpoint, const char *type)
{
	/* What is below ours is not to be taken away with it. */
	if (!has_type(mountpoint, type))
		return -EINVAL;
	return umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}
