/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the configuration file says, checked as a whole. */
#ifndef BALLOON_SYNC_CONFIG_H
#define BALLOON_SYNC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "member.h"

#define CONFIG_PATH		"/etc/balloon-sync.conf"
#define CONFIG_SOCKET		"/run/balloon-sync/socket"
/* Of guests, and of groups. */
#define CONFIG_LIST_MAX		4096
#define CONFIG_MEMBERS_MAX	64
#define CONFIG_NAME_MAX		127
#define CONFIG_WEIGHT_MAX	10000
#define CONFIG_FLOOR_HALF	UINT64_MAX
#define CONFIG_NO_CAP		UINT64_MAX
#define CONFIG_NO_CEILING	UINT64_MAX
#define CONFIG_NEVER		UINT64_MAX

/**
 * enum config_policy - who pays first
 * @CONFIG_MIRROR: guests pay for all that is used
 * @CONFIG_SLACK_FIRST: memory of the host that nobody uses is spent first
 */
enum config_policy {
	CONFIG_MIRROR,
	CONFIG_SLACK_FIRST,
};

/**
 * enum config_hypervisor - how a guest is spoken to
 * @CONFIG_XEN: libxl
 * @CONFIG_QMP: a socket of QEMU's
 * @CONFIG_LIBVIRT: libvirt, at a URI
 */
enum config_hypervisor {
	CONFIG_XEN,
	CONFIG_QMP,
	CONFIG_LIBVIRT,
};

/**
 * enum config_source - how a group's use is counted
 * @CONFIG_FILECACHE: by process, with the filecache module
 * @CONFIG_CGROUP: by memory cgroup
 */
enum config_source {
	CONFIG_FILECACHE,
	CONFIG_CGROUP,
};

/**
 * struct config_guest - a guest
 * @name: as its hypervisor knows it
 * @hypervisor: how it is spoken to
 * @address: CONFIG_QMP: path of its socket; CONFIG_LIBVIRT: URI; else NULL
 * @floor_kb: it keeps so much, CONFIG_FLOOR_HALF for half of it
 * @ceiling_kb: its size at rest is no more than this, CONFIG_NO_CEILING
 * @quantum_kb: it is moved by multiples of this, 0 for whatever suits it
 * @back_off: it gives less when it says that it is short of memory
 */
struct config_guest {
	char *name;
	enum config_hypervisor hypervisor;
	char *address;
	uint64_t floor_kb;
	uint64_t ceiling_kb;
	uint64_t quantum_kb;
	bool back_off;
};

/**
 * struct config_share - a guest that pays for a group
 * @guest: index among the guests
 * @weight: 1 to CONFIG_WEIGHT_MAX
 */
struct config_share {
	size_t guest;
	unsigned int weight;
};

/**
 * struct config_group - a group
 * @name: ours alone
 * @members: who belongs to it, 1 to CONFIG_MEMBERS_MAX; their texts are owned
 * @member_count: of @members
 * @shares: who pays, at least one, no guest twice
 * @share_count: of @shares
 * @cap_kb: it is charged no more than this, CONFIG_NO_CAP
 * @source: how its use is counted
 * @limit: its memory.high may be set; it has one member, with a cgroup
 */
struct config_group {
	char *name;
	struct member_spec *members;
	size_t member_count;
	struct config_share *shares;
	size_t share_count;
	uint64_t cap_kb;
	enum config_source source;
	bool limit;
};

/**
 * struct config_global - what holds for all
 * @policy: who pays first
 * @interval_ns: between two samples
 * @deadband_kb: smaller changes wait until use is quiet
 * @slew_kb: change by at most so much at a sample, 0 for any
 * @patience_ns: who does nothing for so long is let be
 * @linger_ns: a group without a process keeps its cache so long, CONFIG_NEVER
 * @reserve_kb: of the host's free memory, is no slack
 * @metrics: path of a file for Prometheus, or NULL
 * @socket: path of the status socket
 */
struct config_global {
	enum config_policy policy;
	uint64_t interval_ns;
	uint64_t deadband_kb;
	uint64_t slew_kb;
	uint64_t patience_ns;
	uint64_t linger_ns;
	uint64_t reserve_kb;
	char *metrics;
	char *socket;
};

/**
 * struct config - the whole file
 * @global: what holds for all
 * @guests: in the order of the file; no name twice
 * @guest_count: of @guests
 * @groups: likewise
 * @group_count: of @groups
 */
struct config {
	struct config_global global;
	struct config_guest *guests;
	size_t guest_count;
	struct config_group *groups;
	size_t group_count;
};

/**
 * config_load() - Read a configuration.
 * @path: of the file
 * @ret: to be freed by config_free(); untouched on failure
 * @err: "file:line: what is wrong and what to write instead"
 *
 * Nothing of a file that is wrong anywhere can be used.
 *
 * Return: 0; -EINVAL for a file that is wrong; other negative errno when it
 * cannot be read.
 */
int config_load(const char *path, struct config **ret, struct error *err);

/** config_free() - Free a configuration; NULL is allowed. */
void config_free(struct config *config);

#endif
