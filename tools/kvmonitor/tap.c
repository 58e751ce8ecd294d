// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor tap: an unmodified network IDS sees what a virtual machine sends and gets. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macros.h"
#include "command.h"
#include "hv/plug.h"
#include "mirror.h"
#include "name.h"
#include "nic.h"
#include "relay.h"
#include "tool.h"

/* What the virtual machine's interface is called where the IDS is. */
#define INNER		"guest"
#define LOOK_NS		NSEC_PER_SEC

enum {
	OPTION_INTERFACE = OPTION_OWN,
};

/**
 * struct tap - an IDS under way
 * @text: what the user calls the virtual machine
 * @wanted: its interface, by number or name; NULL for the only one
 * @argv: the command
 * @domain: of Xen's, by its name; NULL for QEMU's
 * @process: QEMU; ourselves with a domain of Xen's, whose interfaces are where we are
 * @nic: the interface
 * @net: the IDS' namespace of networks
 * @child: the IDS
 */
struct tap {
	const char *text;
	const char *wanted;
	char **argv;
	const char *domain;
	struct qemu_process process;
	struct nic nic;
	int net;
	struct child child;
};

static int list_vifs(const struct tap *tap, struct nic nics[NICS_MAX], struct error *err)
{
	struct hv_domain domain;
	struct hv *hv;
	int r = hv_plug("xen", NULL, &hv, err);

	if (r < 0)
		return r;
	r = hv_find(hv, tap->domain, &domain, err);
	hv_destroy(hv);
	return r < 0 ? r : nic_vifs(domain.id, nics);
}

/* A QEMU that cannot be asked may have taps all the same. */
static int list_nics(const struct tap *tap, struct nic nics[NICS_MAX], struct error *err)
{
	struct monitor *monitor;
	int r, count;

	if (tap->domain)
		return list_vifs(tap, nics, err);
	count = nic_taps(tap->process.pid, nics, err);
	if (count < 0)
		return count;
	r = name_monitor(&monitor, &tap->process, tap->text, err);
	if (r < 0)
		return count ? count : r;
	r = nic_users(monitor, nics + count, (size_t)(NICS_MAX - count), err);
	monitor_close(monitor);
	return r < 0 ? r : count + r;
}

static int refuse(const struct tap *tap, const struct nic *nics, int count, struct error *err)
{
	char names[160] = "";
	int i;

	for (i = 0; i < count; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%d: %s",
			 i ? ", " : "", i + 1, nics[i].name);
	if (count == 0)
		return error_set(err, -ENODEV, "%s: has no interface that can be mirrored (%s)",
				 tap->text, tap->domain ? "a vif of this dom0's" :
				 "a tap or macvtap, or -netdev user");
	return error_set(err, -ENODEV, "%s: %s; --interface takes one of %s", tap->text,
			 tap->wanted ? "has no such interface" : "has several interfaces", names);
}

static bool is_called(const struct nic *nic, int number, const char *wanted)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", number);
	return strcmp(wanted, text) == 0 || strcmp(wanted, nic->name) == 0;
}

static int choose_nic(struct tap *tap, struct error *err)
{
	struct nic nics[NICS_MAX];
	int i, count = list_nics(tap, nics, err);

	if (count < 0)
		return count;
	for (i = 0; i < count; i++) {
		if (tap->wanted ? is_called(&nics[i], i + 1, tap->wanted) : count == 1) {
			tap->nic = nics[i];
			return 0;
		}
	}
	return refuse(tap, nics, count, err);
}

/* Return: a new namespace of networks, in which there is nothing; negative errno. */
static int make_net(struct error *err)
{
	__free_fd int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	__free_fd int net = -1;

	if (home < 0 || unshare(CLONE_NEWNET) < 0)
		return error_errno(err, -errno, "a namespace of networks");
	net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net < 0 || setns(home, CLONE_NEWNET) < 0)
		return error_errno(err, -errno, "a namespace of networks");
	return no_free_fd(net);
}

/* Its taps are where QEMU is. */
static int enter_net_of(pid_t pid, struct error *err)
{
	__free_fd int net = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	net = open(path, O_RDONLY | O_CLOEXEC);
	if (net < 0 || setns(net, CLONE_NEWNET) < 0)
		return error_errno(err, -errno, "%s", path);
	return 0;
}

static int enter(void *data)
{
	const struct tap *tap = data;

	return setns(tap->net, CLONE_NEWNET) < 0 ? -errno : 0;
}

/* Return: exit status; negative errno when it was not run. */
static int run_command(struct tap *tap, struct error *err)
{
	int status = child_start(&tap->child, tap->argv, enter, tap, err);

	if (status > 0)
		complain(err);
	return status ? status : child_follow(&tap->child, LOOK_NS, NULL, NULL);
}

/* Which of its two cards it uses is the guest's choice. */
static int join_emulated(const struct tap *tap, struct mirror *emulated,
			 const struct mirror *mirror, struct error *err)
{
	pid_t holder;
	int r;

	if (!tap->nic.emulated[0])
		return 0;
	r = mirror_open(emulated, tap->nic.emulated, &holder, err);
	if (r == 0)
		r = mirror_join(emulated, mirror, err);
	/* The guest has unplugged it just now. */
	return r < 0 && !if_nametoindex(tap->nic.emulated) ? 0 : r;
}

