// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "export.h"
#include "hv/qmp-client.h"

/* Its server waits for requests that are under way before it ends. */
#define ANSWER_NS	(10 * NSEC_PER_SEC)
/* Exports of ours, whichever process they are of. */
#define PREFIX		"kvmonitor-"
#define FD_NAME		"kvmonitor-nbd"
#define CONNECTIONS_MAX	16
#define ROUNDS		3

/**
 * struct export - a disk that a QEMU exports to us
 * @client: to its QEMU
 * @name: of it
 * @address: of its server's socket
 * @fd: connected to that, -1 before
 * @added: QEMU has it
 */
struct export {
	struct qmp_client *client;
	char name[EXPORT_NAME_MAX];
	struct sockaddr_un address;
	int fd;
	bool added;
};

static void put_text(char ret[EXPORT_NAME_MAX], const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	snprintf(ret, EXPORT_NAME_MAX, "%s", text ? text : "");
}

/* "/machine/peripheral/disk0/virtio-backend" and "disk0" are both of a device "disk0". */
static void put_device(char ret[EXPORT_NAME_MAX], const json_t *block)
{
	static const char place[] = "/machine/peripheral/";
	const char *path = json_string_value(json_object_get(block, "qdev"));

	if (!path)
		path = "";
	if (strncmp(path, place, strlen(place)) == 0)
		path += strlen(place);
	snprintf(ret, EXPORT_NAME_MAX, "%.*s", (int)strcspn(path, "/"), path);
}

/* Return: whether there is a medium. */
static bool take_disk(const json_t *block, struct export_disk *ret)
{
	const json_t *inserted = json_object_get(block, "inserted");
	const json_t *image = json_object_get(inserted, "image");

	memset(ret, 0, sizeof(*ret));
	if (!inserted || qmp_u64(image, "virtual-size", &ret->size) < 0)
		return false;
	put_text(ret->node, inserted, "node-name");
	put_text(ret->format, image, "format");
	put_device(ret->device, block);
	put_text(ret->name, block, "device");
	if (!ret->name[0])
		snprintf(ret->name, sizeof(ret->name), "%s",
			 ret->device[0] ? ret->device : ret->node);
	ret->read_only = json_is_true(json_object_get(inserted, "ro"));
	return ret->node[0];
}

int export_disks(const char *path, struct export_disk ret[EXPORT_DISKS_MAX],
		 struct error *err)
{
	__free_json json_t *blocks = NULL;
	struct qmp_client *client;
	size_t i, count = 0;
	int r = qmp_client_create(&client, path, path, ANSWER_NS, err);

	if (r < 0)
		return r;
	r = qmp_client_open(client, err);
	if (r == 0)
		r = qmp_execute(client, "query-block", NULL, &blocks, err);
	qmp_client_destroy(client);
	if (r < 0)
		return r;
	for (i = 0; i < json_array_size(blocks) && count < EXPORT_DISKS_MAX; i++)
		count += take_disk(json_array_get(blocks, i), &ret[count]);
	return (int)count;
}

/* What a run that was killed has left; of one that goes on QEMU refuses it. */
static void remove_left_over(struct export *export, const json_t *exports)
{
	size_t i;

	for (i = 0; i < json_array_size(exports); i++) {
		const json_t *id = json_object_get(json_array_get(exports, i), "id");
		const char *text = json_string_value(id);

		if (text && strncmp(text, PREFIX, strlen(PREFIX)) == 0)
			qmp_execute(export->client, "block-export-del",
				    json_pack("{s:s, s:s}", "id", text, "mode", "safe"), NULL,
				    NULL);
	}
}

static int make_folder(const char *folder, struct error *err)
{
	struct stat st;

	if (mkdir(folder, 0711) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "%s", folder);
	if (lstat(folder, &st) < 0)
		return error_errno(err, -errno, "%s", folder);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 066))
		return error_set(err, -EPERM, "%s: is not a folder of this user's alone", folder);
	return 0;
}

/* Return: 0; -errno of connect(). */
static int connect_server(struct export *export)
{
	const struct sockaddr *address = (const struct sockaddr *)&export->address;

	export->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (export->fd < 0)
		return -errno;
	if (connect(export->fd, address, sizeof(export->address)) < 0) {
		int r = -errno;

		close(export->fd);
		export->fd = -1;
		return r;
	}
	return 0;
}

/* A socket that listens, which QEMU gets. */
static int give_socket(struct export *export, struct error *err)
{
	__free_fd int fd = -1;
	const struct sockaddr *address = (const struct sockaddr *)&export->address;
	const char *path = export->address.sun_path;

	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, address, sizeof(export->address)) < 0 ||
	    listen(fd, CONNECTIONS_MAX) < 0)
		return error_errno(err, -errno, "%s", path);
	return qmp_give_fd(export->client, FD_NAME, fd, err);
}

