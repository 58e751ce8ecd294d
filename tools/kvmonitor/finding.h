/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of findings, and the exit status that they make. */
#ifndef KVMONITOR_FINDING_H
#define KVMONITOR_FINDING_H

#include <stddef.h>

#include "base/out.h"
#include "guest/check.h"

/* What was found is neither a failure nor nothing. */
#define EXIT_FOUND	3
/* Nor is that nothing was found where not all could be looked at, or not by each look. */
#define EXIT_UNSURE	4

/**
 * struct finding_list - while findings are listed
 * @out: where they go
 * @count: of those that are sure
 * @unsure: those that were not seen by each look
 * @unsure_count: of these
 * @unsure_room: in @unsure
 * @doubts: what was not as it should be
 */
struct finding_list {
	struct out *out;
	size_t count;
	struct guest_finding *unsure;
	size_t unsure_count;
	size_t unsure_room;
	struct guest_doubts doubts;
};

/** finding_begin() - Begin the table. */
void finding_begin(struct finding_list *list, struct out *out);

/**
 * finding_put() - A row of it, or of the second table; @data is the struct finding_list.
 *
 * Return: 0; -ENOMEM.
 */
int finding_put(const struct guest_finding *finding, void *data);

/**
 * finding_end() - End the table, and say below it what is unsure, that nothing was found, or what
 * is in doubt.
 * @list: of findings
 * @result: of looking, 0 or a negative errno
 *
 * Return: @result when it is negative; EXIT_FOUND; EXIT_UNSURE; 0.
 */
int finding_end(struct finding_list *list, int result);

#endif
