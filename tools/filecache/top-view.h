/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How top's rows look at a given size, as a picture. */
#ifndef FILECACHE_TOP_VIEW_H
#define FILECACHE_TOP_VIEW_H

#include <stdint.h>

#include "file-list.h"
#include "frame.h"
#include "top-model.h"

/**
 * struct top_page - what else is on the picture
 * @columns: of the screen
 * @lines: of the screen, 0 for as many as it takes
 * @first: first row to be shown
 * @chosen: row that is marked, or SIZE_MAX
 * @delay_ns: time between two looks
 * @memory: bytes of memory of the machine, 0 when not known
 * @clock: time of the day
 * @paused: no more looks are taken
 * @prompt: what the user is typing, NULL when nothing
 * @note: what became of a key, "" for nothing
 */
struct top_page {
	size_t columns;
	size_t lines;
	size_t first;
	size_t chosen;
	uint64_t delay_ns;
	uint64_t memory;
	const char *clock;
	bool paused;
	const char *prompt;
	const char *note;
};

/** top_room() - How many rows there is room for on so many lines. */
size_t top_room(size_t lines);

/** top_draw() - Draw rows. */
void top_draw(struct frame *frame, const struct top_model *model,
	      const struct top_view *view, const struct top_page *page,
	      struct names *names);

/**
 * top_draw_files() - Draw the files of one row.
 * @frame: the picture
 * @list: files, in order
 * @title: whose they are, safe for a terminal
 * @page: first row and size
 * @page_size: bytes of a page
 */
void top_draw_files(struct frame *frame, const struct file_list *list,
		    const char *title, const struct top_page *page,
		    uint64_t page_size);

/** top_draw_help() - Draw the page of help. */
void top_draw_help(struct frame *frame, const struct top_page *page);

/** top_row_name() - What a row stands for, safe for a terminal, to be freed. */
char *top_row_name(const struct top_row *row, const struct top_view *view,
		   struct names *names);

#endif
