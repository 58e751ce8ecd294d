/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of text, line by line, for whatever shows it. */
#ifndef FILECACHE_FRAME_H
#define FILECACHE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * enum frame_style - how a part of a line looks where there is a choice
 * @FRAME_PLAIN: as ever
 * @FRAME_STRONG: stands out
 * @FRAME_FAINT: stands back
 * @FRAME_GROWS: something that comes
 * @FRAME_SHRINKS: something that goes
 * @FRAME_TITLE: heading of a table
 */
enum frame_style {
	FRAME_PLAIN,
	FRAME_STRONG,
	FRAME_FAINT,
	FRAME_GROWS,
	FRAME_SHRINKS,
	FRAME_TITLE,
};

#define FRAME_SPANS 24

/**
 * struct frame_line - one line
 * @text: of it all; safe for a terminal
 * @spans: parts of one style, one behind the other
 * @count: of @spans
 * @chosen: the line that the user stands on
 */
struct frame_line {
	char *text;
	struct {
		enum frame_style style;
		size_t len;
	} spans[FRAME_SPANS];
	size_t count;
	bool chosen;
};

/**
 * struct frame - a picture
 * @columns: no line is wider
 * @lines: from the top
 * @count: of @lines
 * @room: of @lines
 * @failed: memory was short, so it is not whole
 */
struct frame {
	size_t columns;
	struct frame_line *lines;
	size_t count;
	size_t room;
	bool failed;
};

/** frame_init() - Begin a picture. */
void frame_init(struct frame *frame, size_t columns);

/** frame_exit() - Free it. */
void frame_exit(struct frame *frame);

/** frame_line() - Begin the next line. */
void frame_line(struct frame *frame);

/** frame_choose() - Mark the line that was begun last. */
void frame_choose(struct frame *frame);

/**
 * frame_put() - Put text behind what the line has.
 * @frame: the picture
 * @style: of the text
 * @text: safe for a terminal; cut where the line ends
 */
void frame_put(struct frame *frame, enum frame_style style, const char *text);

/** frame_putf() - The same with a printf format; at most 300 bytes. */
void frame_putf(struct frame *frame, enum frame_style style,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * frame_cell() - Put text into so many columns, and a blank behind it.
 * @frame: the picture
 * @style: of the text
 * @text: safe for a terminal; cut to @width
 * @width: columns
 * @right: at the right of them
 */
void frame_cell(struct frame *frame, enum frame_style style, const char *text,
		size_t width, bool right);

/** frame_used() - Columns that the line has so far. */
size_t frame_used(const struct frame *frame);

/** frame_print() - Print it without styles, and no blanks at line ends. */
void frame_print(const struct frame *frame, FILE *to);

#endif
