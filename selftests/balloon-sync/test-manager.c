// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole runs of one guest and one group. */
#include "balloon-sync/trace.h"
#include "manager-rig.h"

TEST(run_follows_and_gives_back)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", "--log",
	      path_of("log"), NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT(exists("s.state"));
	shared->used_kb[0] = 20 * MB;
	WAIT(arrived() == 20 * MB && size_of(0) == GUEST_KB - 20 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	expect_said("u1: all memory is back, as is that of dom0 (700 MB)");
	expect_said("used  60.0 MiB");
	EXPECT(shared->evicted > 0);
	end();
}

TEST(run_where_memory_is_one_pool)
{
	begin();
	shared->world.pool = true;
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--libvirt", "qemu:///fake", "--group", "pid=1", "--interval",
	      "50ms", NULL);
	WAIT(size_of(0) == GUEST_KB - 60 * MB);
	EXPECT(exists("s.state"));
	ASSERT(kill(run_pid, SIGKILL) == 0 && waitpid(run_pid, NULL, 0) == run_pid);
	start("restore", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT_U64(size_of(0), GUEST_KB);
	start("--guest", "u1", "--libvirt", "qemu:///fake", "--group", "pid=1", "--interval",
	      "50ms", NULL);
	WAIT(size_of(0) == GUEST_KB - 60 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	EXPECT_U64(size_of(0), GUEST_KB);
	expect_said("all memory is back");
	expect_said("moved  60.0 MiB");
	end();
}

TEST(run_ends_with_sighup)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT_INT(finish(SIGHUP), 0);
	expect_back();
	end();
}

TEST(run_ends_with_its_guest)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	shared->world.guests[0].gone = true;
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(arrived(), 0);
	EXPECT_U64(count_said("u1: the guest is gone"), 1);
	expect_said("u1: is gone; dom0 is at its 700 MB again");
	EXPECT(!exists("s.state"));
	end();
}

TEST(run_ends_when_use_cannot_be_measured)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	shared->broken = true;
	EXPECT_INT(wait_end(), 1);
	expect_said("fake: use cannot be measured");
	expect_back();
	end();
}

TEST(limits_of_a_run_are_told_once)
{
	begin();
	shared->used_kb[0] = 300 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 256 * MB);
	shared->used_kb[0] = 100 * MB;
	WAIT(arrived() == 100 * MB);
	WAIT(count_said("u1: is charged in full again") == 1);
	EXPECT_INT(finish(SIGINT), 0);
	EXPECT_U64(count_said("u1: at its floor: 262144 of 307200 kB used are charged"), 1);
	EXPECT_U64(count_said("is charged in full again"), 1);
	expect_back();
	end();
}

TEST(dry_run_moves_nothing)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--dry-run", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	expect_said("would move  60.0 MiB");
	EXPECT_U64(shared->world.writes, 0);
	expect_back();
	end();
}

TEST(once_is_gone_on_from_and_restored)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT_U64(arrived(), 60 * MB);
	shared->used_kb[0] = 80 * MB;
	start("--guest", "u1", "--group", "pid=1", NULL);
	EXPECT_INT(wait_end(), 1);
	expect_said("run 'balloon-sync restore' first");
	start("--guest", "u1", "--group", "pid=1", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT_U64(arrived(), 80 * MB);
	start("restore", NULL);
	EXPECT_INT(wait_end(), 0);
	expect_back();
	end();
}

TEST(trace_of_a_run_can_be_simulated)
{
	struct trace_reader *reader;
	struct trace_sample sample;
	struct error err = { 0 };
	bool seen = false;
	int r;

	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", "--record",
	      path_of("trace"), NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	r = trace_open(path_of("trace"), &reader, &err);
	if (r < 0)
		KTAP_SAY("%s", err.text);
	ASSERT(r == 0);
	EXPECT_STR(trace_header(reader)->guests[0].name, "u1");
	EXPECT_U64(trace_header(reader)->guests[0].plan.floor_kb, GUEST_KB / 2);
	EXPECT_U64(trace_header(reader)->room_kb, 900 * MB);
	while ((r = trace_next(reader, &sample, &err)) > 0)
		seen |= sample.used_kb[0] == 60 * MB;
	EXPECT_INT(r, 0);
	EXPECT(seen);
	trace_close(reader);
	end();
}

KTAP_MAIN()
