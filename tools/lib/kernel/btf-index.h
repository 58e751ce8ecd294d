/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types by their names.  libbpf goes through all types for each name that it is asked for, unless
 * they are sorted, which those of a kernel are not: here that is done once for all names.
 */
#ifndef KERNEL_BTF_INDEX_H
#define KERNEL_BTF_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct btf;
struct btf_index;

/**
 * btf_index_create() - Go through all types.
 * @btf: of libbpf, which must outlive it
 * @first: number of the first type; those before it are of others
 *
 * Return: to be given to btf_index_free(); NULL without memory.
 */
struct btf_index *btf_index_create(const struct btf *btf, uint32_t first);

/** btf_index_free() - NULL is allowed. */
void btf_index_free(struct btf_index *index);

/**
 * btf_index_structure() - A structure, a union, or another name for one.
 * @index: of the types
 * @name: that it has
 *
 * Of several of a name structures come before unions, and these before other names; of those the
 * first one.
 *
 * Return: its number; 0 when there is none.
 */
uint32_t btf_index_structure(const struct btf_index *index, const char *name);

/** btf_index_enums() - Numbers of all enumerations, in their order. Return: how many. */
size_t btf_index_enums(const struct btf_index *index, const uint32_t **ret);

#endif
