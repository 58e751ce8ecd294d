// SPDX-License-Identifier: GPL-2.0-or-later
/* Stopping a guest of QEMU's, by its monitor, which is taken for as long. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/json.h"
#include "qemu.h"

/**
 * struct halt - a guest of QEMU's that is stopped
 * @open: opens its monitor
 * @arg: for @open
 * @monitor: open, in the other process; NULL where it has been lost
 * @pid: of the QEMU; 0 where that is not seen from here
 * @pid_fd: can be read when it has ended; -1 without @pid
 * @lost: why its monitor could not be opened again; 0 when that was not tried, or could be
 */
struct halt {
	int (*open)(void *arg, struct monitor **ret, struct error *err);
	void *arg;
	struct monitor *monitor;
	pid_t pid;
	int pid_fd;
	int lost;
};

static int is_running(struct monitor *monitor, bool *ret, struct error *err)
{
	__free_json json_t *status = NULL;
	int r = monitor_execute(monitor, "query-status", NULL, &status, err);

	if (r == 0)
		*ret = json_is_true(json_object_get(status, "running"));
	return r;
}

static int stop(void *arg, struct error *err)
{
	struct halt *halt = arg;
	bool running = false;
	int r = halt->open(halt->arg, &halt->monitor, err);

	if (r == 0) {
		halt->pid = monitor_pid(halt->monitor);
		halt->pid_fd = halt->pid > 0 ? (int)syscall(SYS_pidfd_open, halt->pid, 0) : -1;
		r = is_running(halt->monitor, &running, err);
	}
	if (r < 0 || !running)
		return r;
	r = monitor_execute(halt->monitor, "stop", NULL, NULL, err);
	/* Without an answer nobody knows whether it stops, so it is to go on in any case. */
	return r == 0 || r == -ENOTCONN ? 1 : r;
}

/* The one that was stopped, not one that has come in its place. */
static int open_again(struct halt *halt, struct error *err)
{
	halt->lost = halt->open(halt->arg, &halt->monitor, err);
	if (halt->lost == 0 && monitor_pid(halt->monitor) != halt->pid) {
		monitor_close(halt->monitor);
		halt->monitor = NULL;
		halt->lost = error_set(err, -ESRCH, "the guest has been started anew");
	}
	return halt->lost;
}

static int go_on(void *arg, struct error *err)
{
	struct halt *halt = arg;
	int r = halt->monitor ? 0 : open_again(halt, err);

	if (r < 0)
		return r;
	r = monitor_execute(halt->monitor, "cont", NULL, NULL, err);
	if (r < 0) {
		monitor_close(halt->monitor);
		halt->monitor = NULL;
	}
	return r;
}

/*
 * Its process has ended, and it cannot be reached; whoever made its socket may have ended long ago.
 * Without a process to be seen, nobody listens.
 */
static bool is_gone(void *arg)
{
	const struct halt *halt = arg;
	struct pollfd end = { .fd = halt->pid_fd, .events = POLLIN };

	if (halt->pid_fd >= 0)
		return halt->lost < 0 && poll(&end, 1, 0) > 0;
	return halt->lost == -ENODEV || halt->lost == -ENOENT || halt->lost == -ESRCH;
}

int mem_pause_qemu(struct pause **ret,
		   int (*open)(void *arg, struct monitor **ret, struct error *err), void *arg,
		   uint64_t budget_ns, struct error *err)
{
	/* The other process has all of this as it is when it is made. */
	struct halt halt = { .open = open, .arg = arg, .pid_fd = -1 };
	const struct pause_ops ops = {
		.stop = stop, .go_on = go_on, .is_gone = is_gone, .arg = &halt,
	};

	return pause_create(ret, &ops, budget_ns, err);
}
