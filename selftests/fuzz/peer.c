// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "peer.h"

/* What a socket takes at once. */
#define INPUT_MAX	65536

static const uint8_t *sent;
static size_t sent_len;
static int other = -1;

/* In place of libc's: all has been sent, and nothing more will come, so nobody waits. */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int pair[2];

	FUZZ_ASSERT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	FUZZ_ASSERT(dup2(pair[0], fd) == fd);
	close(pair[0]);
	peer_hangs_up();
	other = pair[1];
	FUZZ_ASSERT(write(other, sent, sent_len) == (ssize_t)sent_len);
	sent_len = 0;
	FUZZ_ASSERT(shutdown(other, SHUT_WR) == 0);
	return 0;
}

void peer_sends(const uint8_t *data, size_t size)
{
	sent = data;
	sent_len = size < INPUT_MAX ? size : INPUT_MAX;
}

void peer_hangs_up(void)
{
	if (other >= 0)
		close(other);
	other = -1;
}
