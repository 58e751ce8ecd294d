// SPDX-License-Identifier: GPL-2.0-or-later
/* The status socket: right questions, and everything that is no question. */
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/json.h"
#include "daemon/client.h"
#include "daemon/status.h"
#include "ktap.h"
#include "random.h"

#define CLIENTS		4
#define LINE		256
#define BIG		(4 << 20)
#define FUZZ_ROUNDS	2000
#define NOBODY		65534

static char path[64];

/* What the server was last told, which "status" repeats. */
static uint64_t limit_kb;

static int run_status(void *data, const json_t *request, json_t **ret,
		      struct error *err)
{
	*ret = json_pack("{s:s, s:I}", "state", "fine", "limit_kb", (json_int_t)limit_kb);
	return *ret ? 0 : -ENOMEM;
}

static int run_limit(void *data, const json_t *request, json_t **ret,
		     struct error *err)
{
	int r = json_get_u64(request, "kb", &limit_kb, err);

	if (r == 0)
		*ret = json_true();
	return r;
}

static int run_big(void *data, const json_t *request, json_t **ret, struct error *err)
{
	char *text = malloc(BIG + 1);

	ASSERT(text);
	memset(text, 'x', BIG);
	text[BIG] = '\0';
	*ret = json_string(text);
	free(text);
	return 0;
}

static const struct status_command commands[] = {
	{ "status", run_status },
	{ "limit", run_limit },
	{ "big", run_big },
	{ NULL, NULL },
};

static int on_stop(void *data, struct error *err)
{
	loop_exit(*(struct loop **)data);
	return 0;
}

static int on_reload(void *data, struct error *err)
{
	return 0;
}

/* Serves until it is told to end; leaks and bad memory are its exit status. */
static void serve(uint64_t idle_ns, mode_t mode, int ready)
{
	struct status_limits limits = { CLIENTS, LINE, idle_ns };
	struct status_server *server;
	struct loop *loop;
	struct loop_handlers handlers = { on_stop, on_reload, &loop };
	struct error err = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ASSERT(loop_create(&loop, &handlers, &err) == 0);
	if (status_create(loop, path, commands, NULL, &limits, &server, &err) < 0) {
		KTAP_SAY("%s", err.text);
		exit(1);
	}
	if (mode)
		ASSERT(chmod(path, mode) == 0);
	ASSERT(write(ready, "x", 1) == 1);
	ASSERT(loop_run(loop, &err) == 0);
	status_destroy(server);
	loop_destroy(loop);
	exit(0);
}

