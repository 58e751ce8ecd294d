/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every hypervisor's real guest must show: it gives memory and gets it
 * back, as the hypervisor, the kernel that its RAM is in and its own see it, and
 * then it dies while it is asked for more.
 */
#ifndef REAL_GUEST_H
#define REAL_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hv/hv.h"

#define REAL_GUEST_RAM_KB	(256 * 1024ULL)
#define REAL_GUEST_MOVED_KB	(64 * 1024ULL)
/* Exit status of a lab that has not got what it takes on this machine. */
#define REAL_GUEST_LAB_CANNOT	77

/**
 * struct real_guest - a guest that runs
 * @hv: who is asked for its memory
 * @name: as @hv knows it
 * @command: a command in it, which must succeed; what it prints goes to @ret
 * @backing_kb: what the kernel counts of the memory that is its RAM
 * @is_resident: whether that is what is resident now
 * @end: of the guest's life
 */
struct real_guest {
	struct hv *hv;
	const char *name;
	void (*command)(char *ret, size_t room, const char *command);
	uint64_t (*backing_kb)(void);
	bool (*is_resident)(uint64_t resident_kb);
	void (*end)(const struct hv_domain *domain);
};

/**
 * real_guest_run() - Run a program.
 * @ret: what it prints, without newlines at the end
 * @room: size of @ret
 * @program: path
 * @argv: its arguments
 *
 * Return: its exit status.
 */
int real_guest_run(char *ret, size_t room, const char *program, char *const *argv);

/** real_guest_gives_gets_back_and_dies() - See above; expects by itself. */
void real_guest_gives_gets_back_and_dies(const struct real_guest *guest);

#endif
