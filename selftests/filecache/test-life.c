// SPDX-License-Identifier: GPL-2.0-or-later
/* Owners that stand for a cgroup; and who is who in a namespace. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "box.h"
#include "crowd.h"
#include "ktap.h"

#define DIR "/var/tmp/filecache-life"
#define FILE_A "/var/tmp/filecache-a"
#define IMAGE "/var/tmp/filecache-image"

static struct client client;

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

	fresh_directory(DIR);
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
		small_file(DIR "/1");
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
	fresh_directory(DIR);
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
	fresh_directory(DIR);
	/* More owners than one message holds, and all of them dead. */
	crowd = (struct crowd){ .dir = DIR, .processes = 600 };
	box_start(&box, "life-namespace", crowd_start);
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
	fresh_directory(DIR);
	box_remove(&box);
}

KTAP_MAIN()
