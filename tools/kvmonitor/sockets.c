// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor sockets: sockets that the guest's processes have open. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/macros.h"
#include "command.h"
#include "guest/socket.h"
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
 * @task: whose are told now
 */
struct listing {
	struct guest *guest;
	struct out *out;
	struct guest_doubts *doubts;
	const struct guest_task *task;
};

/* include/net/tcp_states.h, as ss(8) calls them. */
static const char * const states[] = {
	"-", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "NEW-SYN-RECV",
};

static const char *kind_of(const struct guest_socket *s, char *buf, size_t room)
{
	bool six = s->family == AF_INET6;

	if (s->family == AF_UNIX)
		return s->type == SOCK_STREAM ? "unix stream" :
		       s->type == SOCK_DGRAM ? "unix datagram" : "unix packet";
	if (s->family == AF_PACKET)
		return "packet";
	if (s->family == AF_NETLINK)
		return "netlink";
	if (s->family == AF_INET || six) {
		if (s->type == SOCK_RAW)
			return six ? "raw6" : "raw";
		if (s->protocol == IPPROTO_TCP)
			return six ? "tcp6" : "tcp";
		if (s->protocol == IPPROTO_UDP)
			return six ? "udp6" : "udp";
	}
	snprintf(buf, room, "family %u", s->family);
	return buf;
}

static void put_address(struct out *out, const char *key, const struct guest_socket *s,
			const uint8_t *address, uint16_t port)
{
	char text[INET6_ADDRSTRLEN], both[INET6_ADDRSTRLEN + 10];

	if (!inet_ntop(s->family, address, text, sizeof(text)))
		return out_null(out, key);
	snprintf(both, sizeof(both), s->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
	out_text(out, key, both);
}

static void put_addresses(struct out *out, const struct guest_socket *s)
{
	if (s->family == AF_INET || s->family == AF_INET6) {
		put_address(out, "local", s, s->local, s->local_port);
		put_address(out, "remote", s, s->remote, s->remote_port);
	} else if (s->family == AF_UNIX && s->name[0]) {
		out_text(out, "local", s->name);
		out_null(out, "remote");
	} else {
		out_null(out, "local");
		out_null(out, "remote");
	}
}

static int put_file(const struct guest_file *file, void *data)
{
	const struct listing *listing = data;
	struct out *out = listing->out;
	struct guest_socket socket;
	char kind[24];
	int r = guest_socket_of(listing->guest, file, &socket);

	if (r < 0)
		listing->doubts->bad++;
	if (r <= 0)
		return 0;
	out_row(out);
	out_u64(out, "pid", listing->task->pid);
	out_text(out, "comm", listing->task->comm);
	out_u64(out, "fd", file->fd);
	out_text(out, "kind", kind_of(&socket, kind, sizeof(kind)));
	out_u64(out, "inode", socket.inode);
	out_text(out, "state", socket.state < ARRAY_SIZE(states) ? states[socket.state] : "?");
	put_addresses(out, &socket);
	return 0;
}

static int put_process(const struct guest_task *task, void *data)
{
	struct listing *listing = data;

	listing->task = task;
	return guest_files(listing->guest, task, put_file, listing, listing->doubts);
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	struct listing listing = { .guest = vm->guest, .out = out, .doubts = &doubts };
	int r;

	out_begin(out, OUT_TABLE, "sockets", columns, ARRAY_SIZE(columns));
	r = guest_processes(vm->guest, put_process, &listing, &doubts);
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
	.brief = "sockets that its processes have open",
	.help = "kvmonitor sockets [OPTION]... VM\n\n"
		"List sockets and who has them: TCP, UDP, unix, raw, packet and netlink.\n"
		HELP_VM "\n"
		HELP_END_JSON "\n"
		"Example:\n"
		"  kvmonitor sockets /run/qemu/web1.qmp\n",
};
