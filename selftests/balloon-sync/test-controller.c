// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many groups and many guests in a fake world: what groups use becomes what
 * guests give, whoever comes, goes, sticks or is configured anew meanwhile.
 */
#include <errno.h>

#include "balloon-sync/controller.h"
#include "base/clock.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define PATIENCE_NS	(2 * NSEC_PER_SEC)
#define HOST_KB		(700 * MB)
#define GUEST_KB	(512 * MB)
#define GUESTS		2

/**
 * struct rig - a controller and its world
 * @world: with guests "u1" and "u2"
 * @guests: of the configuration
 * @shares: of its groups
 * @groups: of it
 * @config: the configuration
 * @hv: a connection to the world
 * @c: under test
 * @now_ns: of the clock
 * @free_kb: free memory of the host
 */
struct rig {
	struct fake_world world;
	struct config_guest guests[GUESTS];
	struct config_share shares[GUESTS][GUESTS];
	struct config_group groups[GUESTS];
	struct config config;
	struct hv *hv;
	struct controller c;
	uint64_t now_ns;
	uint64_t free_kb;
};

/* Each group is charged to the guest of its own number. */
static void set_config(struct rig *rig)
{
	static char names[][3] = { "u1", "u2" }, groups[][3] = { "g1", "g2" };
	size_t i;

	for (i = 0; i < GUESTS; i++) {
		rig->guests[i] = (struct config_guest){
			.name = names[i],
			.floor_kb = CONFIG_FLOOR_HALF,
			.ceiling_kb = CONFIG_NO_CEILING,
		};
		rig->shares[i][0] = (struct config_share){ i, 1 };
		rig->groups[i] = (struct config_group){
			.name = groups[i],
			.shares = rig->shares[i],
			.share_count = 1,
			.cap_kb = CONFIG_NO_CAP,
		};
	}
	rig->config = (struct config){
		.global = { .deadband_kb = 256, .patience_ns = PATIENCE_NS,
			    .linger_ns = CONFIG_NEVER },
		.guests = rig->guests, .guest_count = GUESTS,
		.groups = rig->groups, .group_count = GUESTS,
	};
}

static void join(struct rig *rig, size_t i)
{
	struct state_guest from = { .base.quantum_kb = SIDE_PAGE_KB };

	ASSERT(hv_find(rig->hv, rig->config.guests[i].name, &from.base.domain, NULL) == 0);
	ASSERT(hv_read(rig->hv, &from.base.domain, &from.base.sizes, NULL) == 0);
	ASSERT(controller_join(&rig->c, i, &from, rig->now_ns, NULL) == 0);
}

static void start(struct rig *rig)
{
	struct side_base host = { .quantum_kb = SIDE_PAGE_KB };
	size_t i;

	ASSERT(hv_fake_create(&rig->hv, &rig->world, NULL) == 0);
	ASSERT(hv_host(rig->hv, &host.domain, NULL) == 0);
	host.sizes = rig->world.host.sizes;
	ASSERT(controller_init(&rig->c, &rig->config, rig->hv, &host, rig->now_ns,
			       NULL) == 0);
	for (i = 0; i < rig->config.guest_count; i++)
		join(rig, i);
}

static struct rig *make_rig(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	ASSERT(rig);
	fake_world_init(&rig->world, HOST_KB, HOST_KB + 900 * MB, GUEST_KB);
	fake_world_add(&rig->world, GUEST_KB);
	rig->now_ns = NSEC_PER_SEC;
	set_config(rig);
	return rig;
}

static void end(struct rig *rig)
{
	controller_exit(&rig->c);
	hv_destroy(rig->hv);
	free(rig);
}

static void use(struct rig *rig, size_t group, uint64_t kb)
{
	rig->c.groups[group].usage = (struct usage){ .anon_kb = kb, .processes = 1 };
}

/* What the controller is to do in one interval: decide, then ten steps. */
static void interval(struct rig *rig)
{
	int i;

	controller_sample(&rig->c, rig->free_kb, rig->now_ns);
	for (i = 0; i < 10; i++) {
		fake_world_step(&rig->world);
		rig->now_ns += STEP_NS;
		ASSERT(controller_step(&rig->c, rig->now_ns, NULL) == 0);
	}
}

static void intervals(struct rig *rig, int count)
{
	while (count--)
		interval(rig);
}

static uint64_t gave(const struct rig *rig, size_t i)
{
	return GUEST_KB - rig->world.guests[i].sizes.actual_kb;
}

