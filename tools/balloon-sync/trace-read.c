// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading traces, which may come from anywhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "trace.h"

#define CHARGES_MAX	1048576

/**
 * struct trace_reader - a trace that is being read
 * @file: the file
 * @path: its name, for errors
 * @line: number of the line read last
 * @text: the line
 * @room: bytes of @text
 * @trace: the first line
 * @seen: of each guest, the group last charged to it, counted from 1
 * @used_kb: of the last sample
 * @time_ms: of the last sample
 * @begun: there has been one
 */
struct trace_reader {
	FILE *file;
	char *path;
	unsigned long line;
	char *text;
	size_t room;
	struct trace *trace;
	uint32_t *seen;
	uint64_t *used_kb;
	uint64_t time_ms;
	bool begun;
};

/* Return: 1; 0 at the end; negative errno.  The newline is cut off. */
static int read_line(struct trace_reader *reader, struct error *err)
{
	size_t used = 0;
	int c;

	while ((c = getc(reader->file)) != EOF && c != '\n') {
		if (used + 1 >= reader->room) {
			size_t room = reader->room ? 2 * reader->room : 4096;
			char *more;

			if (room > TRACE_LINE_MAX)
				return error_set(err, -EINVAL, "%s: line %lu: longer than %u MB",
						 reader->path, reader->line + 1,
						 TRACE_LINE_MAX >> 20);
			more = realloc(reader->text, room);
			if (!more)
				return error_errno(err, -ENOMEM, "%s", reader->path);
			reader->text = more;
			reader->room = room;
		}
		reader->text[used++] = (char)c;
	}
	if (ferror(reader->file))
		return error_errno(err, -EIO, "%s", reader->path);
	if (c == EOF && used == 0)
		return 0;
	if (used == 0)
		return error_set(err, -EINVAL, "%s: line %lu: is empty", reader->path,
				 reader->line + 1);
	reader->text[used] = '\0';
	reader->line++;
	return 1;
}

/* Return: 1 and an object; 0 at the end; negative errno. */
static int read_object(struct trace_reader *reader, json_t **ret, struct error *err)
{
	json_error_t why;
	json_t *json;
	int r = read_line(reader, err);

	if (r <= 0)
		return r;
	/* A NUL in the line ends it here, and what is left then is no object. */
	json = json_loads(reader->text, JSON_REJECT_DUPLICATES, &why);
	if (!json)
		return error_set(err, -EINVAL, "%s: line %lu: %s", reader->path,
				 reader->line, why.text);
	if (!json_is_object(json)) {
		json_decref(json);
		return error_set(err, -EINVAL, "%s: line %lu: not a JSON object",
				 reader->path, reader->line);
	}
	*ret = json;
	return 1;
}

static int wrong(const struct trace_reader *reader, struct error *err, const char *what)
{
	return error_set(err, -EINVAL, "%s: line %lu: %s", reader->path, reader->line, what);
}

