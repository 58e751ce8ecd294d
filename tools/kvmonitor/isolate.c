// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor isolate: a virtual machine and its IDS share what they get of the host. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macros.h"
#include "base/parse.h"
#include "command.h"
#include "isolation.h"
#include "name.h"
#include "schedule.h"

#define LOOK_NS		NSEC_PER_SEC
/* How long it is waited for somebody who was told to end. */
#define RELEASE_NS	(10 * NSEC_PER_SEC)
#define STEP_NS		(100 * NSEC_PER_MSEC)
/* So much of what is left is asked for as well, for those who wake between two looks. */
#define MARGIN		0.1
/* Who ran a while ago may run again: what others weigh is forgotten slowly. */
#define FORGET		10
#define WEIGHT_MOST	10000
#define MEMORY_LEAST	1048576

/**
 * struct wish - what the user wants
 * @weight: of cgroup version 2, 0 for the usual
 * @guarantee: percent of the host, 0 for none
 * @cap: likewise
 * @memory_high: bytes, 0 for none
 * @pid: an IDS that runs already, 0 for none
 * @release: undo what is left
 * @charge: the guest pays for the IDS' memory
 */
struct wish {
	uint64_t weight;
	uint64_t guarantee;
	uint64_t cap;
	uint64_t memory_high;
	uint64_t pid;
	bool release;
	bool charge;
};

/**
 * struct run - an IDS under way
 * @text: what the user calls the virtual machine
 * @wish: of the user
 * @domain: of Xen's, by its name; NULL for QEMU's
 * @process: QEMU; ourselves with a domain of Xen's
 * @isolation: of both
 * @schedule: of a domain of Xen's
 * @child: the IDS, where we have started it
 * @charge: balloon-sync; its @pid is 0 without it
 * @others: what others weigh, or did a while ago
 * @told: that what the user wants cannot be had now
 */
struct run {
	const char *text;
	struct wish wish;
	const char *domain;
	struct qemu_process process;
	struct isolation isolation;
	struct schedule schedule;
	struct child child;
	struct child charge;
	uint64_t others;
	bool told;
};

enum {
	OPTION_WEIGHT = OPTION_OWN,
	OPTION_GUARANTEE,
	OPTION_CAP,
	OPTION_MEMORY_HIGH,
	OPTION_PID,
	OPTION_RELEASE,
	OPTION_CHARGE,
};

/* The least weight that has the group get what it is promised, among those there are now. */
static int weight_for(struct run *run, uint64_t *ret, struct error *err)
{
	const struct cputree *tree = &run->isolation.tree;
	uint64_t others = 0, most = cputree_weight_most(tree);
	double above = cputree_share(tree, run->isolation.group, &others);
	double share = (double)run->wish.guarantee / 100 / above, weight;

	run->others -= run->others / FORGET;
	if (others > run->others)
		run->others = others;
	share += (1 - share) * MARGIN;
	weight = share / (1 - share) * (double)run->others;
	if (share >= 1 || weight > (double)most)
		return error_set(err, -ERANGE,
				 "%s: cannot have %d %% of the host: the groups above it get %d %%, beside it is a weight of %d, and it may have %d",
				 run->isolation.group, (int)run->wish.guarantee, (int)(above * 100),
				 (int)run->others, (int)most);
	*ret = weight > CPUTREE_WEIGHT ? (uint64_t)weight : CPUTREE_WEIGHT;
	return 0;
}

static int set_guarantee(struct run *run, struct error *err)
{
	uint64_t weight = 0;
	int r = weight_for(run, &weight, err);

	if (r == 0 && weight != cputree_weight(&run->isolation.tree, run->isolation.group))
		r = cputree_set_weight(&run->isolation.tree, run->isolation.group, weight, err);
	return r;
}

static int set_group_limits(struct run *run, struct error *err)
{
	const struct wish *wish = &run->wish;
	const struct isolation *isolation = &run->isolation;
	const struct cputree *tree = &isolation->tree;
	int r = 0;

	if (wish->guarantee)
		r = set_guarantee(run, err);
	else if (wish->weight)
		r = cputree_set_weight(tree, isolation->group, wish->weight * CPUTREE_WEIGHT / 100,
				       err);
	if (r == 0 && wish->cap)
		r = cputree_set_cap(tree, isolation->group, wish->cap * tree->cpus * 10, err);
	return r;
}

