// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A crash after each single change that a move makes, going up and coming
 * down, and `restore` afterwards: real processes, a real state file and a fake
 * world in memory that they share.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "balloon-sync/manager.h"
#include "balloon-sync/restore.h"
#include "balloon-sync/state.h"
#include "base/clock.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define PATIENCE_NS	(2 * NSEC_PER_SEC)
#define HOST_KB		(700 * MB)
#define GUEST_KB	(512 * MB)
#define CRASHED		77
#define CRASHES_MAX	100

#define TEMPLATE	"/tmp/test-crash-XXXXXX"

static char folder[sizeof(TEMPLATE)];
static char path[sizeof(folder) + 16];

static struct fake_world *make_world(void)
{
	struct fake_world *world = mmap(NULL, sizeof(*world),
					PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT(world != MAP_FAILED);
	fake_world_init(world, HOST_KB, HOST_KB + 500 * MB, GUEST_KB);
	return world;
}

static void make_folder(void)
{
	strcpy(folder, TEMPLATE);
	ASSERT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/u1.state", folder);
}

static void remove_folder(void)
{
	char lock[sizeof(path) + 8];

	snprintf(lock, sizeof(lock), "%s/lock", folder);
	unlink(lock);
	EXPECT_INT(rmdir(folder), 0);
}

static struct hv *save_state(struct fake_world *world, struct state *state)
{
	struct hv *hv;

