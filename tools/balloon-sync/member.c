// SPDX-License-Identifier: GPL-2.0-or-later
/* What an operator writes to say who belongs to a group. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/parse.h"
#include "member.h"

#define PID_NUMBER_MAX	4194304
#define UNIT_NAME_MAX	255
#define CHILDREN	",children"
#define UNIT_LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@"

static int parse_uid(const char *what, const char *text, uid_t *ret,
		     struct error *err)
{
	const struct passwd *user = NULL;
	uint64_t value;

	if (isdigit((unsigned char)*text)) {
		char name[64];

		snprintf(name, sizeof(name), "%s uid", what);
		if (parse_u64(name, text, 0, UINT32_MAX - 1, &value, err) < 0)
			return -EINVAL;
		*ret = (uid_t)value;
		return 0;
	}
	user = getpwnam(text);
	if (!user)
		return error_set(err, -EINVAL, "%s: no user '%s'", what, text);
	*ret = user->pw_uid;
	return 0;
}

static int parse_comm(const char *what, const char *text,
		      struct member_spec *spec, struct error *err)
{
	const char *comma = strstr(text, ",uid=");
	size_t len = comma ? (size_t)(comma - text) : 0;

	if (!comma)
		return error_set(err, -EINVAL,
				 "%s: comm=NAME needs ,uid=U, or any user could join by a program's name",
				 what);
	if (len == 0 || len >= sizeof(spec->comm))
		return error_set(err, -EINVAL,
				 "%s: the kernel's names of programs have 1 to 15 characters",
				 what);
	memcpy(spec->comm, text, len);
	spec->comm[len] = '\0';
	return parse_uid(what, comma + strlen(",uid="), &spec->uid, err);
}

static int parse_pid(const char *what, const char *text,
		     struct member_spec *spec, struct error *err)
{
	char name[64], number[32];
	size_t len = strlen(text);
	uint64_t pid;

	if (len > strlen(CHILDREN) &&
	    strcmp(text + len - strlen(CHILDREN), CHILDREN) == 0) {
		spec->children = true;
		len -= strlen(CHILDREN);
	}
	snprintf(name, sizeof(name), "%s pid", what);
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	if (len >= sizeof(number) ||
	    parse_u64(name, number, 1, PID_NUMBER_MAX, &pid, err) < 0)
		return len < sizeof(number) ? -EINVAL :
		       error_set(err, -EINVAL, "%s: no pid is so long", name);
	spec->pid = (pid_t)pid;
	return 0;
}

/* A path that may be appended to the mount point without leaving it. */
static int parse_cgroup(const char *what, const char *path,
			struct member_spec *spec, struct error *err)
{
	size_t len = strlen(path);

	if (len >= PATH_MAX / 2)
		return error_set(err, -EINVAL, "%s: the cgroup's path is too long",
				 what);
	if (strcmp(path, "..") == 0 || strncmp(path, "../", 3) == 0 ||
	    strstr(path, "/../") ||
	    (len >= 3 && strcmp(path + len - 3, "/..") == 0))
		return error_set(err, -EINVAL,
				 "%s: write the cgroup's path without '..'",
				 what);
	spec->name = path;
	return 0;
}

static int parse_unit(const char *what, const char *name,
		      struct member_spec *spec, struct error *err)
{
	static const char * const kinds[] = { ".service", ".scope", ".slice" };
	size_t i, len = strlen(name);

	if (len > UNIT_NAME_MAX ||
	    name[strspn(name, UNIT_LETTERS)])
		return error_set(err, -EINVAL, "%s: '%s' is no name of a unit",
				 what, name);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t end = strlen(kinds[i]);

		if (len > end && strcmp(name + len - end, kinds[i]) == 0) {
			spec->name = name;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "%s: unit '%s' has no cgroup; write a .service, .scope or .slice",
			 what, name);
}

/**
 * struct kind - one kind of member
 * @prefix: how it begins
 * @kind: what it is
 * @parse: reads what comes after @prefix, which is not empty
 */
struct kind {
	const char *prefix;
	enum member_kind kind;
	int (*parse)(const char *what, const char *text,
		     struct member_spec *spec, struct error *err);
};

static int parse_user(const char *what, const char *text,
		      struct member_spec *spec, struct error *err)
{
	return parse_uid(what, text, &spec->uid, err);
}

static const struct kind kinds[] = {
	{ "cgroup=", MEMBER_CGROUP, parse_cgroup },
	{ "unit=", MEMBER_UNIT, parse_unit },
	{ "pid=", MEMBER_PID, parse_pid },
	{ "comm=", MEMBER_COMM, parse_comm },
	{ "user=", MEMBER_USER, parse_user },
};

int member_parse(const char *what, const char *text, struct member_spec *ret,
		 struct error *err)
{
	struct member_spec spec = { .text = text };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, len) != 0 || !text[len])
			continue;
		spec.kind = kinds[i].kind;
		if (kinds[i].parse(what, text + len, &spec, err) < 0)
			return -EINVAL;
		*ret = spec;
		return 0;
	}
	return error_set(err, -EINVAL,
			 "%s: '%s' is none of cgroup=PATH, unit=NAME, pid=N, comm=NAME,uid=U and user=U",
			 what, text);
}