static uint64_t came(const struct rig *rig)
{
	return rig->world.host.sizes.actual_kb - HOST_KB;
}

static const struct plan_group_result *plan_of(const struct rig *rig, size_t group)
{
	return &rig->c.decision->plan.groups[group];
}

TEST(each_guest_pays_for_its_own_group)
{
	struct rig *rig = make_rig();

	start(rig);
	use(rig, 0, 100 * MB);
	use(rig, 1, 60 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 100 * MB);
	EXPECT_U64(gave(rig, 1), 60 * MB);
	EXPECT_U64(came(rig), 160 * MB);
	use(rig, 0, 20 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 20 * MB);
	EXPECT_U64(gave(rig, 1), 60 * MB);
	EXPECT_U64(came(rig), 80 * MB);
	end(rig);
}

TEST(who_is_stopped_gives_all_back)
{
	struct rig *rig = make_rig();

	start(rig);
	use(rig, 0, 100 * MB);
	use(rig, 1, 60 * MB);
	intervals(rig, 5);
	EXPECT_U64(came(rig), 160 * MB);
	controller_stop(&rig->c);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 0);
	EXPECT_U64(gave(rig, 1), 0);
	EXPECT_U64(came(rig), 0);
	end(rig);
}

TEST(one_group_is_paid_for_by_weight)
{
	struct rig *rig = make_rig();

	rig->config.group_count = 1;
	rig->shares[0][0] = (struct config_share){ 0, 1 };
	rig->shares[0][1] = (struct config_share){ 1, 3 };
	rig->groups[0].share_count = 2;
	start(rig);
	use(rig, 0, 120 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 30 * MB);
	EXPECT_U64(gave(rig, 1), 90 * MB);
	EXPECT_U64(controller_used_for(&rig->c, 0), 30 * MB);
	EXPECT_U64(controller_used_for(&rig->c, 1), 90 * MB);
	end(rig);
}

TEST(one_guest_pays_for_several_groups)
{
	struct rig *rig = make_rig();

	rig->shares[1][0].guest = 0;
	start(rig);
	use(rig, 0, 50 * MB);
	use(rig, 1, 70 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 120 * MB);
	EXPECT_U64(gave(rig, 1), 0);
	EXPECT_U64(controller_used_for(&rig->c, 0), 120 * MB);
	EXPECT_U64(plan_of(rig, 1)->charged_kb, 70 * MB);
	end(rig);
}

TEST(at_the_floor_a_group_is_limited_and_freed_again)
{
	struct rig *rig = make_rig();

	rig->groups[0].limit = true;
	start(rig);
	rig->c.groups[0].has_limit = true;
	use(rig, 0, 200 * MB);
	intervals(rig, 5);
	EXPECT_U64(plan_of(rig, 0)->high_kb, PLAN_NONE);
	use(rig, 0, 300 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 256 * MB);
	EXPECT_U64(rig->c.decision->plan.guests[0].limit, LAW_FLOOR);
	EXPECT_U64(plan_of(rig, 0)->high_kb, 256 * MB);
	EXPECT_U64(plan_of(rig, 0)->uncovered_kb, 44 * MB);
	use(rig, 0, 200 * MB);
	intervals(rig, 5);
	EXPECT_U64(plan_of(rig, 0)->high_kb, PLAN_NONE);
	EXPECT_U64(gave(rig, 0), 200 * MB);
	end(rig);
}

TEST(nobody_is_limited_who_must_not_be)
{
	struct rig *rig = make_rig();

	rig->groups[0].limit = true;
	start(rig);
	use(rig, 0, 300 * MB);
	use(rig, 1, 300 * MB);
	rig->c.groups[1].has_limit = true;
	/* One has no memory.high, the other one is not to be limited. */
	intervals(rig, 5);
	EXPECT_U64(plan_of(rig, 0)->high_kb, PLAN_NONE);
	EXPECT_U64(plan_of(rig, 1)->high_kb, PLAN_NONE);
	end(rig);
}

TEST(guest_that_is_not_there_limits_nobody)
{
	struct rig *rig = make_rig();
	struct hv_domain gone;

	rig->groups[0].limit = true;
	start(rig);
	rig->c.groups[0].has_limit = true;
	controller_leave(&rig->c, 0);
	use(rig, 0, 300 * MB);
	use(rig, 1, 40 * MB);
	intervals(rig, 5);
	EXPECT(controller_dismiss(&rig->c, &gone));
	EXPECT_STR(gone.name, "u1");
	EXPECT(!controller_dismiss(&rig->c, &gone));
	EXPECT_U64(plan_of(rig, 0)->high_kb, PLAN_NONE);
	EXPECT_U64(plan_of(rig, 0)->uncovered_kb, 300 * MB);
	EXPECT_U64(gave(rig, 0), 0);
	EXPECT_U64(gave(rig, 1), 40 * MB);
	join(rig, 0);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 256 * MB);
	EXPECT_U64(plan_of(rig, 0)->high_kb, 256 * MB);
	end(rig);
}