	*state = (struct state){ 0 };
	ASSERT(hv_fake_create(&hv, world, NULL) == 0);
	ASSERT(hv_find(hv, "u1", &state->base.guest, NULL) == 0);
	ASSERT(hv_host(hv, &state->base.host, NULL) == 0);
	state->base.guest_sizes = world->guest.sizes;
	state->base.host_sizes = world->host.sizes;
	ASSERT(state_save(path, state, NULL) == 0);
	return hv;
}

/* Up and down again, until the world ends the process; in a child. */
static void move_until_crash(struct fake_world *world)
{
	static const uint64_t wishes[] = { 100 * MB, 30 * MB, 0 };
	struct move_report report;
	struct state state;
	struct move move;
	struct hv *hv = save_state(world, &state);
	uint64_t now_ns = NSEC_PER_SEC;
	size_t i;

	if (move_init(&move, hv, &state.base, PATIENCE_NS, now_ns, NULL) < 0)
		_exit(1);
	for (i = 0; i < 3; i++) {
		move_want(&move, wishes[i]);
		do {
			fake_world_step(world);
			now_ns += STEP_NS;
			if (move_step(&move, now_ns, &report, NULL) < 0)
				_exit(2);
		} while (report.phase != MOVE_DONE);
	}
	_exit(0);
}

static int run_child(void (*run)(struct fake_world *), struct fake_world *world)
{
	pid_t pid = fork();
	int status;

	ASSERT(pid >= 0);
	if (pid == 0)
		run(world);
	ASSERT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int restore(struct fake_world *world, struct error *err)
{
	struct report report = { .json = true };
	struct hv *hv;
	int r;

	world->exit_after = FAKE_NEVER;
	/* It waits in real time. */
	world->live = true;
	world->guest.rate_kb = GUEST_KB;
	world->host.rate_kb = GUEST_KB;
	ASSERT(hv_fake_create(&hv, world, err) == 0);
	r = restore_one(hv, path, PATIENCE_NS, &report, err);
	hv_destroy(hv);
	return r;
}

static void expect_back(const struct fake_world *world)
{
	EXPECT_U64(world->guest.sizes.actual_kb, GUEST_KB);
	EXPECT_U64(world->guest.sizes.target_kb, GUEST_KB);
	EXPECT_U64(world->guest.sizes.max_kb, GUEST_KB + 1024);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT_U64(world->host.sizes.target_kb, HOST_KB);
	EXPECT_U64(world->claimed_kb, 0);
	EXPECT(access(path, F_OK) < 0);
}

TEST(restore_after_a_crash_at_any_change)
{
	struct error err = { 0 };
	unsigned int n;
	int status;

	make_folder();
	for (n = 1; n < CRASHES_MAX; n++) {
		struct fake_world *world = make_world();

		world->exit_after = n;
		status = run_child(move_until_crash, world);
		if (status == 0)
			break;
		ASSERT(status == CRASHED);
		if (restore(world, &err) < 0)
			KTAP_SAY("crash after %u changes: %s", n, err.text);
		expect_back(world);
		munmap(world, sizeof(*world));
	}
	/* A whole run makes many changes; each of them was the last one once. */
	EXPECT(n > 20);
	EXPECT(n < CRASHES_MAX);
	unlink(path);
	remove_folder();
}

TEST(restore_after_a_crash_of_restore)
{
	struct error err = { 0 };
	struct fake_world *world = make_world();

	make_folder();
	world->exit_after = 12;
	ASSERT(run_child(move_until_crash, world) == CRASHED);
	world->fail_after = world->writes + 1;
	EXPECT(restore(world, &err) < 0);
	EXPECT(access(path, F_OK) == 0);
	world->fail_after = FAKE_NEVER;
	EXPECT_INT(restore(world, &err), 0);
	expect_back(world);
	remove_folder();
}

TEST(restore_when_the_guest_is_gone)
{
	struct error err = { 0 };
	struct fake_world *world = make_world();

	make_folder();
	world->exit_after = 12;
	ASSERT(run_child(move_until_crash, world) == CRASHED);
	ASSERT(world->host.sizes.actual_kb > HOST_KB);
	world->guest.gone = true;
	EXPECT_INT(restore(world, &err), 0);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT(access(path, F_OK) < 0);
	remove_folder();
}

TEST(restore_believes_the_hypervisor_not_the_request)
{
	struct error err = { 0 };
	struct fake_world *world = make_world();
	struct state state;

	make_folder();
	hv_destroy(save_state(world, &state));
	/* Both were asked and neither has done it. */
	world->guest.sizes.target_kb -= 100 * MB;
	world->host.sizes.target_kb += 100 * MB;
	EXPECT_INT(restore(world, &err), 0);
	expect_back(world);
	remove_folder();
}

TEST(state_survives_and_is_strict)
{
	struct fake_world *world = make_world();
	struct error err = { 0 };
	struct state state, back;
	struct stat st;
	FILE *f;

	make_folder();
	hv_destroy(save_state(world, &state));
	ASSERT(stat(path, &st) == 0);
	EXPECT_INT(st.st_mode & 0777, 0600);
	EXPECT_INT(state_load(path, &back, &err), 0);
	EXPECT(memcmp(&back.base, &state.base, sizeof(back.base)) == 0);
	EXPECT(!back.stale && !back.once);
	f = fopen(path, "w");
	ASSERT(f);
	fputs("{\"version\": 1, \"guest\": {}}", f);
	fclose(f);
	EXPECT_INT(state_load(path, &back, &err), -EINVAL);
	EXPECT_HAS(err.text, path);
	EXPECT_INT(state_remove(path, &err), 0);
	EXPECT_INT(state_load(path, &back, &err), -ENOENT);
	remove_folder();
}

TEST(lock_lets_only_one_in)
{
	struct error err = { 0 };
	int first, second;

	make_folder();
	ASSERT(state_lock(path, &first, &err) == 0);
	EXPECT_INT(state_lock(path, &second, &err), -EBUSY);
	EXPECT_HAS(err.text, "another balloon-sync");
	close(first);
	EXPECT_INT(state_lock(path, &second, &err), 0);
	close(second);
	remove_folder();
}

/* --- the controller, which is what manager.c calls in its loop ------------- */

static void controller_rig(struct controller *c, struct fake_world *world,
			   uint64_t linger_ns)
{
	static const struct law_config law = {
		.floor_kb = 256 * MB, .cap_kb = LAW_NO_CAP, .deadband_kb = 256,
	};
	struct controller_config config = {
		.law = law, .linger_ns = linger_ns, .patience_ns = PATIENCE_NS,
	};
	struct move_base base = { 0 };
	static struct hv *hv;

	ASSERT(hv_fake_create(&hv, world, NULL) == 0);
	ASSERT(hv_find(hv, "u1", &base.guest, NULL) == 0);
	ASSERT(hv_host(hv, &base.host, NULL) == 0);
	base.guest_sizes = world->guest.sizes;
	base.host_sizes = world->host.sizes;
	ASSERT(controller_init(c, &config, hv, &base, NSEC_PER_SEC, NULL) == 0);
}

/* Until settled: how many steps that took, at most 100. */
static int settle(struct controller *c, struct fake_world *world,
		  uint64_t *now_ns)
{
	struct move_report report;
	int n;

	for (n = 0; n < 100; n++) {
		fake_world_step(world);
		*now_ns += STEP_NS;
		ASSERT(controller_step(c, *now_ns, &report, NULL) == 0);
		if (report.phase == MOVE_DONE)
			break;
	}
	return n;
}

TEST(memory_follows_use)
{
	struct fake_world *world = make_world();
	static struct controller c;
	struct usage usage = { .anon_kb = 60 * MB, .cache_kb = 40 * MB,
			       .processes = 1 };
	uint64_t now_ns = 2 * NSEC_PER_SEC;
	bool changed;

	controller_rig(&c, world, CONTROLLER_NEVER);
	EXPECT(!controller_sample(&c, &usage, now_ns, &changed));
	EXPECT(!changed);
	EXPECT(settle(&c, world, &now_ns) < 100);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB + 100 * MB);
	usage.cache_kb = 0;
	controller_sample(&c, &usage, now_ns, &changed);
	EXPECT(settle(&c, world, &now_ns) < 100);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB + 60 * MB);
	EXPECT_U64(world->guest.sizes.actual_kb, GUEST_KB - 60 * MB);
	usage.anon_kb = 300 * MB;
	controller_sample(&c, &usage, now_ns, &changed);
	EXPECT(changed && c.limit == LAW_FLOOR);
	EXPECT(settle(&c, world, &now_ns) < 100);
	EXPECT_U64(world->guest.sizes.actual_kb, 256 * MB);
}

