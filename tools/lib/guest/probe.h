/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: whom those call who trace and probe the guest's kernel. */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#include "hunt.h"

/** tracers_check() - What those who trace functions have called. Return: 0; -ENOMEM. */
int tracers_check(struct hunt *h);

/**
 * probes_check() - What probes have called: each of several at one place, and those of a
 * function's return too. Return: 0; -ENOMEM.
 */
int probes_check(struct hunt *h);

#endif
