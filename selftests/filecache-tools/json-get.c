// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Get one value out of JSON on the standard input, for scripts where jq is not.
 *
 *	json-get STEP...
 *
 * A step is a member's name, "NAME=VALUE" for the first element of an array
 * whose member has that value, "+NAME" for the sum of a member over an array,
 * or "#" for an array's length.  Exit status 1 when there is no such value,
 * 2 when the input is not JSON.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static bool prints_as(const json_t *value, const char *text)
{
	char number[32];

	if (json_is_string(value))
		return strcmp(json_string_value(value), text) == 0;
	if (!json_is_integer(value))
		return false;
	snprintf(number, sizeof(number), "%lld",
		 (long long)json_integer_value(value));
	return strcmp(number, text) == 0;
}

static json_t *find_element(json_t *array, const char *step)
{
	const char *value = strchr(step, '=') + 1;
	json_t *element;
	char key[64];
	size_t i;

	snprintf(key, sizeof(key), "%.*s", (int)(value - 1 - step), step);
	json_array_foreach(array, i, element)
		if (prints_as(json_object_get(element, key), value))
			return json_incref(element);
	return NULL;
}

static json_t *sum_up(json_t *array, const char *key)
{
	json_int_t sum = 0;
	json_t *element;
	size_t i;

	json_array_foreach(array, i, element)
		sum += json_integer_value(json_object_get(element, key));
	return json_integer(sum);
}

/* Return: a new reference, or NULL. */
static json_t *take_step(json_t *from, const char *step)
{
	if (strcmp(step, "#") == 0)
		return json_integer((json_int_t)json_array_size(from));
	if (step[0] == '+')
		return sum_up(from, step + 1);
	if (strchr(step, '='))
		return find_element(from, step);
	return json_incref(json_object_get(from, step));
}

int main(int argc, char **argv)
{
	json_error_t why;
	json_t *at = json_loadf(stdin, JSON_REJECT_DUPLICATES, &why);
	int i;

	if (!at) {
		fprintf(stderr, "json-get: line %d: %s\n", why.line, why.text);
		return 2;
	}
	for (i = 1; at && i < argc; i++) {
		json_t *next = take_step(at, argv[i]);

		json_decref(at);
		at = next;
	}
	if (!at)
		return 1;
	if (json_is_string(at))
		puts(json_string_value(at));
	else if (json_dumpf(at, stdout, JSON_ENCODE_ANY | JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(at);
	return 0;
}
