// SPDX-License-Identifier: GPL-2.0-or-later
/* What a QEMU was started with.  Any user may start a program with any arguments. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "qemu-arguments.h"

#define JSON_MOST	4096

static bool is_option(const char *argument, const char *option)
{
	if (*argument != '-')
		return false;
	argument += argument[1] == '-' ? 2 : 1;
	return strcmp(argument, option) == 0;
}

const char *qemu_argument(const struct qemu_arguments *arguments, const char *option,
			  size_t number)
{
	const char *end = arguments->text + arguments->len, *p = arguments->text, *next;

	for (; p < end; p = next) {
		next = p + strlen(p) + 1;
		if (next < end && is_option(p, option) && number-- == 0)
			return next;
	}
	return NULL;
}

/* Where it ends: at a comma that is alone, or with the text. */
static const char *part_end(const char *part)
{
	for (; *part; part++) {
		if (*part != ',')
			continue;
		if (part[1] != ',')
			break;
		part++;
	}
	return part;
}

/* Return: false when it is too long. */
static bool copy_part(const char *from, char *ret, size_t room)
{
	const char *end = part_end(from);

	if ((size_t)(end - from) >= room)
		return false;
	for (; from < end; from++) {
		*ret++ = *from;
		from += *from == ',';
	}
	*ret = '\0';
	return true;
}

/* Return: the part after this one, NULL when it was the last. */
static const char *next_part(const char *part)
{
	const char *end = part_end(part);

	return *end ? end + 1 : NULL;
}

static bool json_property(const char *value, const char *key, char *ret, size_t room)
{
	/* Anybody may write what takes long. */
	__free_json json_t *object = strlen(value) > JSON_MOST ? NULL :
				     json_loads(value, JSON_REJECT_DUPLICATES, NULL);
	const json_t *member = json_object_get(object, *key ? key : "qom-type");
	const char *text = json_string_value(member);

	/* A size in bytes, as text has it too. */
	if (json_is_integer(member))
		return snprintf(ret, room, "%" JSON_INTEGER_FORMAT,
				json_integer_value(member)) < (int)room;
	if (!text || strlen(text) >= room)
		return false;
	strcpy(ret, text);
	return true;
}

bool qemu_property(const char *value, const char *key, char *ret, size_t room)
{
	const char *part = value;
	size_t len = strlen(key);

	if (*value == '{')
		return json_property(value, key, ret, room);
	if (len == 0)
		return copy_part(value, ret, room);
	for (; part; part = next_part(part))
		if (strncmp(part, key, len) == 0 && part[len] == '=')
			return copy_part(part + len + 1, ret, room);
	return false;
}

uint64_t qemu_size(const char *text, uint64_t unit)
{
	static const char letters[] = "bkmgt";
	unsigned long long number;
	const char *letter;
	char *end;

	errno = 0;
	number = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (number == 0 || errno)
		return 0;
	if (*end) {
		letter = strchr(letters, tolower((unsigned char)*end));
		if (!letter || end[1])
			return 0;
		unit = 1ULL << (10 * (letter - letters));
	}
	return number > UINT64_MAX / unit ? 0 : number * unit;
}

uint64_t qemu_memory(const struct qemu_arguments *arguments)
{
	const char *value = qemu_argument(arguments, "m", 0);
	char text[32];

	if (!value || (!qemu_property(value, "size", text, sizeof(text)) &&
		       !qemu_property(value, "", text, sizeof(text))))
		return 0;
	return qemu_size(text, 1ULL << 20);
}
