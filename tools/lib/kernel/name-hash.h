/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: a hash of names. */
#ifndef KERNEL_NAME_HASH_H
#define KERNEL_NAME_HASH_H

#include <stdint.h>

/** name_hash() - FNV-1a. A guest may make its names collide: a search is slower then. */
static inline uint32_t name_hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

#endif
