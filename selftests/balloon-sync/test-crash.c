// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A crash after each single change that a move makes, going up and coming
 * down, and `restore` afterwards: real processes, a real state file and a fake
 * world in memory that they share.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "balloon-sync/controller.h"
#include "balloon-sync/giveback.h"
#include "balloon-sync/limit.h"
#include "balloon-sync/restore.h"
#include "balloon-sync/state.h"
#include "base/clock.h"
#include "base/file.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define PATIENCE_NS	(2 * NSEC_PER_SEC)
#define HOST_KB		(700 * MB)
#define GUEST_KB	(512 * MB)
#define SUPERPAGE_KB	2048
#define CRASHED		77
#define CRASHES_MAX	1000
#define GUESTS_MAX	3

#define TEMPLATE	"/tmp/test-crash-XXXXXX"

static char folder[sizeof(TEMPLATE)];
static char path[sizeof(folder) + 16];

/* Nobody waits: time passes when somebody sleeps (see tests.mk). */
static uint64_t virtual_ns = NSEC_PER_SEC;

uint64_t __wrap_clock_now_ns(clockid_t clock);
int __wrap_clock_sleep(uint64_t ns);

uint64_t __wrap_clock_now_ns(clockid_t clock)
{
	return virtual_ns;
}

int __wrap_clock_sleep(uint64_t ns)
{
	virtual_ns += ns;
	return 0;
}