/* What the IDS may have is bounded as well, so that something is left for the domain. */
static int set_domain_limits(struct run *run, struct error *err)
{
	const struct isolation *isolation = &run->isolation;
	uint64_t used_ns;
	int r = cputree_used(&isolation->tree, isolation->group, &used_ns, err);

	if (r == 0)
		r = schedule_begin(&run->schedule, run->wish.cap, run->wish.weight, used_ns, err);
	return r < 0 ? r : cputree_set_cap(&isolation->tree, isolation->group,
					   schedule_ids_most(&run->schedule) * 10, err);
}

static int set_limits(struct run *run, struct error *err)
{
	int r = run->domain ? set_domain_limits(run, err) : set_group_limits(run, err);

	if (r == 0 && run->wish.memory_high)
		r = isolation_limit_memory(&run->isolation, run->wish.memory_high, err);
	return r;
}

static int charge_domain(struct run *run, struct error *err)
{
	uint64_t used_ns;
	int r = cputree_used(&run->isolation.tree, run->isolation.group, &used_ns, err);

	return r < 0 ? r : schedule_look(&run->schedule, used_ns, err);
}

/* While it runs: others come and go, and the IDS does more or less. */
static void look(void *data)
{
	struct run *run = data;
	struct error err;
	int r = 0;

	if (run->domain)
		r = charge_domain(run, &err);
	else if (run->wish.guarantee)
		r = set_guarantee(run, &err);
	if (r < 0 && !run->told)
		complain(&err);
	run->told = r < 0;
}

static int enter(void *data)
{
	const struct run *run = data;

	return cputree_move(run->isolation.ids, getpid(), NULL);
}

/* When we are killed, it gives back what it has taken. */
static int end_with_us(void *data)
{
	const pid_t *us = data;

	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0)
		return -errno;
	return getppid() == *us ? 0 : -ESRCH;
}

/* Who pays is who was meant: name and sockets are what a QEMU says of itself. */
static int find_payer(const struct run *run, char where[QEMU_PATH_MAX], struct error *err)
{
	static const char prefix[] = "libvirt:";
	const struct qemu_process *vm = &run->process;
	const char *said = run->text;
	struct monitor *monitor;
	int r;

	if (strncmp(said, prefix, strlen(prefix)) == 0)
		said += strlen(prefix);
	/* By its name libvirt finds it, and by nothing else. */
	if (strcmp(vm->name, said) != 0 && (vm->libvirt || strcasecmp(vm->uuid, said) == 0))
		return error_set(err, -EPERM, "--charge: %s: say it by its name", run->text);
	if (vm->libvirt)
		return 0;
	if (!vm->socket_count)
		return error_set(err, -ENOTCONN,
				 "--charge: QEMU needs a socket for QMP that is balloon-sync's alone");
	/* The last one: the first is what people use. */
	strcpy(where, vm->sockets[vm->socket_count - 1]);
	r = name_open_own(&monitor, vm, vm->name, where, err);
	if (r == 0)
		monitor_close(monitor);
	return r;
}

/* By its cgroup, which balloon-sync knows of version 2 only. */
static int start_charge(struct run *run, pid_t ids, struct error *err)
{
	const struct qemu_process *vm = &run->process;
	char group[PATH_MAX + 16], where[QEMU_PATH_MAX] = "qemu:///system";
	/* Without an address, the guest is Xen's. */
	const char *by = vm->libvirt ? "--libvirt" : "--qmp";
	char *const argv[] = { "balloon-sync", "--guest", (char *)vm->name, "--group", group,
			       run->domain ? NULL : (char *)by, where, NULL };
	pid_t us = getpid();
	int r = run->domain ? 0 : find_payer(run, where, err);

	if (r < 0)
		return r;
	if (run->isolation.tree.unified)
		snprintf(group, sizeof(group), "cgroup=%s", run->isolation.ids);
	else
		snprintf(group, sizeof(group), "pid=%d,children", (int)ids);
	run->charge.mask = run->child.mask;
	r = child_start(&run->charge, argv, end_with_us, &us, err);
	if (r)
		run->charge.pid = 0;
	return r > 0 ? -ENOENT : r;
}

/* It gives back what it has taken before it ends. */
static void end_charge(struct run *run)
{
	int status;

	if (run->charge.pid <= 0)
		return;
	kill(run->charge.pid, SIGTERM);
	waitpid(run->charge.pid, &status, 0);
}

