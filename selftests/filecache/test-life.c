// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners that are no process: folded ones, forgotten ones, cgroups; namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "box.h"
#include "disk.h"
#include "ktap.h"
#include "reader.h"

#define DIR "/var/tmp/filecache-life"
#define FILE_A "/var/tmp/filecache-a"
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

/* Processes that each leave a file of one page in the cache. */
static int processes;
/* The uid of the first of them; each further one has the next. 0: all root's. */
static unsigned int uids;

static void small_file(int n)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), DIR "/%d", n);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, "x", 1) != 1)
		_exit(1);
	close(fd);
}

static void start_processes(int step)
{
	int i, n = 0, status;
	pid_t pid;

	for (i = 0; i < processes; i++) {
		pid = fork();
		if (pid == 0) {
			if (uids && (setgid(1) || setuid(uids + i)))
				_exit(1);
			small_file(uids + step * processes + i);
			_exit(0);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
			n++;
	}
	if (n != processes) {
		printf("# %d of %d processes came to something\n", n, processes);
		fflush(stdout);
		_exit(1);
	}
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

static void in_fresh_directory(void)
{
	static const char *const remove[] = { "rm", "-rf", DIR, NULL };

	run(remove);
	ASSERT(mkdir(DIR, 0777) == 0 && chmod(DIR, 0777) == 0);
}

/* Sums by cgroup are memory.stat's before, during and after. */
TEST(dead_owners_are_folded)
{
	struct box box;
	struct dead d = {};
	const char *why;
	int i;

	need_module(&client);
	/* A file system that goes in the end, and takes all its pages with it. */
	why = disk_mount("ext4", DIR);
	if (why)
		SKIP(why);
	parameter("reap_ms", "50");
	parameter("max_dead", "100");
	processes = 400;
	box_start(&box, "life-fold", start_processes);
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
	EXPECT_INT(read_number(COUNTS "untagged_removed", NULL), 0);
	EXPECT_INT(read_number(COUNTS "stale_tags", NULL), 0);
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
	struct box box;
	pid_t dropper;
	int i;

	need_module(&client);
	in_fresh_directory();
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
	processes = 300;
	box_start(&box, "life-race", start_processes);
	for (i = 0; i < 5; i++)
		box_step(&box);
	kill(dropper, SIGKILL);
	waitpid(dropper, NULL, 0);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT(read_number(COUNTS "folded", NULL) >= 1000);
	EXPECT(identity_holds(&client));
	EXPECT_INT(read_number(COUNTS "untagged_removed", NULL), 0);
	EXPECT_INT(read_number(COUNTS "stale_tags", NULL), 0);
	box_end(&box);
	parameters_restore();
	in_fresh_directory();
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
	in_fresh_directory();
	before = read_number(COUNTS "buckets", NULL);
	processes = 600;
	uids = 20000;
	box_start(&box, "life-users", start_processes);
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

	uids = 21000;
	processes = 700;
	box_start(&box, "life-more-users", start_processes);
	box_step(&box);
	EXPECT(until(read_number(COUNTS "owners_dead", NULL) == 0));
	EXPECT(read_number(COUNTS "buckets", NULL) >= (int64_t)before);
	EXPECT(read_number(COUNTS "buckets", NULL) <= 1024);
	EXPECT(identity_holds(&client));
	box_end(&box);
	parameters_restore();
	in_fresh_directory();
	box_remove(&box);
	snprintf(box.path, sizeof(box.path), "/sys/fs/cgroup/life-users");
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

/**
 * struct workers - who has pages of a loop device's backing file
 * @cgroup_id: whom the device works for
 * @kthreads: pages of kernel threads
 * @cgroup: pages of the cgroup's stand-in
 */
struct workers {
	uint64_t cgroup_id;
	uint64_t kthreads;
	uint64_t cgroup;
};

static void take_worker(const struct attrs *a, void *data)
{
	uint64_t flags = a->v[FILECACHE_A_OWNER_FLAGS];
	struct workers *w = data;

	if (flags & FILECACHE_OWNER_FLAG_KTHREAD)
		w->kthreads += attrs_pages(a);
	if ((flags & FILECACHE_OWNER_FLAG_CGROUP) &&
	    a->v[FILECACHE_A_OWNER_CGROUP_ID] == w->cgroup_id &&
	    !strcmp(a->comm, "(cgroup)") && !a->v[FILECACHE_A_OWNER_PID])
		w->cgroup += attrs_pages(a);
}

static struct workers workers_of(const struct box *box)
{
	struct workers w = { .cgroup_id = box->cgroup_id };

	ASSERT(client_dump_whole(&client, take_worker, &w, sizeof(w)) == 0);
	return w;
}

static void read_inner_file(int n)
{
	read_file(DIR "/inner");
}

/* A file system in a file, mounted by way of a loop device. */
static const char *loop_mount(void)
{
	static const char *const loop[] = { "modprobe", "loop", NULL };
	static const char *const mkfs[] = { "mkfs.ext4", "-q", "-F", IMAGE, NULL };
	static const char *const mount_loop[] = { "mount", "-o", "loop", IMAGE, DIR, NULL };

	in_fresh_directory();
	make_file(IMAGE, 40 * MB);
	run(loop);
	if (run(mkfs))
		return "no mkfs.ext4";
	if (run(mount_loop))
		return "no loop device";
	make_file(DIR "/inner", 16 * MB);
	return NULL;
}

static void loop_umount(void)
{
	EXPECT(until(umount2(DIR, 0) == 0));
	unlink(IMAGE);
}

static void read_by_loop(const char *name, bool io)
{
	uint64_t kthreads;
	const char *why;
	struct box box;
	struct workers w;

	need_module(&client);
	ASSERT(write_text("/sys/fs/cgroup/cgroup.subtree_control", io ? "+io" : "-io") == 0);
	why = loop_mount();
	if (why)
		SKIP(why);
	empty_caches();
	box_start(&box, name, read_inner_file);
	kthreads = workers_of(&box).kthreads;
	box_step(&box);
	w = workers_of(&box);
	/* Twice: once in the file, once in the file that it is in. */
	EXPECT(box_agrees(&client, &box, (io ? 2 : 1) * 16 * MB / PAGE));
	EXPECT_INT(w.cgroup >= 16 * MB / PAGE, io);
	EXPECT_INT(w.kthreads >= kthreads + 16 * MB / PAGE, !io);
	box_end(&box);
	EXPECT(identity_holds(&client));
	loop_umount();
	box_remove(&box);
	write_text("/sys/fs/cgroup/cgroup.subtree_control", "-io");
	/* Its stand-in goes with the last page. */
	EXPECT(until((empty_caches(), workers_of(&box).cgroup == 0)));
}

TEST(a_loop_device_works_for_a_cgroup)
{
	read_by_loop("life-loop-io", true);
}

TEST(a_loop_device_without_the_io_controller)
{
	read_by_loop("life-loop", false);
}

/**
 * struct seen - what a dump shows to a process in a pid namespace
 * @owners: how many there are
 * @self: owners with the number of the reader
 * @foreign: with a number that is nobody's in here, or none
 * @pages: of the reader
 */
struct seen {
	unsigned int owners;
	unsigned int self;
	unsigned int foreign;
	uint64_t pages;
};

static void take_seen(const struct attrs *a, void *data)
{
	pid_t pid = a->v[FILECACHE_A_OWNER_PID];
	struct seen *s = data;

	s->owners++;
	if (pid == getpid()) {
		s->self++;
		s->pages += attrs_pages(a);
	}
	s->foreign += !pid || kill(pid, 0);
}

/* The first process of a pid namespace, with all of root's rights. */
static int look_around(pid_t outside)
{
	struct seen s = {};
	struct attrs a;
	pid_t dead;

	EXPECT_INT(getpid(), 1);
	dead = fork();
	if (dead == 0) {
		small_file(1);
		_exit(0);
	}
	waitpid(dead, NULL, 0);
	make_file(FILE_A, 4 * MB);
	read_file(FILE_A);
	EXPECT_INT(client_dump(&client, take_seen, &s, NULL), 0);
	EXPECT_INT(s.self, 1);
	EXPECT_INT(s.owners, 1);
	EXPECT_INT(s.foreign, 0);
	EXPECT(s.pages >= 4 * MB / PAGE);
	EXPECT_INT(client_pid(&client, 1, &a), 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_PID], 1);
	EXPECT_U64(attrs_pages(&a), s.pages);
	/* The dead, and everybody outside, cannot be asked for. */
	EXPECT_INT(client_pid(&client, dead, &a), -ESRCH);
	EXPECT_INT(client_owner(&client, 1, &a), -ENOENT);
	EXPECT_INT(client_pid(&client, outside, &a), -ESRCH);
	fflush(stdout);
	return ktap_failed;
}

TEST(numbers_are_those_of_the_namespace)
{
	pid_t outside = getpid(), child, first;
	int status;

	need_module(&client);
	in_fresh_directory();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(2);
		first = fork();
		if (first == 0)
			_exit(look_around(outside));
		if (waitpid(first, &status, 0) != first)
			_exit(2);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
	}
	ASSERT(waitpid(child, &status, 0) == child);
	EXPECT_INT(status, 0);
	unlink(FILE_A);
}

/* Read to the end of a dump. Return: owners in it. */
static unsigned int read_on(void)
{
	char reply[32768];
	struct nlmsghdr *nlh;
	unsigned int owners = 0;
	int n;

	for (;;) {
		n = mnl_socket_recvfrom(client.nl, reply, sizeof(reply));
		if (n <= 0)
			return 0;
		for (nlh = (void *)reply; mnl_nlmsg_ok(nlh, n);
		     nlh = mnl_nlmsg_next(nlh, &n)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return owners;
			owners += nlh->nlmsg_type == client.family;
		}
	}
}

/* Who begins a dump says what is in it, whoever reads on. */
TEST(a_dump_keeps_its_namespace)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *nlh;
	struct box box;
	pid_t child, first;
	int status;

	need_module(&client);
	in_fresh_directory();
	/* More owners than one message holds, and all of them dead. */
	processes = 600;
	box_start(&box, "life-namespace", start_processes);
	box_step(&box);
	nlh = client_request(&client, buf, FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
	ASSERT(mnl_socket_sendto(client.nl, nlh, nlh->nlmsg_len) > 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(2);
		first = fork();
		if (first == 0)
			_exit(read_on() < 600);
		_exit(waitpid(first, &status, 0) != first || status);
	}
	ASSERT(waitpid(child, &status, 0) == child);
	EXPECT_INT(status, 0);
	box_end(&box);
	in_fresh_directory();
	box_remove(&box);
}

KTAP_MAIN()
