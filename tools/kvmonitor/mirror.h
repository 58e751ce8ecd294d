/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes over an interface of the host's, copied to another one by the kernel (tc). */
#ifndef KVMONITOR_MIRROR_H
#define KVMONITOR_MIRROR_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "record.h"

/**
 * struct mirror - an interface, and where copies go
 * @record: where this is kept
 * @tap: the interface
 * @index: its number, which the next one of that name has not
 * @end: what copies leave by; its other end is the IDS'
 * @hook: we have made the place for filters
 * @joined: @end is another one's
 */
struct mirror {
	struct record record;
	char tap[IFNAMSIZ];
	char end[IFNAMSIZ];
	unsigned int index;
	bool hook;
	bool joined;
};

/**
 * mirror_open() - Be the only one who mirrors this interface.
 * @mirror: filled in; to be given to mirror_close()
 * @tap: the interface, in the namespace of networks of this process
 * @ret_pid: who is at work, for -EBUSY
 * @err: why it failed
 *
 * What somebody who was killed has left there is undone, and at interfaces of this namespace
 * that are gone.
 *
 * Return: 0; -EBUSY; -ENODEV without such an interface; others.
 */
int mirror_open(struct mirror *mirror, const char *tap, pid_t *ret_pid, struct error *err);

/**
 * mirror_make() - Begin.
 * @mirror: open
 * @net: namespace of networks that gets the other end, under @inner
 * @inner: name of the interface there
 * @err: why it failed; then all is undone
 *
 * Nothing that is sent there comes out.  Who does not take copies in time loses them, and
 * nobody waits for him.
 *
 * Return: 0; -EEXIST where somebody else's filters are in the way; others.
 */
int mirror_make(struct mirror *mirror, int net, const char *inner, struct error *err);

/**
 * mirror_join() - Begin, and have copies go where those of another interface do.
 * @mirror: open
 * @other: made; to be undone after this one
 * @err: why it failed; then all is undone, but for @other
 *
 * Return: see mirror_make().
 */
int mirror_join(struct mirror *mirror, const struct mirror *other, struct error *err);

/** mirror_undo() - End. Return: 0; negative errno. */
int mirror_undo(struct mirror *mirror, struct error *err);

/** mirror_close() - Let others do it. */
void mirror_close(struct mirror *mirror);

#endif
