// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "kernel/enrolment.h"
#include "store.h"

enum what { GET, PUT, KEEP };

/**
 * struct message - a question, and likewise its answer
 * @what: is wanted
 * @result: 0 or a negative errno
 * @len: of what is in the memory
 * @id: build-id
 * @why: it failed
 */
struct message {
	enum what what;
	int result;
	uint64_t len;
	char id[ENROLMENT_ID_MAX];
	char why[ERROR_TEXT_MAX];
};

int store_memory(struct error *err)
{
	int fd = memfd_create("enrolment", MFD_CLOEXEC);

	return fd < 0 ? error_errno(err, -errno, "memory") : fd;
}

static int put_memory(const struct store *store, const char *text, size_t len)
{
	size_t done = 0;

	if (lseek(store->memory, 0, SEEK_SET) < 0)
		return -errno;
	while (done < len) {
		ssize_t got = write(store->memory, text + done, len - done);

		if (got < 0 && errno != EINTR)
			return -errno;
		done += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* The other side may write there meanwhile: it is a copy that counts. */
static int get_memory(const struct store *store, uint64_t len, uint64_t max, char **ret)
{
	__free_mem char *text = len <= max ? malloc(len + 1) : NULL;
	int r;

	if (!text)
		return len <= max ? -ENOMEM : -EFBIG;
	r = fd_read_at(store->memory, 0, text, len);
	if (r < 0)
		return r;
	text[len] = '\0';
	*ret = no_free_ptr(text);
	return 0;
}

/* --- confined ------------------------------------------------------------------------ */

static int ask(const struct store *store, struct message *m, struct error *err)
{
	if (write(store->socket, m, sizeof(*m)) != sizeof(*m) ||
	    read(store->socket, m, sizeof(*m)) != sizeof(*m))
		return error_set(err, -EPIPE, "enrolments: nobody answers");
	m->why[sizeof(m->why) - 1] = '\0';
	return m->result < 0 ? error_set(err, m->result, "%s", m->why) : 0;
}

int store_get(const struct store *store, const char *id, char **ret, size_t *ret_len,
	      struct error *err)
{
	struct message m = { .what = GET };
	int r;

	snprintf(m.id, sizeof(m.id), "%s", id);
	r = ask(store, &m, err);
	if (r < 0)
		return r;
	r = get_memory(store, m.len, ENROLMENT_FILE_MAX, ret);
	if (r < 0)
		return error_errno(err, r, "enrolment of %s", id);
	*ret_len = m.len;
	return 0;
}

int store_put(const struct store *store, const char *id, const char *text, size_t len,
	      struct error *err)
{
	struct message m = { .what = PUT, .len = len };
	int r = put_memory(store, text, len);

	if (r < 0)
		return error_errno(err, r, "enrolment of %s", id);
	snprintf(m.id, sizeof(m.id), "%s", id);
	return ask(store, &m, err);
}

void store_keep(const struct store *store, const void *memo, size_t len)
{
	struct message m = { .what = KEEP, .len = len };

	if (put_memory(store, memo, len) == 0)
		ask(store, &m, NULL);
}

/* --- not confined -------------------------------------------------------------------- */

static int make_folders(const char *folder, struct error *err)
{
	char path[PATH_MAX];
	char *at;

	if ((size_t)snprintf(path, sizeof(path), "%s", folder) >= sizeof(path))
		return error_errno(err, -ENAMETOOLONG, "%s", folder);
	for (at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return error_errno(err, -errno, "%s", path);
		*at = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", path);
	return 0;
}

/* What comes from there is a part of a path only when it is digits and nothing else. */
static int find_path(const char *folder, const char *id, char *ret, size_t room,
		     struct error *err)
{
	size_t len = strnlen(id, ENROLMENT_ID_MAX);

	if (len < 8 || len == ENROLMENT_ID_MAX || strspn(id, "0123456789abcdef") != len)
		return error_set(err, -EINVAL, "enrolments: no build-id");
	if ((size_t)snprintf(ret, room, "%s/%s.json", folder, id) >= room)
		return error_errno(err, -ENAMETOOLONG, "%s", folder);
	return 0;
}

static int get(const struct store *store, struct message *m, const char *path,
	       struct error *err)
{
	__free_mem char *text = NULL;
	size_t len = 0;
	int r = file_read_private(path, ENROLMENT_FILE_MAX, &text, &len, err);

	if (r < 0)
		return r;
	m->len = len;
	r = put_memory(store, text, len);
	return r < 0 ? error_errno(err, r, "%s", path) : 0;
}

static int put(const struct store *store, const struct message *m, const char *folder,
	       const char *path, bool again, struct error *err)
{
	__free_mem char *text = NULL;
	int r = make_folders(folder, err);

	/* Never learned again, whoever parses the guest says so. */
	if (r == 0 && !again && access(path, F_OK) == 0)
		r = error_errno(err, -EEXIST, "%s", path);
	if (r < 0)
		return r;
	r = get_memory(store, m->len, ENROLMENT_FILE_MAX, &text);
	if (r < 0)
		return error_errno(err, r, "%s", path);
	return file_write_atomic(path, 0600, text, m->len, err);
}

static int serve_enrolment(const struct store *store, const struct store_folders *folders,
			   struct message *m, struct error *err)
{
	char path[PATH_MAX];
	int r;

	if (!folders->enrolled)
		return error_errno(err, -EPERM, "enrolments");
	r = find_path(folders->enrolled, m->id, path, sizeof(path), err);
	if (r < 0)
		return r;
	if (m->what == GET)
		return get(store, m, path, err);
	if (folders->writable)
		return put(store, m, folders->enrolled, path, folders->again, err);
	return error_errno(err, -EPERM, "%s", path);
}

static int serve_memo(const struct store *store, const struct store_folders *folders,
		      const struct message *m, struct error *err)
{
	__free_mem char *bytes = NULL;
	int r = folders->memo[0] ? get_memory(store, m->len, MEMO_FILE_MAX, &bytes) : -EPERM;

	return r < 0 ? error_errno(err, r, "what is remembered") :
		       memo_write(folders->memo, bytes, m->len, err);
}

void store_serve(const struct store *store, const struct store_folders *folders)
{
	struct message m;

	while (read(store->socket, &m, sizeof(m)) == sizeof(m)) {
		struct error err = { 0 };

		if (m.what == GET || m.what == PUT)
			m.result = serve_enrolment(store, folders, &m, &err);
		else
			m.result = serve_memo(store, folders, &m, &err);
		memcpy(m.why, err.text, sizeof(m.why));
		if (write(store->socket, &m, sizeof(m)) != sizeof(m))
			return;
	}
}
