// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "backup.h"
#include "hv/plug.h"

/**
 * struct backup - a backup in pull mode
 * @ops: of libvirt's
 * @guest: whose
 * @folder: for it, with the socket and what the guest has overwritten
 * @folder_fd: locked as long as the backup is ours
 * @fd: connected to its server, -1 before
 */
struct backup {
	const struct hv_plug_backup *ops;
	struct backup_guest guest;
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int folder_fd;
	int fd;
};

int backup_disks(const struct backup_guest *guest, struct export_disk ret[EXPORT_DISKS_MAX],
		 struct error *err)
{
	const struct hv_plug_backup *ops;
	struct hv_plug_disk *disks;
	int i, count = hv_plug_load_backup(&ops, err);

	if (count < 0)
		return count;
	disks = calloc(EXPORT_DISKS_MAX, sizeof(*disks));
	if (!disks)
		return error_errno(err, -ENOMEM, "libvirt");
	count = ops->list(guest->uri, guest->uuid, disks, EXPORT_DISKS_MAX, err);
	for (i = 0; i < count; i++) {
		memset(&ret[i], 0, sizeof(ret[i]));
		snprintf(ret[i].name, sizeof(ret[i].name), "%s", disks[i].name);
		snprintf(ret[i].node, sizeof(ret[i].node), "%s", disks[i].path);
		ret[i].size = disks[i].size;
	}
	free(disks);
	return count;
}

/* --- its folder --------------------------------------------------------------------------- */

/* Others may go through it, to what is theirs in it. */
static int make_base(const char *base, struct error *err)
{
	struct stat st;

	if (mkdir(base, 0711) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", base);
	if (lstat(base, &st) < 0)
		return error_errno(err, -errno, "%s", base);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
		return error_set(err, -EPERM, "%s: others may write there", base);
	return 0;
}

/* Who had it locked may have removed it since it was opened. */
static bool is_there(const struct backup *backup)
{
	struct stat here, there;

	return fstat(backup->folder_fd, &here) == 0 && lstat(backup->folder, &there) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

static int lock_folder(struct backup *backup, struct error *err)
{
	if (mkdir(backup->folder, 0700) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", backup->folder);
	backup->folder_fd = open(backup->folder,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (backup->folder_fd < 0)
		return error_errno(err, -errno, "%s", backup->folder);
	if (flock(backup->folder_fd, LOCK_EX | LOCK_NB) == 0 && is_there(backup))
		return 0;
	close(backup->folder_fd);
	backup->folder_fd = -1;
	return error_set(err, -EBUSY,
			 "%s: another process reads a disk of that guest, and libvirt exports one at a time",
			 backup->folder);
}

static void empty_folder(const struct backup *backup)
{
	unlinkat(backup->folder_fd, HV_PLUG_BACKUP_SOCKET, 0);
	unlinkat(backup->folder_fd, HV_PLUG_BACKUP_SCRATCH, 0);
}

/* QEMU's from here on; libvirt refuses to begin where there is a file already. */
static int give_folder(const struct backup *backup, struct error *err)
{
	empty_folder(backup);
	if (fchown(backup->folder_fd, backup->guest.user, (gid_t)-1) < 0)
		return error_errno(err, -errno, "%s", backup->folder);
	return 0;
}

/* --- it ----------------------------------------------------------------------------------- */

/* The folder is QEMU's: what has that name in it may lead to anybody's socket. */
static int check_peer(const struct backup *backup, struct error *err)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(backup->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return error_errno(err, -errno, "%s", backup->folder);
	if (peer.uid != backup->guest.user)
		return error_set(err, -EPERM, "%s: somebody else than its QEMU listens there",
				 backup->folder);
	return 0;
}

static int connect_server(struct backup *backup, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t room = sizeof(address.sun_path);

	if ((size_t)snprintf(address.sun_path, room, "%s/" HV_PLUG_BACKUP_SOCKET,
			     backup->folder) >= room)
		return error_errno(err, -ENAMETOOLONG, "%s", backup->folder);
	backup->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (backup->fd < 0 ||
	    connect(backup->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(err, -errno, "%s", address.sun_path);
	return check_peer(backup, err);
}

static int begin(struct backup *backup, const char *disk, const char *base, struct error *err)
{
	const struct backup_guest *guest = &backup->guest;
	int r = make_base(base, err);

	if (r == 0)
		r = lock_folder(backup, err);
	/* That of a run that was killed. */
	if (r == 0)
		r = backup->ops->end(guest->uri, guest->uuid, backup->folder, err);
	if (r == 0)
		r = give_folder(backup, err);
	if (r == 0)
		r = backup->ops->begin(guest->uri, guest->uuid, disk, backup->folder, err);
	return r < 0 ? r : connect_server(backup, err);
}

int backup_open(struct backup **ret, const struct backup_guest *guest, const char *disk,
		const char *folder, struct error *err)
{
	struct backup *backup = calloc(1, sizeof(*backup));
	int r;

	if (!backup)
		return error_errno(err, -ENOMEM, "libvirt");
	backup->guest = *guest;
	backup->folder_fd = -1;
	backup->fd = -1;
	if ((size_t)snprintf(backup->folder, sizeof(backup->folder), "%s/%s", folder,
			     guest->uuid) >= sizeof(backup->folder))
		r = error_errno(err, -ENAMETOOLONG, "%s", folder);
	else
		r = hv_plug_load_backup(&backup->ops, err);
	if (r == 0)
		r = begin(backup, disk, folder, err);
	if (r < 0)
		backup_close(backup, NULL);
	else
		*ret = backup;
	return r;
}

int backup_fd(const struct backup *backup)
{
	return backup->fd;
}

int backup_close(struct backup *backup, struct error *err)
{
	int r = 0;

	if (!backup)
		return 0;
	if (backup->fd >= 0)
		close(backup->fd);
	if (backup->folder_fd >= 0) {
		r = backup->ops->end(backup->guest.uri, backup->guest.uuid, backup->folder, err);
		/* A guest that has ended has no backup. */
		if (r == -ENOENT)
			r = 0;
		empty_folder(backup);
		rmdir(backup->folder);
		close(backup->folder_fd);
	}
	free(backup);
	return r;
}