/* Return: exit status; negative errno when nothing was run. */
static int run_command(struct run *run, char **argv, struct error *err)
{
	struct error why;
	int status = child_start(&run->child, argv, enter, run, err);

	if (status > 0)
		complain(err);
	if (status)
		return status;
	if (run->wish.charge && start_charge(run, run->child.pid, &why) < 0)
		complain(&why);
	status = child_follow(&run->child, LOOK_NS, look, run);
	end_charge(run);
	return status;
}

static bool ends_us(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/* Until it ends, or we are told to. Return: 0, negative errno. */
static int follow_pid(struct run *run, struct error *err)
{
	__free_fd int fd = (int)syscall(SYS_pidfd_open, (pid_t)run->wish.pid, 0);
	pid_t pid = (pid_t)run->wish.pid;
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int r;

	if (fd < 0)
		return error_errno(err, -errno, "process %d", (int)pid);
	r = cputree_move(run->isolation.ids, pid, err);
	if (r == 0 && run->wish.charge)
		r = start_charge(run, pid, err);
	while (r == 0 && poll(&ended, 1, 0) == 0) {
		if (ends_us(child_signal(&run->child, LOOK_NS)))
			break;
		look(run);
	}
	end_charge(run);
	return r;
}

static int isolate(struct run *run, char **argv, struct error *err)
{
	pid_t ids = run->wish.pid ? (pid_t)run->wish.pid : getpid();
	struct error late;
	int r = isolation_make(&run->isolation, &run->process, ids, err);

	if (r < 0)
		return r;
	r = set_limits(run, err);
	if (r == 0)
		r = run->wish.pid ? follow_pid(run, err) : run_command(run, argv, err);
	if (schedule_restore(&run->schedule, &late) < 0)
		r = child_not_undone(r, &late);
	return isolation_undo(&run->isolation, &late) < 0 ? child_not_undone(r, &late) : r;
}

static int open_it(struct run *run, pid_t *ret_pid, struct error *err)
{
	int r = isolation_open(&run->isolation, &run->process, ret_pid, err);

	if (r < 0 || !run->domain)
		return r;
	r = schedule_open(&run->schedule, run->domain, ret_pid, err);
	if (r < 0)
		isolation_close(&run->isolation);
	return r;
}

/* Somebody at work is told to end, and does so once all is undone. */
static int release(struct run *run, struct error *err)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + RELEASE_NS;
	pid_t pid = 0, told = 0;
	int r;

	do {
		r = open_it(run, &pid, err);
		if (r != -EBUSY)
			break;
		if (pid > 0 && pid != told && kill(pid, SIGTERM) == 0)
			told = pid;
		clock_sleep(STEP_NS);
	} while (clock_now_ns(CLOCK_MONOTONIC) < until_ns);
	if (r == 0)
		isolation_close(&run->isolation);
	return r;
}

static int run_it(struct run *run, char **argv, struct error *err)
{
	pid_t holder;
	int r;

	if (run->wish.release)
		return release(run, err);
	child_hold_signals(&run->child);
	r = open_it(run, &holder, err);
	if (r < 0)
		return r;
	r = isolate(run, argv, err);
	isolation_close(&run->isolation);
	return r;
}

static int take_percent(const char *what, const char *text, uint64_t most, uint64_t *ret,
			struct error *err)
{
	char number[8];

	snprintf(number, sizeof(number), "%.*s", (int)strcspn(text, "%"), text);
	return parse_u64(what, number, 1, most, ret, err);
}

static int take_option(struct wish *wish, int option, struct error *err)
{
	switch (option) {
	case OPTION_WEIGHT:
		return parse_u64("--weight", optarg, 1, WEIGHT_MOST, &wish->weight, err);
	case OPTION_GUARANTEE:
		return take_percent("--guarantee", optarg, 99, &wish->guarantee, err);
	case OPTION_CAP:
		return take_percent("--cap", optarg, 100, &wish->cap, err);
	case OPTION_MEMORY_HIGH:
		return parse_size("--memory-high", optarg, MEMORY_LEAST, INT64_MAX,
				  &wish->memory_high, err);
	case OPTION_PID:
		return parse_u64("--pid", optarg, 1, PID_MOST, &wish->pid, err);
	case OPTION_RELEASE:
		wish->release = true;
		return 0;
	default:
		wish->charge = true;
		return 0;
	}
}

