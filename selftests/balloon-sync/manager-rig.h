/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole runs, from the command line to the last line: real processes, files,
 * signals and sockets, and a fake world and fake use in memory that they share
 * with the test.
 */
#ifndef MANAGER_RIG_H
#define MANAGER_RIG_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define HOST_KB		(700 * MB)
#define GUEST_KB	(512 * MB)
#define GUESTS		2
/* Nothing is measured by this; a machine may be slow. */
#define WAIT_NS		(60 * NSEC_PER_SEC)
#define LOOK_AGAIN_NS	(10 * NSEC_PER_MSEC)

/**
 * struct shared - what the test and the run both see
 * @world: hypervisor and guests
 * @used_kb: by the group whose name ends in this number + 1
 * @hidden: that guest is not to be found
 * @broken: use cannot be measured
 * @evicted: how often a cache was dropped
 */
struct shared {
	struct fake_world world;
	uint64_t used_kb[GUESTS];
	bool hidden[GUESTS];
	bool broken;
	unsigned int evicted;
};

extern struct shared *shared;
extern pid_t run_pid;

/** begin() - A world with two guests, and a folder for all that is written. */
void begin(void);
void end(void);

/** path_of() - Of a file of that folder; four of them hold at a time. */
const char *path_of(const char *name);
bool exists(const char *name);
void put_file(const char *name, const char *text);

/** start() - A run; arguments end with NULL, --state is added. */
void start(const char *first, ...);

/* Return: its exit status. */
int wait_end(void);
int finish(int signal);

/** said() - What it has printed; to be freed. */
char *said(void);
void expect_said(const char *what);
unsigned int count_said(const char *what);

uint64_t size_of(size_t i);
uint64_t arrived(void);

/** expect_back() - Everybody has what they had, and no file tells otherwise. */
void expect_back(void);

#define WAIT(condition) do {							\
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS;		\
										\
	while (!(condition) && clock_now_ns(CLOCK_MONOTONIC) < until_ns)	\
		clock_sleep(LOOK_AGAIN_NS);					\
	if (!(condition)) {							\
		char *waited = said();						\
										\
		KTAP_SAY("in vain: %s; said: %s", #condition, waited);		\
		free(waited);							\
		kill(run_pid, SIGKILL);						\
		ASSERT(false);							\
	}									\
} while (0)

#endif
