/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink interface of the filecache module: which process filled the
 * page cache.  Described by Documentation/netlink/specs/filecache.yaml, which
 * selftests/netlink compares with this file.  Append only.
 */
#ifndef _UAPI_LINUX_FILECACHE_H
#define _UAPI_LINUX_FILECACHE_H

#define FILECACHE_FAMILY_NAME		"filecache"
#define FILECACHE_FAMILY_VERSION	1

/**
 * enum filecache_owner_flags - what kind of owner this is
 * @FILECACHE_OWNER_FLAG_DEAD: its process has exited
 * @FILECACHE_OWNER_FLAG_EXECED: its process has since executed another program
 * @FILECACHE_OWNER_FLAG_KTHREAD: a kernel thread
 * @FILECACHE_OWNER_FLAG_UNKNOWN: stands for pages cached before the module
 * @FILECACHE_OWNER_FLAG_OVERFLOW: stands for owners that could not be allocated
 */
enum filecache_owner_flags {
	FILECACHE_OWNER_FLAG_DEAD = 1,
	FILECACHE_OWNER_FLAG_EXECED = 2,
	FILECACHE_OWNER_FLAG_KTHREAD = 4,
	FILECACHE_OWNER_FLAG_UNKNOWN = 8,
	FILECACHE_OWNER_FLAG_OVERFLOW = 16,
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
	/*
	 * 19 to 31 are reserved for owners folded together, pseudo-owners of
	 * a cgroup, thresholds and per-inode counts.
	 */

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
	FILECACHE_CMD_OWNER_GET = 1,
	FILECACHE_CMD_STATS_GET,
	FILECACHE_CMD_EVICT,

	__FILECACHE_CMD_MAX,
	FILECACHE_CMD_MAX = (__FILECACHE_CMD_MAX - 1)
};

#endif /* _UAPI_LINUX_FILECACHE_H */