static int run_on_mirrors(struct tap *tap, struct mirror *mirror, struct error *err)
{
	struct mirror emulated = { .record.fd = -1 };
	struct error late;
	int r = mirror_make(mirror, tap->net, INNER, err);

	if (r == 0)
		r = join_emulated(tap, &emulated, mirror, err);
	if (r == 0)
		r = run_command(tap, err);
	if (mirror_undo(&emulated, &late) < 0)
		r = child_not_undone(r, &late);
	mirror_close(&emulated);
	if (mirror_undo(mirror, &late) < 0)
		r = child_not_undone(r, &late);
	return r;
}

static int run_on_mirror(struct tap *tap, struct error *err)
{
	struct mirror mirror;
	pid_t holder;
	int r = enter_net_of(tap->process.pid, err);

	if (r == 0)
		r = mirror_open(&mirror, tap->nic.name, &holder, err);
	if (r < 0)
		return r;
	r = run_on_mirrors(tap, &mirror, err);
	mirror_close(&mirror);
	return r;
}

/* While the command runs, the monitor is free for others. */
static int undo_relay(struct tap *tap, struct relay *relay, struct error *err)
{
	struct monitor *monitor;
	int r = name_monitor(&monitor, &tap->process, tap->text, err);

	if (r < 0)
		return r;
	r = relay_undo(relay, monitor, err);
	monitor_close(monitor);
	return r;
}

static int make_relay(struct tap *tap, struct relay *relay, struct error *err)
{
	struct monitor *monitor;
	pid_t holder;
	int r = name_monitor(&monitor, &tap->process, tap->text, err);

	if (r < 0)
		return r;
	r = relay_open(relay, &tap->process, monitor, &holder, err);
	if (r == 0) {
		r = relay_make(relay, &tap->process, monitor, tap->nic.name, tap->net, INNER,
			       err);
		if (r < 0)
			relay_close(relay);
	}
	monitor_close(monitor);
	return r;
}

static int run_on_relay(struct tap *tap, struct error *err)
{
	struct relay relay;
	struct error late;
	int r = make_relay(tap, &relay, err);

	if (r < 0)
		return r;
	r = run_command(tap, err);
	if (undo_relay(tap, &relay, &late) < 0)
		r = child_not_undone(r, &late);
	relay_close(&relay);
	return r;
}

static int run_it(struct tap *tap, struct error *err)
{
	int r = choose_nic(tap, err);

	if (r < 0)
		return r;
	tap->net = make_net(err);
	if (tap->net < 0)
		return tap->net;
	child_hold_signals(&tap->child);
	r = TOOL(tap->net, err, "ip", "link", "set", "dev", "lo", "up");
	if (r == 0)
		r = tap->nic.user ? run_on_relay(tap, err) : run_on_mirror(tap, err);
	close(tap->net);
	return r;
}

static int take_options(const struct command *self, struct tap *tap, int argc, char **argv,
			int *ret_status)
{
	static const struct option longs[] = {
		{ "interface", required_argument, NULL, OPTION_INTERFACE },
		OPTIONS_END_HELP
	};
	struct options options = { 0 };
	int option;

	while ((option = options_next(self, argc, argv, ":h", longs, &options, ret_status)) >= 0)
		tap->wanted = optarg;
	return option;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	struct tap tap = { .net = -1 };
	int status, r = take_options(self, &tap, argc, argv, &status);

	if (r == OPTIONS_EXIT)
		return status ? CHILD_OWN : 0;
	if (argc - optind < 2) {
		usage_error(self, "wants a VM, and a command behind --");
		return CHILD_OWN;
	}
	tap.text = argv[optind];
	tap.argv = argv + optind + 1;
	tap.domain = name_domain(tap.text);
	tap.process.pid = getpid();
	r = tap.domain ? 0 : name_process(&tap.process, tap.text, err);
	if (r == 0) {
		r = run_it(&tap, err);
		qemu_process_free(&tap.process);
	}
	/* Status 1 may be the command's. */
	if (r < 0)
		complain(err);
	return r < 0 ? CHILD_OWN : r;
}

const struct command command_tap = {
	.name = "tap",
	.run = run,
	.brief = "run a network IDS on the VM's packets",
	.help = "kvmonitor tap [--interface NUMBER|NAME] VM -- COMMAND [ARGUMENT]...\n\n"
		"Run COMMAND in a namespace of networks of its own, whose interface 'guest' has a\n"
		"copy of each packet that the VM sends or gets.  What COMMAND sends goes nowhere.\n"
		"The VM's own packets do not wait for it.\n"
		HELP_VM_PROCESS
		"Or xen:NAME, a domain of Xen's.\n\n"
		"      --interface NUMBER|NAME   of the VM, when it has several\n"
		HELP_END_HELP "\n"
		"Examples:\n"
		"  kvmonitor tap web1 -- tcpdump -n -i guest\n"
		"  kvmonitor tap web1 --interface 2 -- suricata -i guest\n",
};
