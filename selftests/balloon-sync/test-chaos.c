// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many guests with bad manners, at random, and an oracle that knows nothing of
 * how memory is moved: after each change to the world it asks whether the
 * promises made can be kept, and in the end whether everything is back.
 *
 *	CHAOS_SEED=1234 test-chaos	the same again
 */
#include <errno.h>

#include "balloon-sync/move.h"
#include "base/clock.h"
#include "hv/fake.h"
#include "ktap.h"
#include "random.h"

#define MB		1024ULL
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define PATIENCE_NS	(2 * NSEC_PER_SEC)
#define HOST_KB		(700 * MB)
#define HOST_ROOM_KB	(900 * MB)
#define GUEST_KB	(256 * MB)
#define SUPERPAGE_KB	2048
#define STEPS		100000
#define ROUND_STEPS	1000
#define CALM_STEPS	900

/**
 * struct witness - what the oracle knows of a guest
 * @base: its sizes when it was added
 * @quantum_kb: of its targets
 * @floor_kb: it is never to be asked below this
 * @there: it is moved between
 * @foreign: somebody else wrote @foreign_kb
 * @seen: and a step has had the chance to see it
 * @lost_kb: what it had given when it was gone or changed hands
 */
struct witness {
	struct hv_sizes base;
	uint64_t quantum_kb;
	uint64_t floor_kb;
	bool there;
	bool foreign;
	bool seen;
	uint64_t foreign_kb;
	bool written_off;
};

/**
 * struct chaos - a world, who moves memory in it, and who watches
 */
struct chaos {
	struct fake_world world;
	struct random rnd;
	struct hv *hv;
	struct move move;
	struct move_guest *guests[FAKE_GUESTS_MAX];
	struct witness witness[FAKE_GUESTS_MAX];
	uint64_t written_off_kb;
	uint64_t total_kb;
	uint64_t now_ns;
	unsigned int changes;
	unsigned int refused;
	unsigned int most_arrived_mb;
};

static uint64_t draw(struct chaos *c, uint32_t below)
{
	return random_below(&c->rnd, below);
}

static bool once_in(struct chaos *c, uint32_t times)
{
	return draw(c, times) == 0;
}

