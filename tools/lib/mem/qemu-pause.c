// SPDX-License-Identifier: GPL-2.0-or-later
/* Stopping a guest of QEMU's, by its monitor, which is taken for as long. */
#include <errno.h>
#include <stdbool.h>

#include "base/json.h"
#include "qemu.h"

/**
 * struct halt - a guest of QEMU's that is stopped
 * @open: opens its monitor
 * @arg: for @open
 * @monitor: open, in the other process; NULL where it has been lost
 */
struct halt {
	int (*open)(void *arg, struct monitor **ret, struct error *err);
	void *arg;
	struct monitor *monitor;
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

	if (r == 0)
		r = is_running(halt->monitor, &running, err);
	if (r < 0 || !running)
		return r;
	r = monitor_execute(halt->monitor, "stop", NULL, NULL, err);
	/* Without an answer nobody knows whether it stops, so it is to go on in any case. */
	return r == 0 || r == -ENOTCONN ? 1 : r;
}

static int go_on(void *arg, struct error *err)
{
	struct halt *halt = arg;
	int r = halt->monitor ? 0 : halt->open(halt->arg, &halt->monitor, err);

	if (r < 0)
		return r;
	r = monitor_execute(halt->monitor, "cont", NULL, NULL, err);
	if (r < 0) {
		monitor_close(halt->monitor);
		halt->monitor = NULL;
	}
	return r;
}

int mem_pause_qemu(struct pause **ret,
		   int (*open)(void *arg, struct monitor **ret, struct error *err), void *arg,
		   uint64_t budget_ns, struct error *err)
{
	/* The other process has all of this as it is when it is made. */
	struct halt halt = { .open = open, .arg = arg };
	const struct pause_ops ops = { .stop = stop, .go_on = go_on, .arg = &halt };

	return pause_create(ret, &ops, budget_ns, err);
}
