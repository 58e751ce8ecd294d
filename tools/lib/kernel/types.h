/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of the guest's kernel, by what it has of them in its own memory (BTF): where a
 * member of a structure is, how long it is, and what numbers are called.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "mem/space.h"

struct types;

/**
 * struct types_member - a member of a structure
 * @offset: of its first byte, or of the first byte that has any of its bits
 * @size: in bytes, of the member or of those that have its bits
 * @shift: of its lowest bit in these bytes; 0 for a member that is no bit field
 * @bits: of a bit field; 0 for others
 * @elements: how many, of an array; 1 for others
 */
struct types_member {
	uint32_t offset;
	uint32_t size;
	uint8_t shift;
	uint8_t bits;
	uint32_t elements;
};

/**
 * types_read() - Read all types of a kernel.
 * @ret: to be given to types_free()
 * @space: the kernel's addresses
 * @start: virtual address where BTF begins, the symbol __start_BTF
 * @end: the address after it, __stop_BTF
 * @err: why it failed
 *
 * libbpf checks little of what it is given, so that is done here before.
 *
 * Return: 0; -EPROTO when that is no BTF; -EFAULT when it is not mapped; -ENOMEM.
 */
int types_read(struct types **ret, struct space *space, uint64_t start, uint64_t end,
	       struct error *err);

/**
 * types_read_module() - Likewise, of a module, whose types go on from its kernel's.
 * @ret: see types_read(); what the module has not is found in @base
 * @base: of the kernel; must outlive it
 * @start: virtual address where the module's BTF begins
 * @size: of it in bytes
 * @err: why it failed
 *
 * Return: see types_read().
 */
int types_read_module(struct types **ret, struct types *base, uint64_t start, uint64_t size,
		      struct error *err);

/**
 * types_later() - As types_read(), but they are read when one is asked for.
 *
 * @space must outlive it.
 */
int types_later(struct types **ret, struct space *space, uint64_t start, uint64_t end,
		struct error *err);

/** types_complete() - Read them now, if they were not. Return: see types_read(). */
int types_complete(struct types *types, struct error *err);

/**
 * types_bytes() - What was read: the guest may have something else there by now.
 * @types: of the kernel
 * @ret: the bytes, as long as @types is there
 * @ret_len: of them
 * @err: why it failed
 *
 * Return: 0; see types_read().
 */
int types_bytes(struct types *types, const void **ret, size_t *ret_len, struct error *err);

/** types_free() - NULL is allowed. */
void types_free(struct types *types);

/**
 * types_member() - Where a member is.
 * @types: of the kernel
 * @structure: name of a structure or union
 * @path: of the member, with dots; members of what has no name are its own
 * @ret: is filled in
 * @err: names what is missing
 *
 * Return: 0; -ENOENT when there is no such structure or member.
 */
int types_member(struct types *types, const char *structure, const char *path,
		 struct types_member *ret, struct error *err);

/** types_has() - Whether there is such a member. */
bool types_has(struct types *types, const char *structure, const char *path);

/**
 * types_size() - Size of a structure or union in bytes.
 *
 * Return: 0; -ENOENT.
 */
int types_size(struct types *types, const char *structure, uint32_t *ret,
	       struct error *err);

/**
 * types_constant() - What a name of an enumeration stands for.
 * @types: of the kernel
 * @name: of the constant
 * @ret: its value
 * @err: names what is missing
 *
 * Return: 0; -ENOENT.
 */
int types_constant(struct types *types, const char *name, int64_t *ret,
		   struct error *err);

#endif
