// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many guests and one host, or one pool: nobody waits for somebody else's
 * guest, and nobody fights with another master of a guest.
 */
#include <errno.h>

#include "balloon-sync/move.h"
#include "base/clock.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define PATIENCE_NS	(2 * NSEC_PER_SEC)
#define HOST_MB		700
#define HOST_MAX_MB	1200
#define GUEST_MB	512
#define GUESTS		3
#define SUPERPAGE_KB	2048

/**
 * struct rig - a world of three guests, somebody who moves memory, and the time
 */
struct rig {
	struct fake_world world;
	struct hv *hv;
	struct move move;
	struct move_guest *guests[GUESTS];
	struct move_report report;
	unsigned int events;
	uint64_t now_ns;
};

static void add(struct rig *rig, unsigned int i, uint64_t floor_kb)
{
	struct move_guest_config config = {
		.base = {
			.domain = rig->world.guests[i].domain,
			.sizes = rig->world.guests[i].sizes,
			.quantum_kb = rig->world.guests[i].quantum_kb,
		},
		.floor_kb = floor_kb,
	};

	ASSERT(move_add_guest(&rig->move, &config, rig->now_ns, &rig->guests[i],
			      NULL) == 0);
}

static void rig_init(struct rig *rig, bool pool)
{
	struct side_base host = { 0 };
	unsigned int i;

	memset(rig, 0, sizeof(*rig));
	fake_world_init(&rig->world, HOST_MB * MB, HOST_MAX_MB * MB,
			GUEST_MB * MB);
	rig->world.pool = pool;
	rig->now_ns = 1000 * NSEC_PER_SEC;
	ASSERT(hv_fake_create(&rig->hv, &rig->world, NULL) == 0);
	ASSERT(hv_host(rig->hv, &host.domain, NULL) == 0);
	if (!pool)
		host.sizes = rig->world.host.sizes;
	ASSERT(move_init(&rig->move, rig->hv, &host, PATIENCE_NS, rig->now_ns,
			 NULL) == 0);
	for (i = 0; i < GUESTS; i++) {
		if (i)
			fake_world_add(&rig->world, GUEST_MB * MB);
		add(rig, i, 64 * MB);
	}
}

static void step(struct rig *rig)
{
	fake_world_step(&rig->world);
	rig->now_ns += STEP_NS;
	/* Whoever waits for what never comes has failed. */
	ASSERT(rig->now_ns < 10000 * NSEC_PER_SEC);
	ASSERT(move_step(&rig->move, rig->now_ns, &rig->report, NULL) == 0);
	rig->events |= rig->report.events;
}

static void run(struct rig *rig, unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < 10 * seconds; i++)
		step(rig);
}

static void want(struct rig *rig, unsigned int i, uint64_t mb)
{
	move_want(&rig->move, rig->guests[i], mb * MB);
}

static void want_all(struct rig *rig, uint64_t a_mb, uint64_t b_mb, uint64_t c_mb)
{
	want(rig, 0, a_mb);
	want(rig, 1, b_mb);
	want(rig, 2, c_mb);
}

static uint64_t given_mb(const struct rig *rig, unsigned int i)
{
	return GUEST_MB - rig->world.guests[i].sizes.actual_kb / MB;
}

static uint64_t arrived_mb(const struct rig *rig)
{
	return rig->world.host.sizes.actual_kb / MB - HOST_MB;
}

static void expect_given(const struct rig *rig, uint64_t a_mb, uint64_t b_mb,
			 uint64_t c_mb)
{
	EXPECT_U64(given_mb(rig, 0), a_mb);
	EXPECT_U64(given_mb(rig, 1), b_mb);
	EXPECT_U64(given_mb(rig, 2), c_mb);
}

static void expect_verified(struct rig *rig)
{
	struct error err = { 0 };
	unsigned int i;

	for (i = 0; i < GUESTS; i++)
		if (move_is_back(&rig->move, rig->guests[i], &err) < 0)
			KTAP_SAY("%s", err.text);
	if (move_verify_host(&rig->move, &err) < 0)
		KTAP_SAY("%s", err.text);
	EXPECT_U64(rig->world.claimed_kb, 0);
}

