/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink interface of the filecache module: which process filled the
 * page cache.  Described by Documentation/netlink/specs/filecache.yaml, which
 * selftests/filecache compares with this file.  Append only.
 */
#ifndef _UAPI_LINUX_FILECACHE_H
#define _UAPI_LINUX_FILECACHE_H

#define FILECACHE_FAMILY_NAME		"filecache"
#define FILECACHE_FAMILY_VERSION	1

/* Multicast groups; joining them needs CAP_NET_ADMIN. */
#define FILECACHE_MCGRP_EXIT		"exit"
#define FILECACHE_MCGRP_THRESHOLD	"threshold"

/**
 * enum filecache_owner_flags - what kind of owner this is
 * @FILECACHE_OWNER_FLAG_DEAD: its process has exited
 * @FILECACHE_OWNER_FLAG_EXECED: its process has since executed another program
 * @FILECACHE_OWNER_FLAG_KTHREAD: a kernel thread
 * @FILECACHE_OWNER_FLAG_UNKNOWN: stands for pages cached before the module
 * @FILECACHE_OWNER_FLAG_OVERFLOW: stands for owners that could not be allocated
 * @FILECACHE_OWNER_FLAG_CGROUP: stands for a cgroup that kernel threads worked
 *	for, such as the reader of a loop device
 * @FILECACHE_OWNER_FLAG_FOLDED: stands for dead owners that were folded together
 */
enum filecache_owner_flags {
	FILECACHE_OWNER_FLAG_DEAD = 1,
	FILECACHE_OWNER_FLAG_EXECED = 2,
	FILECACHE_OWNER_FLAG_KTHREAD = 4,
	FILECACHE_OWNER_FLAG_UNKNOWN = 8,
	FILECACHE_OWNER_FLAG_OVERFLOW = 16,
	FILECACHE_OWNER_FLAG_CGROUP = 32,
	FILECACHE_OWNER_FLAG_FOLDED = 64,
};

/**
 * enum filecache_blind - page-cache changes the running kernel cannot show
 * @FILECACHE_BLIND_SHMEM: shmem and tmpfs pages (adds and swap-outs)
 * @FILECACHE_BLIND_COLLAPSE: huge-page collapse of regular files
 * @FILECACHE_BLIND_REPLACE: FUSE splice putting its own page in a file's place
 */
enum filecache_blind {
	FILECACHE_BLIND_SHMEM = 1,
	FILECACHE_BLIND_COLLAPSE = 2,
	FILECACHE_BLIND_REPLACE = 4,
};

/**
 * enum filecache_source - events of the running kernel that feed the counts
 * @FILECACHE_SOURCE_ADD: a folio enters the page cache
 * @FILECACHE_SOURCE_DELETE: a folio leaves it
 * @FILECACHE_SOURCE_EXIT: a process ends
 * @FILECACHE_SOURCE_MIGRATE_HOOK: a folio migrates, seen by ftrace
 * @FILECACHE_SOURCE_MIGRATE: the same, by a tracepoint
 * @FILECACHE_SOURCE_REPLACE: a folio takes another one's place
 * @FILECACHE_SOURCE_COLLAPSE: folios are collapsed into a huge one
 * @FILECACHE_SOURCE_SHMEM: a shmem folio comes or goes
 * @FILECACHE_SOURCE_PROC: no event: /proc/<pid>/filecache is there
 */
enum filecache_source {
	FILECACHE_SOURCE_ADD = 1,
	FILECACHE_SOURCE_DELETE = 2,
	FILECACHE_SOURCE_EXIT = 4,
	FILECACHE_SOURCE_MIGRATE_HOOK = 8,
	FILECACHE_SOURCE_MIGRATE = 16,
	FILECACHE_SOURCE_REPLACE = 32,
	FILECACHE_SOURCE_COLLAPSE = 64,
	FILECACHE_SOURCE_SHMEM = 128,
	FILECACHE_SOURCE_PROC = 256,
};

/**
 * enum filecache_kind - what a page is a page of
 * @FILECACHE_KIND_FILE: a regular file or directory
 * @FILECACHE_KIND_BLOCKDEV: a block device
 * @FILECACHE_KIND_SHMEM: shmem or tmpfs
 */
enum filecache_kind {
	FILECACHE_KIND_FILE = 0,
	FILECACHE_KIND_BLOCKDEV,
	FILECACHE_KIND_SHMEM,
};

