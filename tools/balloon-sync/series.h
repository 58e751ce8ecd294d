/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a log says of each guest and group, as series of numbers over time. */
#ifndef BALLOON_SYNC_SERIES_H
#define BALLOON_SYNC_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Of a log; one of more would not fit a picture. */
#define SERIES_MAX		4096
#define SERIES_POINTS_MAX	50000000
#define SERIES_NAME_MAX		127

/**
 * enum series_kind - what a series is of
 * @SERIES_SUM: use of all groups
 * @SERIES_MOVED: what has arrived at the host
 * @SERIES_GROUP: use of a group
 * @SERIES_HOST: size of the host
 * @SERIES_GUEST: size of a guest
 */
enum series_kind {
	SERIES_SUM,
	SERIES_MOVED,
	SERIES_GROUP,
	SERIES_HOST,
	SERIES_GUEST,
};

/**
 * struct series - numbers over time
 * @kind: what it is of
 * @name: of the group, guest or host
 * @times_s: of each point, not falling
 * @values_kb: of each point
 * @count: of points
 * @room: for points
 * @peak_kb: largest of @values_kb
 * @low_kb: smallest
 */
struct series {
	enum series_kind kind;
	char name[SERIES_NAME_MAX + 1];
	double *times_s;
	double *values_kb;
	size_t count;
	size_t room;
	double peak_kb;
	double low_kb;
};

/**
 * struct series_list - all of a log
 * @all: @count of them
 * @count: at most SERIES_MAX
 * @points: of all together
 */
struct series_list {
	struct series *all;
	size_t count;
	size_t points;
};

/**
 * series_read() - Read a log.
 * @path: CSV with the columns of log.h, or those of one guest and one group
 * @ret: to be freed by series_free(), only on success
 * @err: "path: line N: what is wrong"
 *
 * Return: 0; -EINVAL when it is no log; other negative errno.
 */
int series_read(const char *path, struct series_list *ret, struct error *err);

/** series_free() - Free a list; one of zeros is allowed. */
void series_free(struct series_list *list);

#endif
