// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes and threads of real guests, held against what their own /proc says. */
#include "base/clock.h"
#include "guest/pid.h"
#include "guest/task.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define TASKS		600
#define TICK_NS		10000000ull

/**
 * struct told - a process as the guest tells of it
 * @pid: its number
 * @ppid: of its parent
 * @start: in ticks
 * @uid: real user
 * @gid: real group
 * @threads: how many
 * @comm: its name
 * @arguments: with a NUL behind each
 * @length: of them
 */
struct told {
	uint32_t pid;
	uint32_t ppid;
	uint64_t start;
	uint32_t uid;
	uint32_t gid;
	uint32_t threads;
	char comm[GUEST_COMM_MAX];
	char arguments[512];
	size_t length;
};

static struct guest_task seen[TASKS];
static size_t seen_count;
static size_t seen_by_number;

static int note(const struct guest_task *task, void *data)
{
	ASSERT(seen_count < TASKS);
	seen[seen_count++] = *task;
	return 0;
}

static int count(const struct guest_task *task, void *data)
{
	(*(uint32_t *)data)++;
	return 0;
}

/* --- what the guest says ------------------------------------------------------------- */

/* Of each process a line of /proc/PID/stat, its users, and its arguments in hexadecimal. */
static const char ask[] =
	"for p in /proc/[0-9]*; do cd $p 2>/dev/null || continue; "
	"s=$(cat stat) && u=$(grep -E '^(Uid|Gid):' status | cut -f 2 | tr '\\n' ' ') && "
	"a=$(hexdump -v -e '1/1 \"%02x\"' cmdline) && echo \"$s|$u|$a\"; done 2>/dev/null; true";

static bool parse(char *line, struct told *ret)
{
	char *name = strchr(line, '('), *end, *users, *arguments;
	unsigned int byte;

	arguments = strrchr(line, '|');
	if (!name || !arguments)
		return false;
	*arguments++ = '\0';
	users = strrchr(line, '|');
	if (!users)
		return false;
	*users++ = '\0';
	end = strrchr(line, ')');
	if (!end)
		return false;
	*ret = (struct told){ .pid = (uint32_t)atoi(line) };
	snprintf(ret->comm, sizeof(ret->comm), "%.*s", (int)(end - name - 1), name + 1);
	if (sscanf(end, ") %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		   "%u %*d %" SCNu64, &ret->ppid, &ret->threads, &ret->start) != 3 ||
	    sscanf(users, "%u %u", &ret->uid, &ret->gid) != 2)
		return false;
	while (ret->length < sizeof(ret->arguments) && sscanf(arguments, "%2x", &byte) == 1) {
		ret->arguments[ret->length++] = (char)byte;
		arguments += 2;
	}
	return true;
}

static size_t listen_to_guest(struct told *list)
{
	char path[600], line[4096];
	size_t n = 0;
	FILE *file;

	vm_path(path, sizeof(path), "processes");
	vm_run(path, ask);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		ASSERT(n < TASKS);
		n += parse(line, &list[n]);
	}
	fclose(file);
	ASSERT(n > 20);
	return n;
}

/* --- comparing --------------------------------------------------------------------------- */

static const struct told *find(const struct told *list, size_t n, uint32_t pid, uint64_t start)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].pid == pid && list[i].start == start)
			return &list[i];
	return NULL;
}

static const struct guest_task *find_seen(const struct told *told)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].pid == told->pid && seen[i].start_ns / TICK_NS == told->start)
			return &seen[i];
	return NULL;
}

/* A worker of the kernel is told with what it works for, behind its name. */
static bool same_name(const struct guest_task *task, const struct told *told)
{
	if (task->kernel && strncmp(task->comm, "kworker/", 8) == 0)
		return strncmp(task->comm, told->comm, 8) == 0;
	return strcmp(task->comm, told->comm) == 0;
}

/**
 * struct inside - what else a process has, as it was seen
 * @threads: how many
 * @arguments: with a NUL behind each
 * @length: of them, or a negative errno
 */
static struct inside {
	uint32_t threads;
	char arguments[512];
	int64_t length;
} insides[TASKS];

