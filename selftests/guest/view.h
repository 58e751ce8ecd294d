/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look into the real guest of a test. */
#ifndef SELFTESTS_GUEST_VIEW_H
#define SELFTESTS_GUEST_VIEW_H

#include "guest/guest.h"
#include "vm.h"

/* Which guest: one for all tests of a program, with the kernel that it is made for. */
#define VIEWED VM("--memory", "256", "--kernel", VIEW_KERNEL)

/* Between view_open() and view_close(). */
extern struct guest *view_guest;

/** view_open() - Of the guest that vm_start() has started; ends the test on failure. */
void view_open(void);

/** view_close() - Free it. */
void view_close(void);

#endif
