/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of filecache top that its two ways of showing share. */
#ifndef FILECACHE_TOP_H
#define FILECACHE_TOP_H

#include <stdint.h>

#include "top-model.h"
#include "top-view.h"

/**
 * struct top - top while it runs
 * @client: of the module
 * @model: what has been seen
 * @view: which of it is wanted
 * @names: of users and cgroups
 * @delay_ns: between two looks
 * @memory: bytes of memory of the machine, 0 when not known
 * @looks: how many to take, 0 for as many as the user likes
 */
struct top {
	struct filecache_client *client;
	struct top_model model;
	struct top_view view;
	struct names names;
	uint64_t delay_ns;
	uint64_t memory;
	uint64_t looks;
};

#define TOP_DELAY_MIN_NS (100 * NSEC_PER_MSEC)
#define TOP_DELAY_MAX_NS (3600 * NSEC_PER_SEC)
#define TOP_CLOCK_MAX 16

/** top_look() - Ask the module, and arrange the rows. Return: 0, -errno. */
int top_look(struct top *top, struct error *err);

/** top_clock() - Time of the day. Return: @buf, of TOP_CLOCK_MAX bytes. */
char *top_clock(char *buf);

/**
 * top_screen_run() - Show it on the terminal until the user has enough.
 * Return: 0; -ENOTTY or -EINVAL when it cannot be shown; other negative errno.
 */
int top_screen_run(struct top *top, struct error *err);

#endif
