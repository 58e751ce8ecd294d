// SPDX-License-Identifier: GPL-2.0-or-later
/* What a confined process can do and what it cannot, tried from inside and seen from outside. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/macros.h"
#include "ktap.h"
#include "sandbox/sandbox.h"

#define TEXT_ROOM	4096
/* What a function below returns when it was able to do what it tried. */
#define DONE		0
/* And when it was not, with an errno that it must be. */
#define FAILED_WELL	42
/* When it was refused, by the line that names the call. */
#define REFUSED		1

static const struct sandbox nothing = { .file_bytes = 1 << 20 };

/* Run @work in a confined child of ours. Return: its exit status; what it said in @text. */
static int confined(const struct sandbox *profile, int (*work)(void), char text[TEXT_ROOM])
{
	int said[2], status;
	ssize_t got;
	pid_t pid;

	ASSERT(pipe(said) == 0);
	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		struct error err;

		dup2(said[1], STDERR_FILENO);
		if (sandbox_enter(profile, &err) < 0) {
			dprintf(STDERR_FILENO, "%s", err.text);
			_exit(99);
		}
		_exit(work());
	}
	close(said[1]);
	got = read(said[0], text, TEXT_ROOM - 1);
	ASSERT(got >= 0);
	text[got] = '\0';
	close(said[0]);
	ASSERT(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int result(long r, int wanted)
{
	return r >= 0 ? DONE : errno == wanted ? FAILED_WELL : 43;
}

static int try_open(void) { return result(open("/etc/passwd", O_RDONLY), EACCES); }
static int try_open_root(void) { return result(open("/", O_RDONLY), EACCES); }
static int try_create(void) { return result(open("x", O_WRONLY | O_CREAT, 0600), EACCES); }
static int try_stat(void)
{
	struct stat st;

	return result(stat("/etc/passwd", &st), EACCES);
}

static int try_socket(void) { return result(socket(AF_INET, SOCK_STREAM, 0), 0); }
static int try_execve(void)
{
	return result(syscall(SYS_execve, "/bin/true", NULL, NULL), 0);
}

static int try_fork(void) { return result(syscall(SYS_fork), 0); }
static int try_clone(void) { return result(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), 0); }
static int try_clone3(void) { return result(syscall(SYS_clone3, NULL, 0), 0); }
static int try_ptrace(void) { return result(ptrace(PTRACE_TRACEME, 0, 0, 0), 0); }
static int try_vm(void) { return result(syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0), 0); }
static int try_kill(void) { return result(kill(1, 0), 0); }
static int try_tgkill(void) { return result(syscall(SYS_tgkill, 1, 1, SIGKILL), 0); }
static int try_bpf(void) { return result(syscall(SYS_bpf, 0, 0, 0), 0); }
static int try_mount(void) { return result(syscall(SYS_mount, "x", "/", "tmpfs", 0, 0), 0); }
static int try_setuid(void) { return result(setuid(0), 0); }
static int try_unshare(void) { return result(unshare(CLONE_NEWUSER), 0); }
static int try_prctl(void) { return result(syscall(SYS_prctl, 4, 1, 0, 0, 0), 0); }
static int try_limit(void)
{
	const struct rlimit more = { 1 << 20, 1 << 20 };

	return result(setrlimit(RLIMIT_NOFILE, &more), 0);
}

static int try_mmap_exec(void)
{
	return result((long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0), 0);
}

static int try_mprotect_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? 44 : result(mprotect(page, 4096, PROT_READ | PROT_EXEC), 0);
}

