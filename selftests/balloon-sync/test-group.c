// SPDX-License-Identifier: GPL-2.0-or-later
/* Who belongs to a group, and who does not although he looks like it. */
#include <errno.h>
#include <linux/filecache.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "balloon-sync/family.h"
#include "balloon-sync/group.h"
#include "balloon-sync/member.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "daemon/unit.h"
#include "ktap.h"

#define NAME "bs-test-group"

/* What systemd would say, NULL for nothing; and how often it was asked. */
static const char *unit_path;
static unsigned int unit_asked;

int unit_cgroup(const char *name, char **ret, struct error *err)
{
	unit_asked++;
	if (!unit_path)
		return error_set(err, -ENOENT, "%s: does not run", name);
	*ret = strdup(unit_path);
	return *ret ? 0 : -ENOMEM;
}

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

static struct group *make_groups(const char *const *texts, size_t count)
{
	struct member_spec specs[4];
	struct error err = { 0 };
	struct group *group;
	size_t i;

	ASSERT(count <= ARRAY_SIZE(specs));
	for (i = 0; i < count; i++) {
		/* The group must not need the texts any longer. */
		char *text = strdup(texts[i]);

		ASSERT(text);
		if (member_parse("test", text, &specs[i], &err) < 0) {
			KTAP_SAY("%s: %s", text, err.text);
			exit(KTAP_EXIT_FAIL);
		}
	}
	if (group_create("test", specs, count, GROUP_NOW, &group, &err) < 0) {
		KTAP_SAY("%s", err.text);
		exit(KTAP_EXIT_FAIL);
	}
	for (i = 0; i < count; i++) {
		memset((char *)specs[i].text, 'x', strlen(specs[i].text));
		free((char *)specs[i].text);
	}
	return group;
}

static struct group *make_group(const char *text)
{
	return make_groups(&text, 1);
}

/* How often a process is in the group. */
static unsigned int times(struct group *group, struct census *census, pid_t pid)
{
	unsigned int found = 0;
	const pid_t *pids;
	size_t count, i;

	ASSERT(group_refresh(group, census, &pids, &count, NULL) == 0);
	for (i = 0; i < count; i++)
		found += pids[i] == pid;
	return found;
}

static bool has(struct group *group, pid_t pid)
{
	struct census census;
	unsigned int found;

	ASSERT(census_take(&census, group_needs_list(group), NULL) == 0);
	found = times(group, &census, pid);
	census_exit(&census);
	ASSERT(found <= 1);
	return found;
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
		"comm=aide,uid=", "comm=aide,uid=-1", "uid=0", "pid=1,child",
		"pid=,children", "pid=4194305", "user=", "user=nobody-at-all",
		"unit=", "unit=aide", "unit=.service", "unit=a/b.service",
		"cgroup=..", "cgroup=a/..", "cgroup=/a/../b",
		"pid=00000000000000000000000000000000000000000000001",
	};
	struct member_spec spec = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (member_parse("test", bad[i], &spec, NULL) != -EINVAL)
			KTAP_SAY("'%s' is accepted", bad[i]);
	EXPECT_INT(member_parse("test", "comm=a,b,uid=root", &spec, NULL), 0);
	EXPECT_STR(spec.comm, "a,b");
	EXPECT_INT(spec.uid, 0);
	EXPECT_INT(member_parse("test", "pid=42", &spec, NULL), 0);
	EXPECT_INT(spec.pid, 42);
	EXPECT(!spec.children);
	EXPECT_INT(member_parse("test", "pid=42,children", &spec, NULL), 0);
	EXPECT_INT(spec.pid, 42);
	EXPECT(spec.children);
	EXPECT_INT(member_parse("test", "user=root", &spec, NULL), 0);
	EXPECT_INT(spec.kind, MEMBER_USER);
	EXPECT_INT(spec.uid, 0);
	EXPECT_INT(member_parse("test", "unit=a@b\\x2d.service", &spec, NULL), 0);
	EXPECT_STR(spec.name, "a@b\\x2d.service");
	EXPECT_INT(member_parse("test", "cgroup=/a..b/..c", &spec, NULL), 0);
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
	struct member_spec spec;
	struct group *group;
	pid_t pid = start_child();
	char text[32];

	end_child(pid);
	snprintf(text, sizeof(text), "pid=%d", pid);
	ASSERT(member_parse("test", text, &spec, NULL) == 0);
	EXPECT_INT(group_create("test", &spec, 1, GROUP_NOW, &group, &err), -ESRCH);
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

