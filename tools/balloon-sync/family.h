/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process and its descendants, also those whose parents have ended. */
#ifndef BALLOON_SYNC_FAMILY_H
#define BALLOON_SYNC_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "census.h"
#include "filecache/filecache.h"

/**
 * struct family_kin - one of them, dead or alive
 * @pid: its number
 * @start_ticks: see struct census_process
 * @alive: it was in the last census
 * @owns: it had page cache in the last dump
 */
struct family_kin {
	pid_t pid;
	uint64_t start_ticks;
	bool alive;
	bool owns;
};

/**
 * struct family - all that are known
 * @list: sorted by pid and start
 * @count: of @list
 * @room: allocated
 */
struct family {
	struct family_kin *list;
	size_t count;
	size_t room;
};

/** family_init() - Begin with one process. Return: 0, -ENOMEM. */
int family_init(struct family *family, pid_t pid, uint64_t start_ticks);

/** family_exit() - Forget them; a family of zeros is allowed. */
void family_exit(struct family *family);

/** family_has() - Whether this very process is one of them. */
bool family_has(const struct family *family, pid_t pid, uint64_t start_ticks);

/**
 * family_update() - See who lives and who has been born.
 * @family: the family
 * @census: with a list
 *
 * Return: 0 or -ENOMEM.
 */
int family_update(struct family *family, const struct census *census);

/**
 * family_adopt() - See whose page cache is there.
 * @family: as last updated
 * @owners: sorted by id, as an owner's parent has a smaller one
 * @count: of @owners
 *
 * A process that began and ended between two looks is known by the owner of
 * its parent.  Who neither lives nor owns anything is forgotten.
 *
 * Return: 0 or -ENOMEM.
 */
int family_adopt(struct family *family, const struct filecache_owner *owners,
		 size_t count);

#endif
