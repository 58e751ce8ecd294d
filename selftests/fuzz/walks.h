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
 * @records: of the log
 * @super_blocks: of the kernel
 * @inodes: of these, some of each
 * @names: of these, and of what is at the top of each file system
 * @cached: ranges of these in the page cache
 * @buffers: of these
 * @placed: processes whose namespaces and cgroup are known
 * @connections: of TCP
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
	uint64_t records;
	uint64_t super_blocks;
	uint64_t inodes;
	uint64_t names;
	uint64_t cached;
	uint64_t buffers;
	uint64_t placed;
	uint64_t connections;
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
	WALKS_LOG = 64,
	WALKS_DISKS = 128,
	WALKS_PLACES = 256,
	WALKS_CONNECTIONS = 512,
	WALKS_ALL = 1023,
};

/* How many there are. */
#define WALKS_COUNT	10

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