/* Version 2 at a place of its own; of the test's process alone. */
static void mount_cgroups(char *root)
{
	ASSERT(mkdtemp(root));
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("cgroup2", root, "cgroup2", 0, NULL) < 0) {
		rmdir(root);
		SKIP("cgroup v2 cannot be mounted here");
	}
}

TEST(cgroup_means_all_below_it_and_all_that_was)
{
	char root[] = "/tmp/test-group-XXXXXX", top[64], child[80], text[80];
	struct filecache_owner owner = { 0 };
	struct group *group;
	pid_t pid;

	mount_cgroups(root);
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
	struct member_spec spec;
	struct group *group;

	ASSERT(member_parse("test", "cgroup=/tmp", &spec, NULL) == 0);
	EXPECT_INT(group_create("test", &spec, 1, GROUP_NOW, &group, &err), -ENOENT);
	EXPECT_HAS(err.text, "no such cgroup");
}

TEST(nobody_belongs_twice)
{
	char by_pid[32], by_name[64], by_user[32];
	const char *const texts[] = { by_pid, by_name, by_user };
	struct group *first, *second;
	struct census census;
	pid_t pid = start_child();

	snprintf(by_pid, sizeof(by_pid), "pid=%d", pid);
	snprintf(by_name, sizeof(by_name), "comm=" NAME ",uid=%u", getuid());
	snprintf(by_user, sizeof(by_user), "user=%u", getuid());
	first = make_groups(texts, 3);
	second = make_groups(texts + 1, 2);
	ASSERT(census_take(&census, true, NULL) == 0);
	EXPECT_INT(times(first, &census, pid), 1);
	EXPECT_INT(times(second, &census, pid), 0);
	census_exit(&census);
	EXPECT(has(second, pid));
	EXPECT(!group_ended(first));
	end_child(pid);
	/* Others of that user may come. */
	EXPECT(!group_ended(first));
	group_destroy(first);
	group_destroy(second);
}

TEST(user_means_the_real_one)
{
	struct filecache_owner owner = { .uid = getuid() + 1 };
	struct group *mine, *theirs;
	pid_t pid = start_child();
	char text[32];

	snprintf(text, sizeof(text), "user=%u", getuid());
	mine = make_group(text);
	snprintf(text, sizeof(text), "user=%u", getuid() + 1);
	theirs = make_group(text);
	EXPECT(has(mine, pid) && has(mine, getpid()));
	EXPECT(!has(theirs, pid));
	EXPECT(!group_owns(mine, &owner));
	EXPECT(group_owns(theirs, &owner));
	end_child(pid);
	group_destroy(mine);
	group_destroy(theirs);
}

/* A process that has a child, which goes on when its parent is told to end. */
static pid_t start_parent(pid_t *ret_child, int *ret_end)
{
	int ready[2], end[2];
	pid_t pid;

	ASSERT(pipe(ready) == 0 && pipe(end) == 0);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		pid_t child = start_child();
		char c;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(end[1]);
		if (write(ready[1], &child, sizeof(child)) == sizeof(child) &&
		    read(end[0], &c, 1) == 1)
			kill(child, SIGKILL);
		_exit(0);
	}
	close(end[0]);
	ASSERT(read(ready[0], ret_child, sizeof(*ret_child)) == sizeof(*ret_child));
	*ret_end = end[1];
	return pid;
}

