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

static int step(struct move *move, const char *state_path, struct state *state,
		struct report *report, struct move_report *moved,
		struct error *err)
{
	int r = move_step(move, now(), moved, err);

	if (r < 0)
		return r;
	report_events(report, move, moved);
	if (state_note_foreign(state, move))
		r = state_save(state_path, state, err);
	return r;
}

static int wait_done(struct move *move, const char *state_path,
		     struct state *state, struct report *report,
		     struct error *err)
{
	uint64_t progress_ns = now(), last_kb = 0;
	struct move_report moved = { .phase = MOVE_UNDER_WAY };
	int r;

	do {
		r = step(move, state_path, state, report, &moved, err);
		if (r < 0 && r != -ENOTCONN)
			return r;
		if (r == 0 && moved.phase == MOVE_DONE)
			break;
		if (r == 0 && moved.guest_kb + moved.arrived_kb != last_kb)
			progress_ns = now();
		last_kb = moved.guest_kb + moved.arrived_kb;
		loop_alive();
		clock_sleep(STEP_NS);
	} while (now() < progress_ns + GIVE_UP_NS);
	/* Whether the rest is back is found out by looking at it. */
	return r;
}

/* The first failure is the one to tell. */
static int note(int r, int now, struct error *err, const struct error *why)
{
	if (r == 0 && now < 0 && err)
		*err = *why;
	return r < 0 ? r : now;
}

int give_back(struct move *move, const char *state_path, struct state *state,
	      struct report *report, struct error *err)
{
	/* What was limited to what could be paid for is not limited any more. */
	int lifted, r;
	struct error why, lifting;
	size_t i;

	lifted = limit_lift_all(state, &lifting);
	r = wait_done(move, state_path, state, report, err);
	if (r < 0)
		return r;
	for (i = 0; i < move->count; i++) {
		struct move_guest *guest = move->guests[i];
		int back = move_is_back(move, guest, &why);

		if (back == 0)
			state_drop(state, guest->side.base.domain.uuid);
		r = note(r, back, err, &why);
	}
	r = note(r, move_verify_host(move, &why), err, &why);
	r = note(r, lifted, err, &lifting);
	if (r == 0)
		return state_remove(state_path, err);
	/* Should even this fail, more is looked at next time than need be. */
	if (state->count || state->limit_count)
		state_save(state_path, state, NULL);
	return r;
}
