// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that is stopped goes on, whatever becomes of whoever has stopped it. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "hv/qmp-client.h"
#include "ktap.h"
#include "mem/qemu.h"
#include "vm.h"

#define SECOND		NSEC_PER_SEC
#define WAIT_NS		(60 * NSEC_PER_SEC)

/**
 * struct seen - what the other process did
 * @stops: how often it stopped the guest
 * @goes: how often it had it go on
 * @guard: its number
 * @failures: so many times it fails to
 * @gone: there is no guest any more
 * @slept_ns: by the other process, between its attempts
 * @stopped_before: by somebody else
 */
struct seen {
	int stops;
	int goes;
	pid_t guard;
	int failures;
	bool gone;
	uint64_t slept_ns;
	bool stopped_before;
};

/* Whose sleep is counted instead; NULL in all but the other process. */
static struct seen *sleeper;

int __real_clock_sleep(uint64_t ns);
int __wrap_clock_sleep(uint64_t ns);

int __wrap_clock_sleep(uint64_t ns)
{
	if (!sleeper)
		return __real_clock_sleep(ns);
	sleeper->slept_ns += ns;
	return 0;
}

static int stop(void *arg, struct error *err)
{
	struct seen *seen = arg;

	seen->guard = getpid();
	seen->stops++;
	sleeper = seen;
	return seen->stopped_before ? 0 : 1;
}

static int go_on(void *arg, struct error *err)
{
	struct seen *seen = arg;

	if (seen->failures-- > 0)
		return error_set(err, -ENOTCONN, "not now");
	seen->goes++;
	return 0;
}

static bool is_gone(void *arg)
{
	return ((struct seen *)arg)->gone;
}

static struct seen *make_seen(void)
{
	struct seen *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT(seen != MAP_FAILED);
	return seen;
}

static int begin(struct pause **ret, struct seen *seen, uint64_t budget_ns)
{
	const struct pause_ops ops = {
		.stop = stop, .go_on = go_on, .is_gone = is_gone, .arg = seen,
	};
	struct error err = { 0 };
	int r = pause_create(ret, &ops, budget_ns, &err);

	EXPECT_INT(seen->stops, 0);
	if (r == 0)
		r = pause_begin(*ret, &err);
	if (r < 0)
		printf("# %s\n", err.text);
	return r;
}

static void wait_for(const int *what, int value)
{
	uint64_t end_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS;

	while (__atomic_load_n(what, __ATOMIC_ACQUIRE) != value) {
		ASSERT(clock_now_ns(CLOCK_MONOTONIC) < end_ns);
		clock_sleep(NSEC_PER_SEC / 100);
	}
}

TEST(it_goes_on_when_it_is_told_to)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct pause *pause;

	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	EXPECT_INT(seen->stops, 1);
	EXPECT_INT(seen->goes, 0);
	EXPECT(seen->guard != getpid());
	clock_sleep(SECOND / 10);
	EXPECT_INT(pause_end(pause, &report, NULL), 0);
	pause_destroy(pause);
	EXPECT_INT(seen->goes, 1);
	EXPECT(!report.cut && !report.was_stopped);
	EXPECT(report.ns >= SECOND / 10);
	/* Nobody is left to be waited for. */
	EXPECT(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
}

TEST(it_goes_on_when_the_time_is_over)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct pause *pause;

	ASSERT(begin(&pause, seen, SECOND / 10) == 0);
	wait_for(&seen->goes, 1);
	EXPECT_INT(pause_end(pause, &report, NULL), 0);
	pause_destroy(pause);
	EXPECT(report.cut);
	EXPECT(report.ns >= SECOND / 10);
	EXPECT_INT(seen->goes, 1);
}

TEST(it_goes_on_when_we_are_killed)
{
	struct seen *seen = make_seen();
	struct pause *pause;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (pid == 0) {
		begin(&pause, seen, WAIT_NS * 10);
		kill(getpid(), SIGKILL);
	}
	ASSERT(waitpid(pid, NULL, 0) == pid);
	wait_for(&seen->goes, 1);
	EXPECT_INT(seen->stops, 1);
}

