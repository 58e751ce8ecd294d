// SPDX-License-Identifier: GPL-2.0-or-later
/* Bringing sizes back after a crash. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "giveback.h"
#include "limit.h"
#include "restore.h"
#include "state.h"

#define SUFFIX ".state"

static int add_guests(struct move *move, const struct state *state,
		      struct error *err)
{
	struct move_guest *guest;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < state->count; i++) {
		struct move_guest_config config = {
			.base = state->guests[i].base,
			.foreign = state->guests[i].foreign,
		};

		r = move_add_guest(move, &config, clock_now_ns(CLOCK_MONOTONIC),
				   &guest, err);
	}
	return r;
}

static void say_back(struct report *report, const struct side *side)
{
	const struct side_base *base = &side->base;

	if (!side->foreign)
		report_line(report, base->domain.name,
			    "has its %" PRIu64 " MB again",
			    base->sizes.actual_kb >> 10);
}

/* Whoever is not back stays in the file. */
static int square(struct hv *hv, const char *path, uint64_t patience_ns,
		  struct state *state, struct report *report, struct error *err)
{
	struct move move;
	size_t i;
	int r = move_init(&move, hv, &state->host, patience_ns,
			  clock_now_ns(CLOCK_MONOTONIC), err);

	if (r < 0)
		return r;
	move.host.foreign = state->host_foreign;
	r = add_guests(&move, state, err);
	if (r == 0)
		r = give_back(&move, path, state, report, err);
	for (i = 0; i < move.count; i++) {
		const struct move_guest *guest = move.guests[i];

		if (!guest->gone &&
		    !state_find(state, guest->side.base.domain.uuid))
			say_back(report, &guest->side);
	}
	if (r == 0 && !hv->pool)
		say_back(report, &move.host);
	move_exit(&move);
	return r;
}

int restore_one(struct hv *hv, const char *path, uint64_t patience_ns,
		struct report *report, struct error *err)
{
	struct state state = { 0 };
	int r = state_load(path, &state, err);

	if (r < 0)
		return r;
	if (state.stale) {
		report_line(report, path,
			    "is from before the last boot, which has brought all sizes back");
		r = state_remove(path, err);
	} else if (state.count == 0) {
		/* The host has nothing of anybody's then. */
		r = limit_lift_all(&state, err);
		if (r == 0)
			r = state_remove(path, err);
	} else {
		r = square(hv, path, patience_ns, &state, report, err);
	}
	state_free(&state);
	return r;
}

int restore_file(const char *path, uint64_t patience_ns, struct report *report,
		 struct error *err)
{
	struct state state = { 0 };
	struct hv *hv = NULL;
	int r = state_load(path, &state, err);

	if (r < 0)
		return r;
	/* After a boot, or without guests, nobody need be there to be asked. */
	if (!state.stale && state.count)
		r = backend_restore(&state, &hv, err);
	state_free(&state);
	if (r == 0)
		r = restore_one(hv, path, patience_ns, report, err);
	hv_destroy(hv);
	return r;
}

static bool is_state(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(SUFFIX) &&
	       strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static int find_any(char **ret, struct error *err)
{
	DIR *folder = opendir(STATE_FOLDER);
	const struct dirent *entry;
	int r = -ENOENT;

	if (!folder && errno != ENOENT)
		return error_errno(err, -errno, STATE_FOLDER);
	while (folder && r == -ENOENT && (entry = readdir(folder)))
		if (is_state(entry->d_name))
			r = asprintf(ret, STATE_FOLDER "/%s", entry->d_name) < 0 ?
			    -ENOMEM : 0;
	if (folder)
		closedir(folder);
	return r == -ENOMEM ? error_errno(err, r, STATE_FOLDER) : r;
}

int restore_none_left(struct error *err)
{
	__free_mem char *path = NULL;
	int r = find_any(&path, err);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : error_set(err, -EEXIST,
				     "%s: memory moved by an earlier run has not been given back; run 'balloon-sync restore' first",
				     path);
}

/* The state file that is meant. Return: 0; -ENOENT without any. */
static int find_state(const struct options *o, char **ret, struct error *err)
{
	int r;

	if (o->state)
		*ret = strdup(o->state);
	else if (!o->guest)
		return find_any(ret, err);
	else if (state_path(o->guest, ret, err) < 0)
		return -ENOMEM;
	r = *ret ? 0 : -ENOMEM;
	if (r == 0 && access(*ret, F_OK) < 0)
		r = errno == ENOENT ? -ENOENT :
		    error_errno(err, -errno, "%s", *ret);
	return r;
}

int restore_run(const struct options *options, struct error *err)
{
	__free_mem char *path = NULL;
	int lock = -1;
	struct report report = { .json = options->json };
	int r;

	r = find_state(options, &path, err);
	if (r == -ENOENT) {
		report_line(&report, path ? path : STATE_FOLDER,
			    "nothing to restore");
		return 0;
	}
	if (r == 0)
		r = state_lock(path, &lock, err);
	/* --once may have left several; the lock is for all of them. */
	while (r == 0) {
		r = restore_file(path, options->patience_ns, &report, err);
		free(no_free_ptr(path));
		if (r < 0 || options->state || options->guest)
			break;
		r = find_any(&path, err);
	}
	if (lock >= 0)
		close(lock);
	return r == -ENOENT ? 0 : r;
}
