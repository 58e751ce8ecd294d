/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets of a guest: those that its processes have open, and those of TCP. */
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
 * @protocol: of that family, such as IPPROTO_TCP; of AF_PACKET which frames it gets, such as
 *	      ETH_P_ALL, 0 for none
 * @state: of IP and unix sockets, as in enum of include/net/tcp_states.h
 * @local: address of AF_INET (the first four bytes) and AF_INET6
 * @local_port: of these; of SOCK_RAW the protocol's number
 * @remote: address of the other side
 * @remote_port: of it
 * @interface: of AF_PACKET: number of the only one that it listens at, 0 for all
 * @port: of AF_NETLINK: its number, mostly that of the process
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
	uint32_t interface;
	uint32_t port;
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

/**
 * guest_tcp_sockets() - All that TCP of the guest has in its tables, whoever holds them.
 * @guest: seen into
 * @take: is given each, with an inode of 0; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * Those that listen and those that are connected, also those that no process has open: which
 * wait after their end, are being made, or belong to the kernel or to somebody who hides.
 * Namespaces of the network that have tables of their own are left out.
 *
 * Return: 0; what @take returned; -ENOENT when the kernel has no TCP.
 */
int guest_tcp_sockets(struct guest *guest,
		      int (*take)(const struct guest_socket *socket, void *data), void *data,
		      struct guest_doubts *doubts);

#endif
