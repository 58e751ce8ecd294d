/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real guest of the lab's for a test, which ends with the test. */
#ifndef SELFTESTS_VM_H
#define SELFTESTS_VM_H

#include <stddef.h>

/* Options, as vm_start() wants them. */
#define VM(...) (const char *const[]){ __VA_ARGS__, NULL }

/**
 * vm_start() - Start it and wait until it answers; skips the test where none can be had.
 * @options: of "lab guest start", up to a NULL
 */
void vm_start(const char *const *options);

/**
 * vm_share() - The guest that the first test starts is that of the others as well.
 *
 * To be called by main(); it ends with the program.
 */
void vm_share(void);

/** vm_path() - Path of something in its folder, like "qmp". */
void vm_path(char *ret, size_t room, const char *file);

/** vm_run() - Run a command of its shell, which must succeed; what it prints goes to a file. */
void vm_run(const char *output, const char *command);

#endif
