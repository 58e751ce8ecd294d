// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a move: everything back where it was, and taken off the books. */
#include <errno.h>

#include "base/clock.h"
#include "daemon/loop.h"
#include "giveback.h"
#include "limit.h"

#define STEP_NS		(100 * NSEC_PER_MSEC)
/* Giving back ends when nothing has moved for so long. */
#define GIVE_UP_NS	(60 * NSEC_PER_SEC)

static uint64_t now(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

/* What was limited to what could be paid for is not limited any more. */
void give_back_begin(struct give_back *g)
{
	g->lifted = limit_lift_all(g->state, &g->lifting);
	g->progress_ns = now();
	g->last_kb = 0;
	g->over = false;
}

static int step(struct give_back *g, struct move_report *moved, struct error *err)
{
	int r = move_step(g->move, now(), moved, err);

	if (r < 0)
		return r;
	report_events(g->report, g->move, moved);
	if (state_note_foreign(g->state, g->move))
		r = state_save(g->state_path, g->state, err);
	return r;
}

int give_back_step(struct give_back *g, struct error *err)
{
	struct move_report moved = { .phase = MOVE_UNDER_WAY };
	int r = step(g, &moved, err);
	uint64_t kb = moved.guest_kb + moved.arrived_kb;

	if (r < 0 && r != -ENOTCONN) {
		g->over = true;
		return r;
	}
	if (r == 0 && kb != g->last_kb) {
		g->progress_ns = now();
		g->last_kb = kb;
	}
	/* Whether the rest is back is found out by looking at it. */
	g->over = (r == 0 && moved.phase == MOVE_DONE) ||
		  now() >= g->progress_ns + GIVE_UP_NS;
	return g->over ? r : 0;
}

/* The first failure is the one to tell. */
static int note(int r, int now, struct error *err, const struct error *why)
{
	if (r == 0 && now < 0 && err)
		*err = *why;
	return r < 0 ? r : now;
}

int give_back_end(struct give_back *g, struct error *err)
{
	struct error why;
	size_t i;
	int r = 0;

	for (i = 0; i < g->move->count; i++) {
		struct move_guest *guest = g->move->guests[i];
		int back = move_is_back(g->move, guest, &why);

		if (back == 0)
			state_drop(g->state, guest->side.base.domain.uuid);
		r = note(r, back, err, &why);
	}
	r = note(r, move_verify_host(g->move, &why), err, &why);
	r = note(r, g->lifted, err, &g->lifting);
	if (r == 0)
		return state_remove(g->state_path, err);
	/* Should even this fail, more is looked at next time than need be. */
	if (g->state->count || g->state->limit_count)
		state_save(g->state_path, g->state, NULL);
	return r;
}

int give_back(struct move *move, const char *state_path, struct state *state,
	      struct report *report, struct error *err)
{
	struct give_back g = {
		.move = move,
		.state_path = state_path,
		.state = state,
		.report = report,
	};
	int r;

	give_back_begin(&g);
	while (true) {
		r = give_back_step(&g, err);
		if (g.over)
			break;
		loop_alive();
		clock_sleep(STEP_NS);
	}
	return r < 0 ? r : give_back_end(&g, err);
}
