/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look into the real guest of a test. */
#ifndef SELFTESTS_GUEST_VIEW_H
#define SELFTESTS_GUEST_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "guest/guest.h"
#include "vm.h"

/*
 * Which guest: one for all tests of a program, with the kernel that it is made for.  Of one
 * processor: with two, a kernel that changes its own code (the first connection of TCP does) was
 * seen to die of the breakpoint that it puts there meanwhile, under QEMU's emulation.
 */
#define VIEWED VM("--memory", "256", "--cpus", "1", "--kernel", VIEW_KERNEL, "--disk", view_disk)

/* Of its disk's file system. */
#define VIEW_UUID "01234567-89ab-cdef-8123-456789abcdef"

/*
 * Path of its disk, which it has mounted on /mnt: ext4, in blocks of 1 KiB, so that a page has
 * several.  What it writes goes elsewhere.
 */
extern char view_disk[];

/* Between view_open() and view_close(). */
extern struct guest *view_guest;

/** view_open() - Of the guest that vm_start() has started; ends the test on failure. */
void view_open(void);

/** view_close() - Free it. */
void view_close(void);

/**
 * view_ask() - What a command of the guest's prints.
 * @command: of its shell
 * @size: gets how many bytes, NULL for a text
 *
 * Return: that, and a NUL, to be freed.
 */
char *view_ask(const char *command, size_t *size);

/** view_physical() - Bytes of its memory, by physical address; ends the test on failure. */
void view_physical(uint64_t address, void *buf, size_t len);

#endif
