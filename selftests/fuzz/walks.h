/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every walk that the library of guests has, one after the other. */
#ifndef SELFTESTS_FUZZ_WALKS_H
#define SELFTESTS_FUZZ_WALKS_H

#include "guest/guest.h"

/**
 * struct walks - what was told
 * @processes: in the list of all
 * @threads: of these
 * @files: open in these
 * @sockets: among these
 * @numbers: tasks in the table of numbers
 * @modules: of the kernel
 * @mounts: of the first namespace
 * @findings: of guest_check()
 * @doubts: of all
 */
struct walks {
	uint64_t processes;
	uint64_t threads;
	uint64_t files;
	uint64_t sockets;
	uint64_t numbers;
	uint64_t modules;
	uint64_t mounts;
	uint64_t findings;
	struct guest_doubts doubts;
};

/** enum walks_which - the walks, by bits */
enum walks_which {
	WALKS_PROCESSES = 1,
	WALKS_FILES = 2,
	WALKS_NUMBERS = 4,
	WALKS_MODULES = 8,
	WALKS_MOUNTS = 16,
	WALKS_CHECK = 32,
	WALKS_ALL = 63,
};

/**
 * walks_some() - Walk, and see that what is told lies within its bounds.
 * @guest: of the present when guest_refresh() has been called before
 * @which: of enum walks_which
 * @ret: is filled in
 *
 * What is out of bounds ends the program.  A new walk of the library belongs in here.
 */
void walks_some(struct guest *guest, unsigned int which, struct walks *ret);

#endif
