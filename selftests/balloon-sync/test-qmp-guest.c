// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real guest in a real QEMU gives memory and gets it back, as the hypervisor,
 * the file that its RAM is in, and its own kernel see it; then its QEMU dies.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "balloon-sync/move.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/u64.h"
#include "ktap.h"

#define MB		1024ULL
#define RAM_KB		(256 * MB)
#define MOVED_KB	(64 * MB)
#define PATIENCE_NS	(20 * NSEC_PER_SEC)
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define LAB_CANNOT	77

static char name[32];
static char folder[512];

/* Return: exit status; what it prints, up to a newline at the end, in @ret. */
static int lab(char *ret, size_t room, char *const *argv)
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
		execv(LAB, argv);
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

static void stop_guest(void)
{
	char out[256];

	lab(out, sizeof(out), (char *[]){ "lab", "guest", "stop", name, NULL });
}

static void start_guest(void)
{
	char *const start[] = { "lab", "guest", "start", name, "--memory", "256",
				"--memory-in", "/dev/shm", NULL };
	int status;

	if (access("/usr/bin/qemu-system-x86_64", X_OK) < 0)
		SKIP("no qemu-system-x86_64");
	snprintf(name, sizeof(name), "qmp-%d", getpid());
	status = lab(folder, sizeof(folder), start);
	if (status == LAB_CANNOT)
		SKIP("no kernel for a guest");
	atexit(stop_guest);
	ASSERT(status == 0);
}

/* A field of the guest's /proc/meminfo, in kB. */
static uint64_t meminfo(const char *field)
{
	char *const argv[] = { "lab", "guest", "exec", name, "--", "cat", "/proc/meminfo", NULL };
	char out[8192];
	uint64_t kb = 0;

	ASSERT(lab(out, sizeof(out), argv) == 0);
	ASSERT(parse_field(out, field, &kb) == 0);
	return kb;
}

/* Memory that has never been touched is not there, and cannot be given. */
static void have_touched(void)
{
	char out[512], fill[256];
	char *const argv[] = { "lab", "guest", "exec", name, "--", "sh", "-c", fill, NULL };

	snprintf(fill, sizeof(fill),
		 "mkdir /filler && mount -t tmpfs -o size=100%% none /filler && "
		 "dd if=/dev/zero of=/filler/zeros bs=1M count=%d && umount /filler",
		 (int)(meminfo("MemFree:") / MB) - 24);
	ASSERT(lab(out, sizeof(out), argv) == 0);
}

/* What the file in memory that is the guest's RAM takes. */
static uint64_t file_kb(void)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s/memory", folder);
	ASSERT(stat(path, &st) == 0);
	return (uint64_t)st.st_blocks / 2;
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

static void check_given(struct hv *hv, const struct hv_domain *domain, uint64_t total_kb,
			uint64_t file_before_kb)
{
	struct hv_sizes sizes;
	struct error err;

	ASSERT(hv_read(hv, domain, &sizes, &err) == 0);
	EXPECT(u64_abs_diff(sizes.actual_kb, RAM_KB - MOVED_KB) <= SIDE_SLACK_KB);
	EXPECT_U64(sizes.target_kb, RAM_KB - MOVED_KB);
	EXPECT(u64_abs_diff(total_kb - MOVED_KB, meminfo("MemTotal:")) <= SIDE_SLACK_KB);
	/* Some of it may have been what was never touched. */
	EXPECT(file_kb() + MOVED_KB * 3 / 4 <= file_before_kb);
	/* It is not looked at each time. */
	while (sizes.resident_kb != HV_UNKNOWN &&
	       sizes.resident_kb > sizes.actual_kb + SIDE_SLACK_KB) {
		clock_sleep(STEP_NS);
		ASSERT(hv_read(hv, domain, &sizes, &err) == 0);
	}
	/* The guest goes on while they are read. */
	EXPECT(u64_abs_diff(sizes.resident_kb, file_kb()) <= 4 * MB);
}

static void check_distress(struct hv *hv, const struct hv_domain *domain)
{
	struct hv_distress d = { .age_ms = HV_UNKNOWN };
	struct error err;

	while (d.age_ms == HV_UNKNOWN) {
		ASSERT(hv_distress(hv, domain, &d, &err) == 0);
		clock_sleep(STEP_NS);
	}
	EXPECT(d.total_kb < RAM_KB);
	EXPECT(d.free_kb < d.total_kb);
	EXPECT(d.available_kb < d.total_kb);
}

static void check_gone(struct hv *hv, struct move *move, struct move_guest *guest)
{
	const struct hv_domain *domain = &guest->side.base.domain;
	struct move_report report = { 0 };
	struct hv_sizes sizes;
	struct error err;
	int r;

	move_want(move, guest, MOVED_KB);
	ASSERT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err) == 0);
	EXPECT_INT(report.phase, MOVE_UNDER_WAY);
	ASSERT(kill((pid_t)domain->id, SIGKILL) == 0);
	do
		r = hv_read(hv, domain, &sizes, &err);
	while (r == 0 || r == -ENOTCONN);
	EXPECT_INT(r, -ENODEV);
	EXPECT_INT(hv_set_target(hv, domain, RAM_KB, &err), -ENODEV);
	EXPECT_INT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err), 0);
	EXPECT(report.events & MOVE_EVENT_GUEST_GONE);
	EXPECT_INT(report.phase, MOVE_DONE);
}

/* The process, by the lab's own word. */
static void check_pid(const struct hv_domain *domain)
{
	char path[600];
	uint64_t pid = 0;

	snprintf(path, sizeof(path), "%s/pid", folder);
	EXPECT_INT(file_read_u64(path, &pid, NULL), 0);
	EXPECT_U64(domain->id, pid);
}

TEST(gives_and_gets_back_and_dies)
{
	struct move_guest_config config = { .floor_kb = 64 * MB };
	struct side_base host = { 0 };
	struct move_guest *guest;
	uint64_t total_kb, before_kb;
	struct move move;
	struct error err;
	char path[600];
	struct hv *hv;

	start_guest();
	snprintf(path, sizeof(path), "%s/qmp", folder);
	ASSERT(hv_qmp_create(&hv, &err) == 0);
	ASSERT(hv_qmp_add(hv, "g", path, &err) == 0);
	ASSERT(hv_find(hv, "g", &config.base.domain, &err) == 0);
	check_pid(&config.base.domain);
	ASSERT(hv_host(hv, &host.domain, &err) == 0);
	ASSERT(hv_read(hv, &config.base.domain, &config.base.sizes, &err) == 0);
	EXPECT_U64(config.base.sizes.actual_kb, RAM_KB);
	config.base.quantum_kb = SIDE_PAGE_KB;
	have_touched();
	total_kb = meminfo("MemTotal:");
	before_kb = file_kb();
	ASSERT(move_init(&move, hv, &host, PATIENCE_NS, clock_now_ns(CLOCK_MONOTONIC),
			 &err) == 0);
	ASSERT(move_add_guest(&move, &config, clock_now_ns(CLOCK_MONOTONIC), &guest,
			      &err) == 0);

	EXPECT_INT(go(&move, guest, MOVED_KB), 0);
	check_given(hv, &config.base.domain, total_kb, before_kb);
	check_distress(hv, &config.base.domain);
	EXPECT_INT(go(&move, guest, 0), 0);
	EXPECT_INT(move_is_back(&move, guest, &err), 0);
	EXPECT(u64_abs_diff(total_kb, meminfo("MemTotal:")) <= SIDE_SLACK_KB);
	check_gone(hv, &move, guest);
	move_exit(&move);
	hv_destroy(hv);
}

KTAP_MAIN()
