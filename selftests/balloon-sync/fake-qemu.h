/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Something at a socket that talks like QEMU, or like nothing on earth. */
#ifndef SELFTESTS_FAKE_QEMU_H
#define SELFTESTS_FAKE_QEMU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FAKE_RAM_KB (24 << 10)

/**
 * struct fake_qemu - what is shared with the process that listens, which looks at
 * it when it is asked something and not otherwise
 * @actual_kb: what "query-balloon" says
 * @asked_kb: by the last "balloon", which changes nothing else
 * @asks: how often there was one
 * @lose_answer: hang up instead of the next answer to "balloon"
 * @no_balloon: there is no such device
 * @uuid: what "query-uuid" says
 * @stats: what "qom-get" says
 * @period_s: polling interval that was set
 */
struct fake_qemu {
	uint64_t actual_kb;
	uint64_t asked_kb;
	unsigned int asks;
	bool lose_answer;
	bool no_balloon;
	char uuid[40];
	char stats[1024];
	unsigned int period_s;
};

typedef void (*fake_serve_t)(int fd, unsigned int number, void *data);

/**
 * fake_listen() - Have each connection to a socket served by a function.
 * @path: of the socket; it listens when this returns
 * @serve: called in another process with the connection and its number from 0;
 *	after it has returned, the connection is closed
 * @data: for @serve
 *
 * Return: the process, which goes when this one does; the test fails without.
 */
pid_t fake_listen(const char *path, fake_serve_t serve, void *data);

/** fake_end() - End what fake_listen() has started; the socket's file stays. */
void fake_end(pid_t pid);

/** fake_say() - Send text; the client may have gone. */
void fake_say(int fd, const char *text);

/** fake_hear() - The id of the next request, whose text is put into @line. */
unsigned long fake_hear(int fd, char *line, size_t room);

/** fake_begin() - Greet, and accept that the client leaves the negotiation. */
void fake_begin(int fd);

/** fake_qemu_create() - Shared memory for fake_qemu_serve(). */
struct fake_qemu *fake_qemu_create(void);

/** fake_qemu_serve() - For fake_listen(): a QEMU with FAKE_RAM_KB of RAM. */
void fake_qemu_serve(int fd, unsigned int number, void *data);

#endif
