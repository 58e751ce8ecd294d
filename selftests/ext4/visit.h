/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A walk through a file system that may be damaged, or change: nothing of it is believed. */
#ifndef SELFTESTS_EXT4_VISIT_H
#define SELFTESTS_EXT4_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "ext4/ext4.h"

/**
 * struct visit - what came of walks
 * @fine: calls that went well
 * @errors: others
 * @wrong: what must not be, whatever the disk has; NULL for nothing
 */
struct visit {
	uint64_t fine;
	uint64_t errors;
	const char *wrong;
};

/**
 * visit_all() - Open a file system, and look at some hundreds of its files in each way.
 * @disk: it begins at its first byte
 * @still: whether the disk stays as it is meanwhile
 * @all: is added to
 */
void visit_all(const struct disk *disk, bool still, struct visit *all);

#endif
