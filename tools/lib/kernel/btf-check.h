/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: whether BTF is whole, before libbpf is given it. */
#ifndef KERNEL_BTF_CHECK_H
#define KERNEL_BTF_CHECK_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct btf_base - types that others go on from: a module's from the kernel's
 * @types: how many there are, without that which is none
 * @names_len: bytes of their names
 */
struct btf_base {
	uint32_t types;
	uint32_t names_len;
};

/**
 * btf_check() - Whether all that is in there lies in there.
 * @data: aligned as by malloc()
 * @size: bytes
 * @base: what they go on from; zeros for nothing
 * @ret: gets what others may go on from, @base and these; NULL for not needed
 *
 * Its parts are within it, each type is of a kind that there is and whole, each name begins
 * among the names and ends there, each type that is referred to exists.  Types that lead back to
 * themselves are not looked for: libbpf and types.c follow a type to a depth only.
 *
 * Return: 0; -EPROTO.
 */
int btf_check(const void *data, size_t size, const struct btf_base *base,
	      struct btf_base *ret);

#endif
