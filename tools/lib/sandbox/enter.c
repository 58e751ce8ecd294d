// SPDX-License-Identifier: GPL-2.0-or-later
/* Confinement of a process, step by step: each needs what the next one takes away. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "step.h"

#define THREADS_MAX	64

/* What follows is for one thread only; others would go on as they were. */
static int check_alone(struct error *err)
{
	DIR *folder = opendir("/proc/self/task");
	const struct dirent *entry;
	int threads = 0;

	if (!folder)
		return error_errno(err, -errno, "sandbox: /proc/self/task");
	while ((entry = readdir(folder)))
		threads += entry->d_name[0] != '.';
	closedir(folder);
	return threads == 1 ? 0 : error_set(err, -EBUSY, "sandbox: %d threads already", threads);
}

/* Return: how many descriptors there may be, so that none of these is beyond; -EINVAL. */
static int count_fds(const struct sandbox *profile, struct error *err)
{
	int highest = STDERR_FILENO;
	size_t i;

	if (profile->count > SANDBOX_FDS_MAX)
		return error_set(err, -EINVAL, "sandbox: too many descriptors");
	for (i = 0; i < profile->count; i++) {
		if (profile->fds[i] < 0)
			return error_set(err, -EINVAL, "sandbox: %d: no descriptor",
					 profile->fds[i]);
		if (profile->fds[i] > highest)
			highest = profile->fds[i];
	}
	return highest + 1;
}

static int limit(int what, uint64_t to)
{
	const struct rlimit both = { .rlim_cur = to, .rlim_max = to };

	return setrlimit(what, &both) < 0 ? -errno : 0;
}

/* @fds: how many descriptors there may be; @uid: of its own user, 0 for none. */
static int set_limits(const struct sandbox *profile, uint64_t fds, uid_t uid)
{
	int r = limit(RLIMIT_CORE, 0);

	if (r == 0)
		r = limit(RLIMIT_NOFILE, fds);
	/* What would become too long is an error, not the end. */
	if (r == 0 && signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		r = -errno;
	if (r == 0)
		r = limit(RLIMIT_FSIZE, profile->file_bytes);
	if (r == 0 && profile->memory_bytes)
		r = limit(RLIMIT_AS, profile->memory_bytes);
	/* Threads count; who stays who he is may have many processes. */
	if (r == 0 && !(profile->calls & SANDBOX_THREADS))
		r = limit(RLIMIT_NPROC, 1);
	else if (r == 0 && uid)
		r = limit(RLIMIT_NPROC, THREADS_MAX);
	return r;
}

static int end_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	/* It may have ended before. */
	return getppid() == parent ? 0 : -ESRCH;
}

/* Another user, or the same one with less. */
static int change_identity(pid_t parent, struct error *err)
{
	bool root = geteuid() == 0;
	uid_t uid = 0;
	int r = root ? step_choose_user(&uid, err) : 0;

	if (r == 0 && root)
		r = step_root(err);
	if (r == 0)
		r = step_identity(uid, err);
	if (r < 0)
		return r;
	/* A change of user makes both what they were at first. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, -errno, "sandbox: no dumps");
	r = parent ? end_with(parent) : 0;
	return r < 0 ? error_errno(err, r, "sandbox: to end with its parent") : (int)uid;
}

int step_all(const struct sandbox *profile, pid_t parent, struct error *err)
{
	int uid, r, fds = count_fds(profile, err);

	if (fds < 0)
		return fds;
	r = check_alone(err);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, -errno, "sandbox: no new privileges");
	uid = change_identity(parent, err);
	if (uid < 0)
		return uid;
	r = set_limits(profile, (uint64_t)fds, (uid_t)uid);
	if (r < 0)
		return error_errno(err, r, "sandbox: limits");
	r = fd_close_others(profile->fds, profile->count);
	if (r < 0)
		return error_errno(err, r, "sandbox: descriptors");
	return step_filter(profile->calls, err);
}

int sandbox_enter(const struct sandbox *profile, struct error *err)
{
	return step_all(profile, 0, err);
}
