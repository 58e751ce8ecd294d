// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/parse.h"
#include "options.h"
#include "state.h"

#define INTERVAL_MIN_NS	(50 * NSEC_PER_MSEC)
#define TIME_MAX_NS	(24 * 3600 * NSEC_PER_SEC)
#define KB		1024ULL
#define MB		(1024 * KB)
#define SIZE_MAX_BYTES	(MB * MB)

enum {
	OPT_GUEST = 256, OPT_GROUP, OPT_INTERVAL, OPT_FLOOR, OPT_CAP,
	OPT_DEADBAND, OPT_SLEW, OPT_LINGER, OPT_PATIENCE, OPT_DRY_RUN,
	OPT_ONCE, OPT_JSON, OPT_LOG, OPT_STATE, OPT_CONFIG, OPT_CHECK,
	OPT_RECORD, OPT_SOCKET, OPT_QMP, OPT_LIBVIRT, OPT_QUANTUM, OPT_HELP,
};

static const struct option long_options[] = {
	{ "guest",	required_argument, NULL, OPT_GUEST },
	{ "group",	required_argument, NULL, OPT_GROUP },
	{ "qmp",	required_argument, NULL, OPT_QMP },
	{ "libvirt",	required_argument, NULL, OPT_LIBVIRT },
	{ "interval",	required_argument, NULL, OPT_INTERVAL },
	{ "floor",	required_argument, NULL, OPT_FLOOR },
	{ "cap",	required_argument, NULL, OPT_CAP },
	{ "deadband",	required_argument, NULL, OPT_DEADBAND },
	{ "slew",	required_argument, NULL, OPT_SLEW },
	{ "quantum",	required_argument, NULL, OPT_QUANTUM },
	{ "linger",	required_argument, NULL, OPT_LINGER },
	{ "patience",	required_argument, NULL, OPT_PATIENCE },
	{ "dry-run",	no_argument, NULL, OPT_DRY_RUN },
	{ "once",	no_argument, NULL, OPT_ONCE },
	{ "json",	no_argument, NULL, OPT_JSON },
	{ "log",	required_argument, NULL, OPT_LOG },
	{ "state",	required_argument, NULL, OPT_STATE },
	{ "record",	required_argument, NULL, OPT_RECORD },
	{ "config",	required_argument, NULL, OPT_CONFIG },
	{ "socket",	required_argument, NULL, OPT_SOCKET },
	{ "check",	no_argument, NULL, OPT_CHECK },
	{ "help",	no_argument, NULL, OPT_HELP },
	{ }
};

static const char help[] =
"Usage:\n"
"  balloon-sync --guest NAME --group GROUP [OPTION]...\n"
"  balloon-sync --config FILE [--log FILE] [--record FILE] [--json]\n"
"  balloon-sync status [--json] [--socket PATH]\n"
"  balloon-sync restore [--guest NAME] [--state FILE]\n"
"  balloon-sync --check [FILE]\n"
"  balloon-sync simulate TRACE|--synthetic SPEC [OPTION]...\n"
"  balloon-sync plot LOG --output FILE\n"
"\n"
"Take the memory that GROUP uses (its processes' own and the page cache it\n"
"filled) from the guest NAME, give it to this host, and give it back when it\n"
"is no longer used.  With --config, do so for many guests and groups, as a\n"
"service, which 'status' asks how it stands.  'restore' brings the sizes back\n"
"after a crash, and --check says what is wrong with a configuration\n"
"(/etc/balloon-sync.conf).  'simulate' tries decisions on a trace and 'plot'\n"
"draws a log; each has a --help of its own.\n"
"\n"
"  --group cgroup=PATH        a cgroup (v2) and all below it\n"
"  --group unit=NAME          a service, scope or slice of systemd\n"
"  --group pid=N[,children]   one process, with its descendants or without\n"
"  --group comm=NAME,uid=U    programs of that name run by that user\n"
"  --group user=U             all that this user runs\n"
"  --qmp PATH                 the guest is QEMU's, behind this socket of its own\n"
"  --libvirt URI              or libvirt's: qemu:///system; without either, Xen's\n"
"  --interval TIME            between two looks at the group (1s)\n"
"  --floor MB                 leave the guest at least so much (half of it)\n"
"  --cap MB                   never move more than this\n"
"  --deadband kB              smaller changes wait until use is quiet (256)\n"
"  --slew MB                  change by no more than this per look\n"
"  --quantum 4K|2M            by multiples of this (what suits the guest)\n"
"  --linger TIME|never        drop the group's cache when it has had no\n"
"                             process for so long (10s)\n"
"  --patience TIME            who does nothing for so long is let be (5s)\n"
"  --dry-run                  say what would be moved, move nothing\n"
"  --once                     move once and leave it so; again, or 'restore'\n"
"  --json                     one JSON object per line\n"
"  --log FILE                 samples as CSV\n"
"  --record FILE              a trace for 'simulate'\n"
"  --state FILE               where the original sizes are kept\n"
"                             (/run/balloon-sync/NAME.state)\n"
"  --socket PATH              of the service (/run/balloon-sync/socket)\n"
"\n"
"TIME is in seconds, or like 250ms or 2m; sizes may have a unit, like 1.5G.\n"
"Exit status: 0; 1 failure; 2 wrong usage.\n";

