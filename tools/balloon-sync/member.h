/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator writes to say who belongs to a group. */
#ifndef BALLOON_SYNC_MEMBER_H
#define BALLOON_SYNC_MEMBER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define MEMBER_COMM_MAX 16

/**
 * enum member_kind - how members are told
 * @MEMBER_CGROUP: by cgroup, with all cgroups below it
 * @MEMBER_UNIT: by unit of systemd, which has a cgroup while it runs
 * @MEMBER_PID: one process, with its descendants or without
 * @MEMBER_COMM: by name of the program and real uid
 * @MEMBER_USER: all processes of a real uid
 */
enum member_kind {
	MEMBER_CGROUP,
	MEMBER_UNIT,
	MEMBER_PID,
	MEMBER_COMM,
	MEMBER_USER,
};

/**
 * struct member_spec - what the operator wrote
 * @kind: how members are told
 * @text: as it was written, not owned
 * @name: path of MEMBER_CGROUP, unit of MEMBER_UNIT; part of @text
 * @pid: MEMBER_PID
 * @children: MEMBER_PID: with its descendants
 * @comm: MEMBER_COMM; a name alone would let any user join the group
 * @uid: MEMBER_COMM, MEMBER_USER
 */
struct member_spec {
	enum member_kind kind;
	const char *text;
	const char *name;
	pid_t pid;
	bool children;
	char comm[MEMBER_COMM_MAX];
	uid_t uid;
};

/**
 * member_parse() - Read one of
 *	"cgroup=PATH", "unit=NAME.service", "pid=N", "pid=N,children",
 *	"comm=NAME,uid=U", "user=U".
 * @what: where it stands, for the error: "--group"
 * @text: must outlive @ret
 * @ret: untouched on failure
 * @err: what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int member_parse(const char *what, const char *text, struct member_spec *ret,
		 struct error *err);

/** member_has_cgroup() - Whether it is a cgroup as a whole. */
static inline bool member_has_cgroup(const struct member_spec *spec)
{
	return spec->kind == MEMBER_CGROUP || spec->kind == MEMBER_UNIT;
}

#endif
