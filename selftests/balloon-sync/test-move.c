// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moving memory between a fake host and a fake guest: what must hold at every
 * moment, and what becomes of guests and hosts that do not play their part.
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

/**
 * struct rig - a world, somebody who moves memory in it, and the time
 */
struct rig {
	struct fake_world world;
	struct hv *hv;
	struct move_guest_config config;
	struct side_base host;
	struct move move;
	struct move_guest *guest;
	struct move_report report;
	unsigned int events;
	uint64_t now_ns;
};

/* From the sizes as they are now. */
static void rig_begin(struct rig *rig)
{
	move_exit(&rig->move);
	rig->config.base.sizes = rig->world.guests[0].sizes;
	rig->host.sizes = rig->world.host.sizes;
	ASSERT(move_init(&rig->move, rig->hv, &rig->host, PATIENCE_NS,
			 rig->now_ns, NULL) == 0);
	ASSERT(move_add_guest(&rig->move, &rig->config, rig->now_ns, &rig->guest,
			      NULL) == 0);
}

static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	fake_world_init(&rig->world, HOST_MB * MB, HOST_MAX_MB * MB,
			GUEST_MB * MB);
	rig->now_ns = 1000 * NSEC_PER_SEC;
	ASSERT(hv_fake_create(&rig->hv, &rig->world, NULL) == 0);
	ASSERT(hv_find(rig->hv, "u1", &rig->config.base.domain, NULL) == 0);
	ASSERT(hv_host(rig->hv, &rig->host.domain, NULL) == 0);
	rig->config.base.quantum_kb = 4;
	rig_begin(rig);
}

static uint64_t given(const struct rig *rig)
{
	return GUEST_MB * MB - rig->world.guests[0].sizes.actual_kb;
}

/* What the host has been promised, it must be able to get. */
static void check(const struct rig *rig)
{
	const struct hv_sizes *guest = &rig->world.guests[0].sizes;
	const struct hv_sizes *host = &rig->world.host.sizes;

	ASSERT(rig->world.guests[0].gone ||
	       host->actual_kb + guest->actual_kb <= (HOST_MB + GUEST_MB) * MB);
	if (!rig->world.guests[0].gone && host->target_kb > host->actual_kb)
		ASSERT(host->target_kb - HOST_MB * MB <= given(rig));
	ASSERT(guest->target_kb <= GUEST_MB * MB);
	ASSERT(host->max_kb == HOST_MAX_MB * MB);
}

static int step(struct rig *rig)
{
	int r;

	fake_world_step(&rig->world);
	rig->now_ns += STEP_NS;
	/* Whoever waits for what never comes has failed. */
	ASSERT(rig->now_ns < 10000 * NSEC_PER_SEC);
	r = move_step(&rig->move, rig->now_ns, &rig->report, NULL);
	if (r == 0)
		rig->events |= rig->report.events;
	check(rig);
	return r;
}

static void run(struct rig *rig, unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < 10 * seconds; i++)
		ASSERT(step(rig) == 0);
}

static void want(struct rig *rig, uint64_t kb, unsigned int seconds)
{
	move_want(&rig->move, rig->guest, kb);
	run(rig, seconds);
}

static void expect_moved(struct rig *rig, uint64_t kb)
{
	EXPECT_U64(rig->world.guests[0].sizes.actual_kb, GUEST_MB * MB - kb);
	EXPECT_U64(rig->world.host.sizes.actual_kb, HOST_MB * MB + kb);
	EXPECT_U64(rig->world.claimed_kb, 0);
}

static void expect_restored(struct rig *rig)
{
	struct error err = { 0 };
	int r;

	want(rig, 0, 30);
	expect_moved(rig, 0);
	EXPECT_INT(rig->report.phase, MOVE_DONE);
	r = move_is_back(&rig->move, rig->guest, &err);
	if (r == 0)
		r = move_verify_host(&rig->move, &err);
	if (r < 0)
		KTAP_SAY("%s", err.text);
}

TEST(memory_arrives_to_the_page_and_returns)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB + 4, 5);
	expect_moved(&rig, 100 * MB + 4);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	EXPECT_U64(rig.report.arrived_kb, 100 * MB + 4);
	EXPECT_INT(rig.events, 0);
	want(&rig, 30 * MB, 5);
	expect_moved(&rig, 30 * MB);
	expect_restored(&rig);
}

TEST(guest_cannot_take_back_what_it_gave)
{
	static struct rig rig;

	rig_init(&rig);
	/* Memory is free, so nothing but its limit can stop the guest. */
	rig.world.free_kb = 300 * MB;
	want(&rig, 100 * MB, 5);
	expect_moved(&rig, 100 * MB);
	rig.world.guests[0].greedy = true;
	run(&rig, 20);
	EXPECT_U64(rig.world.guests[0].sizes.actual_kb, (GUEST_MB - 100) * MB);
	EXPECT_U64(rig.world.host.sizes.actual_kb, (HOST_MB + 100) * MB);
}