/* As when somebody presses Ctrl-C. */
TEST(it_goes_on_when_all_of_us_are_told_to_end)
{
	struct seen *seen = make_seen();
	struct pause *pause;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		begin(&pause, seen, WAIT_NS * 10);
		kill(seen->guard, SIGTERM);
		kill(0, SIGINT);
		_exit(1);
	}
	ASSERT(waitpid(pid, NULL, 0) == pid);
	wait_for(&seen->goes, 1);
}

TEST(it_is_tried_again)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct pause *pause;

	seen->failures = 3;
	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	EXPECT_INT(pause_end(pause, &report, NULL), 0);
	pause_destroy(pause);
	EXPECT_INT(seen->goes, 1);
}

/* A guest keeps its QEMU busy for as long as it likes. */
TEST(it_is_tried_again_for_as_long_as_there_is_a_guest)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct error err = { 0 };
	struct pause *pause;

	seen->failures = 100000;
	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	EXPECT_INT(pause_end(pause, &report, &err), -ENOTCONN);
	EXPECT_HAS(err.text, "not now; the guest stands still until");
	pause_destroy(pause);
	wait_for(&seen->goes, 1);
	/* Not all the time. */
	EXPECT(seen->slept_ns >= 100000 * SECOND);
}

TEST(a_guest_that_has_ended_is_not_waited_for)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct error err = { 0 };
	struct pause *pause;

	seen->failures = INT32_MAX;
	seen->gone = true;
	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	EXPECT_INT(pause_end(pause, &report, &err), -ESRCH);
	EXPECT_HAS(err.text, "has ended");
	pause_destroy(pause);
	EXPECT_INT(seen->goes, 0);
	EXPECT_U64(seen->slept_ns, 0);
}

TEST(who_stopped_it_before_lets_it_go_on)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct pause *pause;

	seen->stopped_before = true;
	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	EXPECT_INT(pause_end(pause, &report, NULL), 0);
	pause_destroy(pause);
	EXPECT(report.was_stopped);
	EXPECT_INT(seen->goes, 0);
}

TEST(a_guard_that_was_killed_is_told)
{
	struct pause_report report = { 0 };
	struct seen *seen = make_seen();
	struct error err = { 0 };
	struct pause *pause;

	ASSERT(begin(&pause, seen, WAIT_NS) == 0);
	ASSERT(kill(seen->guard, SIGKILL) == 0);
	EXPECT_INT(pause_end(pause, &report, &err), -ECHILD);
	pause_destroy(pause);
	EXPECT_HAS(err.text, "by hand");
}

TEST(nothing_happens_before_it_begins)
{
	struct seen *seen = make_seen();
	const struct pause_ops ops = {
		.stop = stop, .go_on = go_on, .is_gone = is_gone, .arg = seen,
	};
	struct pause *pause;

	ASSERT(pause_create(&pause, &ops, 0, NULL) == 0);
	clock_sleep(SECOND / 10);
	pause_destroy(pause);
	clock_sleep(SECOND / 10);
	EXPECT_INT(seen->stops, 0);
	EXPECT_INT(seen->goes, 0);
}

/* --- a guest of QEMU's ---------------------------------------------------------------- */

/* Of all its memory. */
static uint64_t sum(const struct mem *mem)
{
	static uint64_t page[MEM_PAGE / sizeof(uint64_t)];
	uint64_t start, end, at = 0, ret = 0;
	size_t i;

	while (mem_next_data(mem, at, &start, &end) == 1)
		for (at = start; at < end; at += MEM_PAGE) {
			if (mem_read(mem, at, page, MEM_PAGE) < 0)
				continue;
			for (i = 0; i < MEM_PAGE / sizeof(uint64_t); i++)
				ret = ret * 31 + page[i];
		}
	return ret;
}

static int open_monitor(void *arg, struct monitor **ret, struct error *err)
{
	return monitor_open_socket(ret, "guest", arg, err);
}

static int begin_qemu(struct pause **ret, char *qmp, uint64_t budget_ns)
{
	struct error err = { 0 };
	int r = mem_pause_qemu(ret, open_monitor, qmp, budget_ns, &err);

	if (r == 0)
		r = pause_begin(*ret, &err);
	if (r < 0)
		printf("# %s\n", err.text);
	return r;
}