static const struct option longs[] = {
	{ "weight", required_argument, NULL, OPTION_WEIGHT },
	{ "guarantee", required_argument, NULL, OPTION_GUARANTEE },
	{ "cap", required_argument, NULL, OPTION_CAP },
	{ "memory-high", required_argument, NULL, OPTION_MEMORY_HIGH },
	{ "pid", required_argument, NULL, OPTION_PID },
	{ "release", no_argument, NULL, OPTION_RELEASE },
	{ "charge", no_argument, NULL, OPTION_CHARGE },
	OPTIONS_END_HELP
};

/* Options stand before the VM or behind it, but for those of the command, behind "--". */
static int take_options(const struct command *self, struct wish *wish, int argc, char **argv,
			int *ret_status, struct error *err)
{
	struct options options = { 0 };
	int option;

	while ((option = options_next(self, argc, argv, ":h", longs, &options, ret_status)) >= 0)
		if (take_option(wish, option, err) < 0) {
			*ret_status = usage_error(self, "%s", err->text);
			return OPTIONS_EXIT;
		}
	return option;
}

/* Return: NULL, or what is wrong. */
static const char *wrong(const struct wish *wish, char **argv, int words)
{
	if (words < 1)
		return "wants a VM";
	if (wish->guarantee && name_domain(argv[0]))
		return "--guarantee: Xen's schedulers have none; give --cap or --weight";
	if (wish->release || wish->pid)
		return words > 1 ? "wants no command with --pid or --release" : NULL;
	return words < 2 ? "wants a command behind --" : NULL;
}

/* Who is meant. Return: 0; negative errno. */
static int find_vm(struct run *run, const char *text, struct error *err)
{
	run->domain = name_domain(text);
	if (!run->domain)
		return name_process(&run->process, text, err);
	run->process.pid = getpid();
	run->process.started = qemu_process_started(getpid());
	snprintf(run->process.name, sizeof(run->process.name), "%s", run->domain);
	return schedule_connect(&run->schedule, err);
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	struct run run = { .isolation.record.fd = -1 };
	int status, r = take_options(self, &run.wish, argc, argv, &status, err);
	const char *reason;

	if (r == OPTIONS_EXIT)
		return status ? CHILD_OWN : 0;
	reason = wrong(&run.wish, argv + optind, argc - optind);
	if (reason) {
		usage_error(self, "%s", reason);
		return CHILD_OWN;
	}
	run.text = argv[optind];
	r = find_vm(&run, argv[optind], err);
	if (r == 0) {
		r = run_it(&run, argv + optind + 1, err);
		schedule_close(&run.schedule);
		qemu_process_free(&run.process);
	}
	/* Status 1 may be the command's. */
	if (r < 0)
		complain(err);
	return r < 0 ? CHILD_OWN : r;
}

const struct command command_isolate = {
	.name = "isolate",
	.run = run,
	.brief = "run an IDS on the VM's share of the host",
	.help = "kvmonitor isolate [OPTION]... VM [--] COMMAND [ARGUMENT]...\n"
		"       kvmonitor isolate [OPTION]... VM --pid PID\n"
		"       kvmonitor isolate VM --release\n\n"
		"Run COMMAND, or have the process PID go on, in one group with the VM, which has\n"
		"one weight, guarantee and cap of the host's processors for both.  Everything is\n"
		"undone at its end.\n"
		HELP_VM_PROCESS
		"With xen:NAME, a domain of Xen's, what COMMAND uses in dom0 is taken off the\n"
		"domain's cap and weight each second.\n\n"
		"      --weight N          of the group beside others; 1 to 10000, usually 100\n"
		"      --guarantee PERCENT of the host's processors, whatever others want; not Xen\n"
		"      --cap PERCENT       no more than that, even if nobody else wants it\n"
		"      --memory-high SIZE  slow the IDS down when it has more memory (cgroup v2)\n"
		"      --charge            have balloon-sync take the IDS' memory from the VM\n"
		"      --pid PID           an IDS that runs already; stays until it has ended\n"
		"      --release           undo what is left of one that was killed\n"
		HELP_END_HELP "\n"
		"Examples:\n"
		"  kvmonitor isolate web1 --guarantee 50% -- aide --check\n"
		"  kvmonitor isolate pid:4711 --cap 25% --pid $(pidof snort)\n"
		"  kvmonitor isolate xen:web1 --cap 50% -- kvmonitor check xen:web1\n",
};
