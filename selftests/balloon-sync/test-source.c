// SPDX-License-Identifier: GPL-2.0-or-later
/* Sources of use: one look for all groups, nothing counted twice, real cgroups. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "balloon-sync/source.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "daemon/unit.h"
#include "ktap.h"

#define MB		1048576
#define MB_KB		1024
/* What a process has besides what the test has it take. */
#define SOME_KB		(6 * MB_KB)

int unit_cgroup(const char *name, char **ret, struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "%s: not in this test", name);
}

/* The module, as the client shows it: owners that the test sets. */
static struct filecache_owner owners[8];
static size_t owner_count;
static int dump_code;
static unsigned int dumps;
static uint64_t evicted_ids[8];
static size_t evicted_count;

int filecache_client_create(struct filecache_client **ret, struct error *err)
{
	*ret = NULL;
	return 0;
}

void filecache_client_destroy(struct filecache_client *client)
{
}

int filecache_dump(struct filecache_client *client, struct filecache_owner **ret,
		   size_t *ret_count, bool *ret_torn, struct error *err)
{
	dumps++;
	if (dump_code < 0)
		return error_set(err, dump_code, "no dump");
	*ret = calloc(owner_count + 1, sizeof(**ret));
	ASSERT(*ret);
	memcpy(*ret, owners, owner_count * sizeof(**ret));
	*ret_count = owner_count;
	*ret_torn = false;
	return 0;
}

int filecache_evict_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_evicted *ret, struct error *err)
{
	evicted_ids[evicted_count++] = id;
	if (id == 666)
		return error_set(err, -ENOENT, "gone meanwhile");
	*ret = (struct filecache_evicted){ .evicted = 3 };
	return 0;
}

static void add_owner(uint64_t id, uint32_t uid, const char *comm, uint64_t pages)
{
	struct filecache_owner *owner = &owners[owner_count++];

	owner->id = id;
	owner->uid = uid;
	owner->file_pages = pages;
	owner->shmem_pages = 1000;
	strcpy(owner->comm, comm);
}

static struct group *make_group(const char *text, unsigned int flags)
{
	struct error err = { 0 };
	struct member_spec spec;
	struct group *group;

	if (member_parse("test", text, &spec, &err) < 0 ||
	    group_create(text, &spec, 1, flags, &group, &err) < 0) {
		KTAP_SAY("%s: %s", text, err.text);
		exit(KTAP_EXIT_FAIL);
	}
	return group;
}

