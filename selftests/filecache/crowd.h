/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many processes that end, and leave something in the cache. */
#ifndef FILECACHE_TEST_CROWD_H
#define FILECACHE_TEST_CROWD_H

/**
 * struct crowd - how many, who they are, and where their files are
 * @dir: an empty directory
 * @processes: in each step
 * @uid: of the first; each further one has the next.  0: all are root's
 */
struct crowd {
	const char *dir;
	int processes;
	unsigned int uid;
};

/** crowd: what crowd_start() starts. */
extern struct crowd crowd;

/** small_file() - Make a file of one page, or _exit(). */
void small_file(const char *path);

/**
 * crowd_start() - Have them run, one after the other, as a step of a box.
 * @step: files of different steps have different names
 *
 * Each leaves a file of one page.
 */
void crowd_start(int step);

#endif
