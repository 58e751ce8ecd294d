/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors that carry a sentence for the user, so that libraries need not print. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define ERROR_TEXT_MAX 320

/**
 * struct error - why a call failed
 * @code: negative errno, 0 when nothing failed
 * @text: one line, "object: reason; what to do", without a newline
 */
struct error {
	int code;
	char text[ERROR_TEXT_MAX];
};

/**
 * error_set() - Note why a call failed.
 * @err: filled in; may be NULL when the caller does not want to know
 * @code: negative errno
 * @fmt: printf format of the sentence
 *
 * What a terminal would not print in the result is replaced (text_disarm()),
 * since names in it may come from a guest or another user.
 *
 * Return: @code, so that a caller can return it at once.
 */
int error_set(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * error_errno() - Like error_set(), with ": " and the meaning of @code added.
 */
int error_errno(struct error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