static int try_ioctl(void) { return result(syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x"), 0); }
/* The other table of system calls. */
static int try_32_bits(void)
{
	long r;

	asm volatile("int $0x80" : "=a"(r) : "a"(20 /* getpid */) : "memory");
	return DONE;
}

TEST(what_is_refused)
{
	static const struct {
		int (*work)(void);
		const char *call;
	} calls[] = {
		{ try_socket, "socket" }, { try_execve, "execve" }, { try_fork, "fork" },
		{ try_clone, "clone" }, { try_clone3, "clone3" }, { try_ptrace, "ptrace" },
		{ try_vm, "process_vm_readv" }, { try_kill, "kill" }, { try_tgkill, "tgkill" },
		{ try_bpf, "bpf" }, { try_mount, "mount" }, { try_setuid, "setuid" },
		{ try_unshare, "unshare" }, { try_prctl, "prctl" },
		{ try_limit, "prlimit64" }, { try_mmap_exec, "mmap" },
		{ try_mprotect_exec, "mprotect" }, { try_ioctl, "ioctl" },
	};
	char text[TEXT_ROOM], wanted[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		snprintf(wanted, sizeof(wanted), "system call %s (", calls[i].call);
		EXPECT_INT(confined(&nothing, calls[i].work, text), REFUSED);
		if (!strstr(text, wanted))
			KTAP_SAY("%s: said '%s'", calls[i].call, text);
	}
}

TEST(another_table_of_calls_is_the_end)
{
	char text[TEXT_ROOM];

	EXPECT_INT(confined(&nothing, try_32_bits, text), -SIGSYS);
}

TEST(files_by_name_are_not_there)
{
	char text[TEXT_ROOM];

	EXPECT_INT(confined(&nothing, try_open, text), FAILED_WELL);
	EXPECT_INT(confined(&nothing, try_open_root, text), FAILED_WELL);
	EXPECT_INT(confined(&nothing, try_create, text), FAILED_WELL);
	EXPECT_INT(confined(&nothing, try_stat, text), FAILED_WELL);
}

/* --- what is left -------------------------------------------------------------------- */

static int kept_fd;
static int other_fd;

static int use_descriptors(void)
{
	char byte;

	if (pread(kept_fd, &byte, 1, 0) != 1)
		return 1;
	return pread(other_fd, &byte, 1, 0) < 0 && errno == EBADF ? FAILED_WELL : 2;
}

TEST(only_listed_descriptors_are_left)
{
	struct sandbox profile = { .fds = &kept_fd, .count = 1 };
	char text[TEXT_ROOM];

	other_fd = open("/etc/passwd", O_RDONLY);
	kept_fd = open("/etc/passwd", O_RDONLY);
	ASSERT(other_fd > 2 && kept_fd > other_fd);
	EXPECT_INT(confined(&profile, use_descriptors, text), FAILED_WELL);
	/* And in the other order. */
	profile.fds = &other_fd;
	EXPECT_INT(confined(&profile, use_descriptors, text), 1);
}

/* Memory, time, and text, as all need them. */
static int work_as_usual(void)
{
	size_t i, size = 8 << 20;
	struct timespec now;
	char *big = malloc(size);

	if (!big || clock_gettime(CLOCK_MONOTONIC, &now) < 0 ||
	    nanosleep(&(struct timespec){ 0, 1 }, NULL) < 0)
		return 1;
	for (i = 0; i < size; i += 4096)
		big[i] = 1;
	big = realloc(big, 2 * size);
	free(big);
	/* Its first use makes a buffer, and asks whether that is a terminal. */
	fprintf(stderr, "%s", strerror(ENOENT));
	fflush(stderr);
	return FAILED_WELL;
}

TEST(what_all_need_works)
{
	char text[TEXT_ROOM];

	EXPECT_INT(confined(&nothing, work_as_usual, text), FAILED_WELL);
	EXPECT(strcmp(text, "No such file or directory") == 0);
}

static int call_abort(void)
{
	abort();
}

TEST(abort_is_one)
{
	char text[TEXT_ROOM];

	EXPECT_INT(confined(&nothing, call_abort, text), -SIGABRT);
}

static int write_much(void)
{
	char page[4096] = "";
	int i;

	for (i = 0; i < 3; i++)
		if (write(kept_fd, page, sizeof(page)) < 0)
			return errno == EFBIG && i == 2 ? FAILED_WELL : 2;
	return DONE;
}

TEST(files_do_not_grow_beyond_what_is_allowed)
{
	struct sandbox profile = { .fds = &kept_fd, .count = 1, .file_bytes = 8192 };
	char text[TEXT_ROOM], path[] = "/tmp/test-sandbox.XXXXXX";

	kept_fd = mkstemp(path);
	ASSERT(kept_fd >= 0);
	unlink(path);
	EXPECT_INT(confined(&profile, write_much, text), FAILED_WELL);
}

static int take_much(void)
{
	return malloc(1 << 30) ? DONE : FAILED_WELL;
}

TEST(memory_is_bounded)
{
	const struct sandbox bounded = { .memory_bytes = 256 << 20 };
	char text[TEXT_ROOM];

	EXPECT_INT(confined(&nothing, take_much, text), DONE);
	EXPECT_INT(confined(&bounded, take_much, text), FAILED_WELL);
}

static void *thread(void *data)
{
	*(int *)data = FAILED_WELL;
	return NULL;
}

static int make_thread(void)
{
	int r = DONE;
	pthread_t id;

	if (pthread_create(&id, NULL, thread, &r) != 0 || pthread_join(id, NULL) != 0)
		return 2;
	return r;
}

TEST(threads_where_they_are_wanted)
{
	const struct sandbox threads = { .calls = SANDBOX_THREADS };
	char text[TEXT_ROOM];

	/* The C library blocks all signals meanwhile, so there is no line. */
	EXPECT_INT(confined(&nothing, make_thread, text), -SIGSYS);
	EXPECT_INT(confined(&threads, make_thread, text), FAILED_WELL);
	EXPECT_INT(confined(&threads, try_clone, text), REFUSED);
}

static int two[2];

static int use_socket(void)
{
	char byte;

	return recv(two[0], &byte, 1, 0) == 1 && byte == 'x' ? FAILED_WELL : DONE;
}

TEST(sockets_where_they_are_wanted)
{
	const struct sandbox without = { .fds = two, .count = 2 };
	const struct sandbox with = { .fds = two, .count = 2, .calls = SANDBOX_SOCKETS };
	char text[TEXT_ROOM];

	ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, two) == 0 && write(two[1], "x", 1) == 1);
	EXPECT_INT(confined(&without, use_socket, text), REFUSED);
	EXPECT_INT(confined(&with, use_socket, text), FAILED_WELL);
	EXPECT_INT(confined(&with, try_socket, text), REFUSED);
}