TEST(guest_that_reinflates_midway_is_stopped)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.free_kb = 300 * MB;
	rig.world.guests[0].rate_kb = 4 * MB;
	move_want(&rig.move, rig.guest, 100 * MB);
	while (given(&rig) < 50 * MB)
		ASSERT(step(&rig) == 0);
	rig.world.guests[0].greedy = true;
	run(&rig, 1);
	/* One step's worth is all that it could have taken. */
	EXPECT(given(&rig) >= 46 * MB);
	EXPECT(rig.world.host.sizes.actual_kb <= HOST_MB * MB + given(&rig));
	rig.world.guests[0].greedy = false;
	run(&rig, 30);
	expect_moved(&rig, 100 * MB);
}

TEST(guest_that_ignores_us_is_left_alone)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.guests[0].deaf = true;
	want(&rig, 100 * MB, 4);
	expect_moved(&rig, 0);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_KEEPS);
	EXPECT_INT(rig.report.phase, MOVE_RESTING);
	/* No longer asked for anything while it rests. */
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, GUEST_MB * MB);
	EXPECT_U64(rig.world.host.sizes.target_kb, HOST_MB * MB);
}

TEST(guest_that_wakes_up_later_gives_then)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.guests[0].deaf = true;
	want(&rig, 100 * MB, 4);
	rig.world.guests[0].deaf = false;
	run(&rig, 40);
	expect_moved(&rig, 100 * MB);
	expect_restored(&rig);
}

TEST(guest_is_reported_once_per_episode)
{
	static struct rig rig;
	int i, times = 0;

	rig_init(&rig);
	rig.world.guests[0].deaf = true;
	move_want(&rig.move, rig.guest, 100 * MB);
	for (i = 0; i < 3000; i++) {
		ASSERT(step(&rig) == 0);
		times += rig.report.events != 0;
	}
	EXPECT_INT(times, 1);
}

TEST(guest_that_gives_half_is_charged_half)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.guests[0].gives_no_less_than_kb = (GUEST_MB - 60) * MB;
	want(&rig, 100 * MB, 2);
	expect_moved(&rig, 60 * MB);
	/* It has nothing left now, so it gets a part of it back. */
	run(&rig, 3);
	expect_moved(&rig, (60 - GUEST_MB / 32) * MB);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_KEEPS);
	EXPECT_INT(rig.report.phase, MOVE_RESTING);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb,
		   rig.world.guests[0].sizes.actual_kb);
	expect_restored(&rig);
}

TEST(host_grows_by_nothing_before_the_guest_gave)
{
	static struct rig rig;

	rig_init(&rig);
	/* With free memory about, only our own check holds the host back. */
	rig.world.free_kb = 300 * MB;
	rig.world.guests[0].rate_kb = 1 * MB;
	move_want(&rig.move, rig.guest, 64 * MB);
	while (rig.report.phase != MOVE_DONE || given(&rig) < 64 * MB) {
		ASSERT(step(&rig) == 0);
		EXPECT(rig.world.host.sizes.target_kb - HOST_MB * MB <=
		       given(&rig));
		ASSERT(rig.now_ns < 1100 * NSEC_PER_SEC);
	}
}

TEST(host_that_takes_half_leaves_the_guest_the_rest)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.host.takes_no_more_than_kb = (HOST_MB + 40) * MB;
	want(&rig, 100 * MB, 5);
	EXPECT(rig.events & MOVE_EVENT_HOST_FULL);
	expect_moved(&rig, 40 * MB);
	EXPECT_INT(rig.report.phase, MOVE_RESTING);
	expect_restored(&rig);
}

TEST(host_that_keeps_it_is_asked_again)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB, 5);
	/* As Linux' driver does after some attempts in vain. */
	move_want(&rig.move, rig.guest, 0);
	ASSERT(step(&rig) == 0);
	rig.world.host.asleep = true;
	run(&rig, 10);
	EXPECT_INT(rig.events, MOVE_EVENT_HOST_KEEPS);
	expect_restored(&rig);
}

TEST(guest_that_does_not_regrow_is_asked_again)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB, 5);
	move_want(&rig.move, rig.guest, 0);
	while (rig.world.guests[0].sizes.target_kb < GUEST_MB * MB)
		ASSERT(step(&rig) == 0);
	rig.world.guests[0].asleep = true;
	run(&rig, 10);
	EXPECT_INT(rig.events, MOVE_EVENT_GUEST_FULL);
	expect_restored(&rig);
}

