/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypervisor in memory, for the faults that a real one won't show on demand. */
#ifndef HV_FAKE_H
#define HV_FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "hv.h"

#define FAKE_NEVER 0
#define FAKE_GUESTS_MAX 16

/**
 * struct fake_domain - a domain and its balloon driver's manners
 * @domain: who it is
 * @sizes: what it has
 * @kept_kb: what it gave, but still costs the host, see @inhibits
 * @gone: it has been destroyed or has moved to another host, its memory is free
 * @dies_after: it is gone as soon as so many changes have been asked for in
 *	the world, FAKE_NEVER not
 * @rate_kb: moves at most so much in one step towards its target
 * @quantum_kb: moves by whole ones of these
 * @gives_no_less_than_kb: does not go below this, whatever its target
 * @takes_no_more_than_kb: does not go above this, whatever its target
 * @greedy: ignores its target and takes whatever it may
 * @deaf: ignores its target: paused, or without a driver
 * @asleep: does nothing until its target changes: Linux' driver after four
 *	attempts in vain
 * @inhibits: what it gives does not return to the host (a device assigned to
 *	it has pinned it); only where memory is one pool
 * @needs_kb: its programs need so much; with less it reads back what it has
 *	swapped out
 * @swapped_in_kb: so far
 * @lost: no call about it gets through
 * @refused: no change of it is made
 * @lag: a new target is to be seen only after so many steps
 * @late_kb: that target
 * @late_steps: in so many steps, 0 when there is none
 * @foreign_kb: somebody else sets its target to this ...
 * @foreign_times: ... at the beginning of so many steps
 */
struct fake_domain {
	struct hv_domain domain;
	struct hv_sizes sizes;
	uint64_t kept_kb;
	bool gone;
	unsigned int dies_after;
	uint64_t rate_kb;
	uint64_t quantum_kb;
	uint64_t gives_no_less_than_kb;
	uint64_t takes_no_more_than_kb;
	bool greedy;
	bool deaf;
	bool asleep;
	bool inhibits;
	uint64_t needs_kb;
	uint64_t swapped_in_kb;
	bool lost;
	bool refused;
	unsigned int lag;
	uint64_t late_kb;
	unsigned int late_steps;
	uint64_t foreign_kb;
	unsigned int foreign_times;
};

/**
 * struct fake_world - all there is
 * @host: the host's domain
 * @guests: the guests, whose numbers begin with 1
 * @guest_count: of them
 * @pool: guests' memory is the host's, see struct hv; read when a connection
 *	is made
 * @free_kb: memory that nobody has
 * @claimed_kb: of it, what is reserved for the host's domain
 * @thief_kb: another domain takes up to this much of what is free and
 *	unclaimed, at every step
 * @stolen_kb: what it has taken
 * @writes: changes asked for so far
 * @live: the balloon drivers work each time that a first domain is read: the
 *	host's, or the first guest's where memory is one pool
 * @exit_after: end the process just after so many of them, FAKE_NEVER not
 * @fail_after: refuse all of them from this one on, FAKE_NEVER not
 * @lost: no call gets through
 * @replies_lost: changes are made, but nobody is told
 *
 * Holds no pointers, so that it can lie in memory shared between a process
 * that is to die and the one that cleans up after it.
 */
struct fake_world {
	struct fake_domain host;
	struct fake_domain guests[FAKE_GUESTS_MAX];
	unsigned int guest_count;
	bool pool;
	uint64_t free_kb;
	uint64_t claimed_kb;
	uint64_t thief_kb;
	uint64_t stolen_kb;
	unsigned int writes;
	bool live;
	unsigned int exit_after;
	unsigned int fail_after;
	bool lost;
	bool replies_lost;
};

/** fake_world_init() - A well-behaved host and a guest "u1" of such sizes. */
void fake_world_init(struct fake_world *world, uint64_t host_kb,
		     uint64_t host_max_kb, uint64_t guest_kb);

/** fake_world_add() - One more well-behaved guest: "u2" and so on. */
struct fake_domain *fake_world_add(struct fake_world *world, uint64_t guest_kb);

/** fake_world_total() - All memory there is, in kB: always the same. */
uint64_t fake_world_total(const struct fake_world *world);

/** fake_world_step() - Let the balloon drivers work once. */
void fake_world_step(struct fake_world *world);

/** fake_domain_target() - Write a domain's target behind everybody's back. */
void fake_domain_target(struct fake_domain *domain, uint64_t kb);

/** hv_fake_create() - A connection to @world, which must outlive it. */
int hv_fake_create(struct hv **ret, struct fake_world *world,
		   struct error *err);

/**
 * hv_fake_watch() - Look at the world right after each change to it.
 * @hv: from hv_fake_create()
 * @watch: called then
 * @data: for it
 */
void hv_fake_watch(struct hv *hv, void (*watch)(void *data), void *data);

#endif