static void *wait_for_end(void *data)
{
	pause();
	return NULL;
}

TEST(not_with_more_than_one_thread)
{
	struct error err;
	pthread_t id;

	ASSERT(pthread_create(&id, NULL, wait_for_end, NULL) == 0);
	EXPECT_INT(sandbox_enter(&nothing, &err), -EBUSY);
	_exit(ktap_failed);
}

/* --- seen from outside --------------------------------------------------------------- */

static int wait_for_word(int socket, void *data)
{
	char byte;

	return read(socket, &byte, 1) == 0 ? 7 : 8;
}

/* The value of a line of /proc/PID/status. */
static void status_of(pid_t pid, const char *key, char ret[256])
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	ASSERT(file);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(key);

		if (strncmp(line, key, len) == 0 && line[len] == ':') {
			strcpy(ret, line + len + 1 + strspn(line + len + 1, "\t "));
			ret[strcspn(ret, "\n")] = '\0';
		}
	}
	fclose(file);
}

static void expect_status(pid_t pid, const char *key, const char *wanted)
{
	char value[256];

	status_of(pid, key, value);
	if (strcmp(value, wanted) != 0)
		KTAP_SAY("%s is '%s', expected '%s'", key, value, wanted);
}

static bool same_namespace(pid_t pid, const char *name)
{
	char path[64], own[128] = "", its[128] = "";

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	ASSERT(readlink(path, own, sizeof(own) - 1) > 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	ASSERT(readlink(path, its, sizeof(its) - 1) > 0);
	return strcmp(own, its) == 0;
}

static void start(struct sandbox_worker *worker)
{
	struct error err = { 0 };

	if (sandbox_spawn(worker, &nothing, wait_for_word, NULL, &err) < 0) {
		KTAP_SAY("%s", err.text);
		exit(KTAP_EXIT_FAIL);
	}
}

TEST(as_the_kernel_says)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	struct sandbox_worker worker;
	size_t i;

	start(&worker);
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		if (geteuid() == 0 || strcmp(sets[i], "CapBnd") != 0)
			expect_status(worker.pid, sets[i], "0000000000000000");
	expect_status(worker.pid, "NoNewPrivs", "1");
	expect_status(worker.pid, "Seccomp", "2");
	EXPECT_INT(sandbox_wait(&worker, NULL), 7);
}

