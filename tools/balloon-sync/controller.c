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
		    const struct move_base *base, uint64_t now_ns,
		    struct error *err)
{
	*controller = (struct controller){
		.config = *config,
		.alive_ns = now_ns,
	};
	return move_init(&controller->move, hv, base, config->patience_ns,
			 now_ns, err);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* a - b, or 0 where that is less than nothing. */
static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Two limits: the hypervisor's of what it has, the toolstack's of its target. */
static uint64_t host_room(const struct move_base *base)
{
	const struct hv_sizes *host = &base->host_sizes;

	return smaller(above(host->max_kb, host->actual_kb),
		       above(host->static_max_kb, host->target_kb));
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
	const struct move_base *base = &c->move.base;
	enum law_limit limit;
	struct law_input input = {
		.used_kb = usage_total(usage),
		.wanted_kb = c->move.wanted_kb,
		.guest_kb = base->guest_sizes.actual_kb,
		.host_room_kb = host_room(base),
		.moving = c->phase == MOVE_UNDER_WAY,
	};

	c->same = input.used_kb == usage_total(&c->usage) ? c->same + 1 : 0;
	input.quiet = c->same >= QUIET_SAMPLES;
	c->usage = *usage;
	*ret_limit_changed = false;
	if (c->stopping)
		return false;
	move_want(&c->move, law_decide(&c->config.law, &input, &limit));
	*ret_limit_changed = limit != c->limit;
	c->limit = limit;
	return wants_evict(c, now_ns);
}

void controller_stop(struct controller *c)
{
	c->stopping = true;
	move_want(&c->move, 0);
}

int controller_step(struct controller *c, uint64_t now_ns,
		    struct move_report *ret, struct error *err)
{
	int r = move_step(&c->move, now_ns, ret, err);

	if (r == 0)
		c->phase = ret->phase;
	return r;
}

int controller_check(const struct law_config *law, const struct move_base *base,
		     struct error *err)
{
	const struct hv_sizes *guest = &base->guest_sizes;
	const struct hv_sizes *host = &base->host_sizes;

	if (law->floor_kb >= guest->actual_kb)
		return error_set(err, -ERANGE,
				 "%s: has %" PRIu64 " MB, the floor of %" PRIu64
				 " MB leaves nothing to take; lower --floor",
				 base->guest.name, guest->actual_kb >> 10,
				 law->floor_kb >> 10);
	if (host_room(base) < LAW_PAGE_KB)
		return error_set(err, -ENOSPC,
				 "%s: is at its ceiling of %" PRIu64
				 " MB and cannot grow; raise max: of dom0_mem= on Xen's command line",
				 base->host.name,
				 smaller(host->max_kb, host->static_max_kb) >> 10);
	return 0;
}
