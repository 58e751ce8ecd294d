// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is moved out of a group that is to be gone, and when that is given up: on folders that are
 * no groups, so that nothing moves, and by a clock that goes as it is told.  On groups it is
 * test-groups.sh's.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "kvmonitor/dissolve.h"
#include "ktap.h"

#define SECONDS	(5 * NSEC_PER_SEC)

/**
 * struct world - two groups, and time
 * @folder: that both are in
 * @now_ns: on the clock
 * @pauses: that were made
 * @wrong: times that somebody was moved who was not in the group after the pause before
 */
static struct world {
	char folder[32];
	uint64_t now_ns;
	unsigned int pauses;
	unsigned int wrong;
} world;

static const char *path(const char *name)
{
	static char text[96];

	snprintf(text, sizeof(text), "%s/%s", world.folder, name);
	return text;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path(name), "w");

	fputs(text, file);
	fclose(file);
}

static int get(const char *name)
{
	FILE *file = fopen(path(name), "r");
	int number = 0;

	if (fscanf(file, "%d", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

uint64_t clock_now_ns(clockid_t clock)
{
	return world.now_ns;
}

/* Each time it is somebody else who is in the group. */
int clock_sleep(uint64_t ns)
{
	char text[16];

	world.wrong += world.pauses && get("to/cgroup.procs") != 1000 + (int)world.pauses;
	world.pauses++;
	world.now_ns += ns;
	snprintf(text, sizeof(text), "%u\n", 1000 + world.pauses);
	put("from/cgroup.procs", text);
	return 0;
}

static bool make_groups(const char *processes)
{
	strcpy(world.folder, "/tmp/dissolve-XXXXXX");
	if (!mkdtemp(world.folder) || mkdir(path("from"), 0700) < 0 || mkdir(path("to"), 0700) < 0)
		return false;
	put("from/cgroup.procs", processes);
	put("to/cgroup.procs", "");
	return true;
}

static int dissolve_it(struct error *err)
{
	char from[96], to[96];

	strcpy(from, path("from"));
	strcpy(to, path("to"));
	return dissolve(from, to, world.now_ns + SECONDS, err);
}

static void remove_groups(void)
{
	unlink(path("from/cgroup.procs"));
	rmdir(path("from"));
	unlink(path("to/cgroup.procs"));
	rmdir(path("to"));
	rmdir(world.folder);
}

TEST(who_is_there_after_a_pause_is_moved)
{
	struct error err = { 0 };

	ASSERT(make_groups("1000\n"));
	EXPECT_INT(dissolve_it(&err), -EBUSY);
	EXPECT_HAS(err.text, "/from: processes or groups keep appearing");
	EXPECT(world.pauses > 100);
	EXPECT_U64(world.wrong, 0);
	EXPECT(world.now_ns >= SECONDS && world.now_ns < SECONDS + NSEC_PER_SEC);
	remove_groups();
}

TEST(another_containers_is_told_at_once)
{
	struct error err = { 0 };

	ASSERT(make_groups("0\n"));
	EXPECT_INT(dissolve_it(&err), -EPERM);
	EXPECT_HAS(err.text, "/from: has a process that is another container's");
	EXPECT_U64(world.pauses, 0);
	remove_groups();
}

TEST(what_refuses_is_told_at_once)
{
	struct error err = { 0 };

	ASSERT(make_groups("1000\n"));
	unlink(path("to/cgroup.procs"));
	EXPECT_INT(dissolve_it(&err), -ENOENT);
	EXPECT_HAS(err.text, "/to/cgroup.procs: ");
	EXPECT_U64(world.pauses, 0);
	remove_groups();
}

TEST(one_that_is_gone_is_no_mistake)
{
	ASSERT(make_groups(""));
	unlink(path("from/cgroup.procs"));
	EXPECT_INT(dissolve_it(NULL), 0);
	EXPECT(access(path("from"), F_OK) < 0);
	EXPECT_INT(dissolve_it(NULL), 0);
	remove_groups();
}

KTAP_MAIN()
