// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user names on the command line: a process or an owner. */
#include "base/parse.h"
#include "target.h"

/* PID_MAX_LIMIT of 64-bit kernels. */
#define PID_LIMIT 4194304

int target_parse(const char *text, struct target *ret, struct error *err)
{
	uint64_t value;
	int r;

	if (text[0] == '@') {
		r = parse_u64("owner", text + 1, 1, UINT64_MAX, &value, err);
		if (r < 0)
			return r;
		*ret = (struct target){ .owner = value };
		return 0;
	}
	r = parse_u64("pid", text, 1, PID_LIMIT, &value, err);
	if (r < 0)
		return r;
	*ret = (struct target){ .pid = (pid_t)value };
	return 0;
}

int targets_check(const struct command *self, int count, char **args)
{
	struct target target;
	struct error err;
	int i;

	if (count == 0)
		return usage_error(self, "no process or owner given");
	for (i = 0; i < count; i++)
		if (target_parse(args[i], &target, &err) < 0)
			return usage_error(self, "%s", err.text);
	return 0;
}
