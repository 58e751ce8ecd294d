/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that processes of a guest have open. */
#ifndef GUEST_SOCKET_H
#define GUEST_SOCKET_H

#include <stdint.h>

#include "file.h"
#include "guest.h"

#define GUEST_SOCKET_NAME_MAX	108

/**
 * struct guest_socket - a socket as it was
 * @address: virtual, of its struct sock
 * @inode: number of its inode, as in /proc/net
 * @family: as by socket(2): AF_UNIX, AF_INET, AF_INET6, AF_PACKET, ...
 * @type: as by socket(2): SOCK_STREAM, ...
 * @protocol: of that family, such as IPPROTO_TCP; of AF_PACKET in network order
 * @state: of IP and unix sockets, as in enum of include/net/tcp_states.h
 * @local: address of AF_INET (the first four bytes) and AF_INET6
 * @local_port: of these
 * @remote: address of the other side
 * @remote_port: of it
 * @name: of AF_UNIX: the path, or '@' and the name of an abstract one; empty without one
 */
struct guest_socket {
	uint64_t address;
	uint64_t inode;
	uint16_t family;
	uint16_t type;
	uint16_t protocol;
	uint8_t state;
	uint8_t local[16];
	uint16_t local_port;
	uint8_t remote[16];
	uint16_t remote_port;
	char name[GUEST_SOCKET_NAME_MAX + 1];
};

/**
 * guest_socket_of() - The socket that an open file is.
 * @guest: seen into
 * @file: as told by guest_files()
 * @ret: is filled in
 *
 * Return: 1; 0 when it is no socket; -EFAULT and others when it cannot be read.
 */
int guest_socket_of(struct guest *guest, const struct guest_file *file,
		    struct guest_socket *ret);

#endif
