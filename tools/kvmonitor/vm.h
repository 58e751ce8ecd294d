/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which virtual machine is meant, and a look into it. */
#ifndef KVMONITOR_VM_H
#define KVMONITOR_VM_H

#include <stddef.h>

#include "base/error.h"
#include "command.h"
#include "guest/guest.h"
#include "mem/mem.h"

/**
 * struct vm - a virtual machine that is seen into
 * @mem: its memory
 * @guest: the Linux in it
 */
struct vm {
	struct mem *mem;
	struct guest *guest;
};

/* In the help of each subcommand, what a VM is. */
#define HELP_VM								\
	"VM is the path of its QEMU's socket for QMP, or of a dump of its memory\n"	\
	"(an ELF core, or all bytes from address 0 on).\n"

/**
 * vm_open() - Find a virtual machine, and the Linux in it.
 * @vm: is filled in; to be given to vm_close()
 * @name: as the user has it: path of a socket, or of a dump
 * @err: why it failed
 *
 * Return: 0; -ENOENT when there is no such VM or no Linux in it; other negative errno.
 */
int vm_open(struct vm *vm, const char *name, struct error *err);

/** vm_close() - Free what it has. */
void vm_close(struct vm *vm);

/** vm_note_doubts() - Say below a list what was not as it should be, if anything. */
void vm_note_doubts(struct out *out, const struct guest_doubts *doubts);

/**
 * struct vm_show - what a subcommand does that shows something of a virtual machine
 * @least: so many arguments behind the VM ...
 * @most: ... and no more than so many
 * @wants: what it wants, for errors
 * @show: puts it out; returns 0, an exit status, or a negative errno
 */
struct vm_show {
	size_t least;
	size_t most;
	const char *wants;
	int (*show)(struct vm *vm, struct out *out, char **arguments, size_t count,
		    struct error *err);
};

/**
 * vm_each() - Put out a row or more for each of some arguments, up to the first failure.
 * @vm: that they are about
 * @out: where they go
 * @arguments: as typed
 * @count: of them
 * @put: puts it out; returns 0 or a negative errno
 * @err: why it failed
 *
 * Return: 0; what @put returned.
 */
int vm_each(const struct vm *vm, struct out *out, char **arguments, size_t count,
	    int (*put)(struct out *out, const struct guest *guest, const char *text,
		       struct error *err),
	    struct error *err);

/**
 * vm_run() - Run such a subcommand.
 * @self: the subcommand, which has --json and --help
 * @show: what it does
 * @argc: as for struct command
 * @argv: as for struct command
 * @err: why it failed
 *
 * Return: exit status, or a negative errno.
 */
int vm_run(const struct command *self, const struct vm_show *show, int argc, char **argv,
	   struct error *err);

#endif