static struct qmp_client *open_client(const char *qmp)
{
	uint64_t end_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS;
	struct qmp_client *client;

	/* One that was stopped may have many who wait for it. */
	ASSERT(qmp_client_create(&client, "guest", qmp, 20 * SECOND, NULL) == 0);
	while (qmp_client_open(client, NULL) < 0) {
		ASSERT(clock_now_ns(CLOCK_MONOTONIC) < end_ns);
		clock_sleep(SECOND / 10);
	}
	return client;
}

static bool is_running(const char *qmp)
{
	__free_json json_t *status = NULL;
	struct qmp_client *client = open_client(qmp);
	bool running;

	ASSERT(qmp_execute(client, "query-status", NULL, &status, NULL) == 0);
	running = json_is_true(json_object_get(status, "running"));
	qmp_client_destroy(client);
	return running;
}

/* At least the time. */
static void wait_until_it_writes(const struct mem *mem)
{
	uint64_t end_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS, first = sum(mem);

	while (sum(mem) == first) {
		ASSERT(clock_now_ns(CLOCK_MONOTONIC) < end_ns);
		clock_sleep(SECOND / 10);
	}
}

TEST(a_guest_does_nothing_meanwhile)
{
	struct pause_report report = { 0 };
	struct pause *pause;
	struct mem *mem;
	char qmp[256];
	uint64_t first;

	vm_start(VM("--memory", "128"));
	vm_path(qmp, sizeof(qmp), "qmp");
	ASSERT(mem_open_qmp(&mem, "guest", qmp, NULL) == 0);
	wait_until_it_writes(mem);
	ASSERT(begin_qemu(&pause, qmp, WAIT_NS) == 0);
	first = sum(mem);
	clock_sleep(SECOND);
	EXPECT_U64(sum(mem), first);
	EXPECT_INT(pause_end(pause, &report, NULL), 0);
	pause_destroy(pause);
	EXPECT(is_running(qmp));
	wait_until_it_writes(mem);
	mem_destroy(mem);
}

TEST(a_guest_of_somebody_who_was_killed_runs)
{
	struct pause *pause;
	char qmp[256];
	pid_t pid;

	vm_start(VM("--memory", "128"));
	vm_path(qmp, sizeof(qmp), "qmp");
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		if (begin_qemu(&pause, qmp, WAIT_NS * 10) == 0)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	ASSERT(waitpid(pid, NULL, 0) == pid);
	/* The socket is the other process' until the guest goes on. */
	EXPECT(is_running(qmp));
	vm_run("/dev/null", "true");
}

/* QEMU itself stands still, then goes on, then is no more. */
TEST(a_qemu_that_does_not_answer)
{
	struct pause_report report = { 0 };
	struct error err = { 0 };
	struct qmp_client *client;
	struct pause *pause;
	uint64_t end_ns;
	char qmp[256];
	pid_t pid;

	vm_start(VM("--memory", "128"));
	vm_path(qmp, sizeof(qmp), "qmp");
	client = open_client(qmp);
	pid = qmp_client_pid(client);
	qmp_client_destroy(client);

	ASSERT(pid > 1 && begin_qemu(&pause, qmp, WAIT_NS) == 0);
	ASSERT(kill(pid, SIGSTOP) == 0);
	EXPECT_INT(pause_end(pause, &report, &err), -ENOTCONN);
	EXPECT_HAS(err.text, "stands still");
	pause_destroy(pause);
	ASSERT(kill(pid, SIGCONT) == 0);
	end_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS;
	while (!is_running(qmp)) {
		ASSERT(clock_now_ns(CLOCK_MONOTONIC) < end_ns);
		clock_sleep(SECOND / 10);
	}

	ASSERT(begin_qemu(&pause, qmp, WAIT_NS) == 0);
	ASSERT(kill(pid, SIGKILL) == 0);
	EXPECT_INT(pause_end(pause, &report, &err), -ESRCH);
	EXPECT_HAS(err.text, "has ended");
	pause_destroy(pause);
}

KTAP_MAIN()