static uint64_t over(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t given(const struct chaos *c, unsigned int i)
{
	return over(c->witness[i].base.actual_kb, c->world.guests[i].sizes.actual_kb);
}

/* --- the oracle -------------------------------------------------------------- */

/* What guests gave, and what they may take back of it. */
static void count(const struct chaos *c, uint64_t *gave, uint64_t *may_take)
{
	unsigned int i;

	*gave = c->written_off_kb;
	*may_take = 0;
	for (i = 0; i < c->world.guest_count; i++) {
		const struct hv_sizes *is = &c->world.guests[i].sizes;
		const struct witness *w = &c->witness[i];
		uint64_t most = is->max_kb < w->base.actual_kb ? is->max_kb :
				w->base.actual_kb;

		if (!w->there || w->written_off)
			continue;
		*gave += given(c, i);
		*may_take += over(most, is->actual_kb);
	}
}

static void check_promises(const struct chaos *c)
{
	uint64_t arrived = over(c->world.host.sizes.actual_kb, HOST_KB);
	uint64_t asked = over(c->world.host.sizes.target_kb, HOST_KB);
	uint64_t host = arrived > asked ? arrived : asked;
	uint64_t gave, may_take;

	count(c, &gave, &may_take);
	/* The host is promised no more than was given ... */
	ASSERT(asked <= gave);
	ASSERT(asked <= HOST_ROOM_KB);
	/* ... and guests no more than the host was not, but for a few pages. */
	ASSERT(host + may_take <= gave + SIDE_SLACK_KB);
}

static void check_guest(const struct chaos *c, unsigned int i)
{
	const struct hv_sizes *is = &c->world.guests[i].sizes;
	const struct witness *w = &c->witness[i];

	if (w->foreign && w->seen)
		ASSERT(is->target_kb == w->foreign_kb);
	if (!w->there || w->foreign || c->world.guests[i].gone)
		return;
	ASSERT(is->target_kb >= w->floor_kb);
	ASSERT(is->target_kb <= w->base.target_kb);
	ASSERT((w->base.target_kb - is->target_kb) % w->quantum_kb == 0);
	ASSERT(is->max_kb <= w->base.max_kb);
}

static void watch(void *data)
{
	struct chaos *c = data;
	unsigned int i;

	c->changes++;
	for (i = 0; i < c->world.guest_count; i++)
		check_guest(c, i);
	if (!c->world.pool)
		check_promises(c);
	ASSERT(fake_world_total(&c->world) == c->total_kb);
}

/* Its memory is lost to us, and until the host has given it back, still there. */
static void write_off(struct chaos *c, unsigned int i)
{
	if (c->witness[i].written_off || !c->witness[i].there)
		return;
	c->written_off_kb += given(c, i);
	c->witness[i].written_off = true;
}

/* What the host does not have any more cannot be owed from it. */
static void forgive(struct chaos *c)
{
	uint64_t arrived = over(c->world.host.sizes.actual_kb, HOST_KB);
	uint64_t asked = over(c->world.host.sizes.target_kb, HOST_KB);
	uint64_t host = arrived > asked ? arrived : asked;

	/* Nor what it was asked to have, and will see. */
	if (c->world.host.late_steps && over(c->world.host.late_kb, HOST_KB) > host)
		host = over(c->world.host.late_kb, HOST_KB);
	if (c->written_off_kb > host)
		c->written_off_kb = host;
}

/* --- bad manners ------------------------------------------------------------- */

static void misbehave(struct chaos *c, struct fake_domain *d)
{
	switch (draw(c, 8)) {
	case 0:
		d->deaf = once_in(c, 2);
		break;
	case 1:
		d->rate_kb = 4 * draw(c, 4 * MB);
		break;
	case 2:
		d->asleep = true;
		break;
	case 3:
		d->gives_no_less_than_kb = once_in(c, 2) ? 4 * draw(c, GUEST_KB / 4) : 0;
		break;
	case 4:
		d->takes_no_more_than_kb = once_in(c, 2) ?
			d->sizes.actual_kb + 4 * draw(c, 1000) : UINT64_MAX;
		break;
	case 5:
		d->greedy = d != &c->world.host && once_in(c, 2);
		break;
	case 6:
		d->lag = (unsigned int)draw(c, 3);
		break;
	case 7:
		d->inhibits = c->world.pool && d != &c->world.host && once_in(c, 2);
		break;
	}
}

static void set_foreign(struct chaos *c, unsigned int i)
{
	struct fake_domain *d = &c->world.guests[i];
	struct witness *w = &c->witness[i];
	uint64_t kb = 4 * draw(c, GUEST_KB / 4);

	/* A request of ours that is under way would still overwrite it. */
	if (!w->there || d->gone || d->late_steps || c->guests[i]->side.unseen ||
	    kb == d->sizes.target_kb)
		return;
	d->lag = 0;
	fake_domain_target(d, kb);
	w->foreign = true;
	w->foreign_kb = kb;
	/* As `xl mem-set` does it, or an ordinary one. */
	if (!c->world.pool && once_in(c, 2)) {
		write_off(c, i);
		d->sizes.max_kb = kb + MB;
	}
}

static void add(struct chaos *c, unsigned int i)
{
	struct fake_domain *d = &c->world.guests[i];
	struct witness *w = &c->witness[i];
	struct move_guest_config config = {
		.base = {
			.domain = d->domain,
			.sizes = d->sizes,
			.quantum_kb = d->quantum_kb,
		},
		.floor_kb = 4 * draw(c, GUEST_KB / 8),
	};

	/* Only sizes at rest are a base. */
	if (d->gone || d->late_steps || d->sizes.actual_kb != d->sizes.target_kb ||
	    d->sizes.actual_kb != GUEST_KB)
		return;
	if (move_add_guest(&c->move, &config, c->now_ns, &c->guests[i], NULL) < 0)
		return;
	*w = (struct witness){
		.base = d->sizes,
		.quantum_kb = d->quantum_kb,
		.floor_kb = config.floor_kb,
		.there = true,
	};
}

static void drop(struct chaos *c, unsigned int i)
{
	move_want(&c->move, c->guests[i], 0);
	if (move_remove_guest(&c->move, c->guests[i], NULL) < 0)
		return;
	c->witness[i].there = false;
	c->guests[i] = NULL;
}

static void disturb(struct chaos *c)
{
	unsigned int i = (unsigned int)draw(c, c->world.guest_count);
	struct fake_domain *d = &c->world.guests[i];

	if (once_in(c, 5))
		misbehave(c, once_in(c, 6) ? &c->world.host : d);
	if (once_in(c, 400))
		d->gone = true;
	if (once_in(c, 300))
		d->dies_after = c->world.writes + 1 + (unsigned int)draw(c, 10);
	if (once_in(c, 300))
		set_foreign(c, i);
	if (!c->witness[i].there && once_in(c, 20))
		add(c, i);
	else if (c->witness[i].there && once_in(c, 100))
		drop(c, i);
	if (c->witness[i].there && once_in(c, 10))
		move_want(&c->move, c->guests[i], draw(c, GUEST_KB + 50 * MB));
	if (once_in(c, 200))
		c->world.thief_kb = c->world.stolen_kb + 4 * draw(c, 10 * MB);
	c->world.lost = once_in(c, c->world.lost ? 2 : 100);
	c->world.replies_lost = once_in(c, 50);
}

static void step(struct chaos *c)
{
	struct move_report report;
	struct error err = { 0 };
	unsigned int i;
	int r;

	fake_world_step(&c->world);
	for (i = 0; i < c->world.guest_count; i++)
		if (c->world.guests[i].gone)
			write_off(c, i);
	c->now_ns += STEP_NS;
	r = move_step(&c->move, c->now_ns, &report, &err);
	if (r < 0 && r != -ENOTCONN)
		KTAP_SAY("%s", err.text);
	ASSERT(r == 0 || r == -ENOTCONN);
	c->refused += r < 0;
	for (i = 0; r == 0 && i < c->world.guest_count; i++) {
		struct witness *w = &c->witness[i];

		if (!w->there || !w->foreign)
			continue;
		/* It was found, and nobody thinks of it as ours again. */
		ASSERT(c->guests[i]->side.foreign || c->guests[i]->gone);
		w->seen = true;
		write_off(c, i);
	}
	forgive(c);
	if (r == 0 && report.arrived_kb / MB > c->most_arrived_mb)
		c->most_arrived_mb = (unsigned int)(report.arrived_kb / MB);
}

/* --- from the beginning to the end ------------------------------------------- */

static void begin(struct chaos *c)
{
	struct side_base host = { 0 };
	unsigned int i, count = 1 + (unsigned int)draw(c, 8);

	fake_world_init(&c->world, HOST_KB, HOST_KB + HOST_ROOM_KB, GUEST_KB);
	for (i = 1; i < count; i++)
		fake_world_add(&c->world, GUEST_KB);
	for (i = 0; i < count; i++)
		c->world.guests[i].quantum_kb = once_in(c, 3) ? SUPERPAGE_KB : 4;
	c->world.pool = once_in(c, 4);
	c->world.free_kb = once_in(c, 2) ? 4 * draw(c, 100 * MB) : 0;
	c->total_kb = fake_world_total(&c->world);
	c->written_off_kb = 0;
	memset(c->witness, 0, sizeof(c->witness));
	ASSERT(hv_fake_create(&c->hv, &c->world, NULL) == 0);
	hv_fake_watch(c->hv, watch, c);
	host.domain = c->world.host.domain;
	host.sizes = c->world.host.sizes;
	ASSERT(move_init(&c->move, c->hv, &host, PATIENCE_NS, c->now_ns, NULL) == 0);
	for (i = 0; i < count; i++)
		add(c, i);
}

static void behave(struct fake_domain *d)
{
	d->deaf = false;
	d->greedy = false;
	d->inhibits = false;
	d->dies_after = FAKE_NEVER;
	d->lag = 0;
	d->rate_kb = 16 * MB;
	d->gives_no_less_than_kb = 0;
	d->takes_no_more_than_kb = UINT64_MAX;
}

/* Whoever sleeps on too little goes on sleeping: to wake him is our part. */
static void calm(struct chaos *c)
{
	unsigned int i;

	behave(&c->world.host);
	for (i = 0; i < c->world.guest_count; i++) {
		struct fake_domain *d = &c->world.guests[i];

		behave(d);
		if (d->sizes.actual_kb > GUEST_KB)
			d->asleep = false;
		if (c->witness[i].there)
			move_want(&c->move, c->guests[i], 0);
	}
	c->world.lost = false;
	c->world.replies_lost = false;
	c->world.free_kb += c->world.stolen_kb;
	c->world.stolen_kb = 0;
	c->world.thief_kb = 0;
	for (i = 0; i < CALM_STEPS; i++)
		step(c);
}

static void expect_back(struct chaos *c)
{
	struct error err = { 0 };
	unsigned int i;

	for (i = 0; i < c->world.guest_count; i++) {
		const struct witness *w = &c->witness[i];
		const struct hv_sizes *is = &c->world.guests[i].sizes;

		if (!w->there)
			continue;
		if (move_is_back(&c->move, c->guests[i], &err) < 0)
			KTAP_SAY("%s", err.text);
		if (c->world.guests[i].gone || w->foreign)
			continue;
		EXPECT(is->actual_kb + SIDE_SLACK_KB >= GUEST_KB);
		EXPECT(is->actual_kb <= GUEST_KB + SIDE_SLACK_KB);
		EXPECT_U64(is->target_kb, w->base.target_kb);
		EXPECT_U64(is->max_kb, w->base.max_kb);
	}
	/* A few pages are nothing to wake anybody up for. */
	EXPECT(c->world.host.sizes.actual_kb <= HOST_KB + SIDE_SLACK_KB);
	EXPECT(c->world.host.sizes.actual_kb + SIDE_SLACK_KB >= HOST_KB);
	EXPECT_U64(c->world.host.sizes.target_kb, HOST_KB);
	EXPECT_U64(c->world.claimed_kb, 0);
}

TEST(promises_are_kept_whatever_guests_do)
{
	static struct chaos c;
	const char *text = getenv("CHAOS_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)getpid() * 7919;
	unsigned int i, n;

	printf("# seed %" PRIu64 "\n", seed);
	fflush(stdout);
	random_init(&c.rnd, seed);
	c.now_ns = 1000 * NSEC_PER_SEC;
	for (n = 0; n < STEPS; n += ROUND_STEPS) {
		begin(&c);
		for (i = 0; i < ROUND_STEPS; i++) {
			disturb(&c);
			step(&c);
		}
		calm(&c);
		expect_back(&c);
		move_exit(&c.move);
		hv_destroy(c.hv);
	}
	printf("# %u changes, %u steps not let through, up to %u MB moved\n",
	       c.changes, c.refused, c.most_arrived_mb);
	/* Else nothing has been tried. */
	EXPECT(c.changes > STEPS / 10);
	EXPECT(c.refused > STEPS / 1000);
	EXPECT(c.most_arrived_mb > 400);
}

KTAP_MAIN()
