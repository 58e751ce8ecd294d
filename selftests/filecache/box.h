/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests do to the machine: processes in cgroups of their own, files,
 * caches dropped, and the kernel's own counts to compare ours with.
 */
#ifndef FILECACHE_TEST_BOX_H
#define FILECACHE_TEST_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client.h"
#include "stepper.h"

#define PAGE 4096UL
#define MB (1024UL * 1024)

/**
 * struct box - a process in a fresh cgroup
 * @path: of the cgroup
 * @cgroup_id: of it
 * @process: the process
 */
struct box {
	char path[64];
	uint64_t cgroup_id;
	struct stepper process;
};

/**
 * struct sums - what our dump says of one cgroup's owners
 * @cgroup_id: of the cgroup
 * @pages: of all kinds that they have now
 * @file: of them, of regular files
 * @blockdev: of them, of block devices
 * @shmem: of them, of shmem and tmpfs
 * @added: ever
 * @removed: ever
 * @moved: ever
 * @owners: how many there are
 * @dead: how many of them are dead
 */
struct sums {
	uint64_t cgroup_id;
	uint64_t pages;
	uint64_t file;
	uint64_t blockdev;
	uint64_t shmem;
	uint64_t added;
	uint64_t removed;
	uint64_t moved;
	unsigned int owners;
	unsigned int dead;
};

/* Tests cannot go on without these: they end the test with a line. */

/** need_module() - Load the module unless it is. */
void need_module(struct client *c);

/** module_renew() - Unload the module and load it: it counts all anew. */
void module_renew(struct client *c);

/** give_up() - End the test's process with a line that says why. */
void give_up(const char *what) __attribute__((noreturn));

/** run() - Run a program and wait. Return: its exit status. */
int run(const char *const argv[]);

/** write_text() - Write to a file that exists. Return: 0 or -errno. */
int write_text(const char *path, const char *text);

/** read_number() - The number after a name in a file, or the file's only one. */
int64_t read_number(const char *path, const char *name);

/** log_open() - The kernel's log, from its beginning. Return: a file descriptor. */
int log_open(void);

/** log_count() - How many lines of it, from where it was read to, have this in them. */
int log_count(int log, const char *part);

/** empty_caches() - Write everything back and drop what is clean. */
void empty_caches(void);

/** make_file() - Make a file of so many bytes that is on disk and not cached. */
void make_file(const char *path, size_t bytes);

/** read_file() - Read a whole file. */
void read_file(const char *path);

/**
 * bring_metadata() - Have what the file system needs to find a file be ours.
 *
 * Whoever reads a file first brings in the block device's pages in which it is
 * described, and the file system may hold on to them as long as it likes.
 */
void bring_metadata(const char *path);

/** write_file() - Make a file of so many bytes, dirty and cached. */
void write_file(const char *path, size_t bytes);

/** fresh_directory() - An empty one for everybody, whatever was there before. */
void fresh_directory(const char *path);

/** touch_pages() - Read a byte of every page. */
void touch_pages(const char *map, size_t bytes);

/** stay_on_cpu() - Run on this processor only. */
void stay_on_cpu(int cpu);

/**
 * box_start() - Run a function in a process in a cgroup of its own.
 * @step: called with 0, 1, ... once for each box_step(); ends when told to
 */
void box_start(struct box *box, const char *name, void (*step)(int n));

/** box_step() - Have the process do its next step, and wait until it has. */
void box_step(struct box *box);

/** box_end() - Have the process exit, and reap it. The cgroup stays. */
void box_end(struct box *box);

/** box_remove() - Remove the cgroup; its page cache is dropped first. */
void box_remove(struct box *box);

/** box_sums() - What we say of the owners in the cgroup. */
struct sums box_sums(struct client *c, const struct box *box);

/** box_stat() - One line of the cgroup's memory.stat, in pages. */
uint64_t box_stat(const struct box *box, const char *name);

/** box_set() - Write to one of the cgroup's files. Return: 0 or -errno. */
int box_set(const struct box *box, const char *file, const char *text);

/**
 * box_agrees() - Whether we and the memory cgroup come to agree to the page.
 * @least: fewer pages than this would prove nothing
 *
 * The oracle is memory.stat: its file less shmem are our pages of files and
 * block devices, but for those that the kernel charges to no one; its shmem is
 * ours, or ours is zero where the kernel does not show it.  Its numbers come
 * seconds late: asked until they agree, not longer than 20 s.
 */
bool box_agrees(struct client *c, const struct box *box, uint64_t least);

/**
 * box_has_file() - Whether so many pages of files are its, no more and no less.
 *
 * What ext4 allocates blocks with is cached in an inode of its own, two pages
 * for a group of blocks, of which a test does not use more than two.
 */
bool box_has_file(struct client *c, const struct box *box, uint64_t pages);

/**
 * box_drops_away() - Whether nothing of it is left after caches are dropped.
 *
 * No page of a file is; pages of block devices may be, which the file system
 * uses itself: those that the memory cgroup has as well.  Only for boxes that
 * leave no dirty page and have no shmem.
 */
bool box_drops_away(struct client *c, const struct box *box);

/**
 * identity_holds() - Whether owners + unknown = Cached + Buffers.
 *
 * The oracle is /proc/meminfo.  Less Shmem where the kernel does not show it.
 */
bool identity_holds(struct client *c);

/** sources() - Which events feed the counts, enum filecache_source. */
uint32_t sources(struct client *c);

/** anomalies() - Pages that some missed event has left behind, ever. */
uint64_t anomalies(struct client *c);

/**
 * patience() - How many times until() tries, at 50 ms each.
 * @in_vain: the last one was in vain
 *
 * 20 s, but 4 s once one has waited in vain: the run is red then, and what is
 * left of it need not take an hour.  As many times longer as FILECACHE_PATIENCE
 * in the environment says, for kernels that are slow.
 */
unsigned int patience(bool in_vain);

/** until() - Wait for a condition, with patience. Return: whether it came. */
#define until(condition) ({						\
	unsigned int until_left = patience(false);			\
	bool until_came;						\
									\
	while (!(until_came = (condition)) && --until_left)		\
		usleep(50000);						\
	if (!until_came)						\
		patience(true);						\
	until_came;							\
})

#endif
