/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: members of structures, found once and read often. */
#ifndef GUEST_FIELD_H
#define GUEST_FIELD_H

#include <stddef.h>

#include "guest.h"
#include "layout.h"

/**
 * struct guest - a Linux guest
 * @kernel: of it
 * @layout: of its kernel's structures
 * @user: addresses of one of its processes at a time
 * @user_root: physical address of that one's page tables, 0 for none
 * @reads: that are allowed from one refresh to the next
 */
struct guest {
	struct kernel kernel;
	struct guest_layout layout;
	struct space *user;
	uint64_t user_root;
	uint64_t reads;
};

/** guest_begin() - Of one whose kernel and layout are known. Return: 0; see space_create(). */
int guest_begin(struct guest *guest, struct error *err);

/* include/linux/kdev_t.h */
#define FIELD_MINOR_BITS	20

/** field_major() - Of a dev_t of the kernel's own. */
static inline uint32_t field_major(uint64_t device)
{
	return (uint32_t)(device >> FIELD_MINOR_BITS);
}

/** field_minor() - Likewise. */
static inline uint32_t field_minor(uint64_t device)
{
	return (uint32_t)(device & ((1u << FIELD_MINOR_BITS) - 1));
}

/** field_address() - Virtual address of a member of what is at @object. */
static inline uint64_t field_address(uint64_t object, const struct types_member *member)
{
	return object + member->offset;
}

/** field_most() - As many structures of a size as the guest's memory has room for. */
static inline uint64_t field_most(const struct guest *guest, uint32_t bytes)
{
	return mem_bytes(guest->kernel.mem) / (bytes ? bytes : 1) + 1;
}

/**
 * field_read() - A number, pointer or bit field; unsigned.
 * @guest: seen into
 * @object: virtual address of the structure
 * @member: of 1, 2, 4 or 8 bytes
 * @ret: its value
 *
 * Return: 0; -EPROTO for another size; see space_read().
 */
int field_read(const struct guest *guest, uint64_t object, const struct types_member *member,
	       uint64_t *ret);

/**
 * struct wish - a number that is wanted of a structure
 * @member: which
 * @ret: where it goes
 */
struct wish {
	const struct types_member *member;
	uint64_t *ret;
};

/**
 * field_read_all() - Several numbers of one structure, as they were at one moment.
 * @guest: seen into
 * @object: virtual address of the structure
 * @bytes: of the structure
 * @wishes: what is wanted of it
 * @count: of @wishes
 *
 * The part of it that they are in is read once: a question to the host costs more than bytes.
 *
 * Return: 0; -EPROTO for a member outside of it, or one that is no number; see space_read().
 */
int field_read_all(const struct guest *guest, uint64_t object, uint32_t bytes,
		   const struct wish *wishes, size_t count);

/* What is read of a task_struct is the most, 3 KB in Debian's kernels. */
#define FIELD_SPAN_MAX	16384u

/**
 * field_span() - From the first byte that is wanted on, up to the last one.
 * @bytes: of the structure
 * @wishes: what is wanted of it
 * @count: of @wishes
 * @ret_start: offset in it of the first one
 * @ret_end: of what comes behind the last one, FIELD_SPAN_MAX later at most
 *
 * Return: 0; -EPROTO for a member outside of it, or one that is no number.
 */
int field_span(uint32_t bytes, const struct wish *wishes, size_t count, uint32_t *ret_start,
	       uint32_t *ret_end);

/** field_take() - What is wanted, of a copy of a structure from its offset @start on. */
void field_take(const unsigned char *copy, uint32_t start, const struct wish *wishes,
		size_t count);

/** field_of_copy() - Likewise, of a structure that was read. Return: 0; -EPROTO. */
int field_of_copy(const void *object, uint32_t bytes, const struct wish *wishes, size_t count);

struct guest_task;

/** task_most() - As many tasks as there is memory for in the guest, at most. */
uint64_t task_most(const struct guest *guest);

/** task_read() - A task at a virtual address. Return: 0; see space_read(). */
int task_read(const struct guest *guest, uint64_t address, struct guest_task *ret);

struct guest_module;

/** module_read() - A module at a virtual address. Return: 0; -EPROTO; see space_read(). */
int module_read(const struct guest *guest, uint64_t address, struct guest_module *ret);

#endif
