// SPDX-License-Identifier: GPL-2.0-or-later
/* What must survive a crash: the sizes before the first move. */
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
#include "base/file.h"
#include "base/json.h"
#include "state.h"

#define STATE_VERSION	1
#define BOOT_ID		"/proc/sys/kernel/random/boot_id"

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

static int read_boot_id(char **ret, struct error *err)
{
	int r = file_read(BOOT_ID, 64, ret, NULL, err);

	if (r == 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
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

static json_t *pack_side(const struct hv_domain *domain,
			 const struct hv_sizes *sizes)
{
	return json_pack("{s:I, s:o, s:s, s:o, s:o, s:o, s:o}",
			 "id", (json_int_t)domain->id,
			 "name", json_text(domain->name),
			 "uuid", domain->uuid,
			 "actual_kb", json_u64(sizes->actual_kb),
			 "target_kb", json_u64(sizes->target_kb),
			 "max_kb", json_u64(sizes->max_kb),
			 "static_max_kb", json_u64(sizes->static_max_kb));
}

int state_save(const char *path, const struct state *state, struct error *err)
{
	__free_json json_t *json = NULL;
	__free_mem char *boot = NULL;
	const struct move_base *base = &state->base;
	int r;

	r = read_boot_id(&boot, err);
	if (r < 0)
		return r;
	json = json_pack("{s:i, s:s, s:b, s:o, s:o}", "version", STATE_VERSION,
			 "boot_id", boot, "once", state->once,
			 "guest", pack_side(&base->guest, &base->guest_sizes),
			 "host", pack_side(&base->host, &base->host_sizes));
	if (!json)
		return error_errno(err, -ENOMEM, "%s", path);
	return json_write(path, 0600, json, err);
}

static int get_text(const json_t *json, const char *key, char *ret, size_t room,
		    struct error *err)
{
	const char *text;
	int r = json_get_string(json, key, &text, err);

	if (r < 0)
		return r;
	if (strlen(text) >= room)
		return error_set(err, -EINVAL, "%s: too long", key);
	strcpy(ret, text);
	return 0;
}

static int unpack_side(const json_t *json, struct hv_domain *domain,
		       struct hv_sizes *sizes, struct error *err)
{
	uint64_t id = 0;
	int r = json_get_u64(json, "id", &id, err);

	domain->id = (uint32_t)id;
	if (r == 0)
		r = get_text(json, "name", domain->name, sizeof(domain->name), err);
	if (r == 0)
		r = get_text(json, "uuid", domain->uuid, sizeof(domain->uuid), err);
	if (r == 0)
		r = json_get_u64(json, "actual_kb", &sizes->actual_kb, err);
	if (r == 0)
		r = json_get_u64(json, "target_kb", &sizes->target_kb, err);
	if (r == 0)
		r = json_get_u64(json, "max_kb", &sizes->max_kb, err);
	if (r == 0)
		r = json_get_u64(json, "static_max_kb", &sizes->static_max_kb,
				 err);
	return r;
}

static int unpack(const json_t *json, struct state *state, struct error *err)
{
	struct move_base *base = &state->base;
	__free_mem char *boot = NULL;
	const char *written;
	uint64_t version;
	int r = json_get_u64(json, "version", &version, err);

	if (r == 0 && version != STATE_VERSION)
		r = error_set(err, -EINVAL, "of another version of balloon-sync");
	if (r == 0)
		r = read_boot_id(&boot, err);
	if (r == 0)
		r = json_get_string(json, "boot_id", &written, err);
	if (r == 0)
		r = json_get_bool(json, "once", &state->once, err);
	if (r == 0)
		r = unpack_side(json_object_get(json, "guest"), &base->guest,
				&base->guest_sizes, err);
	if (r == 0)
		r = unpack_side(json_object_get(json, "host"), &base->host,
				&base->host_sizes, err);
	if (r == 0)
		state->stale = strcmp(boot, written) != 0;
	return r;
}

int state_load(const char *path, struct state *ret, struct error *err)
{
	__free_json json_t *json = NULL;
	struct state state = { 0 };
	struct error why = { 0 };
	int r = json_read(path, &json, err);

	if (r < 0)
		return r;
	r = unpack(json, &state, &why);
	if (r < 0)
		return error_set(err, r,
				 "%s: cannot be used (%s); set the sizes by 'xl mem-set' and delete it",
				 path, why.text);
	*ret = state;
	return 0;
}

int state_remove(const char *path, struct error *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(err, -errno, "%s", path);
	return 0;
}
