// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes in boxes, files, and the kernel's own counts. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"

#define CGROUPS "/sys/fs/cgroup"

void give_up(const char *what)
{
	printf("# %s: %s\n", what, strerror(errno));
	fflush(stdout);
	exit(1);
}

unsigned int patience(bool in_vain)
{
	/* Tests are processes of their own: they tell each other by this file. */
	static const char told[] = "/tmp/filecache-in-vain";

	const char *times = getenv("FILECACHE_PATIENCE");

	if (in_vain)
		close(open(told, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	return (access(told, F_OK) ? 400 : 80) * (times ? atoi(times) : 1);
}

int run(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		give_up("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

int64_t read_number(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[256], word[128];
	long long value, found = -1;

	if (!f)
		return -1;
	while (found < 0 && fgets(line, sizeof(line), f)) {
		if (!name)
			found = strtoll(line, NULL, 10);
		else if (sscanf(line, "%127s %lld", word, &value) == 2 &&
			 !strcmp(word, name))
			found = value;
	}
	fclose(f);
	return found;
}

int log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0)
		give_up("/dev/kmsg");
	return log;
}

int log_count(int log, const char *part)
{
	char line[1024];
	int count = 0;
	ssize_t n;

	/* EPIPE: lines were overwritten before they could be read. */
	while ((n = read(log, line, sizeof(line) - 1)) > 0 || errno == EPIPE) {
		line[n > 0 ? n : 0] = '\0';
		count += !!strstr(line, part);
	}
	return count;
}

void need_module(struct client *c)
{
	static const char *const load[] = { "modprobe", "filecache", NULL };
	int err;

	write_text(CGROUPS "/cgroup.subtree_control", "+memory");
	/* What processes in boxes run is not to come in while they are counted. */
	if (mlockall(MCL_CURRENT))
		give_up("mlockall");
	if (access("/sys/module/filecache", F_OK) && run(load))
		give_up("modprobe filecache");
	err = client_open(c);
	if (err) {
		errno = -err;
		give_up("netlink family");
	}
}

void module_renew(struct client *c)
{
	static const char *const unload[] = { "rmmod", "filecache", NULL };

	client_close(c);
	if (!until(run(unload) == 0))
		give_up("rmmod filecache");
	need_module(c);
}

void empty_caches(void)
{
	sync();
	if (write_text("/proc/sys/vm/drop_caches", "3"))
		give_up("/proc/sys/vm/drop_caches");
}

/* Return: the file, open for writing. */
static int fill_file(const char *path, size_t bytes)
{
	static char block[64 * 1024];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		give_up(path);
	memset(block, 'x', sizeof(block));
	for (; bytes; bytes -= bytes < sizeof(block) ? bytes : sizeof(block))
		if (write(fd, block, bytes < sizeof(block) ? bytes : sizeof(block)) < 0)
			give_up(path);
	return fd;
}

void make_file(const char *path, size_t bytes)
{
	int fd = fill_file(path, bytes);

	fsync(fd);
	/* What waits in another CPU's LRU batch, dropping all caches leaves. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	empty_caches();
}

void bring_metadata(const char *path)
{
	static char page[PAGE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) ||
	    pread(fd, page, sizeof(page), 0) <= 0)
		give_up(path);
	close(fd);
}

void write_file(const char *path, size_t bytes)
{
	close(fill_file(path, bytes));
}

void fresh_directory(const char *path)
{
	const char *const remove[] = { "rm", "-rf", path, NULL };

	run(remove);
	if (mkdir(path, 0777) || chmod(path, 0777))
		give_up(path);
}

void read_file(const char *path)
{
	static char block[64 * 1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		give_up(path);
	while (read(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

void touch_pages(const char *map, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i += PAGE)
		__asm__ __volatile__("" : : "r"(map[i]));
}

void stay_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up("sched_setaffinity");
}

/**
 * struct entry - what a process does in a box
 * @procs: the cgroup's, by which it goes in
 * @step: what it does there
 */
struct entry {
	char procs[96];
	void (*step)(int n);
};

static void entry_step(int n, void *data)
{
	const struct entry *entry = data;

	if (n)
		entry->step(n - 1);
	/* Before it has done anything that could bring a page in. */
	else if (write_text(entry->procs, "0"))
		give_up(entry->procs);
}

void box_start(struct box *box, const char *name, void (*step)(int n))
{
	struct entry entry = { .step = step };
	struct stat st;

	snprintf(box->path, sizeof(box->path), CGROUPS "/%s", name);
	snprintf(entry.procs, sizeof(entry.procs), "%s/cgroup.procs", box->path);
	rmdir(box->path);
	if (mkdir(box->path, 0755) || stat(box->path, &st))
		give_up(box->path);
	box->cgroup_id = st.st_ino;
	stepper_start(&box->process, entry_step, &entry);
	box_step(box);
}

void box_step(struct box *box)
{
	stepper_step(&box->process);
}

void box_end(struct box *box)
{
	stepper_end(&box->process);
}

void box_remove(struct box *box)
{
	empty_caches();
	until(rmdir(box->path) == 0 || errno == ENOENT);
}

static void add_owner(const struct attrs *a, void *data)
{
	struct sums *s = data;

	if (a->v[FILECACHE_A_OWNER_CGROUP_ID] != s->cgroup_id)
		return;
	s->owners++;
	s->dead += !!(a->v[FILECACHE_A_OWNER_FLAGS] & FILECACHE_OWNER_FLAG_DEAD);
	s->pages += attrs_pages(a);
	s->file += a->v[FILECACHE_A_OWNER_FILE_PAGES];
	s->blockdev += a->v[FILECACHE_A_OWNER_BLOCKDEV_PAGES];
	s->shmem += a->v[FILECACHE_A_OWNER_SHMEM_PAGES];
	s->added += a->v[FILECACHE_A_OWNER_ADDED];
	s->removed += a->v[FILECACHE_A_OWNER_REMOVED];
	s->moved += a->v[FILECACHE_A_OWNER_MOVED];
}

struct sums box_sums(struct client *c, const struct box *box)
{
	struct sums s = { .cgroup_id = box->cgroup_id };

	errno = -client_dump_whole(c, add_owner, &s, sizeof(s));
	if (errno)
		give_up("dump");
	return s;
}

uint64_t box_stat(const struct box *box, const char *name)
{
	char path[128];

	write_text("/proc/sys/vm/stat_refresh", "1");
	snprintf(path, sizeof(path), "%s/memory.stat", box->path);
	return read_number(path, name) / PAGE;
}

int box_set(const struct box *box, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", box->path, file);
	return write_text(path, text);
}

static struct attrs stats(struct client *c)
{
	struct attrs s;

	errno = -client_stats(c, &s);
	if (errno)
		give_up("stats");
	return s;
}

uint32_t sources(struct client *c)
{
	return stats(c).v[FILECACHE_A_STATS_SOURCES];
}

uint64_t anomalies(struct client *c)
{
	struct attrs s = stats(c);

	return s.v[FILECACHE_A_STATS_UNTAGGED_REMOVED] +
	       s.v[FILECACHE_A_STATS_STALE_TAGS] +
	       s.v[FILECACHE_A_STATS_UNTAGGABLE];
}

/* Where shmem is not shown, our count of it must be zero, not just anything. */
static bool sees_shmem(struct client *c)
{
	return sources(c) & FILECACHE_SOURCE_SHMEM;
}

/*
 * The inode in which btrfs keeps its metadata.  What else has this number is on
 * a disk, and so has a major number; btrfs has none.
 */
#define BTREE_INODE 1

struct own_files {
	uint64_t cgroup_id;
	uint64_t ids[64];
	unsigned int owners;
	uint64_t pages;
};

static void note_owner(const struct attrs *a, void *data)
{
	struct own_files *own = data;

	if (a->v[FILECACHE_A_OWNER_CGROUP_ID] == own->cgroup_id && own->owners < 64)
		own->ids[own->owners++] = a->v[FILECACHE_A_OWNER_ID];
}

static void add_own_file(const struct attrs *a, void *data)
{
	struct own_files *own = data;

	if (a->v[FILECACHE_A_FILE_INO] == BTREE_INODE &&
	    a->v[FILECACHE_A_FILE_DEV_MAJOR] == 0)
		own->pages += a->v[FILECACHE_A_FILE_PAGES];
}

/*
 * What is in files that are the kernel's own, of those that the box brought in:
 * kernels that count them apart (since 6.18) charge them to the root.
 */
static uint64_t uncharged(struct client *c, const struct box *box)
{
	struct own_files own = { .cgroup_id = box->cgroup_id };
	unsigned int i;

	if (read_number("/proc/vmstat", "nr_kernel_file_pages") < 0)
		return 0;
	errno = -client_dump(c, note_owner, &own, NULL);
	for (i = 0; !errno && i < own.owners; i++) {
		errno = -client_files(c, FILECACHE_A_FILE_OWNER_ID, own.ids[i],
				      add_own_file, &own);
		/* It may have gone since it was listed. */
		if (errno == ENOENT)
			errno = 0;
	}
	if (errno)
		give_up("files");
	return own.pages;
}

bool box_agrees(struct client *c, const struct box *box, uint64_t least)
{
	const bool shmem_too = sees_shmem(c);
	uint64_t file = 0, shmem = 0;
	struct sums ours = {};
	bool agree;

	agree = until((ours = box_sums(c, box),
		       shmem = box_stat(box, "shmem"),
		       file = box_stat(box, "file") - shmem,
		       ours.file + ours.blockdev == file + uncharged(c, box) &&
		       ours.shmem == (shmem_too ? shmem : 0)));
	if (!agree || ours.pages < least)
		printf("# %s: %llu + %llu shmem owned, memory.stat %llu + %llu%s, least %llu\n",
		       box->path, (unsigned long long)(ours.file + ours.blockdev),
		       (unsigned long long)ours.shmem, (unsigned long long)file,
		       (unsigned long long)shmem, shmem_too ? "" : " (not shown)",
		       (unsigned long long)least);
	return agree && ours.pages >= least;
}

bool box_has_file(struct client *c, const struct box *box, uint64_t pages)
{
	uint64_t file = box_sums(c, box).file;
	bool has = file == pages || file == pages + 2 || file == pages + 4;

	if (!has)
		printf("# %llu pages of files, expected %llu\n",
		       (unsigned long long)file, (unsigned long long)pages);
	return has;
}

bool box_drops_away(struct client *c, const struct box *box)
{
	struct sums s = {};
	bool gone;

	/* Pages in a CPU's batch for the LRU lists are not dropped; this empties it. */
	gone = until((write_text("/proc/sys/vm/compact_memory", "1"), empty_caches(),
		      s = box_sums(c, box), s.file == 0));
	if (!gone)
		printf("# %llu pages of files are left\n", (unsigned long long)s.file);
	if (s.added - s.removed != s.pages) {
		printf("# %llu added - %llu removed is not %llu\n",
		       (unsigned long long)s.added, (unsigned long long)s.removed,
		       (unsigned long long)s.pages);
		gone = false;
	}
	return gone && box_agrees(c, box, 0);
}

/* Return: Cached + Buffers less what the module says, in pages. */
static int64_t identity_error(struct client *c)
{
	static const char meminfo[] = "/proc/meminfo";
	struct attrs s;
	int64_t theirs;

	write_text("/proc/sys/vm/stat_refresh", "1");
	s = stats(c);
	theirs = read_number(meminfo, "Cached:") + read_number(meminfo, "Buffers:");
	if (!(s.v[FILECACHE_A_STATS_SOURCES] & FILECACHE_SOURCE_SHMEM))
		theirs -= read_number(meminfo, "Shmem:");
	return theirs * 1024 / (int64_t)PAGE -
	       (int64_t)(s.v[FILECACHE_A_STATS_OWNED_FILE] +
			 s.v[FILECACHE_A_STATS_OWNED_BLOCKDEV] +
			 s.v[FILECACHE_A_STATS_OWNED_SHMEM] +
			 s.v[FILECACHE_A_STATS_UNKNOWN_FILE] +
			 s.v[FILECACHE_A_STATS_UNKNOWN_BLOCKDEV] +
			 s.v[FILECACHE_A_STATS_UNKNOWN_SHMEM]);
}

bool identity_holds(struct client *c)
{
	int64_t error = 0;
	bool holds;

	sync();
	holds = until((error = identity_error(c)) == 0);
	if (!holds)
		printf("# Cached + Buffers is off by %lld pages\n", (long long)error);
	return holds;
}
