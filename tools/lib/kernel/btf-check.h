/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: whether BTF is whole, before libbpf is given it. */
#ifndef KERNEL_BTF_CHECK_H
#define KERNEL_BTF_CHECK_H

#include <stddef.h>

/**
 * btf_check() - Whether all that is in there lies in there.
 * @data: aligned as by malloc()
 * @size: bytes
 *
 * Its parts are within it, each type is of a kind that there is and whole, each name begins
 * among the names and ends there, each type that is referred to exists.  Types that lead back to
 * themselves are not looked for: libbpf and types.c follow a type to a depth only.
 *
 * Return: 0; -EPROTO.
 */
int btf_check(const void *data, size_t size);

#endif
