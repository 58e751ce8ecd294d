/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host really spends for a guest's RAM, seen at the process that runs it. */
#ifndef HV_RESIDENT_H
#define HV_RESIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RESIDENT_BLOCKS_MAX 64

/**
 * struct resident - a process, and the blocks of RAM that it has mapped
 * @pid: of it
 * @blocks_kb: size of each block
 * @count: of them; with 0 nothing is known
 * @value_kb: what was found last
 * @looked_ns: when, CLOCK_MONOTONIC; 0 for never
 * @cost_ns: processor time that this took
 * @actual_kb: the guest's size then or later
 * @moved_ns: when that was last another one
 */
struct resident {
	pid_t pid;
	uint64_t blocks_kb[RESIDENT_BLOCKS_MAX];
	size_t count;
	uint64_t value_kb;
	uint64_t looked_ns;
	uint64_t cost_ns;
	uint64_t actual_kb;
	uint64_t moved_ns;
};

/**
 * resident_look() - What of all blocks is in memory now, in kB.
 * @pid: the process
 * @blocks_kb: sizes of its blocks, in any order
 * @count: of them
 *
 * A block is told by its size: a mapping (or several side by side of the same
 * file) of exactly so much that can be read and written and not executed.  Of
 * files in memory that are shared, what they hold counts, whoever has it mapped;
 * of others, and of anonymous memory, what the process has mapped.
 *
 * Return: the sum; HV_UNKNOWN when a block is not there, when there are more
 * mappings of its size than blocks, or when the process cannot be looked into.
 */
uint64_t resident_look(pid_t pid, const uint64_t *blocks_kb, size_t count);

/**
 * resident_read() - Likewise, but not too often.
 * @resident: what to look at
 * @actual_kb: the guest's size now
 *
 * To look costs time in proportion to the memory that is mapped: what was found
 * stays valid for twenty times the processor time that it took, up to 2 s; and
 * for 30 s when the size has not changed for 10 s.
 *
 * Return: see resident_look().
 */
uint64_t resident_read(struct resident *resident, uint64_t actual_kb);

#endif
