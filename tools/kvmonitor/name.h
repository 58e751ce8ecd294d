/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user calls a virtual machine, and its memory. */
#ifndef KVMONITOR_NAME_H
#define KVMONITOR_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "hv/monitor.h"
#include "hv/qemu-process.h"
#include "mem/block.h"
#include "mem/mem.h"
#include "mem/pause.h"

/* The libvirt whose guests can be called by "libvirt:". */
#define NAME_LIBVIRT_URI	"qemu:///system"

/* Of a process, here or in a guest: PID_MAX_LIMIT. */
#define PID_MOST	4194304

#define NAME_GUESSES_MAX	(MEM_BLOCKS_MAX * MEM_LOWS_MAX)

/* In the help of each subcommand, what a VM is. */
#define HELP_VM_PROCESS							\
	"VM is a name or UUID as 'kvmonitor list' shows it, libvirt:NAME, pid:NUMBER of\n"	\
	"its QEMU, or the path of its socket for QMP.\n"

#define HELP_VM								\
	"VM is a name or UUID as 'kvmonitor list' shows it, libvirt:NAME, xen:NAME,\n"	\
	"pid:NUMBER of its QEMU, or a path with a slash in it: of its socket for QMP, or\n"	\
	"of a dump of its memory (an ELF core, or all bytes from address 0 on).\n"

/**
 * struct name_memory - a virtual machine's memory, or several guesses of how it lies
 * @mem: the most likely one first
 * @count: of them
 * @guessed: nobody has told; each must be held against what the guest's kernel believes
 * @pid: of the QEMU that it is in; 0 for what is no QEMU's
 */
struct name_memory {
	struct mem *mem[NAME_GUESSES_MAX];
	size_t count;
	bool guessed;
	pid_t pid;
};

/**
 * name_process() - The QEMU that is meant.
 * @ret: filled in; to be given to qemu_process_free()
 * @text: as typed, see HELP_VM_PROCESS
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is none; -ENOTUNIQ when there are several; others.
 */
int name_process(struct qemu_process *ret, const char *text, struct error *err);

/** name_domain() - What follows "xen:". Return: NULL for what is not of Xen's. */
const char *name_domain(const char *text);

/** name_is_path() - Whether it is the path of a socket or a file: whatever has a slash. */
bool name_is_path(const char *text);

/** name_is_pc() - Whether it may run an x86-64 guest, by its program. */
bool name_is_pc(const struct qemu_process *process);

/**
 * name_monitor() - A way to ask that QEMU.
 * @ret: to be given to monitor_close()
 * @process: QEMU's
 * @text: as typed: the path of a socket is used as it is
 * @err: why there is none
 *
 * Return: 0; -ENOTCONN when it has none that is to be had; others.
 */
int name_monitor(struct monitor **ret, const struct qemu_process *process, const char *text,
		 struct error *err);

/**
 * name_open_own() - The monitor behind a socket that a QEMU has in its command line.
 * @ret: to be given to monitor_close()
 * @process: QEMU's, which may write there what it likes
 * @text: as typed
 * @path: of the socket
 * @err: why it failed
 *
 * Return: 0; -EPERM when another process listens there; see monitor_open_socket().
 */
int name_open_own(struct monitor **ret, const struct qemu_process *process, const char *text,
		  const char *path, struct error *err);

/**
 * name_open() - The memory of the virtual machine that is meant.
 * @ret: filled in; to be given to name_close()
 * @text: as typed, see HELP_VM
 * @err: why it failed
 *
 * Nothing of the guest is looked at here.
 *
 * Return: 0; negative errno.
 */
int name_open(struct name_memory *ret, const char *text, struct error *err);

/**
 * name_pause() - Get ready to stop the virtual machine that is meant.
 * @ret: to be given to pause_destroy()
 * @text: as typed, which lasts as long as this process does
 * @budget_ns: it goes on after so long in any case
 * @err: why it failed
 *
 * Return: 0; -ENOTSUP for what cannot be stopped; others.
 */
int name_pause(struct pause **ret, const char *text, uint64_t budget_ns, struct error *err);

/** name_close() - Free what is left in it. */
void name_close(struct name_memory *memory);

#endif
