// SPDX-License-Identifier: GPL-2.0-or-later
/* From root to a user that nobody else is, and to no capabilities at all. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "step.h"

/*
 * Users of systemd's for services that come and go (systemd.exec(5), DynamicUser=): no
 * files are theirs.  Not "nobody", whose other processes could be reached.
 */
#define USERS_FROM	61184u
#define USERS_TO	65519u
#define NAMES_ROOM	4096

/* Two that are confined at the same time are not the same one either. */
int step_choose_user(uid_t *ret, struct error *err)
{
	uid_t count = USERS_TO - USERS_FROM + 1, first = (uid_t)getpid() % count, i;

	for (i = 0; i < count; i++) {
		uid_t uid = USERS_FROM + (first + i) % count;
		char room[NAMES_ROOM];
		struct passwd entry, *found;

		/* An error says that it is not known whether somebody has it. */
		if (getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 && !found) {
			*ret = uid;
			return 0;
		}
	}
	return error_errno(err, -EUSERS, "sandbox: another user");
}

static int become(uid_t uid)
{
	uid_t real, effective, saved;

	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0 || getresuid(&real, &effective, &saved) < 0)
		return -errno;
	return real == uid && effective == uid && saved == uid ? 0 : -EPERM;
}

/* Of a kernel with fewer capabilities than it was built with, the rest is refused. */
static int drop_bounding_set(void)
{
	unsigned long cap;

	for (cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return -errno;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &header, none) < 0)
		return -errno;
	return 0;
}

int step_identity(uid_t uid, struct error *err)
{
	int r = drop_bounding_set();

	if (r == 0 && uid)
		r = become(uid);
	if (r == 0)
		r = drop_capabilities();
	return r < 0 ? error_errno(err, r, "sandbox: to be user %u without capabilities",
				   uid ? uid : geteuid()) : 0;
}
