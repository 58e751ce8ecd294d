// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests that come and go, each in the state file from before its first change on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "roster.h"

/* Sizes that do not change for so long are taken to be at rest. */
#define REST_NS		(300 * NSEC_PER_MSEC)
/* One that could not be looked at is not looked at again for so long. */
#define RETRY_NS	(10 * NSEC_PER_SEC)

int roster_reset(struct roster *roster, struct error *err)
{
	struct roster_guest *guests = calloc(roster->controller->config->guest_count + 1,
					     sizeof(*guests));

	if (!guests)
		return error_errno(err, -ENOMEM, "guests");
	free(roster->guests);
	roster->guests = guests;
	return 0;
}

void roster_exit(struct roster *roster)
{
	free(roster->guests);
	roster->guests = NULL;
}

int roster_save(const char *path, const struct state *state, struct error *err)
{
	if (state->count == 0 && state->limit_count == 0)
		return state_remove(path, err);
	return state_save(path, state, err);
}

/* What a guest costs the host may change though nobody asked for it. */
bool roster_at_rest(const struct hv_sizes *a, const struct hv_sizes *b)
{
	return a->actual_kb == b->actual_kb && a->target_kb == b->target_kb &&
	       a->max_kb == b->max_kb && a->static_max_kb == b->static_max_kb;
}

void roster_describe(struct hv *hv, const struct config_guest *guest,
		     struct state_guest *ret)
{
	ret->base.quantum_kb = guest->quantum_kb ? guest->quantum_kb :
			       hv_quantum_kb(hv, &ret->base.domain);
	snprintf(ret->address, sizeof(ret->address), "%s",
		 guest->address ? guest->address : "");
}

static int join(struct roster *roster, size_t i, uint64_t now_ns, struct error *err)
{
	struct state_guest from = { .base = roster->guests[i].base };
	const char *uuid = from.base.domain.uuid;
	struct error why = { 0 };
	int r;

	roster_describe(roster->controller->move.hv, &roster->controller->config->guests[i],
			&from);
	/* One that has just left may still be on its way out. */
	if (state_find(roster->state, uuid))
		return 0;
	r = state_add(roster->state, &from, err);
	if (r == 0)
		r = state_save(roster->path, roster->state, err);
	if (r == 0 && controller_join(roster->controller, i, &from, now_ns, &why) == 0) {
		report_line(roster->report, from.base.domain.name, "is there");
		return 0;
	}
	state_drop(roster->state, uuid);
	return r < 0 ? r : roster_save(roster->path, roster->state, err);
}

static int read_guest(struct roster *roster, size_t i, struct side_base *ret,
		      struct error *err)
{
	const struct config_guest *guest = &roster->controller->config->guests[i];
	struct hv *hv = roster->controller->move.hv;
	int r = hv_find(hv, guest->name, &ret->domain, err);

	if (r < 0)
		return r;
	return hv_read(hv, &ret->domain, &ret->sizes, err);
}

static int look_at(struct roster *roster, size_t i, uint64_t now_ns, struct error *err)
{
	struct roster_guest *guest = &roster->guests[i];
	struct side_base base = { 0 };
	struct error why = { 0 };
	int r = read_guest(roster, i, &base, &why);
	bool at_rest;

	/* That it does not run is no news. */
	if (r < 0 && r != -ENOENT && r != -ENODEV) {
		if (r != guest->code)
			report_line(roster->report, why.text, "it is tried again");
		guest->retry_ns = now_ns + RETRY_NS;
	}
	guest->code = r;
	if (r < 0) {
		guest->seen_ns = 0;
		return 0;
	}
	at_rest = guest->seen_ns && now_ns >= guest->seen_ns + REST_NS &&
		  strcmp(guest->base.domain.uuid, base.domain.uuid) == 0 &&
		  roster_at_rest(&guest->base.sizes, &base.sizes);
	guest->seen_ns = now_ns;
	guest->base = base;
	return at_rest ? join(roster, i, now_ns, err) : 0;
}

int roster_look(struct roster *roster, uint64_t now_ns, struct error *err)
{
	struct controller *c = roster->controller;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < c->config->guest_count; i++)
		if (!c->guests[i].move && now_ns >= roster->guests[i].retry_ns)
			r = look_at(roster, i, now_ns, err);
	return r;
}

int roster_tidy(struct roster *roster, struct error *err)
{
	struct controller *c = roster->controller;
	struct hv_domain domain;
	bool news = false;
	size_t i;

	for (i = 0; i < c->config->guest_count; i++)
		if (c->guests[i].move && c->guests[i].move->gone) {
			controller_leave(c, i);
			roster->guests[i].seen_ns = 0;
		}
	while (controller_dismiss(c, &domain)) {
		report_line(roster->report, domain.name, "has left; all that it gave is back");
		state_drop(roster->state, domain.uuid);
		news = true;
	}
	return news ? roster_save(roster->path, roster->state, err) : 0;
}