static pid_t start(uint64_t idle_ns, mode_t mode)
{
	int ready[2];
	pid_t pid;
	char c;

	snprintf(path, sizeof(path), "/tmp/test-status-%d/socket", getpid());
	ASSERT(pipe(ready) == 0);
	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0)
		serve(idle_ns, mode, ready[1]);
	close(ready[1]);
	ASSERT(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

static void finish(pid_t pid)
{
	char folder[64];
	int status;

	kill(pid, SIGTERM);
	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT_INT(status, 0);
	EXPECT(access(path, F_OK) < 0);
	snprintf(folder, sizeof(folder), "/tmp/test-status-%d", getpid());
	EXPECT(rmdir(folder) == 0);
}

#define PATIENT (600 * NSEC_PER_SEC)

static int enter(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ASSERT(fd >= 0);
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static void say(int fd, const char *text)
{
	ASSERT(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* One line, or NULL when the server has hung up. */
static const char *hear(int fd)
{
	static char line[1024];
	size_t len = 0;

	while (len + 1 < sizeof(line)) {
		if (recv(fd, line + len, 1, 0) <= 0)
			return NULL;
		if (line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	return line;
}

static int ask(const char *text, json_t **ret, struct error *err)
{
	__free_json json_t *request = json_loads(text, 0, NULL);

	ASSERT(request);
	return client_ask(path, request, ret, err);
}

TEST(questions_and_answers)
{
	pid_t pid = start(PATIENT, 0);
	struct error err = { 0 };
	json_t *reply = NULL;
	struct stat st;
	uint64_t kb;

	ASSERT(stat(path, &st) == 0);
	EXPECT_INT(st.st_mode & 07777, 0600);
	ASSERT(ask("{\"request\": \"limit\", \"kb\": 12345}", &reply, &err) == 0);
	json_decref(reply);
	ASSERT(ask("{\"request\": \"status\"}", &reply, &err) == 0);
	EXPECT(json_get_u64(reply, "limit_kb", &kb, NULL) == 0 && kb == 12345);
	json_decref(reply);
	EXPECT_INT(ask("{\"request\": \"limit\"}", &reply, &err), -EREMOTEIO);
	EXPECT_HAS(err.text, "kb");
	EXPECT_INT(ask("{\"request\": \"reboot\"}", &reply, &err), -EREMOTEIO);
	EXPECT_HAS(err.text, "no such request");
	EXPECT_INT(ask("[]", &reply, &err), -EREMOTEIO);
	EXPECT_INT(ask("{}", &reply, &err), -EREMOTEIO);
	EXPECT_INT(ask("{\"request\": 5}", &reply, &err), -EREMOTEIO);
	ASSERT(ask("{\"request\": \"big\"}", &reply, &err) == 0);
	EXPECT_U64(json_string_length(reply), BIG);
	json_decref(reply);
	finish(pid);
	EXPECT_INT(ask("{}", &reply, &err), -ENOENT);
	EXPECT_HAS(err.text, "start it first");
}

TEST(lines_in_pieces_and_several_at_once)
{
	pid_t pid = start(PATIENT, 0);
	int fd = enter();

	ASSERT(fd >= 0);
	say(fd, "{\"request\":");
	/* The server is known to have read the first piece when it serves another. */
	close(enter());
	say(fd, "\"limit\",\"kb\":7}\n{\"request\":\"status\"}\n\nx");
	EXPECT_STR(hear(fd), "{\"reply\":true}\n");
	EXPECT_STR(hear(fd), "{\"reply\":{\"state\":\"fine\",\"limit_kb\":7}}\n");
	EXPECT_HAS(hear(fd), "\"error\"");
	say(fd, "\n");
	EXPECT_HAS(hear(fd), "\"error\"");
	/* A last line without its end is no line. */
	say(fd, "{\"request\":\"limit\",\"kb\":9}");
	shutdown(fd, SHUT_WR);
	EXPECT(!hear(fd));
	close(fd);
	fd = enter();
	say(fd, "{\"request\":\"status\"}\n");
	EXPECT_HAS(hear(fd), "\"limit_kb\":7");
	close(fd);
	finish(pid);
}

TEST(line_that_is_too_long)
{
	pid_t pid = start(PATIENT, 0);
	char text[LINE + 1];
	int fd = enter();

	memset(text, ' ', LINE);
	text[LINE] = '\0';
	memcpy(text, "{\"request\":\"status\"}", 20);
	text[LINE - 1] = '\n';
	say(fd, text);
	EXPECT_HAS(hear(fd), "fine");
	text[LINE - 1] = ' ';
	say(fd, text);
	EXPECT(!hear(fd));
	close(fd);
	fd = enter();
	say(fd, "{\"request\":\"status\"}\n");
	EXPECT_HAS(hear(fd), "fine");
	close(fd);
	finish(pid);
}

TEST(too_many_clients)
{
	pid_t pid = start(PATIENT, 0);
	int fds[CLIENTS], i, fd;

	for (i = 0; i < CLIENTS; i++) {
		fds[i] = enter();
		say(fds[i], "{\"request\":\"status\"}\n");
		EXPECT_HAS(hear(fds[i]), "fine");
	}
	fd = enter();
	EXPECT(!hear(fd));
	close(fd);
	/* Those that were there before have noticed nothing. */
	for (i = 0; i < CLIENTS; i++) {
		say(fds[i], "{\"request\":\"status\"}\n");
		EXPECT_HAS(hear(fds[i]), "fine");
	}
	/* One goes, another may come, as soon as that has been noticed. */
	close(fds[0]);
	do {
		fd = enter();
		if (send(fd, "{\"request\":\"status\"}\n", 21, MSG_NOSIGNAL) == 21 && hear(fd))
			break;
		close(fd);
	} while (true);
	close(fd);
	for (i = 1; i < CLIENTS; i++)
		close(fds[i]);
	finish(pid);
}

/* Who asks and does not listen stops nobody, and is dropped. */
TEST(slow_clients)
{
	pid_t pid = start(200 * NSEC_PER_MSEC, 0);
	int silent = enter(), deaf = enter(), fd, i;
	struct pollfd hung_up = { .fd = deaf };
	char buf[4096];
	ssize_t n;

	say(silent, "{\"request\":");
	for (i = 0; i < 8; i++)
		say(deaf, "{\"request\":\"big\"}\n");
	fd = enter();
	say(fd, "{\"request\":\"status\"}\n");
	EXPECT_HAS(hear(fd), "fine");
	close(fd);
	EXPECT(!hear(silent));
	/* The end comes in the midst of the first answer. */
	while (poll(&hung_up, 1, -1) != 1 || !(hung_up.revents & POLLHUP))
		;
	i = 0;
	while ((n = recv(deaf, buf, sizeof(buf), 0)) > 0)
		i += (int)n;
	EXPECT(i < BIG);
	close(silent);
	close(deaf);
	finish(pid);
}

static int as_nobody(void)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		int fd;

		if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
			_exit(9);
		fd = enter();
		if (fd < 0)
			_exit(fd == -EACCES ? 1 : 8);
		if (send(fd, "{\"request\":\"status\"}\n", 21, MSG_NOSIGNAL) < 0)
			_exit(2);
		_exit(hear(fd) ? 7 : 2);
	}
	ASSERT(waitpid(pid, &status, 0) == pid);
	return WEXITSTATUS(status);
}

TEST(only_root)
{
	pid_t pid;

	if (geteuid() != 0)
		SKIP("not root");
	pid = start(PATIENT, 0);
	EXPECT_INT(as_nobody(), 1);
	finish(pid);
	/* Were the mode wrong, the peer's uid would still be seen. */
	pid = start(PATIENT, 0666);
	EXPECT_INT(as_nobody(), 2);
	finish(pid);
}

TEST(socket_that_is_there_already)
{
	struct status_limits limits = { CLIENTS, LINE, PATIENT };
	pid_t pid = start(PATIENT, 0);
	struct status_server *server;
	struct loop *loop;
	struct loop_handlers handlers = { on_stop, on_reload, &loop };
	struct error err = { 0 };
	json_t *reply;
	int status;

	ASSERT(loop_create(&loop, &handlers, NULL) == 0);
	EXPECT_INT(status_create(loop, path, commands, NULL, &limits, &server, &err), -EADDRINUSE);
	EXPECT_HAS(err.text, "another one");
	ASSERT(ask("{\"request\":\"status\"}", &reply, NULL) == 0);
	json_decref(reply);
	kill(pid, SIGKILL);
	ASSERT(waitpid(pid, &status, 0) == pid);
	EXPECT_INT(ask("{\"request\":\"status\"}", &reply, &err), -ECONNREFUSED);
	/* That one has crashed. */
	pid = start(PATIENT, 0);
	ASSERT(ask("{\"request\":\"status\"}", &reply, NULL) == 0);
	json_decref(reply);
	finish(pid);
	loop_destroy(loop);
}

/* A file refuses connections as a dead socket does. */
TEST(what_is_no_socket_is_not_removed)
{
	struct status_limits limits = { CLIENTS, LINE, PATIENT };
	char file[] = "/tmp/test-status-XXXXXX", link[64];
	struct status_server *server;
	struct loop *loop;
	struct loop_handlers handlers = { on_stop, on_reload, &loop };
	struct stat st;
	int fd = mkstemp(file);

	ASSERT(fd >= 0 && write(fd, "kept", 4) == 4);
	close(fd);
	snprintf(link, sizeof(link), "%s.link", file);
	ASSERT(symlink(file, link) == 0);
	ASSERT(loop_create(&loop, &handlers, NULL) == 0);
	EXPECT_INT(status_create(loop, file, commands, NULL, &limits, &server, NULL),
		   -EADDRINUSE);
	EXPECT(stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 4);
	EXPECT_INT(status_create(loop, link, commands, NULL, &limits, &server, NULL),
		   -EADDRINUSE);
	EXPECT(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
	EXPECT(stat(file, &st) == 0 && S_ISREG(st.st_mode));
	unlink(link);
	unlink(file);
	loop_destroy(loop);
}

/* Noise of all kinds; afterwards it answers as before. */
TEST(noise)
{
	static const char whole[] = "{\"request\":\"limit\",\"kb\":1}\n{\"request\":\"status\"}\n";
	pid_t pid = start(PATIENT, 0);
	struct random rnd;
	json_t *reply;
	int round, fd = -1;

	random_init(&rnd, 7);
	for (round = 0; round < FUZZ_ROUNDS; round++) {
		char text[2 * LINE], answer[512];
		size_t len = sizeof(whole) - 1, changes = random_below(&rnd, 4);

		memcpy(text, whole, len);
		if (random_below(&rnd, 8) == 0)
			for (len = 0; len < random_below(&rnd, sizeof(text)); len++)
				text[len] = "[{\":,\\u0\n"[random_below(&rnd, 9)];
		while (changes-- && len)
			text[random_below(&rnd, (uint32_t)len)] = (char)random_below(&rnd, 256);
		if (fd < 0)
			fd = enter();
		ASSERT(fd >= 0);
		if (send(fd, text, len, MSG_NOSIGNAL) < 0 || random_below(&rnd, 4) == 0) {
			close(fd);
			fd = -1;
			continue;
		}
		while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
			;
	}
	if (fd >= 0)
		close(fd);
	while (ask("{\"request\":\"status\"}", &reply, NULL) < 0)
		clock_sleep(NSEC_PER_MSEC);
	json_decref(reply);
	finish(pid);
}

KTAP_MAIN()
