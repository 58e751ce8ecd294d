/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found of a guest, in a form that can be kept in a file: where its kernel is, and what
 * its structures are like.  Whoever reads it again trusts neither the file nor the guest.
 */
#ifndef GUEST_MEMO_H
#define GUEST_MEMO_H

#include <stddef.h>

#include "guest.h"
#include "kernel/memo.h"

#define GUEST_WHOSE_MAX	64

/** guest_memo_bytes() - How long it is, always. */
size_t guest_memo_bytes(void);

/**
 * guest_remember() - Make one.
 * @guest: open
 * @whose: the host's name of the virtual machine, by which no other one ever goes: at most
 *	   GUEST_WHOSE_MAX - 1 characters
 * @ret: gets guest_memo_bytes()
 *
 * Return: 0; -ENODATA when this guest cannot be remembered.
 */
int guest_remember(const struct guest *guest, const char *whose, void *ret);

/**
 * guest_recall() - Find the Linux in a guest's memory as it was found before.
 * @ret: to be given to guest_close()
 * @mem: which must outlive it
 * @whose: see guest_remember()
 * @memo: by that, from a file that may be damaged, old, or another guest's
 * @len: of it
 * @err: why it is of no use: then guest_open() finds what there is
 *
 * Return: 0; -EPROTO for a damaged one; -ESTALE for one of another VM, program or kernel; others,
 * see kernel_recall().
 */
int guest_recall(struct guest **ret, const struct mem *mem, const char *whose, const void *memo,
		 size_t len, struct error *err);

#endif