TEST(all_give_and_the_host_has_the_sum)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 50, 30);
	run(&rig, 10);
	expect_given(&rig, 100, 50, 30);
	EXPECT_U64(arrived_mb(&rig), 180);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	EXPECT_U64(rig.guests[1]->report.given_kb, 50 * MB);
	EXPECT_U64(rig.guests[1]->report.size_kb, (GUEST_MB - 50) * MB);
	/* What one gives may go to another, through the host's hands or not. */
	want_all(&rig, 0, 150, 30);
	run(&rig, 10);
	expect_given(&rig, 0, 150, 30);
	EXPECT_U64(arrived_mb(&rig), 180);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	EXPECT_INT(rig.events, 0);
	expect_verified(&rig);
}

TEST(stuck_guest_rests_alone)
{
	static struct rig rig;

	rig_init(&rig, false);
	rig.world.guests[1].deaf = true;
	want_all(&rig, 100, 100, 100);
	run(&rig, 4);
	expect_given(&rig, 100, 0, 100);
	EXPECT_U64(arrived_mb(&rig), 200);
	EXPECT_INT(rig.guests[0]->report.phase, MOVE_DONE);
	EXPECT_INT(rig.guests[1]->report.phase, MOVE_RESTING);
	EXPECT_INT(rig.report.phase, MOVE_RESTING);
	EXPECT_U64(rig.world.guests[1].sizes.target_kb, GUEST_MB * MB);
	want(&rig, 0, 20);
	run(&rig, 4);
	EXPECT_U64(given_mb(&rig, 0), 20);
	EXPECT_U64(arrived_mb(&rig), 120);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_KEEPS);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_verified(&rig);
}

TEST(guest_that_does_not_regrow_holds_up_nobody)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 100);
	run(&rig, 10);
	rig.world.guests[0].deaf = true;
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_given(&rig, 100, 0, 0);
	EXPECT_U64(arrived_mb(&rig), 0);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_FULL);
	EXPECT_INT(move_remove_guest(&rig.move, rig.guests[0], NULL), -EAGAIN);
	EXPECT_INT(move_remove_guest(&rig.move, rig.guests[2], NULL), 0);
	rig.world.guests[0].deaf = false;
	run(&rig, 10);
	EXPECT_INT(move_remove_guest(&rig.move, rig.guests[0], NULL), 0);
	EXPECT_INT(move_remove_guest(&rig.move, rig.guests[1], NULL), 0);
	EXPECT_U64(rig.move.count, 0);
	move_exit(&rig.move);
}

TEST(host_at_its_ceiling_takes_from_all_in_proportion)
{
	static struct rig rig;

	rig_init(&rig, false);
	rig.world.host.takes_no_more_than_kb = (HOST_MB + 120) * MB;
	want_all(&rig, 200, 100, 100);
	run(&rig, 6);
	EXPECT(rig.events & MOVE_EVENT_HOST_FULL);
	expect_given(&rig, 60, 30, 30);
	EXPECT_U64(arrived_mb(&rig), 120);
	EXPECT_INT(rig.guests[1]->report.phase, MOVE_RESTING);
	want_all(&rig, 0, 0, 0);
	run(&rig, 20);
	expect_verified(&rig);
}

TEST(host_is_never_asked_beyond_its_room)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 400, 400, 200);
	run(&rig, 20);
	EXPECT_U64(arrived_mb(&rig), HOST_MAX_MB - HOST_MB);
	expect_given(&rig, 200, 200, 100);
	EXPECT_INT(rig.events, 0);
	want_all(&rig, 0, 0, 0);
	run(&rig, 20);
	expect_verified(&rig);
}

TEST(nobody_is_asked_below_its_floor)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 500, 0, 0);
	run(&rig, 10);
	expect_given(&rig, GUEST_MB - 64, 0, 0);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 64 * MB);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_verified(&rig);
}