TEST(root_becomes_nobody_else)
{
	struct sandbox_worker one, two_of_them;
	unsigned int uid, uids[4];
	char value[256], other[256];

	if (geteuid() != 0)
		SKIP("not root");
	start(&one);
	start(&two_of_them);
	status_of(one.pid, "Uid", value);
	ASSERT(sscanf(value, "%u %u %u %u", &uids[0], &uids[1], &uids[2], &uids[3]) == 4);
	uid = uids[0];
	EXPECT(uid >= 61184 && uid <= 65519);
	EXPECT(uids[1] == uid && uids[2] == uid && uids[3] == uid);
	expect_status(one.pid, "Gid", value);
	expect_status(one.pid, "Groups", "");
	status_of(two_of_them.pid, "Uid", other);
	EXPECT(strcmp(value, other) != 0);
	EXPECT_INT(sandbox_wait(&one, NULL), 7);
	EXPECT_INT(sandbox_wait(&two_of_them, NULL), 7);
}

static bool is_empty_root(pid_t pid)
{
	char path[64], line[512];
	size_t lines = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		lines++;
		EXPECT(strstr(line, " / / ro,nosuid,nodev,noexec"));
	}
	fclose(file);
	return lines == 1;
}

TEST(nothing_is_around_it)
{
	static const char *const namespaces[] = { "mnt", "net", "ipc", "uts" };
	struct sandbox_worker worker;
	size_t i;

	if (geteuid() != 0)
		SKIP("not root");
	start(&worker);
	for (i = 0; i < ARRAY_SIZE(namespaces); i++)
		if (same_namespace(worker.pid, namespaces[i]))
			KTAP_SAY("%s is as before", namespaces[i]);
	EXPECT(is_empty_root(worker.pid));
	EXPECT_INT(sandbox_wait(&worker, NULL), 7);
}

/* --- workers ------------------------------------------------------------------------- */

static int echo(int socket, void *data)
{
	char text[64];
	ssize_t got = read(socket, text, sizeof(text));

	return got > 0 && write(socket, text, (size_t)got) == got ? *(int *)data : 1;
}

TEST(a_worker_answers)
{
	struct sandbox_worker worker;
	char text[64] = "";
	int status = 5;

	ASSERT(sandbox_spawn(&worker, &nothing, echo, &status, NULL) == 0);
	ASSERT(write(worker.socket, "hello", 5) == 5);
	EXPECT_INT(read(worker.socket, text, sizeof(text)), 5);
	EXPECT(strcmp(text, "hello") == 0);
	EXPECT_INT(sandbox_wait(&worker, NULL), 5);
}

static int die(int socket, void *data)
{
	abort();
}

TEST(a_worker_that_dies_is_told)
{
	struct sandbox_worker worker;
	struct error err;

	ASSERT(sandbox_spawn(&worker, &nothing, die, NULL, NULL) == 0);
	EXPECT_INT(sandbox_wait(&worker, &err), -ECHILD);
	EXPECT(strstr(err.text, "signal 6"));
}

TEST(a_worker_that_cannot_be_confined_does_not_work)
{
	const int fds[] = { -1 };
	const struct sandbox profile = { .fds = fds, .count = 1 };
	struct sandbox_worker worker;
	struct error err;

	EXPECT_INT(sandbox_spawn(&worker, &profile, echo, NULL, &err), -EINVAL);
	EXPECT(strstr(err.text, "no descriptor"));
	EXPECT(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
}

static int wait_for_ever(int socket, void *data)
{
	return poll(NULL, 0, -1);
}

/* Its end of the pipe is closed then. */
TEST(a_worker_ends_with_its_parent)
{
	struct sandbox profile = { .count = 1 };
	struct sandbox_worker worker;
	int pipe_fds[2], status;
	char byte;
	pid_t pid;

	ASSERT(pipe(pipe_fds) == 0);
	profile.fds = &pipe_fds[1];
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0)
		_exit(sandbox_spawn(&worker, &profile, wait_for_ever, NULL, NULL) != 0);
	close(pipe_fds[1]);
	ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT_INT(read(pipe_fds[0], &byte, 1), 0);
}

KTAP_MAIN()