TEST(cache_is_dropped_after_lingering)
{
	struct fake_world *world = make_world();
	static struct controller c;
	struct usage usage = { .cache_kb = 40 * MB, .processes = 1 };
	uint64_t now_ns = 2 * NSEC_PER_SEC;
	bool changed;

	controller_rig(&c, world, 10 * NSEC_PER_SEC);
	EXPECT(!controller_sample(&c, &usage, now_ns, &changed));
	usage.processes = 0;
	EXPECT(!controller_sample(&c, &usage, now_ns + 9 * NSEC_PER_SEC, &changed));
	EXPECT(controller_sample(&c, &usage, now_ns + 10 * NSEC_PER_SEC, &changed));
	/* Once is enough for a while, though dirty pages are tried again. */
	EXPECT(!controller_sample(&c, &usage, now_ns + 11 * NSEC_PER_SEC, &changed));
	EXPECT(controller_sample(&c, &usage, now_ns + 13 * NSEC_PER_SEC, &changed));
	usage.processes = 1;
	EXPECT(!controller_sample(&c, &usage, now_ns + 20 * NSEC_PER_SEC, &changed));
	usage.processes = 0;
	EXPECT(!controller_sample(&c, &usage, now_ns + 29 * NSEC_PER_SEC, &changed));
}

TEST(giving_back_waits_until_it_is_done)
{
	struct fake_world *world = make_world();
	struct report report = { .json = true };
	struct usage usage = { .anon_kb = 100 * MB, .processes = 1 };
	uint64_t now_ns = 2 * NSEC_PER_SEC;
	static struct controller c;
	struct error err = { 0 };
	bool changed;

	controller_rig(&c, world, CONTROLLER_NEVER);
	controller_sample(&c, &usage, now_ns, &changed);
	settle(&c, world, &now_ns);
	ASSERT(world->host.sizes.actual_kb == HOST_KB + 100 * MB);
	world->live = true;
	EXPECT_INT(manager_give_back(&c, &report, &err), 0);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT_U64(world->guest.sizes.actual_kb, GUEST_KB);
	EXPECT_U64(world->guest.sizes.max_kb, GUEST_KB + 1024);
	/* A sample that comes late does not start it all again. */
	controller_sample(&c, &usage, now_ns, &changed);
	EXPECT_U64(c.move.wanted_kb, 0);
}

TEST(impossible_wishes_are_refused_beforehand)
{
	struct law_config law = { .floor_kb = 512 * MB, .cap_kb = LAW_NO_CAP };
	struct move_base base = {
		.guest = { .name = "u1" }, .host = { .name = "dom0" },
		.guest_sizes = { 512 * MB, 512 * MB, 513 * MB, 512 * MB },
		.host_sizes = { 700 * MB, 700 * MB, 1200 * MB, 1200 * MB },
	};
	struct error err = { 0 };

	EXPECT_INT(controller_check(&law, &base, &err), -ERANGE);
	EXPECT_HAS(err.text, "--floor");
	law.floor_kb = 256 * MB;
	EXPECT_INT(controller_check(&law, &base, &err), 0);
	base.host_sizes.max_kb = 700 * MB;
	EXPECT_INT(controller_check(&law, &base, &err), -ENOSPC);
	base.host_sizes.max_kb = 1200 * MB;
	base.host_sizes.static_max_kb = 700 * MB;
	EXPECT_INT(controller_check(&law, &base, &err), -ENOSPC);
	EXPECT_HAS(err.text, "ceiling");
}

KTAP_MAIN()