TEST(superpages_stay_whole)
{
	static struct rig rig;
	struct fake_domain *guest;
	unsigned int i;

	rig_init(&rig, false);
	want_all(&rig, 0, 0, 0);
	run(&rig, 1);
	guest = &rig.world.guests[1];
	guest->quantum_kb = SUPERPAGE_KB;
	ASSERT(move_remove_guest(&rig.move, rig.guests[1], NULL) == 0);
	add(&rig, 1, 64 * MB);
	/* The host cannot take all of it, nor a whole number of superpages. */
	rig.world.host.takes_no_more_than_kb = (HOST_MB + 77) * MB + 40;
	want_all(&rig, 33, 101, 0);
	for (i = 0; i < 200; i++) {
		step(&rig);
		EXPECT_U64(guest->sizes.target_kb % SUPERPAGE_KB, 0);
	}
	EXPECT_U64(guest->sizes.actual_kb, guest->sizes.target_kb);
	want_all(&rig, 0, 0, 0);
	for (i = 0; i < 200; i++) {
		step(&rig);
		EXPECT_U64(guest->sizes.target_kb % SUPERPAGE_KB, 0);
	}
	expect_verified(&rig);
}

TEST(guest_that_vanishes_takes_nothing_from_others)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 100);
	run(&rig, 10);
	rig.world.guests[1].gone = true;
	step(&rig);
	EXPECT_INT(rig.report.events, MOVE_EVENT_GUEST_GONE);
	EXPECT_INT(rig.guests[1]->report.events, MOVE_EVENT_GUEST_GONE);
	/* What came from it is still at the host. */
	EXPECT_INT(move_is_back(&rig.move, rig.guests[1], NULL), -EAGAIN);
	run(&rig, 10);
	EXPECT_U64(arrived_mb(&rig), 200);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_GONE);
	EXPECT_INT(move_remove_guest(&rig.move, rig.guests[1], NULL), 0);
	run(&rig, 1);
	EXPECT_U64(arrived_mb(&rig), 200);
}

TEST(guest_that_vanishes_between_look_and_request_is_gone)
{
	static struct rig rig;
	unsigned int n;

	for (n = 0; n < 30; n++) {
		rig_init(&rig, false);
		rig.world.guests[1].dies_after = n + 1;
		want_all(&rig, 100, 100, 100);
		run(&rig, 10);
		if (!rig.world.guests[1].gone)
			break;
		EXPECT_INT(rig.events, MOVE_EVENT_GUEST_GONE);
		EXPECT_U64(arrived_mb(&rig), 200);
		want_all(&rig, 0, 0, 0);
		run(&rig, 10);
		expect_verified(&rig);
		move_exit(&rig.move);
		hv_destroy(rig.hv);
	}
	EXPECT(n > 10);
}

/* --- another master ---------------------------------------------------------- */

TEST(foreign_target_is_left_alone)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 100);
	run(&rig, 10);
	/* Once, and never again. */
	rig.world.guests[0].foreign_kb = 300 * MB;
	rig.world.guests[0].foreign_times = 1;
	step(&rig);
	EXPECT_INT(rig.guests[0]->report.events, MOVE_EVENT_GUEST_FOREIGN);
	EXPECT(rig.guests[0]->side.foreign);
	run(&rig, 10);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_FOREIGN);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 300 * MB);
	EXPECT_U64(rig.world.guests[0].sizes.actual_kb, 300 * MB);
	EXPECT_U64(rig.world.guests[0].sizes.max_kb, GUEST_MB * MB + 1024);
	/* What the host had from it is given back, the rest stays. */
	EXPECT_U64(arrived_mb(&rig), 200);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	want_all(&rig, 100, 0, 0);
	run(&rig, 10);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 300 * MB);
	expect_verified(&rig);
}

TEST(foreign_target_and_maxmem_are_left_alone)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 0, 0);
	run(&rig, 10);
	/* As `xl mem-set` does. */
	fake_domain_target(&rig.world.guests[0], 450 * MB);
	rig.world.guests[0].sizes.max_kb = 451 * MB;
	run(&rig, 10);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 450 * MB);
	EXPECT_U64(rig.world.guests[0].sizes.max_kb, 451 * MB);
	EXPECT_U64(arrived_mb(&rig), 0);
	expect_verified(&rig);
}

