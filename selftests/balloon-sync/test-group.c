// SPDX-License-Identifier: GPL-2.0-or-later
/* Who belongs to a group, and who does not although he looks like it. */
#include <errno.h>
#include <linux/filecache.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "balloon-sync/group.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "ktap.h"

#define NAME "bs-test-group"

/* A process that does nothing, under a name of its own. */
static pid_t start_child(void)
{
	int ready[2];
	char c;
	pid_t pid;

	ASSERT(pipe(ready) == 0);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, NAME);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	ASSERT(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static struct group *make_group(const char *text)
{
	struct error err = { 0 };
	struct group_spec spec;
	struct group *group;

	if (group_parse(text, &spec, &err) < 0 ||
	    group_create(&spec, &group, &err) < 0) {
		KTAP_SAY("%s: %s", text, err.text);
		exit(KTAP_EXIT_FAIL);
	}
	return group;
}

static bool has(struct group *group, pid_t pid)
{
	const pid_t *pids;
	size_t count, i;

	ASSERT(group_refresh(group, &pids, &count, NULL) == 0);
	for (i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static uint64_t start_ns(pid_t pid)
{
	char path[64], *text, *p;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	ASSERT(file_read(path, 4096, &text, NULL, NULL) == 0);
	p = strrchr(text, ')');
	for (field = 2; field < 22; field++)
		p = strchr(p + 1, ' ');
	field = atoi(p);
	free(text);
	return (uint64_t)field * NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
}

TEST(specifications)
{
	static const char * const bad[] = {
		"", "cgroup=", "cgroup", "pid=", "pid=0", "pid=-1", "pid=1x",
		"comm=aide", "comm=,uid=0", "comm=sixteen-letters-,uid=0",
		"comm=aide,uid=", "comm=aide,uid=-1", "uid=0",
	};
	struct group_spec spec = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (group_parse(bad[i], &spec, NULL) != -EINVAL)
			KTAP_SAY("'%s' is accepted", bad[i]);
	EXPECT_INT(group_parse("comm=a,b,uid=root", &spec, NULL), 0);
	EXPECT_STR(spec.comm, "a,b");
	EXPECT_INT(spec.uid, 0);
	EXPECT_INT(group_parse("pid=42", &spec, NULL), 0);
	EXPECT_INT(spec.pid, 42);
}

TEST(process_is_held_by_more_than_its_number)
{
	struct filecache_owner owner = { 0 };
	pid_t pid = start_child();
	struct group *group;
	char text[32];

	snprintf(text, sizeof(text), "pid=%d", pid);
	group = make_group(text);
	EXPECT(has(group, pid));
	EXPECT(!group_ended(group));
	owner.pid = (uint32_t)pid;
	owner.process_start_ns = start_ns(pid) + 1;
	EXPECT(group_owns(group, &owner));
	/* The one that had the number before, and the one that has it next. */
	owner.process_start_ns -= NSEC_PER_SEC;
	EXPECT(!group_owns(group, &owner));
	owner.process_start_ns += 2 * NSEC_PER_SEC;
	EXPECT(!group_owns(group, &owner));
	end_child(pid);
	EXPECT(group_ended(group));
	EXPECT(!has(group, pid));
	group_destroy(group);
}

TEST(process_that_is_not_there)
{
	struct error err = { 0 };
	struct group_spec spec;
	struct group *group;
	pid_t pid = start_child();
	char text[32];

	end_child(pid);
	snprintf(text, sizeof(text), "pid=%d", pid);
	ASSERT(group_parse(text, &spec, NULL) == 0);
	EXPECT_INT(group_create(&spec, &group, &err), -ESRCH);
	EXPECT_HAS(err.text, "no such process");
}

TEST(name_counts_only_with_its_user)
{
	struct filecache_owner owner = { .comm = NAME };
	struct group *mine, *theirs;
	pid_t pid = start_child();
	char text[64];

	snprintf(text, sizeof(text), "comm=" NAME ",uid=%u", getuid());
	mine = make_group(text);
	snprintf(text, sizeof(text), "comm=" NAME ",uid=%u", getuid() + 1);
	theirs = make_group(text);
	EXPECT(has(mine, pid));
	EXPECT(!has(theirs, pid));
	EXPECT(!has(mine, getpid()));
	owner.uid = getuid();
	EXPECT(group_owns(mine, &owner));
	EXPECT(!group_owns(theirs, &owner));
	strcpy(owner.comm, "another");
	EXPECT(!group_owns(mine, &owner));
	end_child(pid);
	EXPECT(!has(mine, pid));
	group_destroy(mine);
	group_destroy(theirs);
}

static void enter(const char *folder, pid_t pid)
{
	char path[160], text[16];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	snprintf(text, sizeof(text), "%d", pid);
	ASSERT(file_write(path, text, NULL) == 0);
}

static uint64_t inode(const char *path)
{
	struct stat st;

	ASSERT(stat(path, &st) == 0);
	return st.st_ino;
}

TEST(cgroup_means_all_below_it_and_all_that_was)
{
	char root[] = "/tmp/test-group-XXXXXX", top[64], child[80], text[80];
	struct filecache_owner owner = { 0 };
	struct group *group;
	pid_t pid;

	ASSERT(mkdtemp(root));
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("cgroup2", root, "cgroup2", 0, NULL) < 0) {
		rmdir(root);
		SKIP("cgroup v2 cannot be mounted here");
	}
	snprintf(top, sizeof(top), "%s/bs-test-%d", root, getpid());
	snprintf(child, sizeof(child), "%s/child", top);
	ASSERT(mkdir(top, 0755) == 0 && mkdir(child, 0755) == 0);
	pid = start_child();
	enter(child, pid);
	snprintf(text, sizeof(text), "cgroup=%s", top);
	group = make_group(text);
	EXPECT(has(group, pid));
	EXPECT(!has(group, getpid()));
	owner.cgroup_id = inode(child);
	EXPECT(group_owns(group, &owner));
	end_child(pid);
	EXPECT_INT(rmdir(child), 0);
	EXPECT(!has(group, pid));
	EXPECT(group_owns(group, &owner));
	owner.flags = FILECACHE_OWNER_FLAG_UNKNOWN;
	EXPECT(!group_owns(group, &owner));
	owner.flags = 0;
	owner.cgroup_id = inode(root);
	EXPECT(!group_owns(group, &owner));
	EXPECT_INT(rmdir(top), 0);
	EXPECT(!has(group, pid));
	group_destroy(group);
	umount(root);
	rmdir(root);
}

TEST(cgroup_that_is_not_there)
{
	struct error err = { 0 };
	struct group_spec spec;
	struct group *group;

	ASSERT(group_parse("cgroup=/tmp", &spec, NULL) == 0);
	EXPECT_INT(group_create(&spec, &group, &err), -ENOENT);
	EXPECT_HAS(err.text, "no such cgroup");
}

KTAP_MAIN()