TEST(guest_that_goes_leaves_the_others_as_they_are)
{
	struct rig *rig = make_rig();
	struct hv_domain gone;

	start(rig);
	use(rig, 0, 100 * MB);
	use(rig, 1, 60 * MB);
	intervals(rig, 5);
	rig->world.guests[0].gone = true;
	interval(rig);
	EXPECT(rig->c.guests[0].move->gone);
	controller_leave(&rig->c, 0);
	intervals(rig, 5);
	EXPECT(controller_dismiss(&rig->c, &gone));
	EXPECT_STR(gone.name, "u1");
	EXPECT_U64(gave(rig, 1), 60 * MB);
	EXPECT_U64(came(rig), 60 * MB);
	end(rig);
}

TEST(nothing_is_dismissed_before_all_is_back)
{
	struct rig *rig = make_rig();
	struct hv_domain gone;

	start(rig);
	use(rig, 0, 100 * MB);
	intervals(rig, 5);
	rig->world.guests[0].deaf = true;
	controller_leave(&rig->c, 0);
	intervals(rig, 5);
	EXPECT(!controller_dismiss(&rig->c, &gone));
	EXPECT_U64(gave(rig, 0), 100 * MB);
	rig->world.guests[0].deaf = false;
	intervals(rig, 20);
	EXPECT(controller_dismiss(&rig->c, &gone));
	EXPECT_U64(gave(rig, 0), 0);
	EXPECT_U64(rig->c.move.count, 1);
	end(rig);
}

TEST(stuck_guest_rests_and_is_asked_again)
{
	struct rig *rig = make_rig();
	uint64_t limit_kb;

	rig->world.guests[0].gives_no_less_than_kb = GUEST_KB - 80 * MB;
	start(rig);
	use(rig, 0, 200 * MB);
	use(rig, 1, 50 * MB);
	intervals(rig, 6);
	EXPECT_U64(rig->c.decision->plan.guests[0].limit, LAW_STUCK);
	/* It gets a 32nd of its size back, and the wish still stands. */
	limit_kb = 80 * MB - GUEST_KB / 32;
	EXPECT_U64(rig->c.guests[0].move->wanted_kb, 200 * MB);
	EXPECT_U64(plan_of(rig, 0)->charged_kb, limit_kb);
	EXPECT_U64(plan_of(rig, 0)->uncovered_kb, 200 * MB - limit_kb);
	EXPECT_U64(gave(rig, 0), limit_kb);
	EXPECT_U64(gave(rig, 1), 50 * MB);
	EXPECT(rig->c.guests[0].move->side.limited);
	EXPECT(rig->c.moved.phase == MOVE_RESTING);
	rig->world.guests[0].gives_no_less_than_kb = 0;
	intervals(rig, 40);
	EXPECT_U64(gave(rig, 0), 200 * MB);
	EXPECT_U64(rig->c.decision->plan.guests[0].limit, LAW_FREE);
	end(rig);
}

TEST(stuck_guest_is_not_asked_for_what_is_not_used_any_more)
{
	struct rig *rig = make_rig();

	rig->world.guests[0].gives_no_less_than_kb = GUEST_KB - 80 * MB;
	start(rig);
	use(rig, 0, 200 * MB);
	intervals(rig, 6);
	ASSERT(rig->c.guests[0].move->side.limited);
	use(rig, 0, 150 * MB);
	controller_sample(&rig->c, 0, rig->now_ns);
	EXPECT_U64(rig->c.guests[0].move->wanted_kb, 150 * MB);
	EXPECT(rig->c.guests[0].move->side.limited);
	use(rig, 0, 30 * MB);
	intervals(rig, 3);
	EXPECT_U64(rig->c.guests[0].move->wanted_kb, 30 * MB);
	EXPECT_U64(gave(rig, 0), 30 * MB);
	end(rig);
}

