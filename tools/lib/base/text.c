// SPDX-License-Identifier: GPL-2.0-or-later
/* Text from strangers, made safe for terminals and JSON. */
#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "text.h"

/*
 * Length of the printable character at @text, or 0 when it is none.  A
 * character of width 0 is refused: it changes how its neighbours look.
 */
static size_t printable(const char *text, size_t left)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t len;

	if (*text == '\\')
		return 0;
	if (*text >= ' ' && *text <= '~')
		return 1;
	len = mbrtowc(&wide, text, left, &state);
	if (len == 0 || len > left || wcwidth(wide) <= 0)
		return 0;
	return len;
}

char *text_escape(const char *text)
{
	size_t left = strlen(text);
	char *ret = malloc(4 * left + 1);
	char *to = ret;

	if (!ret)
		return NULL;
	while (left > 0) {
		size_t len = printable(text, left);

		if (len > 0) {
			memcpy(to, text, len);
			to += len;
		} else if (*text == '\\') {
			to += sprintf(to, "\\\\");
			len = 1;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
			len = 1;
		}
		text += len;
		left -= len;
	}
	*to = '\0';
	return ret;
}

void text_disarm(char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t len = *text == '\\' ? 1 : printable(text, left);

		if (len == 0) {
			*text = '?';
			len = 1;
		}
		text += len;
		left -= len;
	}
}

/* Length of the next character, or of a byte that is none, and how many columns it takes. */
static size_t step(const char *text, size_t left, mbstate_t *state, size_t *ret_columns)
{
	wchar_t wide;
	size_t len = mbrtowc(&wide, text, left, state);

	if (len == 0 || len > left) {
		/* Not a character here: a byte is a column. */
		memset(state, 0, sizeof(*state));
		*ret_columns = 1;
		return 1;
	}
	*ret_columns = wcwidth(wide) > 0 ? (size_t)wcwidth(wide) : 0;
	return len;
}

size_t text_width(const char *text)
{
	mbstate_t state = { 0 };
	size_t left = strlen(text), width = 0;

	while (left > 0) {
		size_t columns, len = step(text, left, &state, &columns);

		width += columns;
		text += len;
		left -= len;
	}
	return width;
}

/* One way through it, up to where it is cut at most: a guest says how long it is. */
void text_cut(char *text, size_t columns)
{
	mbstate_t state = { 0 };
	size_t left = strlen(text), width = 0, at = 0, fits = 0;

	while (left > 0) {
		size_t more, len = step(text + at, left, &state, &more);

		width += more;
		if (width > columns) {
			strcpy(text + fits, columns > 0 ? "~" : "");
			return;
		}
		at += len;
		left -= len;
		/* With room for what says that it is cut. */
		if (width < columns)
			fits = at;
	}
}

/* Length of the UTF-8 sequence that begins with @lead, 0 for none. */
static size_t utf8_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* Length of the valid UTF-8 character at @s, 0 when it is not valid. */
static size_t utf8_valid(const unsigned char *s)
{
	size_t len = utf8_length(*s), i;

	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

char *text_utf8(const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	char *ret = malloc(3 * strlen(text) + 1);
	char *to = ret;

	if (!ret)
		return NULL;
	while (*from) {
		size_t len = utf8_valid(from);

		if (len > 0) {
			memcpy(to, from, len);
			to += len;
			from += len;
		} else {
			memcpy(to, "\xef\xbf\xbd", 3);
			to += 3;
			from++;
		}
	}
	*to = '\0';
	return ret;
}

char *text_escape_utf8(const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	char *ret = malloc(4 * strlen(text) + 1);
	char *to = ret;

	if (!ret)
		return NULL;
	while (*from) {
		size_t len = utf8_valid(from);

		/* The controls from U+0080 to U+009F are two bytes. */
		if (*from < ' ' || *from == 0x7f ||
		    (len == 2 && from[0] == 0xc2 && from[1] < 0xa0))
			len = 0;
		if (*from == '\\') {
			to += sprintf(to, "\\\\");
			from++;
		} else if (len > 0) {
			memcpy(to, from, len);
			to += len;
			from += len;
		} else {
			to += sprintf(to, "\\x%02x", *from++);
		}
	}
	*to = '\0';
	return ret;
}

bool text_unicode(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
