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
 * @folded: owners ever folded into this one
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
	uint64_t folded;
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
	uint64_t folded;
	uint64_t forgotten;
	uint32_t buckets;
	uint32_t thresholds;
	uint64_t notify_lost;
	uint32_t sources;
};

/** struct filecache_evicted - what an eviction did, in pages */
struct filecache_evicted {
	uint64_t evicted;
	uint64_t kept;
};

/** struct filecache_forgotten - what became unknown: pages, and of how many */
struct filecache_forgotten {
	uint64_t pages;
	uint32_t owners;
};

/**
 * struct filecache_file - what an owner has of one inode
 * @path: from the root of its file system; NULL when it is not known
 * @ino: inode number
 * @pages: of the owner
 * @inode_pages: all that the inode has cached
 * @dev_major: device of the file system, as in /proc/self/mountinfo
 * @dev_minor: likewise
 * @generation: tells inodes apart that have had the same number
 * @kind: enum filecache_kind
 * @flags: enum filecache_file_flags
 * @truncated: not all is listed: too many inodes, or pages being read
 */
struct filecache_file {
	char *path;
	uint64_t ino;
	uint64_t pages;
	uint64_t inode_pages;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint32_t generation;
	uint32_t kind;
	uint32_t flags;
	bool truncated;
};

/**
 * struct filecache_files - what an owner or a process has, inode by inode
 * @list: to be freed by filecache_files_exit()
 * @count: of @list
 * @truncated: not all is listed: too many inodes, or pages being read
 */
struct filecache_files {
	struct filecache_file *list;
	size_t count;
	bool truncated;
};

/**
 * struct filecache_threshold - a count that the module watches
 * @id: given by the module
 * @state: 1 above, 0 below
 * @owner_id: whose pages, or 0
 * @cgroup_id: sum of the owners of just this cgroup, or 0
 * @pages: "above" begins here
 * @hysteresis: "below" begins so far down; 0 for the module's default
 * @now: pages at that moment
 */
struct filecache_threshold {
	uint32_t id;
	uint32_t state;
	uint64_t owner_id;
	uint64_t cgroup_id;
	uint64_t pages;
	uint64_t hysteresis;
	uint64_t now;
};

/**
 * enum filecache_event_kind - what is announced
 * @FILECACHE_EVENT_EXIT: an owner's process has ended
 * @FILECACHE_EVENT_THRESHOLD: a count went above a threshold or below it
 * @FILECACHE_EVENT_LOST: so much happened that some was not announced
 */
enum filecache_event_kind {
	FILECACHE_EVENT_EXIT = 1,
	FILECACHE_EVENT_THRESHOLD = 2,
	FILECACHE_EVENT_LOST = 4,
};

/**
 * struct filecache_event - an announcement
 * @kind: which of those that follow is filled in
 * @owner: as it was at its end
 * @threshold: as it is now
 */
struct filecache_event {
	enum filecache_event_kind kind;
	union {
		struct filecache_owner owner;
		struct filecache_threshold threshold;
	};
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

/**
 * filecache_forget_owner() - Give a dead owner's pages to the unknown owner.
 * Return: 0; -ENOENT; -EBUSY for one that lives; -EPERM without CAP_SYS_ADMIN.
 */
int filecache_forget_owner(struct filecache_client *client, uint64_t id,
			   struct filecache_forgotten *ret, struct error *err);

/** filecache_forget_dead() - The same for all dead owners. */
int filecache_forget_dead(struct filecache_client *client,
			  struct filecache_forgotten *ret, struct error *err);

/**
 * filecache_files_owner() - Which inodes an owner's pages are of.
 * Return: 0; -ENOENT; -EPERM without CAP_SYS_ADMIN.
 */
int filecache_files_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_files *ret, struct error *err);

/** filecache_files_pid() - The same for all owners of a process, or -ESRCH. */
int filecache_files_pid(struct filecache_client *client, pid_t pid,
			struct filecache_files *ret, struct error *err);

/** filecache_files_exit() - Free a list. */
void filecache_files_exit(struct filecache_files *files);

/**
 * filecache_threshold_set() - Have a count watched.
 * @client: the threshold lives as long as it
 * @threshold: @owner_id or @cgroup_id, @pages and @hysteresis are set; the
 *	       others are filled in
 * @err: why it failed
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN; -ENOSPC when there are too many.
 */
int filecache_threshold_set(struct filecache_client *client,
			    struct filecache_threshold *threshold,
			    struct error *err);

/** filecache_threshold_del() - Have it watched no longer. Return: 0, -ENOENT. */
int filecache_threshold_del(struct filecache_client *client, uint32_t id,
			    struct error *err);

struct filecache_events;

/**
 * filecache_events_create() - Listen to announcements.
 * @ret: the listener
 * @kinds: FILECACHE_EVENT_EXIT, FILECACHE_EVENT_THRESHOLD or both; of the
 *	   latter, everybody's are heard
 * @err: why it failed
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN; -ENOENT without the module.
 */
int filecache_events_create(struct filecache_events **ret, unsigned int kinds,
			    struct error *err);

/** filecache_events_destroy() - Listen no longer; NULL is allowed. */
void filecache_events_destroy(struct filecache_events *events);

/** filecache_events_fd() - What to poll for input until there is more. */
int filecache_events_fd(const struct filecache_events *events);

/**
 * filecache_events_next() - The next announcement, without waiting.
 * Return: 1 with *@ret filled in, 0 when there is none yet, negative errno.
 */
int filecache_events_next(struct filecache_events *events,
			  struct filecache_event *ret, struct error *err);

#endif
