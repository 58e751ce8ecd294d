// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "disk-image.h"
#include "disk-serve.h"
#include "disk-tree.h"
#include "disk/volume.h"
#include "ext4/ext4.h"
#include "sandbox/sandbox.h"

/* Whether a domain is still there is asked that often: nothing of its disk hangs up. */
#define XEN_LOOK_MS	1000

/**
 * struct serving - what the confined process gets
 * @handle: of the disk
 * @part: what of it
 * @pause: stays behind; NULL when the guest goes on, or has gone on
 * @fusefs: has a session already; the tree is known later
 * @tree: for it
 */
struct serving {
	struct disk_handle *handle;
	const struct disk_part *part;
	struct pause *pause;
	struct fusefs *fusefs;
	void *tree;
};

static int open_image(struct serving *serving, const struct disk *disk, struct error *err)
{
	struct disk *volume;
	int r = volume_slice(&volume, disk, serving->part->number, err);

	if (r == 0)
		serving->tree = volume;
	return r;
}

static int open_files(struct serving *serving, const struct disk *disk, struct error *err)
{
	struct disk *volume;
	struct ext4 *ext4;
	int r = volume_open(&volume, disk, serving->part->number, err);

	if (r == 0)
		r = ext4_open(&ext4, volume, err);
	if (r == 0)
		serving->tree = ext4;
	return r;
}

static int open_tree(struct serving *serving, struct error *err)
{
	struct disk *disk;
	int r = disk_handle_disk(serving->handle, &disk, err);

	if (r < 0)
		return r;
	return serving->part->image ? open_image(serving, disk, err) :
				      open_files(serving, disk, err);
}

/* In the confined process: a message tells how it began, its status how it ended. */
static int work(int socket, void *data)
{
	struct serving *serving = data;
	struct error err = { 0 };
	int r = open_tree(serving, &err);

	if (write(socket, &err, sizeof(err)) != sizeof(err) || r < 0)
		return EXIT_FAILURE;
	return fusefs_serve(serving->fusefs, serving->tree, &err) < 0 ? EXIT_FAILURE : 0;
}

/* Until it has said how it began. */
static int hear(int socket, struct error *err)
{
	struct error told;

	if (read(socket, &told, sizeof(told)) != sizeof(told))
		return error_set(err, -EPIPE, "the process that reads the disk has ended");
	told.text[sizeof(told.text) - 1] = '\0';
	return told.code < 0 ? error_set(err, told.code, "%s", told.text) : 0;
}

/* What was read until now is of one moment. */
static int end_pause(struct serving *serving, struct error *err)
{
	struct pause_report report = { 0 };
	int r = pause_end(serving->pause, &report, err);

	serving->pause = NULL;
	if (r < 0)
		return r;
	if (report.was_stopped)
		printf("the VM is stopped, as it was before\n");
	else
		printf("the VM stood still for %.1f ms, and goes on\n", (double)report.ns / 1e6);
	fflush(stdout);
	return 0;
}

static int words_fd(const struct pause *pause)
{
	int fds[2] = { -1, -1 };

	if (pause)
		pause_fds(pause, fds);
	return fds[1];
}

/* Return: 1 when it was asked to end; 0 when the child does by itself; negative errno. */
static int wait_for_end(struct serving *serving, int signals,
			const struct sandbox_worker *worker, struct error *err)
{
	const struct disk_handle *handle = serving->handle;
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = worker->socket, .events = POLLIN },
		/* Nothing is to be read there: it hangs up, or not. */
		{ .fd = disk_handle_socket(handle) },
		{ .fd = words_fd(serving->pause), .events = POLLIN },
	};
	int r = 0;

	while (r == 0) {
		int n = poll(fds, 4, handle->xen ? XEN_LOOK_MS : -1);

		if (n < 0 && errno != EINTR)
			return error_errno(err, -errno, "waiting for the end");
		if (n < 0)
			continue;
		if (fds[0].revents)
			return 1;
		if (fds[2].revents)
			return error_set(err, -ENODEV,
					 "the guest's QEMU has ended, or its NBD server");
		if (fds[1].revents)
			return 0;
		if (fds[3].revents) {
			r = end_pause(serving, err);
			fds[3].fd = -1;
		} else if (disk_handle_ended(handle)) {
			r = error_set(err, -ENODEV, "the guest has ended");
		}
	}
	return r;
}

static int block_signals(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	/* The child has them blocked as well: it ends with its mount. */
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return error_errno(err, -errno, "signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? error_errno(err, -errno, "signals") : fd;
}

static int spawn(struct serving *serving, int fuse, struct sandbox_worker *worker,
		 struct error *err)
{
	const int fds[] = { disk_handle_fd(serving->handle), fuse };
	const struct sandbox profile = {
		.fds = fds, .count = 2, .calls = SANDBOX_SOCKETS,
		.memory_bytes = DISK_MEMORY_BYTES,
	};

	return sandbox_spawn(worker, &profile, work, serving, err);
}

/* From the child's beginning to its end. */
static int attend(struct serving *serving, struct sandbox_worker *worker, int signals,
		  const char *mountpoint, struct error *err)
{
	struct error why = { 0 };
	/* Until it has begun, too, somebody may have it end. */
	int status, r = wait_for_end(serving, signals, worker, err);

	if (r == 0)
		r = hear(worker->socket, err);
	if (r == 0) {
		printf("%s: mounted; ends with Ctrl-C, or when it is unmounted\n", mountpoint);
		fflush(stdout);
		r = wait_for_end(serving, signals, worker, err);
	}
	/* It may be waiting for a QEMU that is stopped, for a long time. */
	if (r != 0)
		kill(worker->pid, SIGKILL);
	status = sandbox_wait(worker, &why);
	if (r != 0)
		return r < 0 ? r : 0;
	return status ? error_set(err, -EIO, "the process that reads the disk failed; %s",
				  why.text[0] ? why.text : "see above") : 0;
}

static int serve(struct serving *serving, int fuse, int signals, const char *mountpoint,
		 struct error *err)
{
	const struct fusefs_ops *ops = serving->part->image ? disk_image_ops() : disk_tree_ops();
	struct sandbox_worker worker;
	int r = fusefs_create(&serving->fusefs, ops, fuse, 0, err);

	if (r < 0)
		return r;
	r = spawn(serving, fuse, &worker, err);
	/* The child's is the only one: who looks when that has ended is told so. */
	fusefs_destroy(serving->fusefs);
	return r < 0 ? r : attend(serving, &worker, signals, mountpoint, err);
}

int disk_serve(struct disk_handle *handle, const char *name, const struct disk_part *part,
	       const char *mountpoint, struct pause *pause, struct error *err)
{
	__free_fd int signals = -1;
	struct serving serving = { .handle = handle, .part = part, .pause = pause };
	int fuse, ended, r;

	signals = block_signals(err);
	if (signals < 0)
		return signals;
	fuse = fusefs_mount(mountpoint, "kvmonitor", name, err);
	if (fuse < 0)
		return fuse;
	r = serve(&serving, fuse, signals, mountpoint, err);
	/* Somebody may have done so, which is how it ended then. */
	fusefs_unmount(mountpoint, "kvmonitor");
	ended = serving.pause ? end_pause(&serving, r < 0 ? NULL : err) : 0;
	return r < 0 ? r : ended;
}
