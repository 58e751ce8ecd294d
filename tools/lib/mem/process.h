/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory inside of the process that runs the guest, as it was started. */
#ifndef MEM_PROCESS_H
#define MEM_PROCESS_H

#include <sys/types.h>

#include "base/error.h"
#include "mem.h"

struct mem_process;

/**
 * mem_process_open() - Look into a process.
 * @ret: to be given to mem_process_close()
 * @pid: of it; whoever gets its number later is not looked into
 * @err: why it failed
 *
 * Return: 0; -ENOENT when it does not run; -EACCES or -EPERM when we may not; others.
 */
int mem_process_open(struct mem_process **ret, pid_t pid, struct error *err);

/** mem_process_close() - What has been added of it stays; NULL is allowed. */
void mem_process_close(struct mem_process *process);

/**
 * mem_process_add() - Let memory be what is in a process.
 * @process: whose
 * @mem: gets the segment, and what it is in if it has that not yet
 * @start: physical address
 * @size: bytes, of which all are mapped there
 * @address: in the process
 * @err: why it failed
 *
 * Of files that are shared with it, the file is read: what nobody has written yet takes no
 * memory by being read.  Of other memory it is the process' own; what has never been
 * written is not looked at, see mem_next_data().
 *
 * Return: 0; -EFAULT when not all of it is mapped there; see mem_add_segment().
 */
int mem_process_add(struct mem_process *process, struct mem *mem, uint64_t start,
		    uint64_t size, uint64_t address, struct error *err);

#endif
