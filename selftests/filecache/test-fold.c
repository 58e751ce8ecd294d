// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners that get no more pages: folded together, or forgotten. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "box.h"
#include "crowd.h"
#include "disk.h"
#include "fuse.h"
#include "ktap.h"
#include "reader.h"

#define DIR "/var/tmp/filecache-fold"
#define FILE_A "/var/tmp/filecache-a"
#define SERVED "/mnt/filecache-fuse"
#define IMAGE "/var/tmp/filecache-image"
#define PARAMETERS "/sys/module/filecache/parameters/"
#define COUNTS "/sys/kernel/filecache/"

static struct client client;

/* Set a module parameter for the time of this test. */
static void parameter(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	ASSERT(write_text(path, value) == 0);
}

static void parameters_restore(void)
{
	parameter("max_dead", "16384");
	parameter("reap_ms", "2000");
}

/**
 * struct dead - what a dump has of a box's dead
 * @cgroup_id: of the box
 * @owners: that are dead processes'
 * @buckets: that stand for folded ones
 * @folded: how many were folded into these
 * @pages: of the buckets
 * @bad: buckets that do not say what they should
 */
struct dead {
	uint64_t cgroup_id;
	unsigned int owners;
	unsigned int buckets;
	uint64_t folded;
	uint64_t pages;
	unsigned int bad;
};

static void take_dead(const struct attrs *a, void *data)
{
	uint64_t flags = a->v[FILECACHE_A_OWNER_FLAGS];
	struct dead *d = data;

	if (a->v[FILECACHE_A_OWNER_CGROUP_ID] != d->cgroup_id)
		return;
	d->owners += !!(flags & FILECACHE_OWNER_FLAG_DEAD);
	if (!(flags & FILECACHE_OWNER_FLAG_FOLDED))
		return;
	d->buckets++;
	d->folded += a->v[FILECACHE_A_OWNER_FOLDED];
	d->pages += attrs_pages(a);
	d->bad += strcmp(a->comm, "(folded)") || a->v[FILECACHE_A_OWNER_PID] ||
		  a->has[FILECACHE_A_OWNER_EXIT];
}

static struct dead dead_of(const struct box *box)
{
	struct dead d = { .cgroup_id = box->cgroup_id };

	ASSERT(client_dump_whole(&client, take_dead, &d, sizeof(d)) == 0);
	return d;
}

/* Sums by cgroup are memory.stat's before, during and after. */
TEST(dead_owners_are_folded)
{
	uint64_t before;
	struct box box;
	struct dead d = {};
	const char *why;
	int i;

	need_module(&client);
	before = anomalies(&client);
	/* A file system that goes in the end, and takes all its pages with it. */
	why = disk_mount("ext4", DIR);
	if (why)
		SKIP(why);
	parameter("reap_ms", "50");
	parameter("max_dead", "100");
	crowd = (struct crowd){ .dir = DIR, .processes = 400 };
	box_start(&box, "life-fold", crowd_start);
	for (i = 0; i < 4; i++) {
		box_step(&box);
		EXPECT(box_agrees(&client, &box, (i + 1) * 400));
	}
	/* Other dead ones of the machine count too: the oldest were theirs. */
	EXPECT(until(read_number(COUNTS "owners_dead", NULL) <= 100));
	d = dead_of(&box);
	EXPECT(d.owners <= 100);
	EXPECT_INT(d.buckets, 1);
	EXPECT_INT(d.bad, 0);
	EXPECT(d.folded >= 1500);
	EXPECT(d.folded + d.owners >= 1600);
	EXPECT(d.pages >= 1500);
	EXPECT(read_number(COUNTS "folded", NULL) >= 1500);
	EXPECT(read_number(COUNTS "buckets", NULL) >= 1);
	EXPECT(box_agrees(&client, &box, 1600));
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), before);
	box_end(&box);
	parameters_restore();
	/* What a bucket has goes like anybody's, and then the bucket. */
	EXPECT(disk_umount(DIR));
	box_remove(&box);
	parameter("reap_ms", "50");
	EXPECT(until((empty_caches(), dead_of(&box).buckets == 0)));
	parameters_restore();
	EXPECT(identity_holds(&client));
}

/* Folding while pages come and go: nothing is lost at the seam. */
TEST(folding_races_with_everything)
{
	uint64_t before;
	struct box box;
	pid_t dropper;
	int i;

	need_module(&client);
	before = anomalies(&client);
	fresh_directory(DIR);
	parameter("reap_ms", "1");
	parameter("max_dead", "8");
	dropper = fork();
	if (dropper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			write_text("/proc/sys/vm/drop_caches", "1");
			write_text("/proc/sys/vm/compact_memory", "1");
			usleep(20000);
		}
	}
	crowd = (struct crowd){ .dir = DIR, .processes = 300 };
	box_start(&box, "life-race", crowd_start);
	for (i = 0; i < 5; i++)
		box_step(&box);
	kill(dropper, SIGKILL);
	waitpid(dropper, NULL, 0);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(read_number(COUNTS "folded", NULL) >= 1000);
	EXPECT(identity_holds(&client));
	EXPECT_U64(anomalies(&client), before);
	box_end(&box);
	parameters_restore();
	fresh_directory(DIR);
	box_remove(&box);
}