static int start_server(struct export *export, struct error *err)
{
	struct error why = { 0 };
	int r = give_socket(export, err);

	if (r < 0)
		return r;
	r = qmp_execute(export->client, "nbd-server-start",
			json_pack("{s:{s:s, s:{s:s}}}", "addr", "type", "fd", "data", "str",
				  FD_NAME),
			NULL, &why);
	if (r == -EREMOTEIO) {
		qmp_execute(export->client, "closefd", json_pack("{s:s}", "fdname", FD_NAME),
			    NULL, NULL);
		unlink(export->address.sun_path);
		return error_set(err, -EBUSY,
				 "%s; if its NBD server is in use, by whom cannot be told: end that first",
				 why.text);
	}
	return r < 0 ? error_set(err, r, "%s", why.text) : 0;
}

/* Ours, if it runs, is the only one that answers there. */
static int find_server(struct export *export, struct error *err)
{
	int r = connect_server(export);

	if (r == 0)
		return 0;
	r = start_server(export, err);
	if (r < 0)
		return r;
	r = connect_server(export);
	return r < 0 ? error_errno(err, r, "%s", export->address.sun_path) : 0;
}

static int add(struct export *export, const char *node, struct error *err)
{
	__free_json json_t *exports = NULL;
	int r = qmp_client_open(export->client, err);

	if (r == 0)
		r = qmp_execute(export->client, "query-block-exports", NULL, &exports, err);
	if (r < 0)
		return r;
	remove_left_over(export, exports);
	r = find_server(export, err);
	if (r < 0)
		return r;
	r = qmp_execute(export->client, "block-export-add",
			json_pack("{s:s, s:s, s:s, s:s, s:b}", "type", "nbd", "id", export->name,
				  "node-name", node, "name", export->name, "writable", 0),
			NULL, err);
	export->added = r == 0;
	return r;
}

static int place_socket(struct export *export, const char *folder, struct error *err)
{
	size_t room = sizeof(export->address.sun_path);
	int r = make_folder(folder, err);

	if (r == 0)
		r = qmp_client_open(export->client, err);
	if (r < 0)
		return r;
	export->address.sun_family = AF_UNIX;
	if ((size_t)snprintf(export->address.sun_path, room, "%s/nbd-%d", folder,
			     qmp_client_pid(export->client)) >= room)
		return error_errno(err, -ENAMETOOLONG, "%s", folder);
	return 0;
}

int export_open(struct export **ret, const char *path, const char *node, const char *folder,
		struct error *err)
{
	struct export *export = calloc(1, sizeof(*export));
	int r = export ? qmp_client_create(&export->client, path, path, ANSWER_NS, err) :
			 error_errno(err, -ENOMEM, "%s", path);

	if (r < 0) {
		free(export);
		return r;
	}
	export->fd = -1;
	snprintf(export->name, sizeof(export->name), PREFIX "%d-%" PRIx64, getpid(),
		 clock_now_ns(CLOCK_MONOTONIC));
	r = place_socket(export, folder, err);
	if (r == 0)
		r = add(export, node, err);
	if (r < 0) {
		export_close(export, NULL);
		return r;
	}
	/* Others may have something to ask. */
	qmp_client_close(export->client);
	*ret = export;
	return 0;
}

const char *export_name(const struct export *export)
{
	return export->name;
}

int export_fd(const struct export *export)
{
	return export->fd;
}

/* What is being removed may be there for another moment. */
static bool in_use(const json_t *exports)
{
	size_t i;

	for (i = 0; i < json_array_size(exports); i++)
		if (!json_is_true(json_object_get(json_array_get(exports, i), "shutting-down")))
			return true;
	return false;
}

/*
 * QEMU (7.2 to say the least) hangs for ever in nbd-server-stop while there is a connection
 * on which nothing has been agreed.  Ours has been closed; that it has seen this is sure
 * when it has gone round its main loop since, as it does between two answers.
 *
 * Return: 0, also when others use the server; negative errno.
 */
static int stop_server(struct export *export, struct error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < ROUNDS; i++) {
		__free_json json_t *exports = NULL;

		r = qmp_execute(export->client, "query-block-exports", NULL, &exports, err);
		if (r == 0 && in_use(exports))
			return 0;
	}
	if (r < 0)
		return r;
	r = qmp_execute(export->client, "nbd-server-stop", NULL, NULL, err);
	if (r == 0)
		unlink(export->address.sun_path);
	return r;
}

static int withdraw(struct export *export, struct error *err)
{
	int r;

	close(export->fd);
	r = qmp_client_open(export->client, err);
	if (r == 0 && export->added)
		r = qmp_execute(export->client, "block-export-del",
				json_pack("{s:s, s:s}", "id", export->name, "mode", "hard"), NULL,
				err);
	if (r == 0)
		r = stop_server(export, err);
	/* A QEMU that is about to end may have answered half: nobody listens there again. */
	if (r < 0 && connect_server(export) == -ECONNREFUSED)
		unlink(export->address.sun_path);
	else if (r < 0 && export->fd >= 0)
		close(export->fd);
	return r;
}

int export_close(struct export *export, struct error *err)
{
	int r = 0;

	if (!export)
		return 0;
	if (export->fd >= 0)
		r = withdraw(export, err);
	qmp_client_destroy(export->client);
	free(export);
	return r;
}