TEST(foreign_maxmem_alone_is_enough)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 0, 0);
	run(&rig, 10);
	rig.world.guests[0].sizes.max_kb = 480 * MB;
	run(&rig, 10);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_FOREIGN);
	EXPECT_U64(rig.world.guests[0].sizes.max_kb, 480 * MB);
	EXPECT_U64(arrived_mb(&rig), 0);
}

TEST(foreign_writer_of_our_own_value_is_no_foreigner)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 0, 0);
	step(&rig);
	rig.world.guests[0].foreign_kb = (GUEST_MB - 100) * MB;
	rig.world.guests[0].foreign_times = 1000;
	run(&rig, 10);
	EXPECT_INT(rig.events & MOVE_EVENT_GUEST_FOREIGN, 0);
	EXPECT_U64(arrived_mb(&rig), 100);
	/* Until we differ. */
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	EXPECT_INT(rig.events & MOVE_EVENT_GUEST_FOREIGN, MOVE_EVENT_GUEST_FOREIGN);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, (GUEST_MB - 100) * MB);
	EXPECT_U64(arrived_mb(&rig), 0);
}

TEST(foreign_writer_who_restores_the_old_value_is_found)
{
	static struct rig rig;

	rig_init(&rig, false);
	/* Each of our requests is undone before anybody has seen it. */
	rig.world.guests[0].foreign_kb = GUEST_MB * MB;
	rig.world.guests[0].foreign_times = 1000;
	want_all(&rig, 100, 50, 0);
	run(&rig, 10);
	EXPECT(rig.guests[0]->side.foreign);
	EXPECT_U64(arrived_mb(&rig), 50);
}

TEST(foreign_write_over_one_of_ours_is_found)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 0, 0);
	/* This step asks, and somebody else asks for something else right then. */
	step(&rig);
	rig.world.guests[0].foreign_kb = 500 * MB;
	rig.world.guests[0].foreign_times = 1;
	run(&rig, 5);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_FOREIGN);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 500 * MB);
}

TEST(slow_store_is_no_foreigner)
{
	static struct rig rig;

	rig_init(&rig, false);
	rig.world.guests[0].lag = 3;
	rig.world.host.lag = 4;
	want_all(&rig, 100, 100, 0);
	run(&rig, 20);
	EXPECT_INT(rig.events, 0);
	expect_given(&rig, 100, 100, 0);
	EXPECT_U64(arrived_mb(&rig), 200);
	want_all(&rig, 0, 0, 0);
	run(&rig, 20);
	EXPECT_INT(rig.events, 0);
	expect_verified(&rig);
}

TEST(foreign_host_is_left_alone_and_guests_get_theirs)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 0);
	run(&rig, 10);
	fake_domain_target(&rig.world.host, (HOST_MB - 20) * MB);
	run(&rig, 10);
	EXPECT_INT(rig.events, MOVE_EVENT_HOST_FOREIGN);
	EXPECT_U64(rig.world.host.sizes.target_kb, (HOST_MB - 20) * MB);
	expect_given(&rig, 0, 0, 0);
	expect_verified(&rig);
}

/* --- a hypervisor that cannot be reached for a while ------------------------- */

static int try_step(struct rig *rig, struct error *err)
{
	int r;

	fake_world_step(&rig->world);
	rig->now_ns += STEP_NS;
	r = move_step(&rig->move, rig->now_ns, &rig->report, err);
	if (r == 0)
		rig->events |= rig->report.events;
	return r;
}

TEST(lost_calls_do_no_harm)
{
	static struct rig rig;
	struct error err = { 0 };
	unsigned int i;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 100);
	for (i = 0; i < 400; i++) {
		int r;

		if (i == 200)
			want_all(&rig, 0, 120, 50);
		rig.world.lost = i % 7 == 3;
		/* The change is made, and nobody says so. */
		rig.world.replies_lost = i % 5 == 1;
		r = try_step(&rig, &err);
		ASSERT(r == 0 || r == -ENOTCONN);
		EXPECT(!rig.world.lost || r == -ENOTCONN);
	}
	rig.world.lost = false;
	rig.world.replies_lost = false;
	run(&rig, 5);
	expect_given(&rig, 0, 120, 50);
	EXPECT_U64(arrived_mb(&rig), 170);
	EXPECT_INT(rig.events, 0);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_verified(&rig);
}