TEST(guest_gets_nothing_before_the_host_gave)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB, 5);
	rig.world.host.gives_no_less_than_kb = (HOST_MB + 70) * MB;
	rig.world.guests[0].greedy = true;
	rig.world.free_kb = 300 * MB;
	want(&rig, 0, 10);
	EXPECT_U64(rig.world.guests[0].sizes.actual_kb, (GUEST_MB - 70) * MB);
	EXPECT(rig.events & MOVE_EVENT_HOST_KEEPS);
	EXPECT(move_verify(&rig.move, rig.guest, NULL) == -EAGAIN);
	EXPECT(move_verify_host(&rig.move, NULL) == -EAGAIN);
}

TEST(thief_is_kept_off_by_the_claim)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.host.rate_kb = 1 * MB;
	move_want(&rig.move, rig.guest, 100 * MB);
	while (rig.world.claimed_kb < 50 * MB)
		ASSERT(step(&rig) == 0);
	/* What is claimed now cannot be taken. */
	rig.world.thief_kb = 500 * MB;
	run(&rig, 30);
	EXPECT(rig.world.host.sizes.actual_kb >= (HOST_MB + 50) * MB);
}

TEST(memory_that_was_stolen_is_reported)
{
	static struct rig rig;

	rig_init(&rig);
	rig.world.thief_kb = 500 * MB;
	want(&rig, 100 * MB, 10);
	EXPECT(rig.events & (MOVE_EVENT_CLAIM_LOST | MOVE_EVENT_HOST_FULL));
	EXPECT(rig.report.phase != MOVE_DONE);
}

TEST(guest_that_vanishes_leaves_the_host_its_size)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB, 5);
	rig.world.guests[0].gone = true;
	ASSERT(step(&rig) == 0);
	EXPECT_INT(rig.report.events, MOVE_EVENT_GUEST_GONE);
	/* What it gave is still at the host. */
	EXPECT_INT(move_is_back(&rig.move, rig.guest, NULL), -EAGAIN);
	run(&rig, 10);
	EXPECT_U64(rig.world.host.sizes.actual_kb, HOST_MB * MB);
	EXPECT_INT(rig.report.phase, MOVE_DONE);
	EXPECT_INT(move_verify_host(&rig.move, NULL), 0);
	EXPECT_INT(move_is_back(&rig.move, rig.guest, NULL), 0);
}

TEST(guest_of_the_same_name_is_not_the_same_guest)
{
	static struct rig rig;

	rig_init(&rig);
	want(&rig, 100 * MB, 5);
	memset(rig.world.guests[0].domain.uuid, 'z', HV_UUID_LEN);
	rig.world.guests[0].sizes.actual_kb = 64 * MB;
	rig.world.guests[0].sizes.target_kb = 64 * MB;
	ASSERT(step(&rig) == 0);
	EXPECT_INT(rig.report.events, MOVE_EVENT_GUEST_GONE);
	run(&rig, 10);
	EXPECT_U64(rig.world.host.sizes.actual_kb, HOST_MB * MB);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb, 64 * MB);
}

TEST(constant_offset_of_pvh_guests_is_kept)
{
	static struct rig rig;

	rig_init(&rig);
	/* Such guests have 16 pages more than their target, always. */
	rig.world.guests[0].sizes.target_kb -= 64;
	rig.world.guests[0].deaf = true;
	rig_begin(&rig);
	move_want(&rig.move, rig.guest, 10 * MB);
	ASSERT(step(&rig) == 0);
	EXPECT_U64(rig.world.guests[0].sizes.target_kb,
		   (GUEST_MB - 10) * MB - 64);
}

static uint64_t state = 424242;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Whatever is asked in whatever order, step() asserts what must hold. */
TEST(random_moves_conserve_memory)
{
	static struct rig rig;
	int i;

	rig_init(&rig);
	for (i = 0; i < 20000; i++) {
		if (draw(20) == 0)
			move_want(&rig.move, rig.guest, 4 * draw(64 * MB));
		rig.world.guests[0].rate_kb = 4 * draw(4 * MB);
		rig.world.host.rate_kb = 4 * draw(4 * MB);
		rig.world.guests[0].deaf = draw(4) == 0;
		rig.world.host.deaf = draw(4) == 0;
		ASSERT(step(&rig) == 0);
	}
	rig.world.guests[0].deaf = false;
	rig.world.host.deaf = false;
	rig.world.guests[0].rate_kb = 16 * MB;
	rig.world.host.rate_kb = 16 * MB;
	run(&rig, 60);
	expect_restored(&rig);
}

KTAP_MAIN()