/* A number of 0 to PLAN_MAX_KB, or @otherwise if it is missing and that is not 0. */
static int get_kb(const struct trace_reader *reader, const json_t *object, const char *key,
		  uint64_t otherwise, uint64_t *ret, struct error *err)
{
	const json_t *value = json_object_get(object, key);

	if (!value && otherwise) {
		*ret = otherwise;
		return 0;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > PLAN_MAX_KB)
		return error_set(err, -EINVAL,
				 "%s: line %lu: '%s' is missing or not a number of 0 to %llu",
				 reader->path, reader->line, key, PLAN_MAX_KB);
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

static int get_name(const struct trace_reader *reader, const json_t *object,
		    const char *key, const char **ret, struct error *err)
{
	const char *name = json_string_value(json_object_get(object, key));

	if (!name || !*name || strlen(name) > TRACE_NAME_MAX)
		return error_set(err, -EINVAL,
				 "%s: line %lu: '%s' is missing or not a name of 1 to %d bytes",
				 reader->path, reader->line, key, TRACE_NAME_MAX);
	*ret = name;
	return 0;
}

static int get_list(const struct trace_reader *reader, const json_t *object,
		    const char *key, const json_t **ret, struct error *err)
{
	const json_t *list = json_object_get(object, key);

	if (!json_is_array(list) || json_array_size(list) > TRACE_LIST_MAX)
		return error_set(err, -EINVAL,
				 "%s: line %lu: '%s' is missing or not a list of at most %d",
				 reader->path, reader->line, key, TRACE_LIST_MAX);
	*ret = list;
	return 0;
}

static int read_guest(const struct trace_reader *reader, const json_t *object,
		      struct trace_guest *guest, struct error *err)
{
	const char *name;
	int r = get_name(reader, object, "name", &name, err);

	if (r == 0)
		r = get_kb(reader, object, "rest_kb", 0, &guest->plan.rest_kb, err);
	if (r == 0)
		r = get_kb(reader, object, "floor_kb", 0, &guest->plan.floor_kb, err);
	if (r == 0)
		r = get_kb(reader, object, "quantum_kb", LAW_PAGE_KB,
			   &guest->plan.quantum_kb, err);
	if (r == 0)
		r = get_kb(reader, object, "gives_kb", PLAN_NONE, &guest->gives_kb, err);
	if (r < 0)
		return r;
	if (!guest->plan.quantum_kb || guest->plan.quantum_kb % LAW_PAGE_KB)
		return wrong(reader, err, "'quantum_kb' is not a multiple of 4");
	strcpy(guest->name, name);
	return 0;
}

/* Names are looked up in an index of them, as a list may be long. */
static int read_guests(struct trace_reader *reader, const json_t *list, json_t *index,
		       struct error *err)
{
	struct trace *trace = reader->trace;
	size_t i;

	for (i = 0; i < trace->guest_count; i++) {
		struct trace_guest *guest = &trace->guests[i];
		int r = read_guest(reader, json_array_get(list, i), guest, err);

		if (r < 0)
			return r;
		if (json_object_get(index, guest->name))
			return wrong(reader, err, "two guests of one name");
		if (json_object_set_new(index, guest->name, json_integer((json_int_t)i)) < 0)
			return error_errno(err, -ENOMEM, "%s", reader->path);
	}
	return 0;
}

static int read_charge(const struct trace_reader *reader, const json_t *object,
		       const json_t *index, struct plan_charge *charge, struct error *err)
{
	const json_t *guest;
	const char *name;
	uint64_t weight;
	int r = get_name(reader, object, "guest", &name, err);

	if (r == 0)
		r = get_kb(reader, object, "weight", 0, &weight, err);
	if (r < 0)
		return r;
	guest = json_object_get(index, name);
	if (!guest)
		return wrong(reader, err, "a group is charged to a guest that is not there");
	if (weight > UINT32_MAX)
		return wrong(reader, err, "'weight' is too large");
	charge->guest = (uint32_t)json_integer_value(guest);
	charge->weight = (uint32_t)weight;
	return 0;
}

static int read_charges(struct trace_reader *reader, const json_t *list,
			const json_t *index, uint32_t group, struct error *err)
{
	struct trace *trace = reader->trace;
	size_t i;
	int r;

	for (i = 0; i < json_array_size(list); i++) {
		struct plan_charge *charge = &trace->charges[trace->charge_count++];

		charge->group = group;
		r = read_charge(reader, json_array_get(list, i), index, charge, err);
		if (r < 0)
			return r;
		if (reader->seen[charge->guest] == group + 1)
			return wrong(reader, err, "a group is charged twice to a guest");
		reader->seen[charge->guest] = group + 1;
	}
	return 0;
}

static int read_group(struct trace_reader *reader, const json_t *object,
		      const json_t *index, uint32_t number, struct error *err)
{
	struct trace_group *group = &reader->trace->groups[number];
	const json_t *limit = json_object_get(object, "limit"), *list;
	const char *name;
	int r = get_name(reader, object, "name", &name, err);

	if (r == 0)
		r = get_kb(reader, object, "cap_kb", PLAN_NONE, &group->plan.cap_kb, err);
	if (r == 0 && json_object_get(object, "least_kb"))
		r = get_kb(reader, object, "least_kb", 0, &group->plan.least_kb, err);
	if (r == 0 && limit && !json_is_boolean(limit))
		return wrong(reader, err, "'limit' is neither true nor false");
	if (r == 0)
		r = get_list(reader, object, "guests", &list, err);
	if (r < 0)
		return r;
	group->plan.can_limit = json_is_true(limit);
	strcpy(group->name, name);
	return read_charges(reader, list, index, number, err);
}

static int read_groups(struct trace_reader *reader, const json_t *list,
		       const json_t *index, struct error *err)
{
	__free_json json_t *names = json_object();
	uint32_t i;

	if (!names)
		return error_errno(err, -ENOMEM, "%s", reader->path);
	for (i = 0; i < reader->trace->group_count; i++) {
		int r = read_group(reader, json_array_get(list, i), index, i, err);
		const char *name = reader->trace->groups[i].name;

		if (r < 0)
			return r;
		if (json_object_get(names, name))
			return wrong(reader, err, "two groups of one name");
		if (json_object_set_new(names, name, json_true()) < 0)
			return error_errno(err, -ENOMEM, "%s", reader->path);
	}
	return 0;
}

static int read_host(struct trace_reader *reader, const json_t *object, struct error *err)
{
	const json_t *host = json_object_get(object, "host");
	struct trace *trace = reader->trace;
	const char *policy;
	int r = get_name(reader, object, "policy", &policy, err);

	if (r == 0)
		r = get_kb(reader, host, "size_kb", 0, &trace->size_kb, err);
	if (r == 0)
		r = get_kb(reader, host, "room_kb", 0, &trace->room_kb, err);
	if (r == 0)
		r = get_kb(reader, host, "reserve_kb", 0, &trace->reserve_kb, err);
	if (r < 0)
		return r;
	if (strcmp(policy, trace_policies[PLAN_SLACK_FIRST]) == 0)
		trace->policy = PLAN_SLACK_FIRST;
	else if (strcmp(policy, trace_policies[PLAN_MIRROR]) == 0)
		trace->policy = PLAN_MIRROR;
	else
		return wrong(reader, err, "'policy' is neither mirror nor slack-first");
	return 0;
}

static int count_charges(const struct trace_reader *reader, const json_t *groups,
			 size_t *ret, struct error *err)
{
	size_t i, sum = 0;

	for (i = 0; i < json_array_size(groups); i++)
		sum += json_array_size(json_object_get(json_array_get(groups, i), "guests"));
	if (sum > CHARGES_MAX)
		return wrong(reader, err, "groups are charged to too many guests");
	*ret = sum;
	return 0;
}

static int read_header(struct trace_reader *reader, struct error *err)
{
	__free_json json_t *index = json_object();
	__free_json json_t *object = NULL;
	const json_t *guests, *groups;
	size_t charges = 0;
	int r = read_object(reader, &object, err);

	if (r < 0)
		return r;
	if (r == 0 || json_integer_value(json_object_get(object, "trace")) !=
	    TRACE_VERSION)
		return error_set(err, -EINVAL, "%s: not a trace of version %d",
				 reader->path, TRACE_VERSION);
	r = get_list(reader, object, "guests", &guests, err);
	if (r == 0)
		r = get_list(reader, object, "groups", &groups, err);
	if (r == 0)
		r = count_charges(reader, groups, &charges, err);
	if (r < 0)
		return r;
	reader->trace = trace_alloc(json_array_size(guests), json_array_size(groups), charges);
	reader->used_kb = calloc(json_array_size(groups) + 1, sizeof(*reader->used_kb));
	reader->seen = calloc(json_array_size(guests) + 1, sizeof(*reader->seen));
	if (!index || !reader->trace || !reader->used_kb || !reader->seen)
		return error_errno(err, -ENOMEM, "%s", reader->path);
	/* They are filled in from the first. */
	reader->trace->charge_count = 0;
	r = read_host(reader, object, err);
	if (r == 0)
		r = read_guests(reader, guests, index, err);
	if (r == 0)
		r = read_groups(reader, groups, index, err);
	return r;
}

int trace_open(const char *path, struct trace_reader **ret, struct error *err)
{
	struct trace_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return error_errno(err, -ENOMEM, "%s", path);
	reader->path = strdup(path);
	reader->file = fopen(path, "re");
	if (!reader->path)
		r = error_errno(err, -ENOMEM, "%s", path);
	else if (!reader->file)
		r = error_errno(err, -errno, "%s", path);
	else
		r = read_header(reader, err);
	if (r < 0)
		trace_close(reader);
	else
		*ret = reader;
	return r;
}

void trace_close(struct trace_reader *reader)
{
	if (!reader)
		return;
	if (reader->file)
		fclose(reader->file);
	trace_free(reader->trace);
	free(reader->path);
	free(reader->text);
	free(reader->used_kb);
	free(reader->seen);
	free(reader);
}

const struct trace *trace_header(const struct trace_reader *reader)
{
	return reader->trace;
}

static int read_used(struct trace_reader *reader, const json_t *object, struct error *err)
{
	const json_t *list;
	size_t i;
	int r = get_list(reader, object, "used_kb", &list, err);

	if (r < 0)
		return r;
	if (json_array_size(list) != reader->trace->group_count)
		return wrong(reader, err, "'used_kb' has not one number for each group");
	for (i = 0; i < reader->trace->group_count; i++) {
		const json_t *value = json_array_get(list, i);
		json_int_t used = json_integer_value(value);

		if (!json_is_integer(value) || used < 0 || (uint64_t)used > PLAN_MAX_KB)
			return wrong(reader, err, "'used_kb' has something that is no amount");
		reader->used_kb[i] = (uint64_t)used;
	}
	return 0;
}

int trace_next(struct trace_reader *reader, struct trace_sample *ret, struct error *err)
{
	__free_json json_t *object = NULL;
	int r = read_object(reader, &object, err);

	if (r <= 0)
		return r;
	r = get_kb(reader, object, "time_ms", 0, &ret->time_ms, err);
	if (r == 0)
		r = get_kb(reader, object, "free_kb", 0, &ret->free_kb, err);
	if (r == 0)
		r = get_kb(reader, object, "arrived_kb", 0, &ret->arrived_kb, err);
	if (r == 0)
		r = read_used(reader, object, err);
	if (r < 0)
		return r;
	if (reader->begun && ret->time_ms <= reader->time_ms)
		return wrong(reader, err, "'time_ms' is not later than before");
	reader->begun = true;
	reader->time_ms = ret->time_ms;
	ret->used_kb = reader->used_kb;
	return 1;
}
