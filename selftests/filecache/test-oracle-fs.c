// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What file systems do to the page cache, each in its own way.  The oracle is
 * the memory cgroup's memory.stat, to the page; after the unmount nothing is
 * left, and /proc/meminfo agrees.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "box.h"
#include "disk.h"
#include "fuse.h"
#include "ktap.h"

#define DIR "/mnt/filecache-fs"
#define FILE_ON DIR "/file"

static struct client client;

/* Read, append, cut short, remove. */
static void use_file(int n)
{
	int fd;

	switch (n) {
	case 0:
		read_file(FILE_ON);
		break;
	case 1:
		if (truncate(FILE_ON, 3 * MB + 5000))
			_exit(1);
		break;
	case 2:
		fd = open(FILE_ON, O_WRONLY | O_APPEND);
		write_file(DIR "/other", 8 * MB);
		if (fd < 0 || write(fd, "more", 4) != 4 || fsync(fd))
			_exit(1);
		close(fd);
		break;
	case 3:
		if (unlink(DIR "/other"))
			_exit(1);
		break;
	}
}

/* The file was made and is not cached. */
static void check_use(const char *name)
{
	const uint64_t cut = 3 * MB / PAGE + 2;
	uint64_t before = anomalies(&client);
	struct box box;

	box_start(&box, name, use_file);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 32 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 3 * MB / PAGE));
	/* Large folios were split; the rest of what is there is metadata. */
	EXPECT(box_sums(&client, &box).pages < 4 * MB / PAGE);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, cut + 8 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, cut));
	EXPECT(box_sums(&client, &box).pages < 4 * MB / PAGE);
	box_end(&box);
	EXPECT(disk_umount(DIR));
	EXPECT(until(box_sums(&client, &box).pages == 0));
	EXPECT_U64(anomalies(&client), before);
	EXPECT(identity_holds(&client));
	box_remove(&box);
}

static void check_disk(const char *type)
{
	const char *why;

	need_module(&client);
	why = disk_mount(type, DIR);
	if (why)
		SKIP(why);
	make_file(FILE_ON, 32 * MB);
	check_use(type);
}

TEST(ext4)
{
	check_disk("ext4");
}

/* XFS brings folios of many pages in; truncation splits them. */
TEST(large_folios_of_xfs)
{
	check_disk("xfs");
}

/* Btrfs keeps its metadata in an inode of its own and reads in workers. */
TEST(checksums_and_workers_of_btrfs)
{
	check_disk("btrfs");
}

/* Below /var/tmp, that is on the file system of the root. */
#define LOWER "/var/tmp/filecache-lower"
#define UPPER "/var/tmp/filecache-upper"
#define WORK "/var/tmp/filecache-work"

/* Read below, then write, for which it is copied up. */
static void overlay_use(int n)
{
	int fd;

	if (n == 0) {
		read_file(FILE_ON);
		return;
	}
	fd = open(FILE_ON, O_WRONLY);
	if (fd < 0 || write(fd, "changed", 7) != 7)
		_exit(1);
	close(fd);
	read_file(FILE_ON);
}

TEST(overlayfs_and_its_copy)
{
	static const char *const clean[] = { "rm", "-rf", LOWER, UPPER, WORK, NULL };
	struct box box;

	need_module(&client);
	run(clean);
	if (mkdir(LOWER, 0755) || mkdir(UPPER, 0755) || mkdir(WORK, 0755))
		give_up(LOWER);
	make_file(LOWER "/file", 8 * MB);
	mkdir(DIR, 0755);
	if (mount("overlay", DIR, "overlay", 0,
		  "lowerdir=" LOWER ",upperdir=" UPPER ",workdir=" WORK))
		SKIP("no overlayfs");
	box_start(&box, "overlay", overlay_use);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	EXPECT(box_has_file(&client, &box, 8 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 16 * MB / PAGE));
	EXPECT(box_has_file(&client, &box, 16 * MB / PAGE));
	box_end(&box);
	EXPECT(umount(DIR) == 0);
	EXPECT(box_drops_away(&client, &box));
	EXPECT_INT(run(clean), 0);
	box_remove(&box);
}

/* Also writes, so that there are pages which were never read. */
static void fuse_use(int n)
{
	static char block[64 * 1024];
	int fd;

	switch (n) {
	case 0:
		read_file(FILE_ON);
		break;
	case 1:
		fd = open(FILE_ON, O_WRONLY | O_APPEND);
		if (fd < 0 || write(fd, block, sizeof(block)) != sizeof(block))
			_exit(1);
		close(fd);
		break;
	case 2:
		if (truncate(FILE_ON, 4 * MB))
			_exit(1);
		break;
	}
}

TEST(fuse)
{
	struct box box;
	const char *why;
	pid_t server;

	need_module(&client);
	why = fuse_start(DIR, 8 * MB, false, &server);
	if (why)
		SKIP(why);
	box_start(&box, "fuse", fuse_use);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 8 * MB / PAGE);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE + 16));
	EXPECT_U64(box_sums(&client, &box).file, 8 * MB / PAGE + 16);
	/* FUSE drops the whole file then, as its server may have changed it. */
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT_U64(box_sums(&client, &box).file, 0);
	box_end(&box);
	EXPECT(fuse_stop(DIR, server));
	EXPECT(until(box_sums(&client, &box).pages == 0));
	EXPECT(identity_holds(&client));
	box_remove(&box);
}

#define REPLACE_EVENT "/sys/kernel/tracing/events/filemap/mm_filemap_replace_page_cache"

/* How many pages the kernel says were put into another's place. */
static unsigned int traced_replacements(void)
{
	FILE *f = fopen("/sys/kernel/tracing/trace", "re");
	char line[512];
	unsigned int n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += !!strstr(line, "mm_filemap_replace_page_cache:");
	if (f)
		fclose(f);
	return n;
}

/* The server's own pages take the place of those that the reader brought in. */
TEST(fuse_moves_pages_in)
{
	uint64_t before;
	struct box box;
	const char *why;
	struct attrs s;
	pid_t server;

	need_module(&client);
	ASSERT(client_stats(&client, &s) == 0);
	if (!(sources(&client) & FILECACHE_SOURCE_REPLACE)) {
		ASSERT(s.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_REPLACE);
		SKIP("this kernel does not show it, which stats say");
	}
	EXPECT(!(s.v[FILECACHE_A_STATS_BLIND] & FILECACHE_BLIND_REPLACE));
	before = anomalies(&client);
	why = fuse_start(DIR, 4 * MB, true, &server);
	if (why)
		SKIP(why);
	write_text("/sys/kernel/tracing/trace", "");
	EXPECT_INT(write_text(REPLACE_EVENT "/enable", "1"), 0);
	box_start(&box, "fuse-move", fuse_use);
	box_step(&box);
	EXPECT_INT(write_text(REPLACE_EVENT "/enable", "0"), 0);
	/* Otherwise this test proves nothing. */
	EXPECT(traced_replacements() > 100);
	EXPECT(box_agrees(&client, &box, 4 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 4 * MB / PAGE);
	box_end(&box);
	EXPECT(fuse_stop(DIR, server));
	EXPECT(until(box_sums(&client, &box).pages == 0));
	EXPECT_U64(anomalies(&client), before);
	EXPECT(identity_holds(&client));
	box_remove(&box);
}

KTAP_MAIN()
