/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which virtual machine is meant, and a look into it. */
#ifndef KVMONITOR_VM_H
#define KVMONITOR_VM_H

#include <stddef.h>

#include "base/error.h"
#include "command.h"
#include "guest/guest.h"
#include "mem/mem.h"
#include "name.h"
#include "store.h"

/**
 * struct vm - a virtual machine that is seen into
 * @mem: its memory
 * @guest: the Linux in it
 * @space: virtual addresses that are meant: its kernel's, or those of a process (--pid)
 * @store: of enrolments, where the subcommand wants one, and of what was found of the guest
 * @again: whether what is kept there is to be replaced
 * @enrolled: whether something must be kept there
 * @json: whether JSON is wanted
 * @recalled: the guest is as it was found by an earlier command
 * @end_fd: can be read when its QEMU has ended, for those that stream; -1 without one
 * @data: of the subcommand that looks, see struct vm_show
 */
struct vm {
	struct mem *mem;
	struct guest *guest;
	struct space *space;
	struct store store;
	bool again;
	bool enrolled;
	bool json;
	bool recalled;
	int end_fd;
	void *data;
};

/* Options that are vm_run()'s, and where a subcommand's own begin. */
enum {
	VM_OPTION_PAUSE = OPTION_OWN,
	VM_OPTION_STORE,
	VM_OPTION_AGAIN,
	VM_OPTION_ENROLLED,
	VM_OPTION_COLD,
	VM_OPTION_PID,
	VM_OPTION_OWN,
};

#define VM_OPTIONS_LOOK							\
	{ "pause", required_argument, NULL, VM_OPTION_PAUSE },		\
	{ "cold", no_argument, NULL, VM_OPTION_COLD }

#define HELP_VM_LOOK							\
	"      --pause TIME   stop the VM while it is looked at, for no longer than that\n"	\
	"      --cold         find its kernel from nothing, whatever was found before\n"

/* At the end of a subcommand's options. */
#define VM_OPTIONS_END	VM_OPTIONS_LOOK, OPTIONS_END_JSON

/* And of its help. */
#define HELP_VM_END	HELP_VM_LOOK HELP_END_JSON

/* Of those who have to do with enrolments. */
#define HELP_STORE							\
	"      --store DIR    where enrolments are (" STORE_FOLDER ")\n"

/* Of those who take virtual addresses. */
#define VM_OPTIONS_PID							\
	{ "pid", required_argument, NULL, VM_OPTION_PID }

#define HELP_PID							\
	"      --pid N        by the page tables of that process of the guest's\n"

/** enum vm_store - what a subcommand does with enrolments */
enum vm_store {
	VM_STORE_NONE,
	VM_STORE_READ,
	VM_STORE_WRITTEN,
};

/**
 * vm_note_doubts() - Say below a list what was not as it should be.
 *
 * JSON has it in any case, people where there is anything.
 */
void vm_note_doubts(struct out *out, const struct guest_doubts *doubts);

/**
 * struct vm_show - what a subcommand does that shows something of a virtual machine
 * @least: so many arguments behind the VM ...
 * @most: ... and no more than so many
 * @wants: what it wants, for errors
 * @anew: it asks for all symbols of the kernel, or decides about trust: what was found before is
 *	  not used
 * @store: what it does with enrolments
 * @streams: it prints line by line itself: @show gets no struct out
 * @show: puts it out; returns 0, an exit status, or a negative errno
 * @longs: its options, mostly ending in VM_OPTIONS_END; NULL for no others
 * @option: takes one that is its own, into @data; returns 0 or a negative errno
 * @data: for @option, and for @show in its struct vm
 */
struct vm_show {
	size_t least;
	size_t most;
	const char *wants;
	bool anew;
	enum vm_store store;
	bool streams;
	int (*show)(struct vm *vm, struct out *out, char **arguments, size_t count,
		    struct error *err);
	const struct option *longs;
	int (*option)(int option, const char *value, void *data, struct error *err);
	void *data;
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
	    int (*put)(struct out *out, const struct vm *vm, const char *text,
		       struct error *err),
	    struct error *err);

/**
 * vm_run() - Run such a subcommand: find the virtual machine, and the Linux in it.
 * @self: the subcommand, which has --json and --help
 * @show: what it does
 * @argc: as for struct command
 * @argv: as for struct command
 * @err: why it failed
 *
 * As soon as the guest's memory is open, before anything in it is looked at, the process is
 * confined for good (sandbox_enter()); a child of it has the files of enrolments and of what was
 * found of the guest.
 *
 * Return: exit status, or a negative errno.
 */
int vm_run(const struct command *self, const struct vm_show *show, int argc, char **argv,
	   struct error *err);

#endif