const char *options_help(void)
{
	return help;
}

/* A bare number is in the option's own unit, which its help names. */
static int parse_kb(const char *what, const char *text, uint64_t unit,
		    uint64_t *ret_kb, struct error *err)
{
	uint64_t value;
	int r;

	if (text[strspn(text, "0123456789")] == '\0') {
		r = parse_u64(what, text, 0, SIZE_MAX_BYTES / unit, &value, err);
		value *= r == 0 ? unit : 0;
	} else {
		r = parse_size(what, text, 0, SIZE_MAX_BYTES, &value, err);
	}
	if (r == 0)
		*ret_kb = value / 1024;
	return r;
}

static int parse_quantum(const char *text, uint64_t *ret_kb, struct error *err)
{
	uint64_t kb;
	int r = parse_kb("--quantum", text, 1, &kb, err);

	if (r == 0 && (kb < SIDE_PAGE_KB || kb > SIDE_QUANTUM_MAX_KB || (kb & (kb - 1))))
		r = error_set(err, -EINVAL, "--quantum: %s: write 4K or 2M", text);
	if (r == 0)
		*ret_kb = kb;
	return r;
}

static int parse_linger(const char *text, uint64_t *ret, struct error *err)
{
	if (strcmp(text, "never") == 0) {
		*ret = CONFIG_NEVER;
		return 0;
	}
	return parse_duration("--linger", text, 0, TIME_MAX_NS, ret, err);
}

static int parse_hypervisor(struct options *o, enum config_hypervisor hypervisor,
			    const char *address, struct error *err)
{
	if (o->address)
		return error_set(err, -EINVAL, "--qmp, --libvirt: one of them, once");
	if (!*address || strlen(address) >= STATE_ADDRESS_MAX)
		return error_set(err, -EINVAL, "--qmp, --libvirt: too short or too long");
	o->hypervisor = hypervisor;
	o->address = address;
	return 0;
}

/* Options that carry a value. */
static int parse_value(int option, const char *text, struct options *o,
		       struct error *err)
{
	switch (option) {
	case OPT_GUEST:
		o->guest = text;
		return *text ? 0 : error_set(err, -EINVAL, "--guest: no name");
	case OPT_GROUP:
		return member_parse("--group", text, &o->group, err);
	case OPT_INTERVAL:
		return parse_duration("--interval", text, INTERVAL_MIN_NS,
				      TIME_MAX_NS, &o->interval_ns, err);
	case OPT_FLOOR:
		return parse_kb("--floor", text, MB, &o->floor_kb, err);
	case OPT_CAP:
		return parse_kb("--cap", text, MB, &o->cap_kb, err);
	case OPT_DEADBAND:
		return parse_kb("--deadband", text, KB, &o->deadband_kb, err);
	case OPT_SLEW:
		return parse_kb("--slew", text, MB, &o->slew_kb, err);
	case OPT_QUANTUM:
		return parse_quantum(text, &o->quantum_kb, err);
	case OPT_LINGER:
		return parse_linger(text, &o->linger_ns, err);
	case OPT_PATIENCE:
		return parse_duration("--patience", text, NSEC_PER_SEC,
				      TIME_MAX_NS, &o->patience_ns, err);
	case OPT_QMP:
		return parse_hypervisor(o, CONFIG_QMP, text, err);
	case OPT_LIBVIRT:
		return parse_hypervisor(o, CONFIG_LIBVIRT, text, err);
	case OPT_LOG:
		o->log = text;
		return 0;
	case OPT_STATE:
		o->state = text;
		return 0;
	case OPT_RECORD:
		o->record = text;
		return 0;
	case OPT_CONFIG:
		o->config = text;
		return 0;
	case OPT_SOCKET:
		o->socket = text;
		return 0;
	}
	return -EINVAL;
}

