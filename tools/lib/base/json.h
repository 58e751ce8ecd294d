/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON files and members, checked, with errors that name the member. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "error.h"

static inline void cleanup_json(json_t **json)
{
	json_decref(*json);
}

#define __free_json	__attribute__((cleanup(cleanup_json)))

/**
 * json_read() - Read a file that holds one JSON object.
 * @path: of at most 1 MiB
 * @ret: a new reference
 * @err: why it failed
 *
 * Return: 0; -EINVAL when it is no JSON object; other negative errno.
 */
int json_read(const char *path, json_t **ret, struct error *err);

/** json_read_private() - Likewise, by file_read_private(). */
int json_read_private(const char *path, json_t **ret, struct error *err);

/** json_write() - Write an object by file_write_atomic(). */
int json_write(const char *path, mode_t mode, const json_t *json,
	       struct error *err);

/**
 * json_get_u64() - A member that is a whole number of 0 or more, as by json_u64().
 * @object: an object
 * @key: of the member
 * @ret: its value; untouched on failure
 * @err: names the member when it is missing or of another type
 *
 * Return: 0 or -EINVAL.
 */
int json_get_u64(const json_t *object, const char *key, uint64_t *ret,
		 struct error *err);

/** json_get_string() - A member that is a string, owned by @object. */
int json_get_string(const json_t *object, const char *key, const char **ret,
		    struct error *err);

/** json_get_bool() - A member that is true or false. Return: 0, -EINVAL. */
int json_get_bool(const json_t *object, const char *key, bool *ret,
		  struct error *err);

/** json_text() - A string of any bytes; what is not UTF-8 becomes U+FFFD. */
json_t *json_text(const char *text);

/**
 * json_u64() - A number, or a string of its digits when it is above INT64_MAX.
 *
 * Many readers of JSON know no larger numbers, and a wrong one is worse than none.
 */
json_t *json_u64(uint64_t value);

#endif
