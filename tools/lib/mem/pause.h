/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that is stopped for a moment, so that what is read of it is of one moment.
 *
 * A process of its own stops it and has it go on: when it is told to, when the time that
 * was allowed is over, or when whoever wanted it has ended, in whatever way.  It is made
 * by who may stop guests, and told what to do by somebody who may have lost that right.
 */
#ifndef MEM_PAUSE_H
#define MEM_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

/* A guest that stands still for longer has lost its connections. */
#define PAUSE_MAX_NS	(10 * NSEC_PER_SEC)

struct pause;

/**
 * struct pause_ops - how a guest is stopped; called in the other process
 * @stop: stop it. Return: 1; 0 when somebody else has, to whom the rest is left;
 *	  negative errno.
 * @go_on: after @stop returned 1; called again when it fails, until there is no guest.
 *	  Return: 0, -errno.
 * @is_gone: asked when @go_on has failed; whether there is no such guest any more
 * @arg: for all
 */
struct pause_ops {
	int (*stop)(void *arg, struct error *err);
	int (*go_on)(void *arg, struct error *err);
	bool (*is_gone)(void *arg);
	void *arg;
};

/**
 * struct pause_report - how it went
 * @ns: how long the guest was stopped
 * @cut: it went on before it was asked for, since the time was over
 * @was_stopped: somebody else had stopped it, and it still is
 */
struct pause_report {
	uint64_t ns;
	bool cut;
	bool was_stopped;
};

/**
 * pause_create() - Make the other process, which does nothing yet.
 * @ret: to be given to pause_destroy()
 * @ops: how a guest is stopped; copied
 * @budget_ns: it goes on after so long in any case
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int pause_create(struct pause **ret, const struct pause_ops *ops, uint64_t budget_ns,
		 struct error *err);

/** pause_destroy() - A guest that is stopped goes on; NULL is allowed. */
void pause_destroy(struct pause *pause);

/** pause_fds() - Descriptors that it needs, for whoever closes all others. */
void pause_fds(const struct pause *pause, int ret[2]);

/**
 * pause_begin() - Stop the guest, once.
 *
 * Like pause_end() it needs nothing but to read, to write and to close a descriptor.
 *
 * Return: 0, and it is stopped; what @ops->stop failed with; -ECHILD.
 */
int pause_begin(struct pause *pause, struct error *err);

/**
 * pause_end() - Let it go on.
 * @pause: begun
 * @ret: is filled in
 * @err: why it failed
 *
 * When it does not go on for ten seconds, that is told; the other process goes on trying, for as
 * long as there is a guest.
 *
 * Return: 0; -ECHILD when the other process has been killed, and the guest is stopped
 * still; -ESRCH when there is no guest any more; what @ops->go_on fails with.
 */
int pause_end(struct pause *pause, struct pause_report *ret, struct error *err);

#endif