TEST(descendants_when_wanted)
{
	struct group *alone, *all;
	pid_t child, pid;
	char text[48];
	int end;

	pid = start_parent(&child, &end);
	snprintf(text, sizeof(text), "pid=%d", pid);
	alone = make_group(text);
	snprintf(text, sizeof(text), "pid=%d,children", pid);
	all = make_group(text);
	EXPECT(has(alone, pid) && !has(alone, child));
	EXPECT(has(all, pid) && has(all, child));
	EXPECT(!has(all, getpid()));
	ASSERT(write(end, "x", 1) == 1);
	ASSERT(waitpid(pid, NULL, 0) == pid);
	EXPECT(!has(all, pid));
	EXPECT(group_ended(alone));
	group_destroy(alone);
	group_destroy(all);
}

static struct filecache_owner owner_of(uint64_t id, uint64_t parent, pid_t pid,
				       uint64_t ticks)
{
	return (struct filecache_owner){
		.id = id, .parent_id = parent, .pid = (uint32_t)pid,
		.process_start_ns = ticks * NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK),
		.file_pages = 1,
	};
}

/* Who began and ended between two looks is known by his parent's owner. */
TEST(descendants_that_nobody_saw)
{
	struct census_process self;
	struct filecache_owner owners[5];
	struct group *group;
	char text[48];
	size_t i;

	ASSERT(census_read(getpid(), &self) == 0);
	owners[0] = owner_of(10, 0, 1, 5);
	owners[1] = owner_of(20, 10, self.pid, self.start_ticks);
	owners[2] = owner_of(30, 20, 4000001, self.start_ticks + 1);
	owners[3] = owner_of(40, 30, 4000002, self.start_ticks + 2);
	/* A child of the one that has the other's parent's number. */
	owners[4] = owner_of(50, 10, 4000001, self.start_ticks + 9);
	snprintf(text, sizeof(text), "pid=%d,children", self.pid);
	group = make_group(text);
	EXPECT(has(group, self.pid));
	ASSERT(group_adopt(group, owners, ARRAY_SIZE(owners)) == 0);
	for (i = 0; i < ARRAY_SIZE(owners); i++)
		if (group_owns(group, &owners[i]) != (i >= 1 && i <= 3))
			KTAP_SAY("owner %zu", i);
	/* Its own owner may go before those of its children do. */
	EXPECT(!has(group, 4000001) && has(group, self.pid));
	ASSERT(group_adopt(group, owners + 2, 2) == 0);
	EXPECT(group_owns(group, &owners[2]) && group_owns(group, &owners[3]));
	ASSERT(group_adopt(group, NULL, 0) == 0);
	EXPECT(!group_owns(group, &owners[2]));
	group_destroy(group);
}

/* A number that has been given anew makes nobody a child; order means nothing. */
TEST(descendants_by_start_not_by_number_alone)
{
	struct census_process list[] = {
		{ .pid = 5, .ppid = 90, .start_ticks = 130 },
		{ .pid = 50, .ppid = 1, .start_ticks = 100 },
		{ .pid = 60, .ppid = 50, .start_ticks = 99 },
		{ .pid = 90, .ppid = 50, .start_ticks = 120 },
	};
	struct census census = { .list = list, .count = ARRAY_SIZE(list) };
	struct family family;

	ASSERT(family_init(&family, 50, 100) == 0);
	ASSERT(family_update(&family, &census) == 0);
	EXPECT(family_has(&family, 50, 100) && family_has(&family, 90, 120));
	EXPECT(family_has(&family, 5, 130));
	EXPECT(!family_has(&family, 60, 99));
	EXPECT(!family_has(&family, 90, 121));
	/* Orphans stay; the next bearer of their number does not belong. */
	list[1].start_ticks = 200;
	list[3].ppid = 1;
	list[0].start_ticks = 210;
	list[0].ppid = 1;
	ASSERT(family_update(&family, &census) == 0);
	EXPECT(family_has(&family, 90, 120));
	EXPECT(!family_has(&family, 50, 200) && !family_has(&family, 5, 210));
	ASSERT(family_adopt(&family, NULL, 0) == 0);
	EXPECT_U64(family.count, 1);
	family_exit(&family);
}