TEST(request_whose_answer_was_lost_may_come_late)
{
	static struct rig rig;

	rig_init(&rig, false);
	rig.world.guests[0].lag = 5;
	want_all(&rig, 100, 0, 0);
	rig.world.replies_lost = true;
	EXPECT_INT(try_step(&rig, NULL), -ENOTCONN);
	rig.world.replies_lost = false;
	/* Nothing is wanted any more when it arrives. */
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	EXPECT_INT(rig.events, 0);
	EXPECT(!rig.guests[0]->side.foreign);
	expect_verified(&rig);
}

TEST(events_of_a_step_that_fails_are_told_later)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 100, 0);
	run(&rig, 10);
	rig.world.guests[0].gone = true;
	/* Reading works, and the host cannot be asked to shrink. */
	rig.world.fail_after = 1;
	EXPECT_INT(try_step(&rig, NULL), -EIO);
	EXPECT_INT(rig.events, 0);
	rig.world.fail_after = FAKE_NEVER;
	EXPECT_INT(try_step(&rig, NULL), 0);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_GONE);
	run(&rig, 10);
	EXPECT_U64(arrived_mb(&rig), 100);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_GONE);
}

TEST(guest_whose_change_is_refused_holds_up_nobody)
{
	static struct rig rig;
	unsigned int writes;

	rig_init(&rig, false);
	rig.world.guests[0].refused = true;
	want_all(&rig, 100, 50, 0);
	run(&rig, 10);
	expect_given(&rig, 0, 50, 0);
	EXPECT_U64(arrived_mb(&rig), 50);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_REFUSED);
	EXPECT_HAS(rig.guests[0]->why.text, "refuses to change u1");
	EXPECT_INT(rig.guests[0]->report.phase, MOVE_RESTING);
	EXPECT_INT(rig.guests[1]->report.phase, MOVE_DONE);
	rig.events = 0;
	writes = rig.world.writes;
	run(&rig, 100);
	/* Asked again, and told once for all that time. */
	EXPECT_INT(rig.events, 0);
	EXPECT_U64(rig.world.writes, writes);
	rig.world.guests[0].refused = false;
	run(&rig, 700);
	expect_given(&rig, 100, 50, 0);
	EXPECT_U64(arrived_mb(&rig), 150);
	EXPECT_INT(rig.events, 0);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_verified(&rig);
}

TEST(guest_that_cannot_be_given_back_to_keeps_its_memory_at_the_host)
{
	static struct rig rig;

	rig_init(&rig, false);
	want_all(&rig, 100, 50, 0);
	run(&rig, 10);
	rig.world.guests[0].refused = true;
	want_all(&rig, 0, 0, 0);
	run(&rig, 30);
	expect_given(&rig, 100, 0, 0);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_REFUSED);
	EXPECT_INT(rig.report.phase, MOVE_UNDER_WAY);
	EXPECT(move_is_back(&rig.move, rig.guests[0], NULL) < 0);
	/* Nobody else got it meanwhile: the hypervisor has it. */
	EXPECT_U64(rig.world.free_kb, 100 * MB);
	rig.world.guests[0].refused = false;
	run(&rig, 20);
	expect_given(&rig, 0, 0, 0);
	expect_verified(&rig);
}

/* --- one pool (KVM) ---------------------------------------------------------- */

TEST(guest_that_cannot_be_reached_holds_up_nobody)
{
	static struct rig rig;

	rig_init(&rig, true);
	want_all(&rig, 100, 50, 0);
	run(&rig, 10);
	rig.world.guests[0].lost = true;
	want_all(&rig, 40, 80, 60);
	run(&rig, 10);
	expect_given(&rig, 100, 80, 60);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_LOST);
	EXPECT(rig.guests[0]->report.phase == MOVE_UNDER_WAY);
	EXPECT(rig.guests[1]->report.phase == MOVE_DONE);
	rig.events = 0;
	run(&rig, 10);
	/* Once for all that time. */
	EXPECT_INT(rig.events, 0);
	rig.world.guests[0].lost = false;
	run(&rig, 70);
	expect_given(&rig, 40, 80, 60);
	EXPECT_INT(rig.events, 0);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	expect_verified(&rig);
}