/**
 * enum filecache_file_flags - what is special about a file
 * @FILECACHE_FILE_FLAG_UNLINKED: it has no name any more
 */
enum filecache_file_flags {
	FILECACHE_FILE_FLAG_UNLINKED = 1,
};

/* Attributes of an owner.  All times are nanoseconds of CLOCK_BOOTTIME. */
enum {
	FILECACHE_A_OWNER_ID = 1,	/* u64, never reused */
	FILECACHE_A_OWNER_PID,		/* u32, thread group */
	FILECACHE_A_OWNER_PARENT_ID,	/* u64, owner of the nearest ancestor */
	FILECACHE_A_OWNER_PROCESS_START, /* u64, when the process started */
	FILECACHE_A_OWNER_BIRTH,	/* u64, when the owner began */
	FILECACHE_A_OWNER_EXIT,		/* u64, absent while the process lives */
	FILECACHE_A_OWNER_COMM,		/* string, at most 15 bytes */
	FILECACHE_A_OWNER_UID,		/* u32, real uid, init user namespace */
	FILECACHE_A_OWNER_CGROUP_ID,	/* u64, cgroup v2 */
	FILECACHE_A_OWNER_FLAGS,	/* u32, enum filecache_owner_flags */
	FILECACHE_A_OWNER_FILE_PAGES,	/* u64, owned now */
	FILECACHE_A_OWNER_BLOCKDEV_PAGES, /* u64, owned now */
	FILECACHE_A_OWNER_SHMEM_PAGES,	/* u64, owned now */
	FILECACHE_A_OWNER_ADDED,	/* u64, pages, ever */
	FILECACHE_A_OWNER_REMOVED,	/* u64, pages, ever */
	FILECACHE_A_OWNER_MOVED,	/* u64, pages migrated, ever */
	FILECACHE_A_OWNER_OWNERS,	/* u32, owners summed in this message */
	FILECACHE_A_OWNER_PAD,
	FILECACHE_A_OWNER_FOLDED,	/* u64, owners folded into this one, ever; absent when 0 */

	__FILECACHE_A_OWNER_MAX,
	FILECACHE_A_OWNER_MAX = (__FILECACHE_A_OWNER_MAX - 1)
};

enum {
	FILECACHE_A_STATS_OWNERS_LIVE = 1,	/* u32 */
	FILECACHE_A_STATS_OWNERS_DEAD,		/* u32 */
	FILECACHE_A_STATS_OWNED_FILE,		/* u64, pages */
	FILECACHE_A_STATS_OWNED_BLOCKDEV,	/* u64, pages */
	FILECACHE_A_STATS_OWNED_SHMEM,		/* u64, pages */
	FILECACHE_A_STATS_UNKNOWN_FILE,		/* u64, pages */
	FILECACHE_A_STATS_UNKNOWN_BLOCKDEV,	/* u64, pages */
	FILECACHE_A_STATS_UNKNOWN_SHMEM,	/* u64, pages */
	FILECACHE_A_STATS_ADDED,		/* u64, pages, ever */
	FILECACHE_A_STATS_REMOVED,		/* u64, pages, ever */
	FILECACHE_A_STATS_MOVED,		/* u64, pages, ever */
	FILECACHE_A_STATS_UNTAGGED_REMOVED,	/* u64, pages; 0 when exact */
	FILECACHE_A_STATS_STALE_TAGS,		/* u64, pages; 0 when exact */
	FILECACHE_A_STATS_OVERFLOWED,		/* u64, pages, ever */
	FILECACHE_A_STATS_TAG_BYTES,		/* u64, memory of the tags */
	FILECACHE_A_STATS_SCANNED,		/* u64, pages found at load */
	FILECACHE_A_STATS_SCAN_NS,		/* u64, time it took */
	FILECACHE_A_STATS_BLIND,		/* u32, enum filecache_blind */
	FILECACHE_A_STATS_PAGE_SIZE,		/* u32, bytes */
	FILECACHE_A_STATS_PAD,
	FILECACHE_A_STATS_UNTAGGABLE,		/* u64, pages; 0 unless memory was short */
	FILECACHE_A_STATS_FOLDED,		/* u64, owners ever folded */
	FILECACHE_A_STATS_FORGOTTEN,		/* u64, pages ever forgotten */
	FILECACHE_A_STATS_BUCKETS,		/* u32, owners that stand for folded ones */
	FILECACHE_A_STATS_THRESHOLDS,		/* u32, set now */
	FILECACHE_A_STATS_NOTIFY_LOST,		/* u64, exits not announced for want of memory */
	FILECACHE_A_STATS_SOURCES,		/* u32, enum filecache_source */