/* At once: it may have ended when the guest is asked again. */
static void look_inside(void)
{
	struct guest_doubts doubts = { 0 };
	size_t i;

	for (i = 0; i < seen_count; i++) {
		struct inside *in = &insides[i];

		guest_threads(view_guest, &seen[i], count, &in->threads, &doubts);
		in->length = guest_arguments(view_guest, &seen[i], in->arguments,
					     sizeof(in->arguments));
	}
}

static void compare(const struct told *told)
{
	const struct guest_task *task = find_seen(told);
	const struct inside *in;

	if (!task) {
		KTAP_SAY("%u (%s) was not seen", told->pid, told->comm);
		return;
	}
	EXPECT_U64(task->tgid, told->pid);
	EXPECT_U64(task->ppid, told->ppid);
	EXPECT_U64(task->uid, told->uid);
	EXPECT_U64(task->gid, told->gid);
	if (!same_name(task, told))
		KTAP_SAY("%u is '%s', the guest says '%s'", task->pid, task->comm, told->comm);
	in = &insides[task - seen];
	EXPECT_U64(in->threads, told->threads);
	EXPECT_INT(in->length, (int64_t)told->length);
	EXPECT(memcmp(in->arguments, told->arguments, told->length) == 0);
}

static int count_seen(const struct guest_task *task, bool own, void *data)
{
	uint32_t *hidden = data;
	size_t i;

	/* Threads have a number as well. */
	for (i = 0; i < seen_count && seen[i].tgid != task->tgid; i++)
		;
	if (i == seen_count) {
		printf("# %u (%s) is in the table only\n", task->pid, task->comm);
		++*hidden;
	}
	seen_by_number += own && task->pid == task->tgid;
	return 0;
}

/* While nothing begins or ends, both ways show the same. */
static void table_has_the_same(void)
{
	struct guest_doubts doubts = { 0 };
	uint32_t hidden = 0;
	int tries;

	for (tries = 0; tries < 20; tries++) {
		seen_count = 0;
		seen_by_number = 0;
		hidden = 0;
		guest_refresh(view_guest);
		EXPECT_INT(guest_processes(view_guest, note, NULL, &doubts), 0);
		EXPECT_INT(guest_pids(view_guest, count_seen, &hidden, &doubts), 0);
		if (!hidden && seen_by_number == seen_count)
			break;
	}
	EXPECT_U64(hidden, 0);
	EXPECT_U64(seen_by_number, seen_count);
	EXPECT_U64(doubts.bad, 0);
}

static bool has(const struct told *list, size_t n, const char *comm, uint32_t uid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].comm, comm) == 0 && list[i].uid == uid)
			return true;
	return false;
}

static void processes_are_the_guests_own(void)
{
	static struct told before[TASKS], after[TASKS];
	struct guest_doubts doubts = { 0 };
	size_t i, both = 0, n, m;

	n = listen_to_guest(before);
	seen_count = 0;
	guest_refresh(view_guest);
	EXPECT_INT(guest_processes(view_guest, note, NULL, &doubts), 0);
	look_inside();
	m = listen_to_guest(after);
	for (i = 0; i < n; i++) {
		if (!find(after, m, before[i].pid, before[i].start))
			continue;
		compare(&before[i]);
		both++;
	}
	/* Nobody is made up. */
	for (i = 0; i < seen_count; i++) {
		uint64_t start = seen[i].start_ns / TICK_NS;

		if (!find(before, n, seen[i].pid, start) && !find(after, m, seen[i].pid, start) &&
		    !seen[i].kernel)
			KTAP_SAY("%u (%s) is nobody", seen[i].pid, seen[i].comm);
	}
	EXPECT(has(before, n, "a b) R 1", 0) && has(before, n, "httpd", 33));
	EXPECT_U64(doubts.bad, 0);
	EXPECT_U64(doubts.cut, 0);
	printf("# %zu processes seen, %zu compared\n", seen_count, both);
	EXPECT(both > 30);
}

TEST(processes)
{
	vm_start(VIEWED);
	/* With a name that is none, and of another user. */
	vm_run("/dev/null", "mkfifo /tmp/f; "
			    "(sh -c 'printf \"a b) R 1\" >/proc/self/comm; read x </tmp/f' >/dev/null 2>&1 &); "
			    "httpd -u 33:44 -p 83 -h /; sleep 1");
	view_open();
	processes_are_the_guests_own();
	table_has_the_same();
	view_close();
}
