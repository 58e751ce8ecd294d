// SPDX-License-Identifier: GPL-2.0-or-later
/* Which system calls are left (seccomp, by libseccomp). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <seccomp.h>
#include <xen/xen.h>
#include <xen/sys/privcmd.h>

#include "base/macros.h"
#include "step.h"

/* As main() would after any other failure. */
#define EXIT_FAILED	1

/* Of what is open, memory, time, and the end. */
static const int base_calls[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(close),
	SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* How much memory there is: qsort() asks before it takes much. */
	SCMP_SYS(sysinfo),
};

static const int socket_calls[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown), SCMP_SYS(getsockopt),
};

static const int thread_calls[] = {
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity),
};

/* Libraries look for files that they can do without. */
static const int file_calls[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = seccomp_rule_add(filter, action, calls[i], 0);
	return r;
}

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, condition);
}

/* What is allowed with some arguments only. */
static int add_careful(scmp_filter_ctx filter)
{
	/* What can be executed is there from the beginning. */
	int r = allow_if(filter, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (r == 0)
		r = allow_if(filter, SCMP_SYS(mprotect),
			     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* Newer C libraries ask so for what fstat() tells. */
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(newfstatat),
			     SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
				     SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH));
	/* Is this a terminal? */
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS));
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL));
	/* abort() of this process. */
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(tgkill),
			     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	return r;
}

static int add_threads(scmp_filter_ctx filter)
{
	int r = add_all(filter, SCMP_ACT_ALLOW, thread_calls, ARRAY_SIZE(thread_calls));

	if (r == 0)
		r = allow_if(filter, SCMP_SYS(clone),
			     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	/* Its arguments cannot be looked at; the C library takes clone() then. */
	if (r == 0)
		r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r;
}

/* The descriptor itself is restricted to one domain by whoever has opened it. */
static int add_xen(scmp_filter_ctx filter)
{
	return allow_if(filter, SCMP_SYS(ioctl),
			SCMP_A1(SCMP_CMP_EQ, IOCTL_PRIVCMD_MMAPBATCH_V2));
}

/* Whether to wait is a flag of the socket's. */
static int add_sockets(scmp_filter_ctx filter)
{
	int r = add_all(filter, SCMP_ACT_ALLOW, socket_calls, ARRAY_SIZE(socket_calls));

	if (r == 0)
		r = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFL));
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD));
	if (r == 0)
		r = allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD));
	return r;
}

static int fill(scmp_filter_ctx filter, unsigned int calls)
{
	int r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (r == 0)
		r = add_all(filter, SCMP_ACT_ALLOW, base_calls, ARRAY_SIZE(base_calls));
	if (r == 0)
		r = add_all(filter, SCMP_ACT_ERRNO(EACCES), file_calls, ARRAY_SIZE(file_calls));
	if (r == 0)
		r = add_careful(filter);
	if (r == 0 && (calls & SANDBOX_SOCKETS))
		r = add_sockets(filter);
	if (r == 0 && (calls & SANDBOX_THREADS))
		r = add_threads(filter);
	if (r == 0 && (calls & SANDBOX_XEN))
		r = add_xen(filter);
	return r;
}

/*
 * Says which call it was, so that a mistake in the lists above can be told from an attack.
 * Nothing that malloc() does is refused, so it may be used here.
 */
static void refuse(int number, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);
	char line[160];
	int len = snprintf(line, sizeof(line),
			   "%s: sandbox: system call %s (%d): not allowed; the guest attacks, or this is a mistake of ours\n",
			   program_invocation_short_name, name ? name : "?", info->si_syscall);

	if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(EXIT_FAILED);
	_exit(EXIT_FAILED);
}

static int catch_refused(void)
{
	struct sigaction action = { .sa_sigaction = refuse, .sa_flags = SA_SIGINFO };

	return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}

int step_filter(unsigned int calls, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int r = filter ? fill(filter, calls) : -ENOMEM;

	if (r == 0)
		r = catch_refused();
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? error_errno(err, r, "sandbox: seccomp") : 0;
}
