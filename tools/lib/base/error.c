// SPDX-License-Identifier: GPL-2.0-or-later
/* Errors that carry a sentence for the user. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "text.h"

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	err->code = code;
	text_disarm(err->text);
	return code;
}

int error_errno(struct error *err, int code, const char *fmt, ...)
{
	va_list args;
	size_t used;

	if (!err)
		return code;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		 strerror(-code));
	err->code = code;
	text_disarm(err->text);
	return code;
}
