// SPDX-License-Identifier: GPL-2.0-or-later
/* What must survive a crash: where it is kept, and who may change it. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "state.h"

int state_path(const char *guest, char **ret, struct error *err)
{
	__free_mem char *name = malloc(3 * strlen(guest) + 1);
	char *to = name;

	if (!name)
		return error_errno(err, -ENOMEM, "%s", guest);
	for (; *guest; guest++) {
		bool plain = *guest != '/' && *guest != '%' &&
			     !(*guest == '.' && to == name);

		to += plain ? sprintf(to, "%c", *guest) :
		      sprintf(to, "%%%02x", (unsigned char)*guest);
	}
	*to = '\0';
	if (asprintf(ret, STATE_FOLDER "/%s.state", name) < 0)
		return error_errno(err, -ENOMEM, "%s", name);
	return 0;
}

/* Make the folder of @path, one level, and name the lock in it. */
static int prepare_folder(const char *path, char **ret_lock, struct error *err)
{
	__free_mem char *copy = strdup(path);
	const char *folder;

	if (!copy)
		return error_errno(err, -ENOMEM, "%s", path);
	folder = dirname(copy);
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", folder);
	if (asprintf(ret_lock, "%s/lock", folder) < 0) {
		*ret_lock = NULL;
		return error_errno(err, -ENOMEM, "%s", path);
	}
	return 0;
}

static int refuse_lock(int fd, const char *path, struct error *err)
{
	char pid[16] = "?";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 1] = '\0';
	return error_set(err, -EBUSY,
			 "%s: another balloon-sync (pid %s) is at work; only one may move this host's memory, end that one first",
			 path, pid);
}

int state_lock(const char *path, int *ret_fd, struct error *err)
{
	__free_fd int fd = -1;
	__free_mem char *lock = NULL;
	int r;

	r = prepare_folder(path, &lock, err);
	if (r < 0)
		return r;
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, -errno, "%s", lock);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return refuse_lock(fd, lock, err);
		return error_errno(err, -errno, "%s", lock);
	}
	/* For whoever is refused; nobody relies on it. */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%d", getpid());
	*ret_fd = no_free_fd(fd);
	return 0;
}

int state_remove(const char *path, struct error *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(err, -errno, "%s", path);
	return 0;
}

void state_free(struct state *state)
{
	while (state->limit_count)
		free(state->limits[--state->limit_count].folder);
	free(state->limits);
	free(state->guests);
	*state = (struct state){ 0 };
}

struct state_guest *state_find(const struct state *state, const char *uuid)
{
	size_t i;

	for (i = 0; i < state->count; i++)
		if (strcmp(state->guests[i].base.domain.uuid, uuid) == 0)
			return &state->guests[i];
	return NULL;
}

int state_add(struct state *state, const struct state_guest *guest,
	      struct error *err)
{
	const struct hv_domain *domain = &guest->base.domain;
	struct state_guest *guests;

	if (state_find(state, domain->uuid) ||
	    strcmp(domain->uuid, state->host.domain.uuid) == 0)
		return error_set(err, -EEXIST, "%s: there is one of its UUID already",
				 domain->name);
	if (state->count >= MOVE_GUESTS_MAX)
		return error_set(err, -ENOSPC, "%s: more than %d guests",
				 domain->name, MOVE_GUESTS_MAX);
	guests = realloc(state->guests, (state->count + 1) * sizeof(guests[0]));
	if (!guests)
		return error_errno(err, -ENOMEM, "%s", domain->name);
	guests[state->count++] = *guest;
	state->guests = guests;
	return 0;
}

void state_drop(struct state *state, const char *uuid)
{
	struct state_guest *guest = state_find(state, uuid);

	if (guest)
		*guest = state->guests[--state->count];
}

static struct state_limit *find_limit(const struct state *state, const char *folder)
{
	size_t i;

	for (i = 0; i < state->limit_count; i++)
		if (strcmp(state->limits[i].folder, folder) == 0)
			return &state->limits[i];
	return NULL;
}

int state_add_limit(struct state *state, const char *folder, uint64_t id,
		    uint64_t before_bytes, struct error *err)
{
	__free_mem char *copy = strdup(folder);
	struct state_limit *limits;

	if (folder[0] != '/' || strlen(folder) >= STATE_PATH_MAX || strstr(folder, "/../"))
		return error_set(err, -EINVAL, "%s: is no folder of less than %d bytes",
				 folder, STATE_PATH_MAX);
	if (find_limit(state, folder))
		return error_set(err, -EEXIST, "%s: is there twice", folder);
	if (state->limit_count >= STATE_LIMITS_MAX)
		return error_set(err, -ENOSPC, "%s: more than %d limits", folder,
				 STATE_LIMITS_MAX);
	limits = realloc(state->limits, (state->limit_count + 1) * sizeof(limits[0]));
	if (limits)
		state->limits = limits;
	if (!copy || !limits)
		return error_errno(err, -ENOMEM, "%s", folder);
	limits[state->limit_count++] = (struct state_limit){
		.folder = no_free_ptr(copy),
		.id = id,
		.before_bytes = before_bytes,
	};
	return 0;
}

void state_drop_limit(struct state *state, const char *folder)
{
	struct state_limit *limit = find_limit(state, folder);

	if (!limit)
		return;
	free(limit->folder);
	*limit = state->limits[--state->limit_count];
}

bool state_note_foreign(struct state *state, const struct move *move)
{
	bool news = move->host.foreign && !state->host_foreign;
	size_t i;

	state->host_foreign |= move->host.foreign;
	for (i = 0; i < move->count; i++) {
		const struct side *side = &move->guests[i]->side;
		struct state_guest *guest = state_find(state, side->base.domain.uuid);

		if (!guest || guest->foreign || !side->foreign)
			continue;
		guest->foreign = true;
		news = true;
	}
	return news;
}