static int parse_one(int option, const char *text, void *data, struct error *err)
{
	struct options *o = data;

	switch (option) {
	case OPT_DRY_RUN:
		o->dry_run = true;
		return 0;
	case OPT_ONCE:
		o->once = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_CHECK:
		o->command = COMMAND_CHECK;
		return 0;
	case OPT_HELP:
		o->command = COMMAND_HELP;
		return 0;
	default:
		return parse_value(option, text, o, err);
	}
}

/* What the file says, or what makes no sense for a service. */
static int check_service(const struct options *o, struct error *err)
{
	if (o->guest || o->group.text || o->address)
		return error_set(err, -EINVAL,
				 "--config: guests and groups are in the file; leave --guest, --group, --qmp and --libvirt out");
	if (o->once || o->dry_run)
		return error_set(err, -EINVAL,
				 "--config: runs until it is ended; --once and --dry-run are for --guest and --group");
	return 0;
}

static int check(const struct options *o, struct error *err)
{
	if (o->command != COMMAND_RUN)
		return 0;
	if (o->config)
		return check_service(o, err);
	if (!o->guest)
		return error_set(err, -EINVAL, "--guest: is missing");
	if (!o->group.text)
		return error_set(err, -EINVAL, "--group: is missing");
	return 0;
}

/* Return: whether it is a command. */
static bool parse_command(const char *text, struct options *o)
{
	if (strcmp(text, "restore") == 0)
		o->command = COMMAND_RESTORE;
	else if (strcmp(text, "status") == 0)
		o->command = COMMAND_STATUS;
	return o->command != COMMAND_RUN;
}

int options_parse(int argc, char **argv, struct options *ret,
		  struct error *err)
{
	struct options o = {
		.floor_kb = CONFIG_FLOOR_HALF,
		.cap_kb = CONFIG_NO_CAP,
		.deadband_kb = 256,
		.socket = CONFIG_SOCKET,
		.interval_ns = NSEC_PER_SEC,
		.linger_ns = 10 * NSEC_PER_SEC,
		.patience_ns = 5 * NSEC_PER_SEC,
	};
	int r, next = args_walk(argc, argv, long_options, parse_one, &o, err);

	if (next < 0)
		return next;
	if (next < argc && o.command == COMMAND_RUN)
		next += parse_command(argv[next], &o);
	if (next < argc && o.command == COMMAND_CHECK)
		o.config = argv[next++];
	if (next < argc)
		return error_set(err, -EINVAL, "%s: not understood", argv[next]);
	r = check(&o, err);
	if (r == 0)
		*ret = o;
	return r;
}

static int fill_guest(const struct options *o, struct config_guest *guest)
{
	guest->name = strdup(o->guest);
	guest->hypervisor = o->hypervisor;
	if (o->address)
		guest->address = strdup(o->address);
	guest->floor_kb = o->floor_kb;
	guest->ceiling_kb = CONFIG_NO_CEILING;
	guest->quantum_kb = o->quantum_kb;
	guest->back_off = true;
	return guest->name && !guest->address == !o->address ? 0 : -ENOMEM;
}

static int fill_group(const struct options *o, struct config_group *group)
{
	char *text = strdup(o->group.text);

	group->name = strdup(o->group.text);
	group->members = calloc(1, sizeof(*group->members));
	group->shares = calloc(1, sizeof(*group->shares));
	group->cap_kb = o->cap_kb;
	if (!text || !group->name || !group->members || !group->shares) {
		free(text);
		return -ENOMEM;
	}
	group->members[0] = o->group;
	group->members[0].text = text;
	if (o->group.name)
		group->members[0].name = text + (o->group.name - o->group.text);
	group->member_count = 1;
	group->shares[0].weight = 1;
	group->share_count = 1;
	return 0;
}

int options_config(const struct options *o, struct config **ret, struct error *err)
{
	struct config *config = calloc(1, sizeof(*config));
	int r = -ENOMEM;

	if (!config)
		return error_errno(err, -ENOMEM, "options");
	config->global = (struct config_global){
		.interval_ns = o->interval_ns,
		.deadband_kb = o->deadband_kb,
		.slew_kb = o->slew_kb,
		.patience_ns = o->patience_ns,
		.linger_ns = o->linger_ns,
	};
	config->guests = calloc(1, sizeof(*config->guests));
	config->groups = calloc(1, sizeof(*config->groups));
	config->guest_count = config->guests ? 1 : 0;
	config->group_count = config->groups ? 1 : 0;
	if (config->guests && config->groups)
		r = fill_guest(o, config->guests);
	if (r == 0)
		r = fill_group(o, config->groups);
	if (r < 0) {
		config_free(config);
		return error_errno(err, r, "options");
	}
	*ret = config;
	return 0;
}
