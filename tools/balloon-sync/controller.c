// SPDX-License-Identifier: GPL-2.0-or-later
/* The law and the move put together: what to do with each sample, in order. */
#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"
#include "controller.h"

#define QUIET_SAMPLES	3
/* Pages that are dirty now can be dropped a little later. */
#define EVICT_AGAIN_NS	(2 * NSEC_PER_SEC)

int controller_init(struct controller *controller,
		    const struct controller_config *config, struct hv *hv,
		    const struct state *state, uint64_t now_ns,
		    struct error *err)
{
	struct move_guest_config guest = {
		.base = state->guests[0].base,
		.floor_kb = config->law.floor_kb,
		.foreign = state->guests[0].foreign,
	};
	int r;

	*controller = (struct controller){
		.config = *config,
		.alive_ns = now_ns,
	};
	r = move_init(&controller->move, hv, &state->host, config->patience_ns,
		      now_ns, err);
	controller->move.host.foreign = state->host_foreign;
	if (r == 0)
		r = move_add_guest(&controller->move, &guest, now_ns,
				   &controller->guest, err);
	return r;
}

void controller_exit(struct controller *controller)
{
	move_exit(&controller->move);
}

static bool wants_evict(struct controller *c, uint64_t now_ns)
{
	if (c->usage.processes > 0) {
		c->alive_ns = now_ns;
		return false;
	}
	if (c->config.linger_ns == CONTROLLER_NEVER || c->usage.cache_kb == 0 ||
	    now_ns < c->evict_ns || now_ns - c->alive_ns < c->config.linger_ns)
		return false;
	c->evict_ns = now_ns + EVICT_AGAIN_NS;
	return true;
}

bool controller_sample(struct controller *c, const struct usage *usage,
		       uint64_t now_ns, bool *ret_limit_changed)
{
	const struct move_guest *guest = c->guest;
	enum law_limit limit;
	struct law_input input = {
		.used_kb = usage_total(usage),
		.wanted_kb = guest->wanted_kb,
		.guest_kb = guest->side.base.sizes.actual_kb,
		.host_room_kb = move_room(&c->move.host.base),
		.moving = c->phase == MOVE_UNDER_WAY,
	};

	c->same = input.used_kb == usage_total(&c->usage) ? c->same + 1 : 0;
	input.quiet = c->same >= QUIET_SAMPLES;
	c->usage = *usage;
	*ret_limit_changed = false;
	if (c->stopping)
		return false;
	move_want(&c->move, c->guest,
		  law_decide(&c->config.law, &input, &limit));
	*ret_limit_changed = limit != c->limit;
	c->limit = limit;
	return wants_evict(c, now_ns);
}

void controller_stop(struct controller *c)
{
	c->stopping = true;
	move_want(&c->move, c->guest, 0);
}

int controller_step(struct controller *c, uint64_t now_ns,
		    struct move_report *ret, struct error *err)
{
	int r = move_step(&c->move, now_ns, ret, err);

	if (r < 0)
		return r;
	c->phase = ret->phase;
	if (ret->events & MOVE_EVENT_GUEST_GONE)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 c->guest->side.base.domain.name);
	return 0;
}

int controller_check(const struct law_config *law, const struct side_base *guest,
		     const struct side_base *host, struct error *err)
{
	const struct hv_sizes *guest_sizes = &guest->sizes;
	const struct hv_sizes *host_sizes = &host->sizes;

	if (law->floor_kb >= guest_sizes->actual_kb)
		return error_set(err, -ERANGE,
				 "%s: has %" PRIu64 " MB, the floor of %" PRIu64
				 " MB leaves nothing to take; lower --floor",
				 guest->domain.name, guest_sizes->actual_kb >> 10,
				 law->floor_kb >> 10);
	if (move_room(host) < LAW_PAGE_KB)
		return error_set(err, -ENOSPC,
				 "%s: is at its ceiling of %" PRIu64
				 " MB and cannot grow; raise max: of dom0_mem= on Xen's command line",
				 host->domain.name,
				 side_smaller(host_sizes->max_kb,
					      host_sizes->static_max_kb) >> 10);
	return 0;
}
