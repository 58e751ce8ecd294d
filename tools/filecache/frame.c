// SPDX-License-Identifier: GPL-2.0-or-later
/* A picture of text, line by line, for whatever shows it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "frame.h"

void frame_init(struct frame *frame, size_t columns)
{
	*frame = (struct frame){ .columns = columns };
}

void frame_exit(struct frame *frame)
{
	size_t i;

	for (i = 0; i < frame->count; i++)
		free(frame->lines[i].text);
	free(frame->lines);
	*frame = (struct frame){ 0 };
}

void frame_line(struct frame *frame)
{
	struct frame_line line = { .text = strdup("") };
	struct frame_line *lines = array_room(frame->lines, frame->count, &frame->room,
					      sizeof(*lines));

	if (!lines) {
		frame->failed = true;
		free(line.text);
		return;
	}
	frame->lines = lines;
	if (!line.text)
		frame->failed = true;
	else
		frame->lines[frame->count++] = line;
}

static struct frame_line *last(const struct frame *frame)
{
	return frame->count ? &frame->lines[frame->count - 1] : NULL;
}

void frame_choose(struct frame *frame)
{
	if (last(frame))
		last(frame)->chosen = true;
}

size_t frame_used(const struct frame *frame)
{
	return last(frame) ? text_width(last(frame)->text) : 0;
}

static void add_span(struct frame_line *line, enum frame_style style,
		     size_t len)
{
	if (line->count > 0 &&
	    (line->spans[line->count - 1].style == style ||
	     line->count == FRAME_SPANS)) {
		line->spans[line->count - 1].len += len;
		return;
	}
	line->spans[line->count].style = style;
	line->spans[line->count].len = len;
	line->count++;
}

void frame_put(struct frame *frame, enum frame_style style, const char *text)
{
	__free_mem char *copy = strdup(text);
	struct frame_line *line = last(frame);
	size_t had, len;
	char *more;

	if (!line || !copy) {
		frame->failed = true;
		return;
	}
	text_cut(copy, frame->columns - frame_used(frame));
	had = strlen(line->text);
	len = strlen(copy);
	more = realloc(line->text, had + len + 1);
	if (!more) {
		frame->failed = true;
		return;
	}
	memcpy(more + had, copy, len + 1);
	line->text = more;
	add_span(line, style, len);
}

void frame_putf(struct frame *frame, enum frame_style style,
		const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	frame_put(frame, style, text);
}

static void put_blanks(struct frame *frame, enum frame_style style, size_t n)
{
	frame_putf(frame, style, "%*s", (int)n, "");
}

void frame_cell(struct frame *frame, enum frame_style style, const char *text,
		size_t width, bool right)
{
	__free_mem char *copy = strdup(text);
	size_t own;

	if (!copy) {
		frame->failed = true;
		return;
	}
	text_cut(copy, width);
	own = text_width(copy);
	/* A title's blanks are a part of it. */
	if (style != FRAME_TITLE && right)
		put_blanks(frame, FRAME_PLAIN, width - own);
	else if (right)
		put_blanks(frame, style, width - own);
	frame_put(frame, style, copy);
	if (!right)
		put_blanks(frame, style == FRAME_TITLE ? style : FRAME_PLAIN,
			   width - own);
	/* Cut text ends in a mark, which blanks behind it need not have. */
	if (frame_used(frame) < frame->columns)
		put_blanks(frame, style == FRAME_TITLE ? style : FRAME_PLAIN, 1);
}

void frame_print(const struct frame *frame, FILE *to)
{
	size_t i;

	for (i = 0; i < frame->count; i++) {
		const char *text = frame->lines[i].text;
		size_t len = strlen(text);

		while (len > 0 && text[len - 1] == ' ')
			len--;
		fprintf(to, "%.*s\n", (int)len, text);
	}
}
