/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a QEMU was started with. */
#ifndef HV_QEMU_ARGUMENTS_H
#define HV_QEMU_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct qemu_arguments - a command line
 * @text: arguments, each with its NUL
 * @len: of all of them
 */
struct qemu_arguments {
	char *text;
	size_t len;
};

/**
 * qemu_argument() - The value of an option.
 * @arguments: of a QEMU
 * @option: its name, without the dash or dashes
 * @number: 0 for the first time that it is given, 1 for the second ...
 *
 * Return: the value; NULL when it is not given so often.
 */
const char *qemu_argument(const struct qemu_arguments *arguments, const char *option,
			  size_t number);

/**
 * qemu_property() - A part of a value like "socket,id=mon,path=/run/a,,b" or as JSON.
 * @value: of an option
 * @key: of the part; of the first one, which may go without, "" stands for it
 * @ret: the part, with doubled commas made one; untouched when there is none
 * @room: of @ret
 *
 * Return: false when it is not there, is no text, or is too long.
 */
bool qemu_property(const char *value, const char *key, char *ret, size_t room);

/**
 * qemu_size() - A size as QEMU takes it: "4G", "512", "1048576k".
 * @text: digits, and at most one of the letters b, k, M, G and T in either case
 * @unit: bytes that a number without a letter counts
 *
 * Return: bytes; 0 for what is no such size.
 */
uint64_t qemu_size(const char *text, uint64_t unit);

/**
 * qemu_memory() - How much memory the guest was started with, by -m.
 *
 * Return: bytes; 0 when it is not said there.
 */
uint64_t qemu_memory(const struct qemu_arguments *arguments);

#endif
