// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest does while the host's memory runs short; static, for guests that
 * have nothing but busybox.
 *
 *   touch MB            use so much memory once, so that the host has to have it
 *   reread FOLDER MARK  read files below FOLDER again and again, in random order
 *   commit FILE MARK    read blocks of a file that only the host caches, and
 *                       append to another, each time waiting until it is on disk
 *
 * The last two make MARK.ready when they are warm, go on until MARK.begin is there, and
 * end when MARK.end is.  Of the time between these two they print "reread BYTES NS
 * REFAULTS", and for each turn "commit FSYNC_NS READ_NS".
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "random.h"

#define MAX_FILES	10000
#define BLOCK		4096
/* Of what the host caches for "commit", and of its log. */
#define BLOCKS		(48u << 20 >> 12)
#define LOG_BLOCKS	(4u << 20 >> 12)
#define READS		8
#define WARM_TURNS	100
/* Between two turns, so that waiting for the disk shows and computing does not. */
#define REREAD_PAUSE_US	3000
#define COMMIT_PAUSE_US	50000

static char *files[MAX_FILES];
static unsigned int file_count;
static char buffer[1 << 20] __attribute__((aligned(BLOCK)));

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "guestwork: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static bool marked(const char *mark, const char *what)
{
	char path[256];

	snprintf(path, sizeof(path), "%s.%s", mark, what);
	return access(path, F_OK) == 0;
}

static void say_ready(const char *mark)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s.ready", mark);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		die(path);
	close(fd);
}

/* File pages that were read again soon after they had been given up. */
static uint64_t refaults(void)
{
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long long n;
	char name[64];

	if (!file)
		die("/proc/vmstat");
	while (fscanf(file, "%63s %llu", name, &n) == 2) {
		if (!strcmp(name, "workingset_refault_file")) {
			fclose(file);
			return n;
		}
	}
	errno = ENOENT;
	die("/proc/vmstat: workingset_refault_file");
}

static int touch(size_t mb)
{
	size_t at, size = mb << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	for (at = 0; at < size; at += BLOCK)
		p[at] = 1;
	return 0;
}

static int note_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_F && st->st_size > 0 && file_count < MAX_FILES)
		files[file_count++] = strdup(path);
	return 0;
}

static uint64_t read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	uint64_t bytes = 0;
	ssize_t got;

	if (fd < 0)
		die(path);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += got;
	if (got < 0)
		die(path);
	close(fd);
	return bytes;
}

static int reread(const char *folder, const char *mark)
{
	uint64_t bytes = 0, before = 0;
	bool measuring = false;
	struct random rnd;
	int64_t began = 0;
	unsigned int i;

	if (nftw(folder, note_file, 16, FTW_PHYS) || !file_count)
		die(folder);
	for (i = 0; i < file_count; i++)
		read_file(files[i]);
	say_ready(mark);
	random_init(&rnd, 1);
	while (!marked(mark, "end")) {
		uint64_t got = read_file(files[random_below(&rnd, file_count)]);

		if (measuring) {
			bytes += got;
		} else if (marked(mark, "begin")) {
			measuring = true;
			began = now_ns();
			before = refaults();
		}
		usleep(REREAD_PAUSE_US);
	}
	printf("reread %llu %lld %llu\n", (unsigned long long)bytes,
	       (long long)(now_ns() - began), (unsigned long long)(refaults() - before));
	return 0;
}

static int commit(const char *path, const char *mark)
{
	char log_path[256];
	struct random rnd;
	unsigned int turn = 0;
	int fd, log, i;
	uint32_t at;

	snprintf(log_path, sizeof(log_path), "%s.log", path);
	fd = open(path, O_RDWR | O_CREAT | O_DIRECT, 0600);
	log = open(log_path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || log < 0)
		die(path);
	for (at = 0; at < BLOCKS; at += sizeof(buffer) / BLOCK) {
		if (pwrite(fd, buffer, sizeof(buffer), (off_t)at * BLOCK) != sizeof(buffer))
			die(path);
	}
	random_init(&rnd, 2);
	for (at = 0; !marked(mark, "end"); at = (at + 1) % LOG_BLOCKS) {
		int64_t began = now_ns(), read_at;

		for (i = 0; i < READS; i++) {
			off_t block = random_below(&rnd, BLOCKS);

			if (pread(fd, buffer, BLOCK, block * BLOCK) != BLOCK)
				die(path);
		}
		read_at = now_ns();
		if (pwrite(log, buffer, BLOCK, (off_t)at * BLOCK) != BLOCK || fsync(log))
			die(log_path);
		if (++turn == WARM_TURNS)
			say_ready(mark);
		if (marked(mark, "begin"))
			printf("commit %lld %lld\n", (long long)(now_ns() - read_at),
			       (long long)(read_at - began));
		usleep(COMMIT_PAUSE_US);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "touch"))
		return touch(strtoul(argv[2], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "reread"))
		return reread(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "commit"))
		return commit(argv[2], argv[3]);
	fprintf(stderr, "usage: guestwork touch MB | reread FOLDER MARK | commit FILE MARK\n");
	return 2;
}
