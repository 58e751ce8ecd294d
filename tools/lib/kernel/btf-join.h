/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a module's BTF behind its kernel's, as one. */
#ifndef KERNEL_BTF_JOIN_H
#define KERNEL_BTF_JOIN_H

#include <stdint.h>

struct btf;

/**
 * btf_join() - Types that go on from others, and these.
 * @base: libbpf's, of the kernel
 * @data: of the module, which btf_check() has found to fit to @base
 * @ret_size: bytes
 *
 * Types keep their numbers.  libbpf has a function for just that, which it exports since 1.6 only.
 *
 * Return: to be given to free(); NULL without memory.
 */
void *btf_join(const struct btf *base, const void *data, uint32_t *ret_size);

#endif
