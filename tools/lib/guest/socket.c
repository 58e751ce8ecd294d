// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets, by the open files that they are, and by TCP's own tables. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "socket.h"

/* Where a struct unix_address has its struct sockaddr_un, and that its path. */
#define FAMILY_BYTES	2

static int read_bytes(const struct guest *guest, uint64_t object,
		      const struct types_member *member, void *ret, size_t len)
{
	return space_read(guest->kernel.space, field_address(object, member), ret, len);
}

static int read_ip(const struct guest *guest, struct guest_socket *s)
{
	const struct guest_layout *l = &guest->layout;
	bool six = s->family == AF_INET6;
	size_t len = six ? 16 : 4;
	uint64_t local_port, remote_port;
	int r = read_bytes(guest, s->address, six ? &l->sock_v6_local : &l->sock_local,
			   s->local, len);

	if (r == 0)
		r = read_bytes(guest, s->address, six ? &l->sock_v6_remote : &l->sock_remote,
			       s->remote, len);
	if (r == 0)
		r = field_read(guest, s->address, &l->sock_local_port, &local_port);
	if (r == 0)
		r = field_read(guest, s->address, &l->sock_remote_port, &remote_port);
	if (r < 0)
		return r;
	/* The one is kept as a number, the other as it is sent. */
	s->local_port = (uint16_t)local_port;
	s->remote_port = ntohs((uint16_t)remote_port);
	return 0;
}

static int read_unix(const struct guest *guest, struct guest_socket *s)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t address, len;
	size_t i, bytes;
	int r = field_read(guest, s->address, &l->unix_addr, &address);

	/* It has not been bound. */
	if (r < 0 || !address)
		return r;
	r = field_read(guest, address, &l->unix_address_len, &len);
	if (r < 0)
		return r;
	if (len < FAMILY_BYTES)
		return -EPROTO;
	bytes = u64_min(len - FAMILY_BYTES, GUEST_SOCKET_NAME_MAX);
	r = space_read(guest->kernel.space, field_address(address, &l->unix_address_name) +
		       FAMILY_BYTES, s->name, bytes);
	if (r < 0)
		return r;
	s->name[bytes] = '\0';
	/* An abstract name begins with a NUL, and may have more. */
	if (bytes && s->name[0] == '\0') {
		for (i = 0; i < bytes; i++)
			if (s->name[i] == '\0')
				s->name[i] = '@';
	}
	return 0;
}

/* What listens to everybody's frames. */
static int read_packet(const struct guest *guest, struct guest_socket *s)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t protocol, interface;
	int r;

	if (!l->packet_protocol.size || !l->packet_interface.size)
		return 0;
	r = field_read(guest, s->address, &l->packet_protocol, &protocol);
	if (r == 0)
		r = field_read(guest, s->address, &l->packet_interface, &interface);
	if (r < 0)
		return r;
	s->protocol = ntohs((uint16_t)protocol);
	s->interface = (uint32_t)interface;
	return 0;
}

static int read_netlink(const struct guest *guest, struct guest_socket *s)
{
	uint64_t port;
	int r;

	if (!guest->layout.netlink_port.size)
		return 0;
	r = field_read(guest, s->address, &guest->layout.netlink_port, &port);
	if (r == 0)
		s->port = (uint32_t)port;
	return r;
}

static int read_name(const struct guest *guest, struct guest_socket *s)
{
	switch (s->family) {
	case AF_INET:
	case AF_INET6:
		return read_ip(guest, s);
	case AF_UNIX:
		return read_unix(guest, s);
	case AF_PACKET:
		return read_packet(guest, s);
	case AF_NETLINK:
		return read_netlink(guest, s);
	default:
		return 0;
	}
}

int guest_socket_of(struct guest *guest, const struct guest_file *file,
		    struct guest_socket *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_socket s = { .inode = file->number };
	uint64_t socket, family, type, protocol, state;
	int r;

	if (!S_ISSOCK(file->mode))
		return 0;
	r = field_read(guest, file->address, &l->file_private, &socket);
	if (r == 0)
		r = field_read(guest, socket, &l->socket_type, &type);
	if (r == 0)
		r = field_read(guest, socket, &l->socket_sk, &s.address);
	/* It is being closed. */
	if (r == 0 && !s.address)
		return 0;
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_family, &family);
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_protocol, &protocol);
	if (r == 0)
		r = field_read(guest, s.address, &l->sock_state, &state);
	if (r < 0)
		return r;
	s.family = (uint16_t)family;
	s.type = (uint16_t)type;
	s.protocol = (uint16_t)protocol;
	s.state = (uint8_t)state;
	r = read_name(guest, &s);
	if (r < 0)
		return r;
	*ret = s;
	return 1;
}