TEST(nobody_can_be_reached)
{
	static struct rig rig;
	struct error err = { 0 };
	int i;

	rig_init(&rig, true);
	want_all(&rig, 100, 50, 0);
	for (i = 0; i < 3; i++)
		rig.world.guests[i].lost = true;
	EXPECT_INT(try_step(&rig, &err), -ENOTCONN);
	EXPECT_HAS(err.text, "reached");
	for (i = 0; i < 3; i++)
		rig.world.guests[i].lost = false;
	/* At once, since nobody else would have been held up. */
	run(&rig, 10);
	expect_given(&rig, 100, 50, 0);
	EXPECT_INT(rig.events, 0);
}

TEST(pool_has_no_host_to_ask)
{
	static struct rig rig;

	rig_init(&rig, true);
	want_all(&rig, 100, 50, 0);
	run(&rig, 10);
	expect_given(&rig, 100, 50, 0);
	EXPECT_U64(rig.report.arrived_kb, 150 * MB);
	EXPECT_U64(rig.world.free_kb, 150 * MB);
	EXPECT_U64(rig.report.host_kb, 0);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	EXPECT_U64(rig.world.host.sizes.target_kb, HOST_MB * MB);
	EXPECT_U64(rig.world.guests[0].sizes.max_kb, GUEST_MB * MB + 1024);
	want_all(&rig, 20, 0, 0);
	run(&rig, 10);
	expect_given(&rig, 20, 0, 0);
	want_all(&rig, 0, 0, 0);
	run(&rig, 10);
	EXPECT_INT(rig.events, 0);
	expect_verified(&rig);
}

TEST(guest_whose_memory_does_not_return_is_not_charged)
{
	static struct rig rig;
	unsigned int i, times = 0;

	rig_init(&rig, true);
	rig.world.guests[0].inhibits = true;
	want_all(&rig, 100, 50, 0);
	run(&rig, 6);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_NO_GAIN);
	/* It would lack it for nothing. */
	expect_given(&rig, 0, 50, 0);
	EXPECT_U64(rig.report.given_kb, 50 * MB);
	EXPECT_U64(rig.report.arrived_kb, 50 * MB);
	EXPECT_INT(rig.guests[0]->report.phase, MOVE_RESTING);
	EXPECT_INT(rig.guests[1]->report.phase, MOVE_DONE);
	for (i = 0; i < 3000; i++) {
		step(&rig);
		times += rig.report.events != 0;
		/* Not even while it is tried again. */
		EXPECT_U64(rig.report.given_kb, 50 * MB);
	}
	EXPECT_INT(times, 0);
	rig.world.guests[0].inhibits = false;
	run(&rig, 600);
	expect_given(&rig, 100, 50, 0);
	EXPECT_U64(rig.report.given_kb, 150 * MB);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
}

/* --- what cannot be ----------------------------------------------------------- */

TEST(impossible_guests_are_refused)
{
	static struct rig rig;
	struct move_guest_config config = { 0 };
	struct move_guest *guest;
	struct error err = { 0 };

	rig_init(&rig, false);
	config.base.domain = rig.world.guests[0].domain;
	config.base.quantum_kb = 4;
	EXPECT_INT(move_add_guest(&rig.move, &config, rig.now_ns, &guest, &err), -EEXIST);
	EXPECT_HAS(err.text, "u1");
	fake_world_add(&rig.world, GUEST_MB * MB);
	config.base.domain = rig.world.guests[3].domain;
	config.base.quantum_kb = 6;
	EXPECT_INT(move_add_guest(&rig.move, &config, rig.now_ns, &guest, &err), -EINVAL);
	config.base.quantum_kb = 0;
	EXPECT_INT(move_add_guest(&rig.move, &config, rig.now_ns, &guest, &err), -EINVAL);
	EXPECT_U64(rig.move.count, GUESTS);
	rig.world.guests[3].gone = true;
	config.base.quantum_kb = 4;
	EXPECT_INT(move_add_guest(&rig.move, &config, rig.now_ns, &guest, &err), 0);
	EXPECT(guest->gone);
}

KTAP_MAIN()