	__FILECACHE_A_STATS_MAX,
	FILECACHE_A_STATS_MAX = (__FILECACHE_A_STATS_MAX - 1)
};

enum {
	FILECACHE_A_EVICT_ID = 1,	/* u64, owner, or */
	FILECACHE_A_EVICT_PID,		/* u32, all owners of a live process */
	FILECACHE_A_EVICT_EVICTED,	/* u64, pages dropped */
	FILECACHE_A_EVICT_KEPT,		/* u64, pages dirty, mapped or busy */
	FILECACHE_A_EVICT_PAD,

	__FILECACHE_A_EVICT_MAX,
	FILECACHE_A_EVICT_MAX = (__FILECACHE_A_EVICT_MAX - 1)
};

enum {
	FILECACHE_A_FORGET_ID = 1,	/* u64, a dead owner, or */
	FILECACHE_A_FORGET_DEAD,	/* flag, all dead owners */
	FILECACHE_A_FORGET_PAGES,	/* u64, pages that are unknown now */
	FILECACHE_A_FORGET_OWNERS,	/* u32, owners that had them */
	FILECACHE_A_FORGET_PAD,

	__FILECACHE_A_FORGET_MAX,
	FILECACHE_A_FORGET_MAX = (__FILECACHE_A_FORGET_MAX - 1)
};

enum {
	FILECACHE_A_FILE_OWNER_ID = 1,	/* u64, whose pages, or */
	FILECACHE_A_FILE_PID,		/* u32, all owners of a process */
	FILECACHE_A_FILE_DEV_MAJOR,	/* u32 */
	FILECACHE_A_FILE_DEV_MINOR,	/* u32 */
	FILECACHE_A_FILE_INO,		/* u64 */
	FILECACHE_A_FILE_GENERATION,	/* u32 */
	FILECACHE_A_FILE_KIND,		/* u32, enum filecache_kind */
	FILECACHE_A_FILE_PAGES,		/* u64, of the owner */
	FILECACHE_A_FILE_INODE_PAGES,	/* u64, all that the inode has cached */
	FILECACHE_A_FILE_PATH,		/* string, from the file system's root */
	FILECACHE_A_FILE_FLAGS,		/* u32, enum filecache_file_flags */
	FILECACHE_A_FILE_PAD,
	FILECACHE_A_FILE_TRUNCATED,	/* flag, not all is listed */

	__FILECACHE_A_FILE_MAX,
	FILECACHE_A_FILE_MAX = (__FILECACHE_A_FILE_MAX - 1)
};

enum {
	FILECACHE_A_THRESHOLD_ID = 1,	/* u32, given by the kernel */
	FILECACHE_A_THRESHOLD_OWNER_ID,	/* u64, pages of an owner, or */
	FILECACHE_A_THRESHOLD_CGROUP_ID, /* u64, of all owners of a cgroup */
	FILECACHE_A_THRESHOLD_PAGES,	/* u64, where "above" begins */
	FILECACHE_A_THRESHOLD_HYSTERESIS, /* u64, pages; "below" begins this far down */
	FILECACHE_A_THRESHOLD_STATE,	/* u32, 1 above, 0 below */
	FILECACHE_A_THRESHOLD_NOW,	/* u64, pages */
	FILECACHE_A_THRESHOLD_PAD,

	__FILECACHE_A_THRESHOLD_MAX,
	FILECACHE_A_THRESHOLD_MAX = (__FILECACHE_A_THRESHOLD_MAX - 1)
};

enum {
	FILECACHE_CMD_OWNER_GET = 1,
	FILECACHE_CMD_STATS_GET,
	FILECACHE_CMD_EVICT,
	FILECACHE_CMD_FORGET,
	FILECACHE_CMD_FILES_GET,	/* dump only */
	FILECACHE_CMD_THRESHOLD_SET,
	FILECACHE_CMD_THRESHOLD_DEL,
	FILECACHE_CMD_OWNER_EXIT_NTF,	/* attributes of an owner */
	FILECACHE_CMD_THRESHOLD_NTF,	/* attributes of a threshold */

	__FILECACHE_CMD_MAX,
	FILECACHE_CMD_MAX = (__FILECACHE_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_FILECACHE_H */
