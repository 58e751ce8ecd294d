/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from strangers, made safe for terminals and JSON. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * text_escape() - Make a name safe to print on a terminal.
 * @text: any bytes up to a NUL
 *
 * What the locale cannot print or what takes no column of its own (control
 * and combining characters, reversals of direction) becomes \xNN byte by
 * byte, and a backslash becomes two, so that the result is unambiguous.
 *
 * Return: a new string to be freed, or NULL when memory is short.
 */
char *text_escape(const char *text);

/**
 * text_disarm() - Make a sentence with names in it safe to print on a terminal, in place.
 * @text: any bytes up to a NUL
 *
 * What text_escape() would escape becomes a '?' for each byte; a backslash stays.
 */
void text_disarm(char *text);

/** text_width() - Columns that text_escape()d text takes on a terminal. */
size_t text_width(const char *text);

/**
 * text_cut() - Cut text_escape()d text to so many columns, in place.
 *
 * What is cut ends in '~'.
 */
void text_cut(char *text, size_t columns);

/**
 * text_utf8() - Make any bytes valid UTF-8.
 *
 * Invalid bytes become U+FFFD.
 *
 * Return: a new string to be freed, or NULL when memory is short.
 */
char *text_utf8(const char *text);

/**
 * text_escape_utf8() - Make a name safe to keep, whatever the locale.
 * @text: any bytes up to a NUL
 *
 * Control characters and what is not UTF-8 become \xNN byte by byte, and a
 * backslash becomes two, so that different names stay different.
 *
 * Return: a new string to be freed, or NULL when memory is short.
 */
char *text_escape_utf8(const char *text);

/** text_unicode() - Whether the locale can show characters beyond ASCII. */
bool text_unicode(void);

#endif