static void sum_users(const struct attrs *a, void *data)
{
	uint64_t *sum = data;

	if (a->v[FILECACHE_A_OWNER_UID] >= 20000 && a->v[FILECACHE_A_OWNER_UID] < 30000)
		*sum += attrs_pages(a);
}

/* Each user has its own bucket; users without number share one. */
TEST(buckets_are_bounded)
{
	uint64_t before, by_user = 0;
	struct box box;
	struct dead d;

	need_module(&client);
	fresh_directory(DIR);
	before = read_number(COUNTS "buckets", NULL);
	crowd = (struct crowd){ .dir = DIR, .processes = 600, .uid = 20000 };
	box_start(&box, "life-users", crowd_start);
	box_step(&box);
	parameter("reap_ms", "50");
	parameter("max_dead", "0");
	EXPECT(until(read_number(COUNTS "owners_dead", NULL) == 0));
	d = dead_of(&box);
	EXPECT(d.buckets >= 600);
	EXPECT_INT(d.bad, 0);
	ASSERT(client_dump(&client, sum_users, &by_user, NULL) == 0);
	EXPECT(by_user >= 600);
	EXPECT(box_agrees(&client, &box, 600));
	box_end(&box);

	crowd = (struct crowd){ .dir = DIR, .processes = 700, .uid = 21000 };
	box_start(&box, "life-more-users", crowd_start);
	box_step(&box);
	EXPECT(until(read_number(COUNTS "owners_dead", NULL) == 0));
	EXPECT(read_number(COUNTS "buckets", NULL) >= (int64_t)before);
	EXPECT(read_number(COUNTS "buckets", NULL) <= 1024);
	EXPECT(identity_holds(&client));
	box_end(&box);
	parameters_restore();
	fresh_directory(DIR);
	box_remove(&box);
	snprintf(box.path, sizeof(box.path), "/sys/fs/cgroup/life-users");
	box_remove(&box);
}

/* It executes itself, and each time it is another owner, with a page of its own. */
static void start_executions(int step)
{
	static const char script[] = "echo >" DIR "/e$1\n"
		"[ $1 = 0 ] && exec sleep 1000\n"
		"exec sh " DIR "/again $(($1 - 1))\n";
	char rounds[12];
	int fd = open(DIR "/again", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, script, strlen(script)) != (ssize_t)strlen(script))
		_exit(1);
	close(fd);
	snprintf(rounds, sizeof(rounds), "%d", crowd.processes - 1);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("sh", "sh", DIR "/again", rounds, NULL);
		_exit(1);
	}
	while (access(DIR "/e0", F_OK))
		usleep(10000);
}

/* One process, however often it executes, does not use up the owners of all. */
TEST(who_only_executes_is_bounded)
{
	struct box box;
	struct dead d;

	need_module(&client);
	fresh_directory(DIR);
	crowd = (struct crowd){ .dir = DIR, .processes = 300 };
	box_start(&box, "life-exec", start_executions);
	box_step(&box);
	/* The one that counts its pages, who started it, and 64 of it. */
	EXPECT(box_sums(&client, &box).owners >= 64);
	EXPECT(box_sums(&client, &box).owners <= 64 + 3);
	EXPECT(box_agrees(&client, &box, 300));
	/* Programs that it has left behind are folded like the dead. */
	parameter("reap_ms", "50");
	parameter("max_dead", "20");
	EXPECT(until(box_sums(&client, &box).owners <= 30));
	d = dead_of(&box);
	EXPECT(d.folded >= 40);
	EXPECT(box_agrees(&client, &box, 300));
	EXPECT(identity_holds(&client));
	box_end(&box);
	parameters_restore();
	fresh_directory(DIR);
	box_remove(&box);
}

