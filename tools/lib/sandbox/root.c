// SPDX-License-Identifier: GPL-2.0-or-later
/* An empty root, and a network without anything in it. */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "step.h"

/* Where the empty folder is mounted for a moment: it is there on every system. */
#define PLACE	"/proc"
#define LOCKED	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The old root ends up on top of the new one, from which it is taken. */
static int swap_roots(void)
{
	if (chdir(PLACE) < 0)
		return -errno;
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? -errno : 0;
	/* The first root of all, an initramfs, cannot be left so. */
	if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
	    chdir("/") < 0)
		return -errno;
	return 0;
}

static int empty_root(void)
{
	int r;

	/* What is done here is to stay here. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", PLACE, "tmpfs", LOCKED & ~MS_RDONLY, "size=4k,nr_inodes=1,mode=555") < 0)
		return -errno;
	r = swap_roots();
	if (r == 0 && mount(NULL, "/", NULL, MS_REMOUNT | LOCKED, NULL) < 0)
		r = -errno;
	return r;
}

/*
 * Without namespaces, as in a container, a folder in which there is nothing but numbers is the
 * root: fstat() of newer C libraries is a call that takes paths as well.
 */
static int leave_root(struct error *err)
{
	/* Who may not do that either has no rights that could be taken from him. */
	if (chroot("/proc/self/fdinfo") < 0)
		return errno == EPERM ? 0 : error_errno(err, -errno, "sandbox: an empty root");
	return chdir("/") < 0 ? error_errno(err, -errno, "sandbox: an empty root") : 0;
}

int step_root(struct error *err)
{
	int r;

	if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
		return errno == EPERM ? leave_root(err) :
		       error_errno(err, -errno, "sandbox: namespaces");
	r = empty_root();
	return r < 0 ? error_errno(err, r, "sandbox: an empty root") : 0;
}
