/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which row of top the user has chosen, while rows come and go. */
#ifndef FILECACHE_TOP_MARK_H
#define FILECACHE_TOP_MARK_H

#include <stdbool.h>
#include <stddef.h>

#include "top-model.h"
#include "top-view.h"

/**
 * struct top_mark - the chosen row
 * @set: there is one
 * @row: it; it is found again by what it stands for
 */
struct top_mark {
	bool set;
	struct top_row row;
};

/**
 * top_mark_settle() - Find the chosen row again after another look.
 * @mark: the row that has taken its place when it is no longer there
 * @page: its chosen row is kept on the screen, and the screen within the rows
 * @model: the rows
 * @view: how they are grouped
 * @room: rows on the screen
 */
void top_mark_settle(struct top_mark *mark, struct top_page *page,
		     const struct top_model *model,
		     const struct top_view *view, size_t room);

/**
 * top_mark_move() - Choose another row.
 * @mark: as for top_mark_settle(), like all others
 * @page: likewise
 * @model: likewise
 * @view: likewise
 * @room: likewise
 * @by: rows further down; it stops at the first and the last
 *
 * Where none is chosen, a single step chooses the first one on the screen.
 */
void top_mark_move(struct top_mark *mark, struct top_page *page,
		   const struct top_model *model, const struct top_view *view,
		   size_t room, long by);

#endif