TEST(forget_one)
{
	struct attrs a, dead, forgotten, before, after;
	pid_t pid;

	need_module(&client);
	make_file(FILE_A, 8 * MB);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &a) == 0);
	/* Who lives is not forgotten. */
	EXPECT_INT(client_forget(&client, a.v[FILECACHE_A_OWNER_ID], &forgotten), -EBUSY);
	EXPECT_HAS(client.error, "lives");
	reader_end(pid);
	ASSERT(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &dead) == 0);
	ASSERT(client_stats(&client, &before) == 0);
	ASSERT(client_forget(&client, a.v[FILECACHE_A_OWNER_ID], &forgotten) == 0);
	ASSERT(client_stats(&client, &after) == 0);
	EXPECT_U64(forgotten.v[FILECACHE_A_FORGET_PAGES], attrs_pages(&dead));
	EXPECT(forgotten.v[FILECACHE_A_FORGET_PAGES] >= 8 * MB / PAGE);
	EXPECT_U64(forgotten.v[FILECACHE_A_FORGET_OWNERS], 1);
	EXPECT_U64(after.v[FILECACHE_A_STATS_FORGOTTEN] -
		   before.v[FILECACHE_A_STATS_FORGOTTEN], attrs_pages(&dead));
	EXPECT(after.v[FILECACHE_A_STATS_UNKNOWN_FILE] >=
	       before.v[FILECACHE_A_STATS_UNKNOWN_FILE] + 8 * MB / PAGE);
	EXPECT(identity_holds(&client));
	/* It has nothing any more, and goes. */
	EXPECT(until(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &a) == -ENOENT));
	EXPECT_INT(client_forget(&client, dead.v[FILECACHE_A_OWNER_ID], &forgotten), -ENOENT);
	unlink(FILE_A);
	EXPECT(identity_holds(&client));
}

static void read_served(int n)
{
	read_file(SERVED "/" FUSE_FILE);
}

/* Nearly all memory becomes shmem, what was left behind is under it. */
static void fill_shmem(int n)
{
	static int fd;
	const size_t bytes = read_number("/proc/meminfo", "MemFree:") * 1024 / 10 * 8;
	char block[64 * 1024] = "x";
	size_t i;

	if (n == 1) {
		close(fd);
		return;
	}
	fd = memfd_create("filler", 0);
	for (i = 0; i < bytes; i += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			_exit(1);
}

/*
 * Pages whose going the kernel does not show leave tags behind.  Whoever is
 * charged for them can be forgotten, and goes; nothing is counted as shmem.
 */
TEST(what_was_left_behind_is_forgotten)
{
	struct box box, filler;
	struct attrs s, a = {};
	const char *why;
	pid_t server;

	need_module(&client);
	if (sources(&client) & (FILECACHE_SOURCE_REPLACE | FILECACHE_SOURCE_SHMEM))
		SKIP("this kernel shows all of it");
	why = fuse_start(SERVED, 16 * MB, true, &server);
	if (why)
		SKIP(why);
	box_start(&box, "left-behind", read_served);
	box_step(&box);
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	box_end(&box);
	EXPECT(fuse_stop(SERVED, server));
	empty_caches();
	ASSERT(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &a) == 0);
	/* Otherwise this proves nothing. */
	EXPECT(attrs_pages(&a) > 100);
	box_start(&filler, "filler", fill_shmem);
	box_step(&filler);
	ASSERT(client_forget(&client, a.v[FILECACHE_A_OWNER_ID], &s) == 0);
	ASSERT(client_stats(&client, &s) == 0);
	EXPECT_U64(s.v[FILECACHE_A_STATS_OWNED_SHMEM], 0);
	EXPECT_U64(s.v[FILECACHE_A_STATS_UNKNOWN_SHMEM], 0);
	box_step(&filler);
	box_end(&filler);
	/* Whoever has nothing left goes, whatever it was counted as. */
	EXPECT(until(client_owner(&client, a.v[FILECACHE_A_OWNER_ID], &a) == -ENOENT ||
		     attrs_pages(&a) > 0));
	box_remove(&box);
	box_remove(&filler);
	/* What is left behind still would be in the way of other tests. */
	module_renew(&client);
	EXPECT(identity_holds(&client));
}

TEST(forget_all_the_dead)
{
	struct attrs live, a, forgotten;
	pid_t pid, other;

	need_module(&client);
	make_file(FILE_A, 4 * MB);
	pid = reader_start(0, FILE_A, NULL);
	ASSERT(client_pid(&client, pid, &a) == 0);
	reader_end(pid);
	make_file(IMAGE, 4 * MB);
	make_file(FILE_A, 4 * MB);
	other = reader_start(0, IMAGE, NULL);
	pid = reader_start(0, FILE_A, NULL);
	reader_end(pid);
	ASSERT(client_pid(&client, other, &live) == 0);
	ASSERT(client_forget(&client, 0, &forgotten) == 0);
	EXPECT(forgotten.v[FILECACHE_A_FORGET_PAGES] >= 4 * MB / PAGE);
	EXPECT(forgotten.v[FILECACHE_A_FORGET_OWNERS] >= 1);
	ASSERT(client_pid(&client, other, &a) == 0);
	EXPECT_U64(attrs_pages(&a), attrs_pages(&live));
	EXPECT(until(client_pid(&client, pid, &a) == -ESRCH));
	EXPECT(identity_holds(&client));
	reader_end(other);
	unlink(FILE_A);
	unlink(IMAGE);
}

KTAP_MAIN()
