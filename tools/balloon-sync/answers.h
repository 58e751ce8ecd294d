/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service answers on its socket, and writes down for Prometheus. */
#ifndef BALLOON_SYNC_ANSWERS_H
#define BALLOON_SYNC_ANSWERS_H

#include <jansson.h>

#include "controller.h"
#include "report.h"

/* A cap that is asked for holds for a day at most; ask again. */
#define ANSWERS_SECONDS_MAX 86400

/**
 * answers_status() - How everything stands.
 * @c: the controller
 * @report: for what was told last
 * @ret: a new reference: "phase", "host", "guests" and "groups"
 * @err: why it failed
 *
 * Return: 0 or -ENOMEM.
 */
int answers_status(const struct controller *c, const struct report *report,
		   json_t **ret, struct error *err);

/**
 * answers_limit() - Cap what a group is charged, for a while.
 * @c: gets it, to be heeded from the next sample on
 * @request: "group", "kb" and "seconds", of which 0 ends it
 * @now_ns: CLOCK_MONOTONIC
 * @ret: a new reference, an empty object
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is no such group; -EINVAL; -ENOMEM.
 */
int answers_limit(struct controller *c, const json_t *request, uint64_t now_ns,
		  json_t **ret, struct error *err);

/** answers_metrics() - Write the metrics file. Return: 0 or negative errno. */
int answers_metrics(const struct controller *c, const char *path, struct error *err);

#endif