/* More than any guest has. */
#define BUCKETS_MAX	16777216u

/**
 * struct table - of TCP's, an array of lists
 * @array: virtual address
 * @count: of lists
 * @bytes: of each of its elements
 * @head: where in there the list is
 */
struct table {
	uint64_t array;
	uint64_t count;
	uint32_t bytes;
	uint32_t head;
};

/**
 * struct walk - through these
 * @guest: whose
 * @left: sockets that may still come
 * @take: is given each
 * @data: for @take
 * @doubts: counted
 */
struct walk {
	struct guest *guest;
	uint64_t left;
	int (*take)(const struct guest_socket *socket, void *data);
	void *data;
	struct guest_doubts *doubts;
};

/* Those that are being made or have ended have no more than struct sock_common. */
static int read_common(const struct guest *guest, uint64_t address, struct guest_socket *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_socket s = {
		.address = address, .type = SOCK_STREAM, .protocol = IPPROTO_TCP };
	uint64_t family, state;
	int r = field_read(guest, address, &l->sock_family, &family);

	if (r == 0)
		r = field_read(guest, address, &l->sock_state, &state);
	if (r < 0)
		return r;
	if (family != AF_INET && family != AF_INET6)
		return -EPROTO;
	s.family = (uint16_t)family;
	s.state = (uint8_t)state;
	r = read_ip(guest, &s);
	if (r == 0)
		*ret = s;
	return r;
}

static int walk_list(struct walk *w, uint64_t head)
{
	struct list_walk list;
	uint64_t link;
	int r = 0;

	list_begin_nulls(&list, w->guest, head, w->left, w->doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct guest_socket socket;

		w->left--;
		if (read_common(w->guest, link - w->guest->layout.sock_node.offset, &socket) < 0)
			w->doubts->bad++;
		else
			r = w->take(&socket, w->data);
	}
	return r;
}

/* Most lists are empty: the heads are read by the page. */
static int walk_table(struct walk *w, const struct table *table)
{
	unsigned char heads[MEM_PAGE];
	uint64_t i, k, count, per_read;
	int r = 0;

	if (table->bytes == 0 || table->bytes > sizeof(heads) ||
	    table->head + sizeof(uint64_t) > table->bytes || table->count > BUCKETS_MAX) {
		w->doubts->bad++;
		return 0;
	}
	per_read = sizeof(heads) / table->bytes;
	for (i = 0; r == 0 && i < table->count; i += count) {
		uint64_t at = table->array + i * table->bytes, first;

		count = u64_min(per_read, table->count - i);
		if (space_read(w->guest->kernel.space, at, heads, count * table->bytes) < 0) {
			w->doubts->bad++;
			return 0;
		}
		for (k = 0; r == 0 && k < count; k++) {
			memcpy(&first, heads + k * table->bytes + table->head, sizeof(first));
			if (!(first & 1))
				r = walk_list(w, at + k * table->bytes + table->head);
		}
	}
	return r;
}

int guest_tcp_sockets(struct guest *guest,
		      int (*take)(const struct guest_socket *socket, void *data), void *data,
		      struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	struct walk w = { guest, field_most(guest, l->common_bytes), take, data, doubts };
	struct table connected = { .bytes = l->connected_bytes };
	struct table listening = { .bytes = l->listening_bytes, .head = l->listening_list.offset };
	uint64_t tcp;
	int r;

	if (kallsyms_find(guest->kernel.symbols, "tcp_hashinfo", &tcp) < 0)
		return -ENOENT;
	r = field_read(guest, tcp, &l->tcp_connected, &connected.array);
	if (r == 0)
		r = field_read(guest, tcp, &l->tcp_connected_mask, &connected.count);
	if (r == 0)
		r = field_read(guest, tcp, &l->tcp_listening, &listening.array);
	if (r == 0)
		r = field_read(guest, tcp, &l->tcp_listening_mask, &listening.count);
	if (r < 0) {
		doubts->bad++;
		return 0;
	}
	/* Masks, of powers of two. */
	connected.count++;
	listening.count++;
	r = walk_table(&w, &listening);
	return r ? r : walk_table(&w, &connected);
}
