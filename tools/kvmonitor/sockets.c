// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor sockets: sockets of the guest, and which processes have them open. */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/macros.h"
#include "command.h"
#include "guest/socket.h"
#include "socket-text.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "pid", .title = "PID", .right = true },
	{ .key = "comm", .title = "NAME" },
	{ .key = "fd", .title = "FD", .right = true },
	{ .key = "kind", .title = "KIND" },
	{ .key = "inode" },
	{ .key = "state", .title = "STATE" },
	{ .key = "local", .title = "LOCAL" },
	{ .key = "remote", .title = "REMOTE" },
};

/**
 * struct listing - while sockets are listed
 * @guest: whose they are
 * @out: where they go
 * @doubts: counted
 * @task: whose are told now, NULL for nobody's
 * @fd: number of the file there
 * @told: virtual addresses of those that were told
 * @count: of @told
 * @room: in @told
 */
struct listing {
	struct guest *guest;
	struct out *out;
	struct guest_doubts *doubts;
	const struct guest_task *task;
	uint32_t fd;
	uint64_t *told;
	size_t count;
	size_t room;
};

static void put_end(struct out *out, const char *key, const char *text)
{
	if (text)
		out_text(out, key, text);
	else
		out_null(out, key);
}

static void put_holder(const struct listing *listing)
{
	struct out *out = listing->out;

	if (listing->task) {
		out_u64(out, "pid", listing->task->pid);
		out_text(out, "comm", listing->task->comm);
		out_u64(out, "fd", listing->fd);
	} else {
		out_null(out, "pid");
		out_null(out, "comm");
		out_null(out, "fd");
	}
}

static void put_socket(const struct listing *listing, const struct guest_socket *socket)
{
	struct out *out = listing->out;
	char text[SOCKET_TEXT_MAX];

	out_row(out);
	put_holder(listing);
	out_text(out, "kind", socket_kind(socket, text));
	if (socket->inode)
		out_u64(out, "inode", socket->inode);
	else
		out_null(out, "inode");
	out_text(out, "state", socket_state(socket));
	put_end(out, "local", socket_local(socket, text));
	put_end(out, "remote", socket_remote(socket, text));
}

static int note(struct listing *listing, uint64_t address)
{
	uint64_t *told = array_room(listing->told, listing->count, &listing->room, sizeof(*told));

	if (!told)
		return -ENOMEM;
	listing->told = told;
	listing->told[listing->count++] = address;
	return 0;
}

static int put_file(const struct guest_file *file, void *data)
{
	struct listing *listing = data;
	struct guest_socket socket;
	int r = guest_socket_of(listing->guest, file, &socket);

	if (r < 0)
		listing->doubts->bad++;
	if (r <= 0)
		return 0;
	listing->fd = file->fd;
	put_socket(listing, &socket);
	return note(listing, socket.address);
}

static int put_process(const struct guest_task *task, void *data)
{
	struct listing *listing = data;

	listing->task = task;
	return guest_files(listing->guest, task, put_file, listing, listing->doubts);
}

static int by_address(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of TCP's those that nobody has. */
static int put_other(const struct guest_socket *socket, void *data)
{
	const struct listing *listing = data;

	if (!listing->count || !bsearch(&socket->address, listing->told, listing->count,
					sizeof(*listing->told), by_address))
		put_socket(listing, socket);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	struct listing listing = { .guest = vm->guest, .out = out, .doubts = &doubts };
	int r;

	out_begin(out, OUT_TABLE, "sockets", columns, ARRAY_SIZE(columns));
	r = guest_processes(vm->guest, put_process, &listing, &doubts);
	listing.task = NULL;
	if (listing.count)
		qsort(listing.told, listing.count, sizeof(*listing.told), by_address);
	if (r == 0)
		r = guest_tcp_sockets(vm->guest, put_other, &listing, &doubts);
	/* A kernel without TCP has none. */
	if (r == -ENOENT)
		r = 0;
	free(listing.told);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the guest's sockets") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_sockets = {
	.name = "sockets",
	.run = run,
	.brief = "sockets, and which processes have them",
	.help = "kvmonitor sockets [OPTION]... VM\n\n"
		"List sockets and who has them: TCP, UDP, unix, raw, packet and netlink; of TCP also\n"
		"those that no process has open.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Example:\n"
		"  kvmonitor sockets web1\n",
};
