// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lab-domu: run commands in a lab's Xen guests, from dom0; or in any guest
 * whose agent is behind a terminal or a unix socket.
 *
 *   lab-domu exec N -- COMMAND...   output and exit status are COMMAND's
 *   lab-domu wait N SECONDS         until the guest's agent answers
 *   lab-domu list                   numbers of the guests that are there
 *   lab-domu at PATH exec|wait ...  the same by the console's own path
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#define EXIT_LOST	125	/* the guest is gone or does not answer */
#define ANSWER_S	60	/* a busy guest under emulation may be slow */
#define ASK_AGAIN_MS	2000

/**
 * struct guest - a guest that commands are sent to
 * @name: for messages
 * @fd: its console
 * @seq: number of the last request, unlike any that earlier clients used
 * @reader: frames from it
 */
struct guest {
	const char *name;
	int fd;
	uint32_t seq;
	struct frame_reader reader;
};

static void __attribute__((format(printf, 1, 2), noreturn)) lost(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("lab-domu: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_LOST);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: lab-domu exec N -- COMMAND... | wait N SECONDS | list\n"
	      "       lab-domu at PATH exec -- COMMAND... | wait SECONDS\n", stderr);
	exit(2);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

/* First line that a program prints; false if it fails. */
static int ask(char *line, size_t size, char *const argv[])
{
	int pipefd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC))
		return 0;
	pid = fork();
	if (!pid) {
		dup2(pipefd[1], 1);
		dup2(open("/dev/null", O_WRONLY), 2);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(pipefd[1]);
	while ((n = read(pipefd[0], line + len, size - 1 - len)) > 0)
		len += n;
	close(pipefd[0]);
	line[len] = 0;
	line[strcspn(line, "\n")] = 0;
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status && *line;
}

/* Guests are named u1, u2, ...: by that their console's terminal is found. */
static int find_console(const char *number, char *path, size_t size)
{
	char name[32], domid[32], key[64];

	snprintf(name, sizeof(name), "u%s", number);
	if (!ask(domid, sizeof(domid), (char *[]){ "xl", "domid", name, NULL }))
		return 0;
	snprintf(key, sizeof(key), "/local/domain/%s/console/tty", domid);
	return ask(path, size, (char *[]){ "xenstore-read", key, NULL });
}

static int open_path(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (stat(path, &st))
		return -1;
	if (!S_ISSOCK(st.st_mode)) {
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0)
			frame_raw_tty(fd);
		return fd;
	}
	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	return fd;
}

static void guest_open(struct guest *g, const char *name, const char *path)
{
	g->name = name;
	memset(&g->reader, 0, sizeof(g->reader));
	g->seq = now_ms() * 256 + getpid();
	g->fd = open_path(path);
	if (g->fd < 0)
		lost("%s: %s: %s", name, path, strerror(errno));
	/* One command at a time; the lock is gone with us however we end. */
	if (flock(g->fd, LOCK_EX))
		lost("%s: flock: %s", name, strerror(errno));
}

/* An answer to request seq; 0 if none came until the deadline (-1: wait on). */
static int wait_frame(struct guest *g, uint32_t seq, long deadline, struct frame *f)
{
	for (;;) {
		struct pollfd pfd = { .fd = g->fd, .events = POLLIN };
		long left = deadline < 0 ? -1 : deadline - now_ms();
		int n;

		while (frame_next(&g->reader, f))
			if (f->seq == seq)
				return 1;
		if (deadline >= 0 && left <= 0)
			return 0;
		n = poll(&pfd, 1, left);
		if (n <= 0)
			continue;
		n = frame_fill(&g->reader, g->fd);
		/* A terminal or socket that is ready and empty has hung up. */
		if (n < 0 || (n == 0 && (pfd.revents & (POLLHUP | POLLERR))))
			lost("%s: its console is gone; has the guest ended?", g->name);
	}
}

/*
 * Until its console works both ways a guest gets nothing but pings, which do
 * no harm when they arrive late and all at once.
 */
static void wait_agent(struct guest *g, int seconds)
{
	long deadline = now_ms() + seconds * 1000L;
	struct frame f;

	while (now_ms() < deadline) {
		long again = now_ms() + ASK_AGAIN_MS;

		g->seq++;
		if (frame_send(g->fd, FRAME_PING, g->seq, NULL, 0))
			lost("%s: its console is gone; has the guest ended?", g->name);
		/* A console that is not raw yet may echo the ping itself. */
		while (wait_frame(g, g->seq, again < deadline ? again : deadline, &f))
			if (f.type == FRAME_PONG)
				return;
	}
	lost("%s: no answer from its agent within %d s", g->name, seconds);
}

static void request(struct guest *g, char **argv)
{
	char data[FRAME_MAX_DATA];
	size_t len = 0;

	for (; *argv; argv++) {
		size_t n = strlen(*argv) + 1;

		if (len + n > sizeof(data))
			lost("%s: the command is longer than %d bytes", g->name,
			     FRAME_MAX_DATA);
		memcpy(data + len, *argv, n);
		len += n;
	}
	g->seq++;
	if (frame_send(g->fd, FRAME_EXEC, g->seq, data, len))
		lost("%s: its console is gone; has the guest ended?", g->name);
}

static int run(struct guest *g, char **argv)
{
	unsigned int damaged;
	struct frame f;

	wait_agent(g, ANSWER_S);
	/* Damage before this is an earlier command's or the boot's. */
	damaged = g->reader.damaged;
	request(g, argv);
	for (;;) {
		wait_frame(g, g->seq, -1, &f);
		if (g->reader.damaged != damaged)
			lost("%s: output damaged by a message on its console", g->name);
		if (f.type == FRAME_STATUS && f.len == 1)
			return f.data[0];
		if (f.type == FRAME_OUTPUT && fwrite(f.data, 1, f.len, stdout) != f.len)
			lost("standard output: %s", strerror(errno));
		fflush(stdout);
	}
}

static int list(void)
{
	int n;

	for (n = 1; n < 100; n++) {
		char number[16], path[256];

		snprintf(number, sizeof(number), "%d", n);
		if (!find_console(number, path, sizeof(path)))
			break;
		printf("%d\n", n);
	}
	return 0;
}

static int at_path(const char *name, const char *path, char **argv)
{
	struct guest g;

	guest_open(&g, name, path);
	if (!strcmp(argv[0], "exec"))
		return run(&g, argv + 2);
	wait_agent(&g, atoi(argv[1]));
	return 0;
}

/* "exec -- COMMAND..." or "wait SECONDS" */
static int valid(char **argv, int argc)
{
	if (argc >= 3 && !strcmp(argv[0], "exec") && !strcmp(argv[1], "--"))
		return 1;
	return argc == 2 && !strcmp(argv[0], "wait") && atoi(argv[1]) > 0;
}

int main(int argc, char **argv)
{
	char path[256], name[32];
	char *number;

	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (argc >= 5 && !strcmp(argv[1], "at") && valid(argv + 3, argc - 3))
		return at_path(argv[2], argv[2], argv + 3);
	if (argc < 4)
		usage();
	/* VERB N ... -> VERB ... */
	number = argv[2];
	argv[2] = argv[1];
	if (!valid(argv + 2, argc - 2))
		usage();
	snprintf(name, sizeof(name), "u%s", number);
	if (!find_console(number, path, sizeof(path)))
		lost("%s: no such guest, see 'xl list'", name);
	return at_path(name, path, argv + 2);
}