static struct fake_world *make_world(unsigned int guests)
{
	struct fake_world *world = mmap(NULL, sizeof(*world),
					PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT(world != MAP_FAILED);
	fake_world_init(world, HOST_KB, HOST_KB + 500 * MB, GUEST_KB);
	while (world->guest_count < guests)
		fake_world_add(world, GUEST_KB);
	/* One of them gives and takes superpages only. */
	if (guests > 1)
		world->guests[1].quantum_kb = SUPERPAGE_KB;
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

static struct hv *start_state(struct fake_world *world, struct state *state)
{
	struct hv *hv;

	*state = (struct state){ .host.quantum_kb = SIDE_PAGE_KB };
	ASSERT(hv_fake_create(&hv, world, NULL) == 0);
	ASSERT(hv_host(hv, &state->host.domain, NULL) == 0);
	state->host.sizes = world->host.sizes;
	return hv;
}

static void add_state(struct fake_world *world, unsigned int i, struct state *state)
{
	struct state_guest guest = {
		.base = {
			.domain = world->guests[i].domain,
			.sizes = world->guests[i].sizes,
			.quantum_kb = world->guests[i].quantum_kb,
		},
	};

	ASSERT(state_add(state, &guest, NULL) == 0);
	ASSERT(state_save(path, state, NULL) == 0);
}

static struct hv *save_state(struct fake_world *world, struct state *state)
{
	struct hv *hv = start_state(world, state);

	add_state(world, 0, state);
	return hv;
}

/**
 * struct child - a process that is to die
 * @world: what it moves in
 * @state: what it knows
 * @move: what it does
 * @guests: the first of them, by their numbers in the world; NULL when removed
 */
struct child {
	struct fake_world *world;
	struct state state;
	struct move move;
	struct move_guest *guests[GUESTS_MAX];
};

static void settle_child(struct child *child)
{
	struct move_report report;

	do {
		fake_world_step(child->world);
		virtual_ns += STEP_NS;
		if (move_step(&child->move, virtual_ns, &report, NULL) < 0)
			_exit(2);
	} while (report.phase != MOVE_DONE);
}

static void enlist(struct child *child, unsigned int i)
{
	struct move_guest_config config = { 0 };

	add_state(child->world, i, &child->state);
	config.base = child->state.guests[child->state.count - 1].base;
	if (move_add_guest(&child->move, &config, virtual_ns, &child->guests[i],
			   NULL) < 0)
		_exit(3);
}

static void dismiss(struct child *child, unsigned int i)
{
	if (move_remove_guest(&child->move, child->guests[i], NULL) < 0)
		_exit(4);
	state_drop(&child->state, child->world->guests[i].domain.uuid);
	if (state_save(path, &child->state, NULL) < 0)
		_exit(5);
}

static void want(struct child *child, unsigned int i, uint64_t kb)
{
	if (i < child->world->guest_count)
		move_want(&child->move, child->guests[i], kb);
}

/* Up and down again, until the world ends the process; in a child. */
static void move_until_crash(struct fake_world *world)
{
	struct child child = { .world = world };
	struct hv *hv = start_state(world, &child.state);
	unsigned int i;

	if (move_init(&child.move, hv, &child.state.host, PATIENCE_NS, virtual_ns,
		      NULL) < 0)
		_exit(1);
	for (i = 0; i < world->guest_count; i++) {
		enlist(&child, i);
		want(&child, i, 100 * MB);
		settle_child(&child);
	}
	/* One gives while another gets back. */
	want(&child, 0, 30 * MB);
	want(&child, 1, 140 * MB);
	settle_child(&child);
	want(&child, 0, 50 * MB);
	want(&child, 1, 0);
	want(&child, 2, 70 * MB);
	settle_child(&child);
	if (world->guest_count > 1)
		dismiss(&child, 1);
	want(&child, 0, 0);
	want(&child, 2, 0);
	settle_child(&child);
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
	world->live = true;
	ASSERT(hv_fake_create(&hv, world, err) == 0);
	r = restore_one(hv, path, PATIENCE_NS, &report, err);
	hv_destroy(hv);
	return r;
}

static void expect_guest_back(const struct fake_domain *guest)
{
	EXPECT_U64(guest->sizes.actual_kb, GUEST_KB);
	EXPECT_U64(guest->sizes.target_kb, GUEST_KB);
	EXPECT_U64(guest->sizes.max_kb, GUEST_KB + 1024);
}

static void expect_back(const struct fake_world *world)
{
	unsigned int i;

	for (i = 0; i < world->guest_count; i++)
		if (!world->guests[i].gone)
			expect_guest_back(&world->guests[i]);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT_U64(world->host.sizes.target_kb, HOST_KB);
	EXPECT_U64(world->claimed_kb, 0);
	EXPECT(access(path, F_OK) < 0);
}

/* Whoever crashes, the promises that stand can be kept. */
static void expect_covered(const struct fake_world *world)
{
	const struct hv_sizes *host = &world->host.sizes;
	uint64_t held = 0;
	unsigned int i;

	for (i = 0; i < world->guest_count; i++) {
		const struct hv_sizes *guest = &world->guests[i].sizes;

		if (guest->max_kb < GUEST_KB)
			held += GUEST_KB - guest->max_kb;
	}
	EXPECT(host->actual_kb <= HOST_KB + held);
	EXPECT(host->target_kb <= HOST_KB + held);
}

/* Return: whether it came to a crash. */
static bool crash_once(unsigned int guests, unsigned int n)
{
	struct fake_world *world = make_world(guests);
	struct error err = { 0 };
	int status;

	world->exit_after = n;
	status = run_child(move_until_crash, world);
	ASSERT(status == 0 || status == CRASHED);
	expect_covered(world);
	if (restore(world, &err) < 0)
		KTAP_SAY("crash of %u guests after %u changes: %s", guests, n, err.text);
	expect_back(world);
	munmap(world, sizeof(*world));
	return status == CRASHED;
}

static void crash_everywhere(unsigned int guests, unsigned int changes)
{
	unsigned int n = 1;

	make_folder();
	while (n < CRASHES_MAX && crash_once(guests, n))
		n++;
	/* A whole run makes many changes; each of them was the last one once. */
	EXPECT(n > changes);
	EXPECT(n < CRASHES_MAX);
	remove_folder();
}

TEST(restore_after_a_crash_at_any_change)
{
	crash_everywhere(1, 30);
}

TEST(restore_of_two_guests_after_a_crash_at_any_change)
{
	crash_everywhere(2, 60);
}

TEST(restore_of_three_guests_after_a_crash_at_any_change)
{
	crash_everywhere(3, 90);
}

TEST(restore_goes_on_without_those_that_are_gone)
{
	struct error err = { 0 };
	unsigned int n;

	make_folder();
	for (n = 10; n < 100; n += 7) {
		struct fake_world *world = make_world(3);

		world->exit_after = n;
		ASSERT(run_child(move_until_crash, world) == CRASHED);
		world->guests[n % 3].gone = true;
		EXPECT_INT(restore(world, &err), 0);
		expect_back(world);
		munmap(world, sizeof(*world));
	}
	remove_folder();
}

TEST(restore_keeps_in_the_file_who_is_not_back)
{
	struct fake_world *world = make_world(3);
	struct error err = { 0 };
	struct state left = { 0 };

	make_folder();
	world->exit_after = 70;
	ASSERT(run_child(move_until_crash, world) == CRASHED);
	ASSERT(world->guests[1].sizes.actual_kb < GUEST_KB);
	world->guests[1].deaf = true;
	EXPECT_INT(restore(world, &err), -EAGAIN);
	EXPECT_HAS(err.text, "u2");
	expect_guest_back(&world->guests[0]);
	expect_guest_back(&world->guests[2]);
	EXPECT_INT(state_load(path, &left, &err), 0);
	EXPECT_U64(left.count, 1);
	EXPECT_STR(left.guests[0].base.domain.name, "u2");
	state_free(&left);
	world->guests[1].deaf = false;
	EXPECT_INT(restore(world, &err), 0);
	expect_back(world);
	remove_folder();
}

TEST(restore_leaves_alone_what_is_somebody_elses)
{
	struct fake_world *world = make_world(1);
	struct error err = { 0 };
	struct state state;

	make_folder();
	world->exit_after = 25;
	ASSERT(run_child(move_until_crash, world) == CRASHED);
	ASSERT(state_load(path, &state, &err) == 0);
	state.guests[0].foreign = true;
	ASSERT(state_save(path, &state, &err) == 0);
	state_free(&state);
	fake_domain_target(&world->guests[0], 300 * MB);
	EXPECT_INT(restore(world, &err), 0);
	EXPECT_U64(world->guests[0].sizes.target_kb, 300 * MB);
	EXPECT_U64(world->guests[0].sizes.max_kb, GUEST_KB + 1024);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT(access(path, F_OK) < 0);
	remove_folder();
}

TEST(restore_waits_for_a_hypervisor_that_comes_back)
{
	struct fake_world *world = make_world(2);
	struct report report = { .json = true };
	struct error err = { 0 };
	struct state state;
	struct move_guest *guest;
	struct move_guest_config config = { 0 };
	struct move move;
	struct hv *hv;

	make_folder();
	hv = save_state(world, &state);
	config.base = state.guests[0].base;
	ASSERT(move_init(&move, hv, &state.host, PATIENCE_NS, virtual_ns, NULL) == 0);
	ASSERT(move_add_guest(&move, &config, virtual_ns, &guest, NULL) == 0);
	world->lost = true;
	EXPECT_INT(give_back(&move, path, &state, &report, &err), -ENOTCONN);
	EXPECT(access(path, F_OK) == 0);
	world->lost = false;
	EXPECT_INT(give_back(&move, path, &state, &report, &err), 0);
	expect_back(world);
	move_exit(&move);
	state_free(&state);
	hv_destroy(hv);
	remove_folder();
}

TEST(restore_after_a_crash_of_restore)
{
	struct error err = { 0 };
	struct fake_world *world = make_world(1);

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
	struct fake_world *world = make_world(1);

	make_folder();
	world->exit_after = 12;
	ASSERT(run_child(move_until_crash, world) == CRASHED);
	ASSERT(world->host.sizes.actual_kb > HOST_KB);
	world->guests[0].gone = true;
	EXPECT_INT(restore(world, &err), 0);
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT(access(path, F_OK) < 0);
	remove_folder();
}

TEST(restore_believes_the_hypervisor_not_the_request)
{
	struct error err = { 0 };
	struct fake_world *world = make_world(1);
	struct state state;

	make_folder();
	hv_destroy(save_state(world, &state));
	state_free(&state);
	/* Both were asked and neither has done it. */
	world->guests[0].sizes.target_kb -= 100 * MB;
	world->host.sizes.target_kb += 100 * MB;
	EXPECT_INT(restore(world, &err), 0);
	expect_back(world);
	remove_folder();
}

/* --- the controller, which is what manager.c calls in its loop ------------- */

#define LIMIT_BYTES "123456789\n"

static const char *cgroup_file(void)
{
	static char file[sizeof(folder) + 32];

	snprintf(file, sizeof(file), "%s/group/memory.high", folder);
	return file;
}

/* As much of a cgroup as a limit needs. */
static void make_cgroup(void)
{
	char group[sizeof(folder) + 16];

	snprintf(group, sizeof(group), "%s/group", folder);
	ASSERT(mkdir(group, 0700) == 0);
	ASSERT(file_write_atomic(cgroup_file(), 0600, LIMIT_BYTES, strlen(LIMIT_BYTES),
				 NULL) == 0);
}

static void remove_cgroup(void)
{
	char group[sizeof(folder) + 16];

	snprintf(group, sizeof(group), "%s/group", folder);
	unlink(cgroup_file());
	EXPECT_INT(rmdir(group), 0);
}

static void expect_limit(const char *text)
{
	char *is = NULL;

	ASSERT(file_read(cgroup_file(), 64, &is, NULL, NULL) == 0);
	/* A file keeps what was there; a cgroup's does not. */
	is[strcspn(is, "\n")] = '\0';
	EXPECT_STR(is, text);
	free(is);
}

/**
 * struct follower - a process that follows two groups and is to die
 * @world: what it moves in
 * @state: what it knows
 * @controller: what it does
 * @guests: of the configuration
 * @shares: who pays for both groups: each guest, by one weight each
 * @groups: of the configuration
 * @config: the configuration
 */
struct follower {
	struct fake_world *world;
	struct state state;
	struct controller controller;
	struct config_guest guests[2];
	struct config_share shares[2][2];
	struct config_group groups[2];
	struct config config;
};

static void configure(struct follower *f)
{
	static char guests[][3] = { "u1", "u2" }, groups[][3] = { "g1", "g2" };
	size_t i;

	for (i = 0; i < 2; i++) {
		f->guests[i] = (struct config_guest){
			.name = guests[i],
			.floor_kb = CONFIG_FLOOR_HALF,
			.ceiling_kb = CONFIG_NO_CEILING,
		};
		f->shares[i][0] = (struct config_share){ i, 3 };
		f->shares[i][1] = (struct config_share){ 1 - i, 1 };
		f->groups[i] = (struct config_group){
			.name = groups[i],
			.shares = f->shares[i],
			.share_count = 2,
			.cap_kb = CONFIG_NO_CAP,
			.limit = true,
		};
	}
	f->config = (struct config){
		.global = { .deadband_kb = 256, .patience_ns = PATIENCE_NS,
			    .linger_ns = CONFIG_NEVER },
		.guests = f->guests, .guest_count = 2,
		.groups = f->groups, .group_count = 2,
	};
}

static void follow_use(struct follower *f, uint64_t first_kb, uint64_t second_kb)
{
	struct controller *c = &f->controller;
	int i;

	c->groups[0].usage.anon_kb = first_kb;
	c->groups[1].usage.anon_kb = second_kb;
	/* Some of them while memory is moving still. */
	for (i = 0; i < 40; i++) {
		if (i % 5 == 0)
			controller_sample(c, 0, virtual_ns);
		fake_world_step(f->world);
		virtual_ns += STEP_NS;
		if (controller_step(c, virtual_ns, NULL) < 0)
			_exit(2);
	}
}

static void limit_group(struct follower *f, uint64_t kb)
{
	char group[sizeof(folder) + 16];

	snprintf(group, sizeof(group), "%s/group", folder);
	if (limit_note(&f->state, group, NULL) < 0 ||
	    state_save(path, &f->state, NULL) < 0 || limit_set(group, kb, NULL) < 0)
		_exit(6);
}

/* Two guests come, use goes up and down, one leaves; in a child. */
static void follow_until_crash(struct fake_world *world)
{
	struct follower f = { .world = world };
	struct hv *hv = start_state(world, &f.state);
	struct hv_domain left;
	size_t i;

	configure(&f);
	if (controller_init(&f.controller, &f.config, hv, &f.state.host, virtual_ns,
			    NULL) < 0)
		_exit(1);
	for (i = 0; i < 2; i++) {
		add_state(world, (unsigned int)i, &f.state);
		if (controller_join(&f.controller, i, &f.state.guests[i], virtual_ns,
				    NULL) < 0)
			_exit(3);
		follow_use(&f, 80 * MB, 40 * MB);
	}
	limit_group(&f, 70 * MB);
	follow_use(&f, 20 * MB, 140 * MB);
	controller_leave(&f.controller, 0);
	follow_use(&f, 60 * MB, 100 * MB);
	if (!controller_dismiss(&f.controller, &left))
		_exit(4);
	state_drop(&f.state, left.uuid);
	if (state_save(path, &f.state, NULL) < 0)
		_exit(5);
	controller_stop(&f.controller);
	follow_use(&f, 60 * MB, 100 * MB);
	_exit(0);
}

static bool crash_following(unsigned int n)
{
	struct fake_world *world = make_world(2);
	struct error err = { 0 };
	int status;

	make_cgroup();
	world->exit_after = n;
	status = run_child(follow_until_crash, world);
	ASSERT(status == 0 || status == CRASHED);
	expect_covered(world);
	if (restore(world, &err) < 0)
		KTAP_SAY("crash after %u changes: %s", n, err.text);
	expect_back(world);
	expect_limit("123456789");
	remove_cgroup();
	munmap(world, sizeof(*world));
	return status == CRASHED;
}

TEST(restore_after_a_crash_of_the_controller_at_any_change)
{
	unsigned int n = 1;

	make_folder();
	while (n < CRASHES_MAX && crash_following(n))
		n++;
	EXPECT(n > 60);
	EXPECT(n < CRASHES_MAX);
	remove_folder();
}

TEST(limit_of_a_cgroup_that_is_another_one_stays)
{
	struct fake_world *world = make_world(1);
	struct error err = { 0 };
	struct state state;
	char group[sizeof(folder) + 16];

	make_folder();
	make_cgroup();
	snprintf(group, sizeof(group), "%s/group", folder);
	hv_destroy(save_state(world, &state));
	ASSERT(state_add_limit(&state, group, 1, 4096, &err) == 0);
	ASSERT(state_save(path, &state, &err) == 0);
	EXPECT_INT(restore(world, &err), 0);
	expect_limit("123456789");
	remove_cgroup();
	/* Nor is one that is gone waited for. */
	ASSERT(state_save(path, &state, &err) == 0);
	EXPECT_INT(restore(world, &err), 0);
	EXPECT(access(path, F_OK) < 0);
	state_free(&state);
	remove_folder();
}

TEST(state_file_stays_for_a_limit_that_cannot_be_lifted)
{
	struct fake_world *world = make_world(1);
	struct error err = { 0 };
	struct state state, left;
	char group[sizeof(folder) + 16];
	struct stat st;

	make_folder();
	make_cgroup();
	snprintf(group, sizeof(group), "%s/group", folder);
	ASSERT(stat(group, &st) == 0);
	hv_destroy(save_state(world, &state));
	ASSERT(state_add_limit(&state, group, st.st_ino, STATE_UNLIMITED, &err) == 0);
	ASSERT(state_save(path, &state, &err) == 0);
	unlink(cgroup_file());
	ASSERT(mkdir(cgroup_file(), 0700) == 0);
	EXPECT(restore(world, &err) < 0);
	EXPECT_HAS(err.text, "memory.high");
	ASSERT(state_load(path, &left, &err) == 0);
	EXPECT_U64(left.count, 0);
	EXPECT_U64(left.limit_count, 1);
	state_free(&left);
	rmdir(cgroup_file());
	ASSERT(file_write_atomic(cgroup_file(), 0600, "1\n", 2, NULL) == 0);
	EXPECT_INT(restore(world, &err), 0);
	expect_back(world);
	expect_limit("max");
	state_free(&state);
	remove_cgroup();
	remove_folder();
}

KTAP_MAIN()
