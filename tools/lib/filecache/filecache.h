/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed client of the filecache module's netlink family. */
#ifndef FILECACHE_CLIENT_H
#define FILECACHE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct filecache_client;

/**
 * struct filecache_owner - one owner of page cache, or the sum of several
 * @id: never reused; 0 in a sum over no owner
 * @parent_id: owner of the nearest ancestor that had one, or 0
 * @process_start_ns: start of the process, CLOCK_BOOTTIME
 * @birth_ns: when the owner began (first page, or first page after exec)
 * @exit_ns: when its process ended, 0 while it lives
 * @cgroup_id: cgroup v2 id (inode number of its directory)
 * @pid: thread group id
 * @uid: real uid
 * @flags: enum filecache_owner_flags
 * @owners: how many owners were summed (1 in a dump)
 * @comm: name of the program
 * @file_pages: pages of regular files owned now
 * @blockdev_pages: pages of block devices owned now
 * @shmem_pages: pages of shmem and tmpfs owned now
 * @added: pages ever added
 * @removed: pages ever removed
 * @moved: pages ever migrated
 */
struct filecache_owner {
	uint64_t id;
	uint64_t parent_id;
	uint64_t process_start_ns;
	uint64_t birth_ns;
	uint64_t exit_ns;
	uint64_t cgroup_id;
	uint32_t pid;
	uint32_t uid;
	uint32_t flags;
	uint32_t owners;
	char comm[16];
	uint64_t file_pages;
	uint64_t blockdev_pages;
	uint64_t shmem_pages;
	uint64_t added;
	uint64_t removed;
	uint64_t moved;
};

/** struct filecache_stats - the module's totals; see the uapi header */
struct filecache_stats {
	uint32_t owners_live;
	uint32_t owners_dead;
	uint64_t owned_file;
	uint64_t owned_blockdev;
	uint64_t owned_shmem;
	uint64_t unknown_file;
	uint64_t unknown_blockdev;
	uint64_t unknown_shmem;
	uint64_t added;
	uint64_t removed;
	uint64_t moved;
	uint64_t untagged_removed;
	uint64_t stale_tags;
	uint64_t overflowed;
	uint64_t tag_bytes;
	uint64_t scanned;
	uint64_t scan_ns;
	uint64_t untaggable;
	uint32_t blind;
	uint32_t page_size;
};

/** struct filecache_evicted - what an eviction did, in pages */
struct filecache_evicted {
	uint64_t evicted;
	uint64_t kept;
};

/** filecache_pages() - All pages an owner has now. */
static inline uint64_t filecache_pages(const struct filecache_owner *o)
{
	return o->file_pages + o->blockdev_pages + o->shmem_pages;
}

/**
 * filecache_client_create() - Connect to the module.
 * Return: 0; -ENOENT when the module is not loaded; other negative errno.
 */
int filecache_client_create(struct filecache_client **ret, struct error *err);

/** filecache_client_destroy() - Disconnect; NULL is allowed. */
void filecache_client_destroy(struct filecache_client *client);

/**
 * filecache_get_pid() - Sum over the owners of one process.
 * Return: 0; -ESRCH for no such process; -EPERM for another user's.
 */
int filecache_get_pid(struct filecache_client *client, pid_t pid,
		      struct filecache_owner *ret, struct error *err);

/** filecache_get_owner() - One owner by its id. Return: 0, -ENOENT, -EPERM. */
int filecache_get_owner(struct filecache_client *client, uint64_t id,
			struct filecache_owner *ret, struct error *err);

/**
 * filecache_dump() - All owners, dead ones too, as one consistent list.
 * @ret: array to be freed by the caller
 * @ret_count: its length
 *
 * A dump that the kernel marks as interrupted is repeated, a bounded number
 * of times; then the last one is returned with *@ret_torn set.
 *
 * Return: 0 or a negative errno (-EPERM without CAP_NET_ADMIN).
 */
int filecache_dump(struct filecache_client *client,
		   struct filecache_owner **ret, size_t *ret_count,
		   bool *ret_torn, struct error *err);

/** filecache_stats() - The module's totals. */
int filecache_get_stats(struct filecache_client *client,
			struct filecache_stats *ret, struct error *err);

/** filecache_evict_owner() - Drop the clean pages of one owner. */
int filecache_evict_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_evicted *ret, struct error *err);

/** filecache_evict_pid() - Drop the clean pages of all a process's owners. */
int filecache_evict_pid(struct filecache_client *client, pid_t pid,
			struct filecache_evicted *ret, struct error *err);

#endif