TEST(who_is_short_of_memory_gives_less)
{
	struct rig *rig = make_rig();

	rig->guests[0].back_off = true;
	start(rig);
	use(rig, 0, 200 * MB);
	use(rig, 1, 200 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 200 * MB);
	/* Its programs grow: it has 312 MB and needs 320, and a sixteenth is kept. */
	rig->world.guests[0].needs_kb = 320 * MB;
	rig->world.guests[1].needs_kb = 320 * MB;
	intervals(rig, 10);
	EXPECT(gave(rig, 0) <= (512 - 320 - 512 / 16) * MB);
	EXPECT(rig->c.decision->plan.guests[0].limit == LAW_SHORT);
	EXPECT_U64(plan_of(rig, 0)->uncovered_kb + gave(rig, 0), 200 * MB);
	/* Whose word does not count is not asked. */
	EXPECT_U64(gave(rig, 1), 200 * MB);
	rig->world.guests[0].needs_kb = 0;
	intervals(rig, 40);
	EXPECT_U64(gave(rig, 0), 200 * MB);
	end(rig);
}

TEST(slack_is_spent_first)
{
	struct rig *rig = make_rig();

	rig->config.global.policy = CONFIG_SLACK_FIRST;
	rig->config.global.reserve_kb = 20 * MB;
	start(rig);
	/* 120 MB were free before; what groups use is gone from that. */
	use(rig, 0, 80 * MB);
	use(rig, 1, 30 * MB);
	rig->free_kb = 10 * MB;
	interval(rig);
	EXPECT_U64(plan_of(rig, 0)->slack_kb, 70 * MB);
	EXPECT_U64(plan_of(rig, 1)->slack_kb, 30 * MB);
	rig->free_kb += came(rig);
	intervals(rig, 4);
	EXPECT_U64(gave(rig, 0), 10 * MB);
	EXPECT_U64(gave(rig, 1), 0);
	/* What has been moved is not taken for slack. */
	EXPECT_U64(plan_of(rig, 0)->slack_kb, 70 * MB);
	end(rig);
}

TEST(a_cap_that_was_asked_for_holds_until_its_end)
{
	struct rig *rig = make_rig();

	start(rig);
	use(rig, 0, 100 * MB);
	rig->c.groups[0].asked_cap_kb = 40 * MB;
	rig->c.groups[0].asked_until_ns = rig->now_ns + 5 * NSEC_PER_SEC;
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 40 * MB);
	intervals(rig, 3);
	EXPECT_U64(gave(rig, 0), 100 * MB);
	/* Nobody can ask for more than the configuration allows. */
	rig->groups[0].cap_kb = 10 * MB;
	rig->c.groups[0].asked_cap_kb = 40 * MB;
	rig->c.groups[0].asked_until_ns = UINT64_MAX;
	intervals(rig, 3);
	EXPECT_U64(gave(rig, 0), 10 * MB);
	end(rig);
}

TEST(what_is_above_the_ceiling_is_not_taken)
{
	struct rig *rig = make_rig();

	rig->guests[0].ceiling_kb = 200 * MB;
	start(rig);
	use(rig, 0, 300 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 100 * MB);
	rig->world.live = true;
	controller_stop(&rig->c);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 0);
	end(rig);
}

TEST(cache_is_dropped_after_lingering)
{
	struct rig *rig = make_rig();
	uint64_t t = rig->now_ns;
	struct usage *usage;

	rig->config.global.linger_ns = 10 * NSEC_PER_SEC;
	start(rig);
	usage = &rig->c.groups[0].usage;
	*usage = (struct usage){ .cache_kb = 40 * MB, .processes = 1 };
	EXPECT(!controller_wants_evict(&rig->c, 0, t));
	usage->processes = 0;
	EXPECT(!controller_wants_evict(&rig->c, 0, t + 9 * NSEC_PER_SEC));
	EXPECT(controller_wants_evict(&rig->c, 0, t + 10 * NSEC_PER_SEC));
	/* Once is enough for a while, though dirty pages are tried again. */
	EXPECT(!controller_wants_evict(&rig->c, 0, t + 11 * NSEC_PER_SEC));
	EXPECT(controller_wants_evict(&rig->c, 0, t + 13 * NSEC_PER_SEC));
	usage->processes = 1;
	EXPECT(!controller_wants_evict(&rig->c, 0, t + 20 * NSEC_PER_SEC));
	usage->processes = 0;
	EXPECT(!controller_wants_evict(&rig->c, 0, t + 29 * NSEC_PER_SEC));
	/* The other one lingers by itself. */
	EXPECT(!controller_wants_evict(&rig->c, 1, t + 99 * NSEC_PER_SEC));
	end(rig);
}

