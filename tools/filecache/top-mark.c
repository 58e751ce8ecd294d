// SPDX-License-Identifier: GPL-2.0-or-later
/* Which row of top the user has chosen, while rows come and go. */
#include <stdint.h>

#include "top-mark.h"

static void find(struct top_mark *mark, struct top_page *page,
		 const struct top_model *model, const struct top_view *view)
{
	size_t i;

	for (i = 0; i < model->count; i++) {
		if (!top_same_row(view, &mark->row, &model->rows[i]))
			continue;
		page->chosen = i;
		return;
	}
	if (page->chosen >= model->count)
		page->chosen = model->count - 1;
	/* What is shown as chosen is what the next key is about. */
	mark->row = model->rows[page->chosen];
}

void top_mark_settle(struct top_mark *mark, struct top_page *page,
		     const struct top_model *model,
		     const struct top_view *view, size_t room)
{
	if (model->count == 0)
		mark->set = false;
	if (mark->set) {
		find(mark, page, model, view);
		if (page->chosen < page->first)
			page->first = page->chosen;
		else if (room > 0 && page->chosen >= page->first + room)
			page->first = page->chosen - room + 1;
	} else {
		page->chosen = SIZE_MAX;
	}
	if (page->first + room > model->count)
		page->first = model->count > room ? model->count - room : 0;
}

void top_mark_move(struct top_mark *mark, struct top_page *page,
		   const struct top_model *model, const struct top_view *view,
		   size_t room, long by)
{
	long to = (long)(mark->set ? page->chosen : page->first);

	if (model->count == 0)
		return;
	if (mark->set || by < -1 || by > 1)
		to += by;
	if (to < 0)
		to = 0;
	if (to >= (long)model->count)
		to = (long)model->count - 1;
	mark->set = true;
	page->chosen = (size_t)to;
	mark->row = model->rows[to];
	top_mark_settle(mark, page, model, view, room);
}
