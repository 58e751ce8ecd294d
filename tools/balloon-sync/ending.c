// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a run: caches dropped, memory given back, while questions are answered. */
#include <errno.h>
#include <inttypes.h>

#include "ending.h"

/* The groups pay with their own cache, not others with theirs. */
static void drop_all(struct manager *m)
{
	uint64_t kb;
	size_t i;

	for (i = 0; i < m->subjects.count; i++) {
		int r = subjects_evict(&m->subjects, i, &kb, NULL);

		if (r < 0 && r != -ENOENT)
			report_line(&m->report, m->config->groups[i].name,
				    "its page cache could not be dropped");
		loop_alive();
	}
}

void ending_begin(struct manager *m)
{
	if (m->controller.stopping)
		return;
	loop_stopping();
	drop_all(m);
	controller_stop(&m->controller);
	m->back = (struct give_back){
		.move = &m->controller.move,
		.state_path = m->state_path,
		.state = &m->state,
		.report = &m->report,
	};
	give_back_begin(&m->back);
}

static void say_back(struct manager *m)
{
	const struct controller *c = &m->controller;
	const struct side_base *host = &c->move.host.base;

	if (m->service || m->hv->pool)
		report_line(&m->report, host->domain.name, "all memory is back");
	else
		report_line(&m->report, c->guests[0].move->side.base.domain.name,
			    c->guests[0].move->gone ?
			    "is gone; %s is at its %" PRIu64 " MB again" :
			    "all memory is back, as is that of %s (%" PRIu64 " MB)",
			    host->domain.name, host->sizes.actual_kb >> 10);
}

int ending_finish(struct manager *m, struct error *err)
{
	int r;

	ending_begin(m);
	if (m->back.over)
		r = give_back_end(&m->back, err);
	else
		r = give_back(&m->controller.move, m->state_path, &m->state, &m->report, err);
	if (r == 0)
		say_back(m);
	return r;
}
