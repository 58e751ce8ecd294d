/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that come and go, each in the state file from before its first change on. */
#ifndef BALLOON_SYNC_ROSTER_H
#define BALLOON_SYNC_ROSTER_H

#include "controller.h"
#include "report.h"
#include "state.h"

/**
 * struct roster_guest - a guest of the configuration that has not joined
 * @seen_ns: when it was seen last, CLOCK_MONOTONIC; 0 when it was not there
 * @base: what it was then
 * @code: why it could not be looked at, so that it is told once
 * @retry_ns: it is not looked at before then, since that may take seconds
 */
struct roster_guest {
	uint64_t seen_ns;
	uint64_t retry_ns;
	struct side_base base;
	int code;
};

/**
 * struct roster - who is there
 * @controller: gets them
 * @state: of the file at @path
 * @path: written whenever @state changes
 * @report: told who comes and goes
 * @guests: one for each of the configuration
 */
struct roster {
	struct controller *controller;
	struct state *state;
	const char *path;
	struct report *report;
	struct roster_guest *guests;
};

/** roster_reset() - For the configuration in force now. Return: 0 or -ENOMEM. */
int roster_reset(struct roster *roster, struct error *err);

/** roster_exit() - Free it. */
void roster_exit(struct roster *roster);

/**
 * roster_look() - Look for guests that are not there yet.
 * @roster: the roster
 * @now_ns: CLOCK_MONOTONIC
 * @err: why the state file could not be written
 *
 * One joins when two looks see it at rest.
 *
 * Return: 0, also when some guest cannot be looked at; negative errno.
 */
int roster_look(struct roster *roster, uint64_t now_ns, struct error *err);

/**
 * roster_tidy() - Let go of guests that are gone, or back and not wanted any more.
 *
 * Return: 0; negative errno when the state file could not be written.
 */
int roster_tidy(struct roster *roster, struct error *err);

/**
 * roster_describe() - What the state file needs beside a guest's sizes.
 * @hv: of the guest
 * @guest: of the configuration
 * @ret: its base.domain is that guest; address and quantum are filled in
 */
void roster_describe(struct hv *hv, const struct config_guest *guest,
		     struct state_guest *ret);

/** roster_save() - Write the state file; without anything in it, remove it. */
int roster_save(const char *path, const struct state *state, struct error *err);

/** roster_at_rest() - Whether a domain was at rest between two looks. */
bool roster_at_rest(const struct hv_sizes *before, const struct hv_sizes *now);

#endif
