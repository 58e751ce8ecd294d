/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened, as a line for people or for programs. */
#ifndef FILECACHE_EVENT_LINE_H
#define FILECACHE_EVENT_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/error.h"
#include "filecache/filecache.h"

/**
 * struct event_style - how lines look
 * @to: where they go
 * @json: a JSON object a line
 * @page_size: in bytes
 */
struct event_style {
	FILE *to;
	bool json;
	uint64_t page_size;
};

/** event_line_exit() - An owner's process has ended. Return: 0, -errno. */
int event_line_exit(const struct event_style *style, time_t when,
		    const struct filecache_owner *owner, struct error *err);

/**
 * event_line_threshold() - A count went above a threshold or below it.
 * @style: how lines look
 * @when: time of the day
 * @name: of what is watched, any bytes
 * @threshold: with its state
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int event_line_threshold(const struct event_style *style, time_t when,
			 const char *name,
			 const struct filecache_threshold *threshold,
			 struct error *err);

/** event_line_lost() - Some was lost. Return: 0, -errno. */
int event_line_lost(const struct event_style *style, time_t when,
		    struct error *err);

/** event_line_gone() - What is watched has ended. Return: 0, -errno. */
int event_line_gone(const struct event_style *style, time_t when,
		    const char *name, struct error *err);

#endif
