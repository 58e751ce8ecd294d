// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON files and members, checked, with errors that name the member. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "parse.h"
#include "text.h"

#define JSON_FILE_MAX 1048576

static int parse(const char *path, const char *text, size_t len, json_t **ret,
		 struct error *err)
{
	json_error_t why;
	json_t *json;

	json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		return error_set(err, -EINVAL, "%s: line %d: %s", path,
				 why.line, why.text);
	if (!json_is_object(json)) {
		json_decref(json);
		return error_set(err, -EINVAL, "%s: not a JSON object", path);
	}
	*ret = json;
	return 0;
}

int json_read(const char *path, json_t **ret, struct error *err)
{
	__free_mem char *text = NULL;
	size_t len;
	int r = file_read(path, JSON_FILE_MAX, &text, &len, err);

	return r < 0 ? r : parse(path, text, len, ret, err);
}

int json_read_private(const char *path, json_t **ret, struct error *err)
{
	__free_mem char *text = NULL;
	size_t len;
	int r = file_read_private(path, JSON_FILE_MAX, &text, &len, err);

	return r < 0 ? r : parse(path, text, len, ret, err);
}

int json_write(const char *path, mode_t mode, const json_t *json,
	       struct error *err)
{
	__free_mem char *text = json_dumps(json, JSON_INDENT(2) |
					   JSON_ENSURE_ASCII);
	size_t len;

	if (!text)
		return error_errno(err, -ENOMEM, "%s", path);
	len = strlen(text);
	/* The NUL's place is free for the newline: a length is passed on. */
	text[len] = '\n';
	return file_write_atomic(path, mode, text, len + 1, err);
}

int json_get_u64(const json_t *object, const char *key, uint64_t *ret,
		 struct error *err)
{
	const json_t *value = json_object_get(object, key);

	/* As json_u64() writes what is too large for a number. */
	if (json_is_string(value) &&
	    parse_u64(key, json_string_value(value), (uint64_t)INT64_MAX + 1,
		      UINT64_MAX, ret, NULL) == 0)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return error_set(err, -EINVAL,
				 "member '%s' is missing or not a number of 0 or more",
				 key);
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

int json_get_string(const json_t *object, const char *key, const char **ret,
		    struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return error_set(err, -EINVAL,
				 "member '%s' is missing or not a string", key);
	*ret = json_string_value(value);
	return 0;
}

int json_get_bool(const json_t *object, const char *key, bool *ret,
		  struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		return error_set(err, -EINVAL,
				 "member '%s' is missing or neither true nor false",
				 key);
	*ret = json_boolean_value(value);
	return 0;
}

json_t *json_text(const char *text)
{
	__free_mem char *valid = text_utf8(text);

	return valid ? json_string(valid) : NULL;
}

json_t *json_u64(uint64_t value)
{
	if (value > INT64_MAX)
		return json_sprintf("%" PRIu64, value);
	return json_integer((json_int_t)value);
}
