/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's kernel, held against what it was like while it was trusted. */
#ifndef GUEST_TRUST_H
#define GUEST_TRUST_H

#include "check.h"
#include "guest.h"
#include "kernel/enrolment.h"

/**
 * guest_enrol() - What its kernel is like now.
 * @guest: that is trusted
 * @ret: to be given to enrolment_free()
 * @err: why it failed
 *
 * Return: 0; -EPERM when something in its text leads to where it must not; others.
 */
int guest_enrol(struct guest *guest, struct enrolment **ret, struct error *err);

/**
 * guest_compare() - Hold its kernel against what it was like.
 * @guest: seen into
 * @known: of a kernel of the same build-id
 * @take: is given each difference; returns 0 to go on, another value to end
 * @data: for @take
 * @doubts: what was not as it should be is added there
 * @err: why it failed
 *
 * Return: 0; what @take returned; -ENOENT, -EPROTO, -ENOMEM, others.
 */
int guest_compare(struct guest *guest, const struct enrolment *known,
		  int (*take)(const struct guest_finding *finding, void *data), void *data,
		  struct guest_doubts *doubts, struct error *err);

#endif
