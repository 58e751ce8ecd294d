// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of groups: memory.high of their cgroups, and what it was before. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "limit.h"

#define VALUE_MAX 64

/* Return: the path of its memory.high, to be freed; NULL without memory. */
static char *file_of(const char *folder)
{
	char *path;

	return asprintf(&path, "%s/memory.high", folder) < 0 ? NULL : path;
}

bool limit_possible(const char *folder)
{
	__free_mem char *path = file_of(folder);

	return path && access(path, W_OK) == 0;
}

static int read_limit(const char *folder, uint64_t *ret, struct error *err)
{
	__free_mem char *path = file_of(folder), *text = NULL;
	int r;

	if (!path)
		return error_errno(err, -ENOMEM, "%s", folder);
	r = file_read(path, VALUE_MAX, &text, NULL, err);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "max") != 0)
		return parse_u64(path, text, 0, UINT64_MAX - 1, ret, err);
	*ret = STATE_UNLIMITED;
	return 0;
}

static int write_limit(const char *folder, uint64_t bytes, struct error *err)
{
	__free_mem char *path = file_of(folder);
	char text[VALUE_MAX];

	if (!path)
		return error_errno(err, -ENOMEM, "%s", folder);
	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return file_write(path, bytes == STATE_UNLIMITED ? "max" : text, err);
}

/* Of two cgroups that had the same name, the later one has another number. */
static int read_id(const char *folder, uint64_t *ret, struct error *err)
{
	struct stat st;

	if (stat(folder, &st) < 0)
		return error_errno(err, -errno, "%s", folder);
	*ret = st.st_ino;
	return 0;
}

int limit_note(struct state *state, const char *folder, struct error *err)
{
	uint64_t id = 0, before = 0;
	int r = read_id(folder, &id, err);

	if (r == 0)
		r = read_limit(folder, &before, err);
	if (r == 0)
		r = state_add_limit(state, folder, id, before, err);
	return r;
}

int limit_set(const char *folder, uint64_t kb, struct error *err)
{
	return write_limit(folder, kb << 10, err);
}

static const struct state_limit *find(const struct state *state, const char *folder)
{
	size_t i;

	for (i = 0; i < state->limit_count; i++)
		if (strcmp(state->limits[i].folder, folder) == 0)
			return &state->limits[i];
	return NULL;
}

static int lift(const struct state_limit *limit, struct error *err)
{
	uint64_t id = 0;
	int r = read_id(limit->folder, &id, err);

	if (r == 0 && id == limit->id)
		r = write_limit(limit->folder, limit->before_bytes, err);
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int limit_lift(struct state *state, const char *folder, struct error *err)
{
	const struct state_limit *limit = find(state, folder);
	int r = limit ? lift(limit, err) : 0;

	if (r == 0)
		state_drop_limit(state, folder);
	return r;
}

int limit_lift_all(struct state *state, struct error *err)
{
	size_t i = state->limit_count;
	struct error why;
	int r = 0;

	while (i--) {
		int now = limit_lift(state, state->limits[i].folder, &why);

		if (now < 0 && r == 0 && err)
			*err = why;
		r = r < 0 ? r : now;
	}
	return r;
}