static uint64_t page_kb(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

TEST(one_look_for_all_and_each_owner_once)
{
	struct source_subject subjects[3] = { 0 };
	struct source *source;
	size_t i;

	ASSERT(source_filecache_create(&source, NULL) == 0);
	EXPECT_STR(source->ops->name, "filecache");
	subjects[0].group = make_group("comm=aide,uid=4000000001", 0);
	subjects[1].group = make_group("user=4000000001", 0);
	subjects[2].group = make_group("user=4000000002", 0);
	for (i = 0; i < 3; i++)
		subjects[i].source = source;
	add_owner(7, 4000000001, "clamd", 10);
	add_owner(3, 4000000001, "aide", 100);
	add_owner(5, 4000000002, "aide", 1000);
	add_owner(9, 4000000003, "aide", 10000);
	owners[1].blockdev_pages = 5;
	ASSERT(source_sample(subjects, 3, NULL) == 0);
	EXPECT_INT(dumps, 1);
	EXPECT_U64(subjects[0].usage.cache_kb, 105 * page_kb());
	EXPECT_U64(subjects[1].usage.cache_kb, 10 * page_kb());
	EXPECT_U64(subjects[2].usage.cache_kb, 1000 * page_kb());
	EXPECT_U64(subjects[0].usage.processes, 0);
	EXPECT_U64(subjects[0].usage.anon_kb, 0);
	/* What was claimed is claimed for one sample only. */
	ASSERT(source_sample(subjects, 3, NULL) == 0);
	EXPECT_U64(subjects[0].usage.cache_kb, 105 * page_kb());
	for (i = 0; i < 3; i++)
		group_destroy(subjects[i].group);
	source_destroy(source);
}

TEST(eviction_is_of_the_group_alone)
{
	struct source *source;
	struct group *group = make_group("user=4000000001", 0);
	uint64_t kb = 0;

	ASSERT(source_filecache_create(&source, NULL) == 0);
	add_owner(1, 4000000001, "a", 10);
	add_owner(2, 4000000002, "a", 10);
	add_owner(3, 4000000001, "a", 0);
	add_owner(666, 4000000001, "a", 10);
	add_owner(5, 4000000001, "a", 10);
	ASSERT(source_evict(source, group, &kb, NULL) == 0);
	EXPECT_U64(evicted_count, 3);
	EXPECT_U64(evicted_ids[0], 1);
	EXPECT_U64(evicted_ids[2], 5);
	EXPECT_U64(kb, 6 * page_kb());
	dump_code = -EPERM;
	kb = 77;
	EXPECT_INT(source_evict(source, group, &kb, NULL), -EPERM);
	EXPECT_U64(kb, 77);
	group_destroy(group);
	source_destroy(source);
}

/* A source that counts its calls and fails when told to. */
struct counting {
	struct source source;
	unsigned int looks;
	unsigned int measures;
	int look_code;
	const struct group *bad;
};

static int count_look(struct source *source, struct error *err)
{
	struct counting *c = (struct counting *)source;

	c->looks++;
	return c->look_code < 0 ? error_set(err, c->look_code, "look") : 0;
}

static int count_measure(struct source *source, struct group *group,
			 struct census *census, struct usage *ret, struct error *err)
{
	struct counting *c = (struct counting *)source;

	c->measures++;
	if (group == c->bad)
		return error_set(err, -EPROTO, "measure");
	ret->anon_kb = 5;
	return 0;
}

static const struct source_ops counting_ops = {
	.look = count_look,
	.measure = count_measure,
};

TEST(failure_of_one_does_not_stop_the_others)
{
	struct counting a = { .source.ops = &counting_ops };
	struct counting b = { .source.ops = &counting_ops, .look_code = -ENOENT };
	struct source_subject subjects[5] = { 0 };
	struct error err = { 0 };
	size_t i;

	for (i = 0; i < 5; i++) {
		subjects[i].group = make_group("user=4000000001", 0);
		subjects[i].source = i % 2 ? &b.source : &a.source;
		subjects[i].usage.anon_kb = 3;
	}
	a.bad = subjects[0].group;
	EXPECT_INT(source_sample(subjects, 5, &err), -ENOENT);
	EXPECT_STR(err.text, "look");
	EXPECT_INT(a.looks, 1);
	EXPECT_INT(b.looks, 1);
	EXPECT_INT(a.measures, 3);
	EXPECT_INT(b.measures, 0);
	EXPECT_INT(subjects[0].code, -EPROTO);
	EXPECT_INT(subjects[1].code, -ENOENT);
	EXPECT_INT(subjects[2].code, 0);
	EXPECT_INT(subjects[3].code, -ENOENT);
	EXPECT_U64(subjects[0].usage.anon_kb, 3);
	EXPECT_U64(subjects[1].usage.anon_kb, 3);
	EXPECT_U64(subjects[2].usage.anon_kb, 5);
	EXPECT_U64(subjects[4].usage.anon_kb, 5);
	b.look_code = 0;
	a.bad = NULL;
	EXPECT_INT(source_sample(subjects, 5, &err), 0);
	for (i = 0; i < 5; i++) {
		EXPECT_INT(subjects[i].code, 0);
		group_destroy(subjects[i].group);
	}
}

/* Own memory is counted by the process; what a cgroup's has is, too. */
TEST(processes_are_measured)
{
	struct source_subject subject = { 0 };
	char text[32], *memory;

	snprintf(text, sizeof(text), "pid=%d", getpid());
	subject.group = make_group(text, GROUP_NOW);
	ASSERT(source_filecache_create(&subject.source, NULL) == 0);
	memory = mmap(NULL, 32 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(memory != MAP_FAILED);
	memset(memory, 1, 32 * MB);
	ASSERT(source_sample(&subject, 1, NULL) == 0);
	EXPECT_U64(subject.usage.processes, 1);
	EXPECT(subject.usage.anon_kb >= 32 * MB_KB);
	group_destroy(subject.group);
	source_destroy(subject.source);
}

/* Where memory cgroups can be made here; NULL. */
static const char *memory_root(bool *ret_new)
{
	char *text;
	bool has;

	*ret_new = false;
	if (access("/sys/fs/cgroup/memory/memory.stat", R_OK) == 0 &&
	    access("/sys/fs/cgroup/memory", W_OK) == 0)
		return "/sys/fs/cgroup/memory";
	*ret_new = true;
	if (file_read("/sys/fs/cgroup/cgroup.subtree_control", 4096, &text, NULL, NULL) < 0)
		return NULL;
	has = strstr(text, "memory");
	free(text);
	return has && access("/sys/fs/cgroup", W_OK) == 0 ? "/sys/fs/cgroup" : NULL;
}

static void enter(const char *folder)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	ASSERT(file_write(path, "0", NULL) == 0);
}

static void fill_file(const char *path, size_t mb)
{
	static char block[MB];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	ASSERT(fd >= 0);
	while (mb--)
		ASSERT(write(fd, block, sizeof(block)) == sizeof(block));
	/* Only clean pages can be dropped. */
	ASSERT(fsync(fd) == 0);
	close(fd);
}

/* In the cgroup: anonymous memory, shared memory like a guest's, a file. */
static pid_t start_user(const char *folder, const char *file)
{
	int ready[2];
	pid_t pid;
	char c;

	ASSERT(pipe(ready) == 0);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		char *own, *shared;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		enter(folder);
		own = mmap(NULL, 32 * MB, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		shared = mmap(NULL, 64 * MB, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		ASSERT(own != MAP_FAILED && shared != MAP_FAILED);
		memset(own, 1, 32 * MB);
		memset(shared, 1, 64 * MB);
		fill_file(file, 24);
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	ASSERT(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

/* The kernel's counts may lag behind by seconds. */
static void sample_until(struct source_subject *subject, uint64_t anon_kb, uint64_t cache_kb)
{
	struct usage *u = &subject->usage;

	do {
		ASSERT(source_sample(subject, 1, NULL) == 0);
		clock_sleep(50 * NSEC_PER_MSEC);
	} while (u->anon_kb < anon_kb || u->anon_kb > anon_kb + SOME_KB ||
		 u->cache_kb < cache_kb || u->cache_kb > cache_kb + SOME_KB);
}

TEST(cgroup_is_counted_with_its_dead_and_without_shared_memory)
{
	struct source_subject subject = { 0 };
	char top[96], child[112], text[128], file[] = "/var/tmp/test-source-XXXXXX";
	struct error err = { 0 };
	const char *root;
	uint64_t kb = 0;
	bool new;
	pid_t pid;
	int fd, r;

	root = memory_root(&new);
	if (!root)
		SKIP("no memory controller that could be used here");
	snprintf(top, sizeof(top), "%s/bs-test-%d", root, getpid());
	snprintf(child, sizeof(child), "%s/child", top);
	if (mkdir(top, 0755) < 0)
		SKIP("no cgroup can be made here");
	if (new) {
		snprintf(text, sizeof(text), "%s/cgroup.subtree_control", top);
		ASSERT(file_write(text, "+memory", NULL) == 0);
	}
	ASSERT(mkdir(child, 0755) == 0);
	fd = mkstemp(file);
	ASSERT(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "cgroup=bs-test-%d", getpid());
	subject.group = make_group(text, GROUP_NOW | GROUP_MEMORY);
	EXPECT_STR(group_cgroup(subject.group, 0), top);
	ASSERT(source_cgroup_create(&subject.source, NULL) == 0);
	EXPECT_STR(subject.source->ops->name, "cgroup");
	pid = start_user(child, file);
	sample_until(&subject, 32 * MB_KB, 24 * MB_KB);
	EXPECT_U64(subject.usage.processes, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (rmdir(child) < 0)
		clock_sleep(10 * NSEC_PER_MSEC);
	sample_until(&subject, 0, 24 * MB_KB);
	EXPECT_U64(subject.usage.processes, 0);
	r = source_evict(subject.source, subject.group, &kb, &err);
	if (r < 0)
		KTAP_SAY("%s", err.text);
	sample_until(&subject, 0, 0);
	unlink(file);
	while (rmdir(top) < 0)
		clock_sleep(10 * NSEC_PER_MSEC);
	/* A cgroup that is gone uses nothing, which is no failure. */
	ASSERT(source_sample(&subject, 1, NULL) == 0);
	EXPECT_U64(usage_total(&subject.usage), 0);
	EXPECT_INT(source_evict(subject.source, subject.group, &kb, NULL), 0);
	EXPECT_U64(kb, 0);
	group_destroy(subject.group);
	source_destroy(subject.source);
}

/* memory.stat as the test likes it, over that of a real cgroup. */
static void measure_text(const char *stat, int code, uint64_t anon_kb, uint64_t cache_kb)
{
	struct source_subject subject = { .usage = { .anon_kb = 1 } };
	char file[] = "/tmp/test-source-XXXXXX", top[96], over[112], text[112];
	struct error err = { 0 };
	const char *root;
	bool new;
	int fd;

	root = memory_root(&new);
	if (!root || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("no memory controller that could be used here");
	snprintf(top, sizeof(top), "%s/bs-test-%d", root, getpid());
	snprintf(over, sizeof(over), "%s/memory.stat", top);
	snprintf(text, sizeof(text), "cgroup=%s", top);
	if (mkdir(top, 0755) < 0)
		SKIP("no cgroup can be made here");
	subject.group = make_group(text, GROUP_NOW | GROUP_MEMORY);
	ASSERT(source_cgroup_create(&subject.source, NULL) == 0);
	fd = mkstemp(file);
	ASSERT(fd >= 0 && write(fd, stat, strlen(stat)) == (ssize_t)strlen(stat));
	close(fd);
	ASSERT(mount(file, over, NULL, MS_BIND, NULL) == 0);
	EXPECT_INT(source_sample(&subject, 1, &err), code);
	if (code < 0)
		EXPECT_HAS(err.text, "use source = \"filecache\"");
	EXPECT_U64(subject.usage.anon_kb, anon_kb);
	EXPECT_U64(subject.usage.cache_kb, cache_kb);
	umount(over);
	unlink(file);
	group_destroy(subject.group);
	source_destroy(subject.source);
	rmdir(top);
}

TEST(memory_stat_of_both_versions)
{
	measure_text("anon 4096\nfile 40960\nanon_thp 9\nfile_mapped 9\nshmem 8192\n", 0, 4, 32);
	measure_text("cache 9\nrss 9\nshmem 9\n"
		     "total_cache 40960\ntotal_rss 4096\ntotal_shmem 8192\n", 0, 4, 32);
	/* Not read at one moment: no huge amount out of less than nothing. */
	measure_text("anon 4096\nfile 8192\nshmem 12288\n", 0, 4, 0);
	measure_text("anon 0\nfile 18446744073709551615\nshmem 0\n", 0, 0,
		     18446744073709551615ULL / 1024);
}

TEST(memory_stat_that_makes_no_sense)
{
	measure_text("", -EPROTO, 1, 0);
	measure_text("anon 4096\nfile 40960\n", -EPROTO, 1, 0);
	measure_text("anon many\nfile 1\nshmem 1\n", -EPROTO, 1, 0);
	measure_text("anon 99999999999999999999\nfile 1\nshmem 1\n", -EPROTO, 1, 0);
}

KTAP_MAIN()
