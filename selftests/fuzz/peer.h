/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever a socket is connected to: sends an input, and hangs up (--wrap=connect). */
#ifndef SELFTESTS_FUZZ_PEER_H
#define SELFTESTS_FUZZ_PEER_H

#include <stddef.h>
#include <stdint.h>

/** peer_sends() - What the next connection gets; those after it get nothing. */
void peer_sends(const uint8_t *data, size_t size);

/** peer_hangs_up() - Forget the connection. */
void peer_hangs_up(void);

#endif
