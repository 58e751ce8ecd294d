/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypervisor in memory, for the faults that a real one won't show on demand. */
#ifndef HV_FAKE_H
#define HV_FAKE_H

#include <stdbool.h>

#include "hv.h"

#define FAKE_NEVER 0

/**
 * struct fake_domain - a domain and its balloon driver's manners
 * @domain: who it is
 * @sizes: what it has
 * @gone: it has been destroyed, its memory is free
 * @rate_kb: moves at most so much in one step towards its target
 * @gives_no_less_than_kb: does not go below this, whatever its target
 * @takes_no_more_than_kb: does not go above this, whatever its target
 * @greedy: ignores its target and takes whatever it may
 * @deaf: ignores its target
 * @asleep: does nothing until its target changes: Linux' driver after four
 *	attempts in vain
 */
struct fake_domain {
	struct hv_domain domain;
	struct hv_sizes sizes;
	bool gone;
	uint64_t rate_kb;
	uint64_t gives_no_less_than_kb;
	uint64_t takes_no_more_than_kb;
	bool greedy;
	bool deaf;
	bool asleep;
};

/**
 * struct fake_world - all there is
 * @host: the host's domain
 * @guest: the one guest
 * @free_kb: memory that nobody has
 * @claimed_kb: of it, what is reserved for the host's domain
 * @thief_kb: another domain takes up to this much of what is free and
 *	unclaimed, at every step
 * @stolen_kb: what it has taken
 * @writes: changes asked for so far
 * @live: the balloon drivers work each time that the host's size is read
 * @exit_after: end the process just after so many of them, FAKE_NEVER not
 * @fail_after: refuse all of them from this one on, FAKE_NEVER not
 *
 * Holds no pointers, so that it can lie in memory shared between a process
 * that is to die and the one that cleans up after it.
 */
struct fake_world {
	struct fake_domain host;
	struct fake_domain guest;
	uint64_t free_kb;
	uint64_t claimed_kb;
	uint64_t thief_kb;
	uint64_t stolen_kb;
	unsigned int writes;
	bool live;
	unsigned int exit_after;
	unsigned int fail_after;
};

/** fake_world_init() - A well-behaved host and a guest "u1" of such sizes. */
void fake_world_init(struct fake_world *world, uint64_t host_kb,
		     uint64_t host_max_kb, uint64_t guest_kb);

/** fake_world_step() - Let the balloon drivers work once. */
void fake_world_step(struct fake_world *world);

/** hv_fake_create() - A connection to @world, which must outlive it. */
int hv_fake_create(struct hv **ret, struct fake_world *world,
		   struct error *err);

#endif
