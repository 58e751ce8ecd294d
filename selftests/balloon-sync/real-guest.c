// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "balloon-sync/move.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/u64.h"
#include "ktap.h"
#include "real-guest.h"

#define MB		1024ULL
#define RAM_KB		REAL_GUEST_RAM_KB
#define MOVED_KB	REAL_GUEST_MOVED_KB
#define PATIENCE_NS	(20 * NSEC_PER_SEC)
#define STEP_NS		(100 * NSEC_PER_MSEC)

int real_guest_run(char *ret, size_t room, const char *program, char *const *argv)
{
	int pipefd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ASSERT(pipe(pipefd) == 0);
	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		dup2(pipefd[1], 1);
		close(pipefd[0]);
		close(pipefd[1]);
		execv(program, argv);
		_exit(127);
	}
	close(pipefd[1]);
	while ((n = read(pipefd[0], ret + len, room - len - 1)) > 0)
		len += (size_t)n;
	close(pipefd[0]);
	while (len > 0 && ret[len - 1] == '\n')
		len--;
	ret[len] = '\0';
	ASSERT(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A field of the guest's /proc/meminfo, in kB. */
static uint64_t meminfo(const struct real_guest *guest, const char *field)
{
	char out[8192];
	uint64_t kb = 0;

	guest->command(out, sizeof(out), "cat /proc/meminfo");
	ASSERT(parse_field(out, field, &kb) == 0);
	return kb;
}

/* Memory that has never been touched is not there, and cannot be given. */
static void have_touched(const struct real_guest *guest)
{
	char out[512], fill[256];

	snprintf(fill, sizeof(fill),
		 "mkdir /filler && mount -t tmpfs -o size=100%% none /filler && "
		 "dd if=/dev/zero of=/filler/zeros bs=1M count=%d && umount /filler",
		 (int)(meminfo(guest, "MemFree:") / MB) - 24);
	guest->command(out, sizeof(out), fill);
}

/* Until the move has come to rest; whoever waits for ever is ended by KTAP. */
static unsigned int go(struct move *move, struct move_guest *guest, uint64_t kb)
{
	struct move_report report = { .phase = MOVE_UNDER_WAY };
	struct error err = { 0 };
	unsigned int events = 0;

	move_want(move, guest, kb);
	while (report.phase == MOVE_UNDER_WAY) {
		int r = move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err);

		if (r < 0 && r != -ENOTCONN)
			printf("# %s\n", err.text);
		ASSERT(r == 0 || r == -ENOTCONN);
		events |= report.events;
		clock_sleep(STEP_NS);
	}
	EXPECT_INT(report.phase, MOVE_DONE);
	return events;
}

static void check_given(const struct real_guest *guest, const struct hv_domain *domain,
			uint64_t total_kb, uint64_t backing_kb)
{
	struct hv_sizes sizes;
	struct error err;

	ASSERT(hv_read(guest->hv, domain, &sizes, &err) == 0);
	EXPECT(u64_abs_diff(sizes.actual_kb, RAM_KB - MOVED_KB) <= SIDE_SLACK_KB);
	EXPECT_U64(sizes.target_kb, RAM_KB - MOVED_KB);
	EXPECT(u64_abs_diff(total_kb - MOVED_KB, meminfo(guest, "MemTotal:")) <=
	       SIDE_SLACK_KB);
	/* Some of it may have been what was never touched. */
	EXPECT(guest->backing_kb() + MOVED_KB / 2 <= backing_kb);
	/*
	 * It is not looked at each time: what was seen while memory still moved may be
	 * said for a while. Who is wrong for good is ended by KTAP.
	 */
	while (sizes.resident_kb > sizes.actual_kb + SIDE_SLACK_KB ||
	       !guest->is_resident(sizes.resident_kb)) {
		clock_sleep(STEP_NS);
		ASSERT(hv_read(guest->hv, domain, &sizes, &err) == 0);
	}
}

static void check_distress(const struct real_guest *guest, const struct hv_domain *domain)
{
	struct hv_distress d = { .age_ms = HV_UNKNOWN };
	struct error err;

	while (d.age_ms == HV_UNKNOWN) {
		ASSERT(hv_distress(guest->hv, domain, &d, &err) == 0);
		clock_sleep(STEP_NS);
	}
	EXPECT(d.total_kb < RAM_KB);
	EXPECT(d.free_kb < d.total_kb);
	EXPECT(d.available_kb < d.total_kb);
}

/* A death may be seen as a lost connection first. */
static void check_gone(const struct real_guest *guest, struct move *move,
		       struct move_guest *of)
{
	const struct hv_domain *domain = &of->side.base.domain;
	struct move_report report = { 0 };
	struct hv_sizes sizes;
	struct error err;
	int r;

	move_want(move, of, MOVED_KB);
	ASSERT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err) == 0);
	EXPECT_INT(report.phase, MOVE_UNDER_WAY);
	guest->end(domain);
	do
		r = hv_read(guest->hv, domain, &sizes, &err);
	while (r == 0 || r == -ENOTCONN);
	EXPECT_INT(r, -ENODEV);
	EXPECT_INT(hv_set_target(guest->hv, domain, RAM_KB, &err), -ENODEV);
	EXPECT_INT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err), 0);
	EXPECT(report.events & MOVE_EVENT_GUEST_GONE);
	EXPECT_INT(report.phase, MOVE_DONE);
}

void real_guest_gives_gets_back_and_dies(const struct real_guest *guest)
{
	struct move_guest_config config = {
		.base.quantum_kb = SIDE_PAGE_KB,
		.floor_kb = 64 * MB,
	};
	uint64_t total_kb, backing_kb, now_ns;
	struct side_base host = { 0 };
	struct move_guest *of;
	struct move move;
	struct error err;

	ASSERT(hv_find(guest->hv, guest->name, &config.base.domain, &err) == 0);
	ASSERT(hv_host(guest->hv, &host.domain, &err) == 0);
	ASSERT(hv_read(guest->hv, &config.base.domain, &config.base.sizes, &err) == 0);
	EXPECT_U64(config.base.sizes.actual_kb, RAM_KB);
	have_touched(guest);
	total_kb = meminfo(guest, "MemTotal:");
	backing_kb = guest->backing_kb();
	now_ns = clock_now_ns(CLOCK_MONOTONIC);
	ASSERT(move_init(&move, guest->hv, &host, PATIENCE_NS, now_ns, &err) == 0);
	ASSERT(move_add_guest(&move, &config, now_ns, &of, &err) == 0);

	EXPECT_INT(go(&move, of, MOVED_KB), 0);
	check_given(guest, &config.base.domain, total_kb, backing_kb);
	check_distress(guest, &config.base.domain);
	EXPECT_INT(go(&move, of, 0), 0);
	EXPECT_INT(move_is_back(&move, of, &err), 0);
	EXPECT(u64_abs_diff(total_kb, meminfo(guest, "MemTotal:")) <= SIDE_SLACK_KB);
	check_gone(guest, &move, of);
	move_exit(&move);
}