TEST(unit_is_its_cgroup_whenever_it_runs)
{
	char root[] = "/tmp/test-group-XXXXXX", top[64];
	struct filecache_owner owner = { 0 };
	struct error err = { 0 };
	struct member_spec spec;
	struct group *group;
	unsigned int i;
	pid_t pid;

	mount_cgroups(root);
	snprintf(top, sizeof(top), "%s/bs-test-%d", root, getpid());
	ASSERT(member_parse("test", "unit=ids.service", &spec, NULL) == 0);
	EXPECT_INT(group_create("test", &spec, 1, GROUP_NOW, &group, &err), -ENOENT);
	EXPECT_HAS(err.text, "does not run");
	ASSERT(group_create("test", &spec, 1, 0, &group, &err) == 0);
	EXPECT(!has(group, getpid()));
	/* Not at every look is systemd asked again. */
	unit_asked = 0;
	for (i = 0; i < 100; i++)
		has(group, getpid());
	EXPECT(unit_asked > 0 && unit_asked < 50);

	pid = start_child();
	ASSERT(mkdir(top, 0755) == 0);
	enter(top, pid);
	unit_path = top;
	for (i = 0; i < 50 && !has(group, pid); i++)
		;
	EXPECT(has(group, pid));
	EXPECT_STR(group_cgroup(group, 0), top);
	EXPECT(!group_cgroup(group, 1));
	owner.cgroup_id = inode(top);
	EXPECT(group_owns(group, &owner));
	end_child(pid);
	ASSERT(rmdir(top) == 0);
	EXPECT(!has(group, pid));
	EXPECT(group_owns(group, &owner));
	EXPECT(!group_ended(group));

	/* The next run is seen at once, and what the last one left is kept. */
	pid = start_child();
	ASSERT(mkdir(top, 0755) == 0);
	enter(top, pid);
	EXPECT(has(group, pid));
	EXPECT(group_owns(group, &owner));
	owner.cgroup_id = inode(top);
	EXPECT(group_owns(group, &owner));
	end_child(pid);
	rmdir(top);
	group_destroy(group);
	umount(root);
	rmdir(root);
}

TEST(cgroups_within_each_other_count_once)
{
	char root[] = "/tmp/test-group-XXXXXX", top[64], other[80];
	char outer[96], inner[96], beside[96];
	const char *const texts[] = { inner, outer, beside };
	char folder[80];
	struct group *group;

	mount_cgroups(root);
	snprintf(top, sizeof(top), "%s/bs-test-%d", root, getpid());
	snprintf(other, sizeof(other), "%s2", top);
	snprintf(folder, sizeof(folder), "%s/in", top);
	ASSERT(mkdir(top, 0755) == 0 && mkdir(folder, 0755) == 0 && mkdir(other, 0755) == 0);
	snprintf(inner, sizeof(inner), "cgroup=%s", folder);
	snprintf(outer, sizeof(outer), "cgroup=%s", top);
	snprintf(beside, sizeof(beside), "cgroup=%s", other);
	group = make_groups(texts, 3);
	EXPECT_STR(group_cgroup(group, 0), top);
	EXPECT_STR(group_cgroup(group, 1), other);
	EXPECT(!group_cgroup(group, 2));
	group_destroy(group);
	EXPECT(rmdir(folder) == 0 && rmdir(top) == 0 && rmdir(other) == 0);
	umount(root);
	rmdir(root);
}

KTAP_MAIN()
