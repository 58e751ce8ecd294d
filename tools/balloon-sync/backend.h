/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which hypervisor the guests of a configuration belong to. */
#ifndef BALLOON_SYNC_BACKEND_H
#define BALLOON_SYNC_BACKEND_H

#include "config.h"
#include "hv/hv.h"
#include "state.h"

/**
 * backend_check() - That one connection serves all guests of a configuration.
 * @config: at least one guest, or nobody's memory could be moved
 * @err: what is wrong with it
 *
 * Return: 0; -EINVAL without a guest, or with guests of unlike hypervisors.
 */
int backend_check(const struct config *config, struct error *err);

/**
 * backend_same() - That the connection for one configuration serves another one.
 * @before: checked
 * @after: checked
 * @err: that it does not
 *
 * Return: 0 or -EINVAL.
 */
int backend_same(const struct config *before, const struct config *after,
		 struct error *err);

/** backend_create() - Check, and connect. Return: 0 or negative errno. */
int backend_create(const struct config *config, struct hv **ret, struct error *err);

/** backend_add() - Make guests known that may be new. Return: 0, negative errno. */
int backend_add(struct hv *hv, const struct config *config, struct error *err);

/** backend_restore() - Connect to the guests of a state file. Return: 0, -errno. */
int backend_restore(const struct state *state, struct hv **ret, struct error *err);

/** backend_name() - As it stands in configurations and state files. */
const char *backend_name(enum config_hypervisor hypervisor);

#endif