/* --- another configuration ----------------------------------------------------- */

static void apply(struct rig *rig, const struct config *next)
{
	struct changes changes;

	ASSERT(changes_find(rig->c.config, next, &changes) == 0);
	ASSERT(controller_apply(&rig->c, next, &changes, rig->now_ns, NULL) == 0);
	changes_free(&changes);
}

TEST(new_numbers_hold_while_all_goes_on)
{
	struct rig *rig = make_rig();
	struct config next;
	struct config_guest guests[GUESTS];

	start(rig);
	use(rig, 0, 250 * MB);
	use(rig, 1, 60 * MB);
	intervals(rig, 5);
	next = rig->config;
	memcpy(guests, rig->guests, sizeof(guests));
	guests[0].floor_kb = 400 * MB;
	next.guests = guests;
	apply(rig, &next);
	EXPECT_U64(usage_total(&rig->c.groups[0].usage), 250 * MB);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 112 * MB);
	EXPECT_U64(gave(rig, 1), 60 * MB);
	end(rig);
}

TEST(who_is_not_in_it_any_more_is_given_back)
{
	struct rig *rig = make_rig();
	struct config_group group;
	struct config_share share = { 0, 1 };
	struct hv_domain gone;
	struct config next;

	start(rig);
	use(rig, 0, 100 * MB);
	use(rig, 1, 60 * MB);
	intervals(rig, 5);
	/* Only the second pair stays, and takes the first place. */
	next = rig->config;
	group = rig->groups[1];
	group.shares = &share;
	next.guests = &rig->guests[1];
	next.guest_count = 1;
	next.groups = &group;
	next.group_count = 1;
	apply(rig, &next);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 0);
	EXPECT_U64(gave(rig, 1), 60 * MB);
	EXPECT(controller_dismiss(&rig->c, &gone));
	EXPECT_STR(gone.name, "u1");
	EXPECT_U64(rig->c.move.count, 1);
	/* And comes back. */
	apply(rig, &rig->config);
	EXPECT(!rig->c.guests[0].move);
	EXPECT(rig->c.guests[1].move);
	use(rig, 0, 30 * MB);
	join(rig, 0);
	intervals(rig, 5);
	EXPECT_U64(gave(rig, 0), 30 * MB);
	EXPECT_U64(gave(rig, 1), 60 * MB);
	end(rig);
}

TEST(other_pieces_need_a_new_beginning)
{
	struct rig *rig = make_rig();
	struct config_guest guests[GUESTS];
	struct hv_domain gone;
	struct config next;

	start(rig);
	use(rig, 0, 100 * MB);
	intervals(rig, 5);
	next = rig->config;
	memcpy(guests, rig->guests, sizeof(guests));
	guests[0].quantum_kb = 2 * MB;
	next.guests = guests;
	apply(rig, &next);
	EXPECT(!rig->c.guests[0].move);
	EXPECT(rig->c.guests[1].move);
	intervals(rig, 5);
	EXPECT(controller_dismiss(&rig->c, &gone));
	EXPECT_U64(gave(rig, 0), 0);
	end(rig);
}

TEST(impossible_wishes_are_refused_beforehand)
{
	struct config_guest guest = {
		.floor_kb = 512 * MB, .ceiling_kb = CONFIG_NO_CEILING,
	};
	struct side_base base = {
		.domain.name = "u1",
		.sizes = { 512 * MB, 512 * MB, 513 * MB, 512 * MB, HV_UNKNOWN },
	};
	struct side_base host = {
		.domain.name = "dom0",
		.sizes = { 700 * MB, 700 * MB, 1200 * MB, 1200 * MB, HV_UNKNOWN },
	};
	struct error err = { 0 };

	EXPECT_INT(controller_check(&guest, &base, &host, &err), -ERANGE);
	EXPECT_HAS(err.text, "--floor");
	guest.floor_kb = CONFIG_FLOOR_HALF;
	EXPECT_INT(controller_check(&guest, &base, &host, &err), 0);
	host.sizes.max_kb = 700 * MB;
	EXPECT_INT(controller_check(&guest, &base, &host, &err), -ENOSPC);
	host.sizes.max_kb = 1200 * MB;
	host.sizes.static_max_kb = 700 * MB;
	EXPECT_INT(controller_check(&guest, &base, &host, &err), -ENOSPC);
	EXPECT_HAS(err.text, "ceiling");
}

KTAP_MAIN()
