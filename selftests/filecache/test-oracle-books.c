// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The books: many owners, slots that change hands, and everything at once.
 * Oracles are memory.stat and /proc/meminfo.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"

static struct client client;

#define CROWD 300	/* more than a CPU has slots */

static unsigned int cached_pages(const char *path)
{
	static unsigned char present[CROWD * 16];
	int fd = open(path, O_RDONLY);
	void *map = mmap(NULL, sizeof(present) * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned int i, n = 0;

	if (map == MAP_FAILED || mincore(map, sizeof(present) * PAGE, present))
		_exit(1);
	for (i = 0; i < sizeof(present); i++)
		n += present[i] & 1;
	munmap(map, sizeof(present) * PAGE);
	close(fd);
	return n;
}

static void crowd(int n)
{
	char block[PAGE];
	int i, round;

	for (i = 0; i < CROWD; i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* One page each in turn: every one pushes another off its slot. */
		for (round = 0; round < 16; round++) {
			int fd = open(FILE_A, O_RDONLY);

			posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
			if (pread(fd, block, PAGE, (round * CROWD + i) * PAGE) !=
			    (ssize_t)PAGE)
				_exit(1);
			close(fd);
			sched_yield();
		}
		/* Alive until all are done, so that none is freed meanwhile. */
		for (;;)
			pause();
	}
	/* All have read when all of the file is there. */
	while (cached_pages(FILE_A) < CROWD * 16)
		usleep(20000);
}

TEST(more_owners_than_slots)
{
	struct sums s;
	struct box box;

	need_module(&client);
	make_file(FILE_A, CROWD * 16 * PAGE);
	box_start(&box, "crowd", crowd);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, CROWD * 16));
	s = box_sums(&client, &box);
	EXPECT(s.owners >= CROWD);
	box_end(&box);
	EXPECT(box_drops_away(&client, &box));
	/* Slots of owners that are freed are handed over first. */
	EXPECT(until(box_sums(&client, &box).owners < 10));
	box_remove(&box);
	EXPECT(identity_holds(&client));
}

/* Brings its page in once, and over and over again when told to. */
static pid_t pusher(int page)
{
	char block[PAGE];
	sigset_t set;
	int fd, signal;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stay_on_cpu(1);
	fd = open(FILE_A, O_RDONLY);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (signal = 0; ; sched_yield()) {
		if (pread(fd, block, PAGE, page * PAGE) != (ssize_t)PAGE)
			_exit(1);
		if (!signal)
			sigwait(&set, &signal);
		posix_fadvise(fd, page * PAGE, PAGE, POSIX_FADV_DONTNEED);
	}
}

#define SLOTS 128	/* of a CPU, see kmod/account.h */
#define PAIRS 4

/*
 * What an owner ever added only grows, whatever hand-over a reader meets.
 * Owners that come one after the other have indices one after the other, so
 * that those SLOTS apart use the same slot and push each other off it.
 */
static void push_and_look(int n)
{
	struct client mine;
	struct attrs a = {};
	pid_t pid[SLOTS + PAIRS];
	uint64_t last = 0, first;
	time_t end;
	int i;

	stay_on_cpu(0);
	if (client_open(&mine))
		_exit(1);
	for (i = 0; i < SLOTS + PAIRS; i++) {
		pid[i] = pusher(i);
		if (!until(client_pid(&mine, pid[i], &a) == 0 &&
			   a.v[FILECACHE_A_OWNER_ADDED] > 0))
			_exit(1);
	}
	for (i = 0; i < PAIRS; i++) {
		kill(pid[i], SIGUSR1);
		kill(pid[SLOTS + i], SIGUSR1);
	}
	if (client_pid(&mine, pid[0], &a))
		_exit(1);
	first = a.v[FILECACHE_A_OWNER_ADDED];
	end = time(NULL) + 8;
	/* With few of them this proves nothing, and a machine may be slow. */
	while (time(NULL) < end || last < first + 100) {
		if (client_pid(&mine, pid[0], &a))
			_exit(1);
		if (a.v[FILECACHE_A_OWNER_ADDED] < last) {
			printf("# added %llu after %llu\n",
			       (unsigned long long)a.v[FILECACHE_A_OWNER_ADDED],
			       (unsigned long long)last);
			fflush(stdout);
			_exit(1);
		}
		last = a.v[FILECACHE_A_OWNER_ADDED];
	}
}

TEST(reading_while_slots_change_hands)
{
	struct box box;

	need_module(&client);
	if (access("/sys/devices/system/cpu/cpu1", F_OK))
		SKIP("one processor");
	make_file(FILE_A, (SLOTS + PAIRS) * PAGE);
	box_start(&box, "hand-over", push_and_look);
	box_step(&box);
	box_end(&box);
	box_remove(&box);
	EXPECT(identity_holds(&client));
}

static void stress(int n)
{
	static char block[32 * 1024];
	time_t end = time(NULL) + 6;
	char path[64];
	int i, w;

	for (w = 0; w < 4; w++) {
		if (fork())
			continue;
		snprintf(path, sizeof(path), "/var/tmp/filecache-w%d", w);
		while (time(NULL) < end) {
			int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

			for (i = 0; i < 100; i++)
				if (write(fd, block, sizeof(block)) < 0)
					_exit(1);
			if (ftruncate(fd, 40 * sizeof(block)))
				_exit(1);
			close(fd);
			read_file(FILE_A);
			if (w == 0)
				write_text("/proc/sys/vm/compact_memory", "1");
			if (w == 1)
				write_text("/proc/sys/vm/drop_caches", "1");
		}
		unlink(path);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	read_file(FILE_A);
}

TEST(stress_of_everything)
{
	uint64_t before;
	struct box box;

	need_module(&client);
	make_file(FILE_A, 24 * MB);
	before = anomalies(&client);
	box_start(&box, "stress", stress);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 24 * MB / PAGE));
	box_end(&box);
	EXPECT(box_drops_away(&client, &box));
	EXPECT_U64(anomalies(&client), before);
	box_remove(&box);
}

KTAP_MAIN()
