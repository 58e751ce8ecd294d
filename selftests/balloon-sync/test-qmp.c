// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's protocol, against somebody who keeps to it and somebody who does not. */
#include <errno.h>
#include <sys/socket.h>

#include "balloon-sync/fake-qemu.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/macros.h"
#include "hv/qmp-client.h"
#include "ktap.h"
#include "random.h"

/* Whoever is to answer does within this, on whatever machine. */
#define LONG_NS		(120 * NSEC_PER_SEC)
/* Whoever is not to answer need not be waited for any longer. */
#define SHORT_NS	(20 * NSEC_PER_MSEC)

/**
 * struct rig - a client and whom it talks to
 */
struct rig {
	char folder[64];
	char path[96];
	pid_t server;
	struct qmp_client *client;
	struct error err;
};

static struct rig rig;

static void clean(void)
{
	qmp_client_destroy(rig.client);
	if (rig.server)
		fake_end(rig.server);
	unlink(rig.path);
	rmdir(rig.folder);
}

static void start(fake_serve_t serve, void *data, uint64_t wait_ns)
{
	strcpy(rig.folder, "/tmp/test-qmp.XXXXXX");
	ASSERT(mkdtemp(rig.folder));
	snprintf(rig.path, sizeof(rig.path), "%s/qmp", rig.folder);
	if (serve)
		rig.server = fake_listen(rig.path, serve, data);
	atexit(clean);
	ASSERT(qmp_client_create(&rig.client, "g", rig.path, wait_ns, &rig.err) == 0);
}

static int run(const char *command, json_t **ret)
{
	int r = qmp_client_open(rig.client, &rig.err);

	return r < 0 ? r : qmp_execute(rig.client, command, NULL, ret, &rig.err);
}

/* That a command is carried out, and its answer is that to it. */
static void expect_works(uint64_t want)
{
	__free_json json_t *result = NULL;
	uint64_t got = 0;

	EXPECT_INT(run("query", &result), 0);
	EXPECT_INT(qmp_u64(result, "n", &got), 0);
	EXPECT_U64(got, want);
}

static void reply(int fd, unsigned long id, const char *rest)
{
	char text[256];

	snprintf(text, sizeof(text), "{%s, \"id\": %lu}\r\n", rest, id);
	fake_say(fd, text);
}

/* Counts its requests, over all of a connection. */
static void serve_well(int fd, unsigned int number, void *data)
{
	char line[512], text[64];
	unsigned long id;
	int n = 0;

	fake_begin(fd);
	while ((id = fake_hear(fd, line, sizeof(line)))) {
		fake_say(fd, "{\"event\": \"A\"}\r\n{\"event\": \"B\", \"data\": {\"n\": 9}}\r\n");
		snprintf(text, sizeof(text), "\"return\": {\"n\": %d}", n++);
		reply(fd, id, text);
		fake_say(fd, "{\"event\": \"C\"}\r\n");
	}
}

TEST(answers_are_told_from_events)
{
	start(serve_well, NULL, LONG_NS);
	expect_works(0);
	expect_works(1);
	expect_works(2);
	EXPECT_INT(qmp_client_number(rig.client), 1);
	EXPECT_INT(qmp_client_pid(rig.client), rig.server);
}

TEST(nobody_there)
{
	start(serve_well, NULL, LONG_NS);
	fake_end(rig.server);
	rig.server = 0;
	/* The file is there and nobody listens. */
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENODEV);
	EXPECT_HAS(rig.err.text, "-qmp unix:");
	unlink(rig.path);
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENODEV);
}

TEST(goes_while_nobody_asks)
{
	start(serve_well, NULL, LONG_NS);
	expect_works(0);
	fake_end(rig.server);
	rig.server = 0;
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENODEV);
}

static void serve_one(int fd, unsigned int number, void *data)
{
	char line[512];

	fake_begin(fd);
	fake_hear(fd, line, sizeof(line));
	if (number)
		reply(fd, 2 * number + 2, "\"return\": {\"n\": 5}");
}

TEST(closes_in_the_midst)
{
	start(serve_one, NULL, LONG_NS);
	EXPECT_INT(run("query", NULL), -ENOTCONN);
	/* The same again works, on another connection. */
	expect_works(5);
	EXPECT_INT(qmp_client_number(rig.client), 2);
}

/* Whatever comes instead of what should, and where. */
struct wrong {
	const char *greeting;
	const char *capabilities;
	const char *answer;
};

static const struct wrong wrongs[] = {
	{ "SSH-2.0-OpenSSH_9.2\r\n", "", "" },
	{ "\n", "", "" },
	{ "[]\n", "", "" },
	{ "{\"return\": {}, \"id\": 1}\n", "", "" },
	{ "{\"QMP\": {}, \"QMP\": {}}\n", "", "" },
	{ NULL, "{\"error\": {\"class\": \"GenericError\"}, \"id\": 1}\n", "" },
	{ NULL, "{\"return\": {}}\n", "" },
	{ NULL, NULL, "{\"return\": {\"n\": 1}, \"id\": 1}\n" },
	{ NULL, NULL, "{\"return\": {\"n\": 1}, \"id\": 3}\n" },
	{ NULL, NULL, "{\"return\": {\"n\": 1}, \"id\": \"2\"}\n" },
	{ NULL, NULL, "{\"return\": {\"n\": 1}}\n" },
	{ NULL, NULL, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON\"}}\n" },
	{ NULL, NULL, "{\"return\": {\"n\": 1e999}, \"id\": 2}\n" },
	{ NULL, NULL, "{\"return\": {\"n\":\n" },
	{ NULL, NULL, "\xff\xfe\n" },
};

static void serve_wrong(int fd, unsigned int number, void *data)
{
	const struct wrong *wrong = data;
	char line[512];

	if (number > 0) {
		serve_well(fd, number, data);
		return;
	}
	fake_say(fd, wrong->greeting ? wrong->greeting : "{\"QMP\": {}}\n");
	fake_hear(fd, line, sizeof(line));
	fake_say(fd, wrong->capabilities ? wrong->capabilities : "{\"return\": {}, \"id\": 1}\n");
	fake_hear(fd, line, sizeof(line));
	fake_say(fd, wrong->answer);
	/* The client hangs up; one that goes on asking gets no further. */
	recv(fd, line, sizeof(line), 0);
}

TEST(nonsense_ends_the_connection)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		memset(&rig, 0, sizeof(rig));
		start(serve_wrong, (void *)&wrongs[i], LONG_NS);
		EXPECT_INT(run("query", NULL), -ENOTCONN);
		EXPECT_HAS(rig.err.text, rig.path);
		expect_works(0);
		clean();
		memset(&rig, 0, sizeof(rig));
	}
}

static void serve_drops(int fd, unsigned int number, void *data)
{
	const char *text = "{\"event\": \"A\"}\r\n{\"return\": {\"n\": 3}, \"id\": 2}\r\n";
	char line[512], byte[2] = "";

	fake_begin(fd);
	fake_hear(fd, line, sizeof(line));
	for (; *text; text++) {
		byte[0] = *text;
		fake_say(fd, byte);
		usleep(100);
	}
	fake_hear(fd, line, sizeof(line));
}

TEST(a_line_may_come_in_drops)
{
	start(serve_drops, NULL, LONG_NS);
	expect_works(3);
}

/* A line of @data bytes in all, or one that never ends. */
static void serve_long(int fd, unsigned int number, void *data)
{
	size_t len = *(size_t *)data, used;
	char *text = malloc(len + 2);
	char line[512];

	fake_begin(fd);
	fake_hear(fd, line, sizeof(line));
	used = (size_t)sprintf(text, "{\"return\": {\"n\": 4}, \"id\": 2, \"more\": \"");
	memset(text + used, 'x', len - used);
	strcpy(text + len - 3, "\"}\n");
	fake_say(fd, text);
	free(text);
	fake_hear(fd, line, sizeof(line));
}

TEST(the_longest_line)
{
	size_t len = QMP_LINE_MAX;

	start(serve_long, &len, LONG_NS);
	expect_works(4);
}

TEST(a_longer_line)
{
	size_t len = QMP_LINE_MAX + 1;

	start(serve_long, &len, LONG_NS);
	EXPECT_INT(run("query", NULL), -ENOTCONN);
	EXPECT_HAS(rig.err.text, "line without end");
}

/* Says nothing until a byte comes through the pipe, at each of three places. */
static void serve_late(int fd, unsigned int number, void *data)
{
	const int *pipefd = data;
	char line[512], byte;

	if (read(pipefd[0], &byte, 1) != 1)
		return;
	fake_begin(fd);
	fake_hear(fd, line, sizeof(line));
	if (read(pipefd[0], &byte, 1) != 1)
		return;
	reply(fd, 2, "\"return\": {\"n\": 7}");
	fake_hear(fd, line, sizeof(line));
	reply(fd, 3, "\"return\": {\"n\": 8}");
	fake_hear(fd, line, sizeof(line));
}

static void open_until_it_works(void)
{
	int r;

	do
		r = qmp_client_open(rig.client, &rig.err);
	while (r == -ENOTCONN);
	EXPECT_INT(r, 0);
}

TEST(late_answers_are_not_taken_for_later_ones)
{
	__free_json json_t *result = NULL;
	uint64_t n = 0;
	int pipefd[2];

	ASSERT(pipe(pipefd) == 0);
	start(serve_late, pipefd, SHORT_NS);
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENOTCONN);
	EXPECT_HAS(rig.err.text, "does not greet");
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENOTCONN);
	ASSERT(write(pipefd[1], "", 1) == 1);
	open_until_it_works();
	EXPECT_INT(qmp_execute(rig.client, "query", NULL, NULL, &rig.err), -ENOTCONN);
	EXPECT_HAS(rig.err.text, "does not answer");
	/* Nothing else is asked until that has been answered. */
	EXPECT_INT(qmp_execute(rig.client, "query", NULL, NULL, &rig.err), -ENOTCONN);
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENOTCONN);
	ASSERT(write(pipefd[1], "", 1) == 1);
	open_until_it_works();
	/* On a busy machine this one may be late as well. */
	if (qmp_execute(rig.client, "query", NULL, &result, &rig.err) < 0) {
		open_until_it_works();
	} else {
		EXPECT_INT(qmp_u64(result, "n", &n), 0);
		EXPECT_U64(n, 8);
	}
	EXPECT_INT(qmp_client_number(rig.client), 1);
}

static void serve_events(int fd, unsigned int number, void *data)
{
	char line[512], events[20 * 512] = "";
	int i;

	for (i = 0; i < 512; i++)
		strcat(events, "{\"event\": \"A\"}\r\n");
	fake_begin(fd);
	fake_hear(fd, line, sizeof(line));
	while (send(fd, events, strlen(events), MSG_NOSIGNAL) > 0)
		;
}

TEST(events_without_end_are_not_listened_to_for_ever)
{
	start(serve_events, NULL, 50 * NSEC_PER_MSEC);
	open_until_it_works();
	EXPECT_INT(qmp_execute(rig.client, "query", NULL, NULL, &rig.err), -ENOTCONN);
	EXPECT_INT(qmp_client_open(rig.client, &rig.err), -ENOTCONN);
}

static void serve_refusals(int fd, unsigned int number, void *data)
{
	char line[512];

	fake_begin(fd);
	reply(fd, fake_hear(fd, line, sizeof(line)),
	      "\"error\": {\"class\": \"DeviceNotActive\", \"desc\": \"no\"}");
	reply(fd, fake_hear(fd, line, sizeof(line)),
	      "\"error\": {\"class\": \"GenericError\", \"desc\": \"a\\u001b[2Jb\"}");
	reply(fd, fake_hear(fd, line, sizeof(line)), "\"error\": 5");
	reply(fd, fake_hear(fd, line, sizeof(line)), "\"error\": {\"class\": 1, \"desc\": []}");
	reply(fd, fake_hear(fd, line, sizeof(line)), "\"return\": {\"n\": 6}");
	fake_hear(fd, line, sizeof(line));
}

TEST(refusals_are_told_and_leave_the_connection)
{
	start(serve_refusals, NULL, LONG_NS);
	EXPECT_INT(run("query", NULL), -ENXIO);
	EXPECT_INT(run("query", NULL), -EREMOTEIO);
	EXPECT_HAS(rig.err.text, "'query': a?[2Jb");
	EXPECT_INT(run("query", NULL), -EREMOTEIO);
	EXPECT_INT(run("query", NULL), -EREMOTEIO);
	expect_works(6);
	EXPECT_INT(qmp_client_number(rig.client), 1);
}

TEST(numbers)
{
	static const char text[] =
		"{\"a\": 18446744073709551615, \"b\": -1, \"c\": 0, \"d\": 1.5, \"e\": \"1\","
		" \"f\": 4503599627370497, \"g\": 9007199254740992}";
	__free_json json_t *json = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
	uint64_t n = 77;

	EXPECT_INT(qmp_u64(json, "a", &n), -EINVAL);
	EXPECT_INT(qmp_u64(json, "b", &n), -EINVAL);
	EXPECT_INT(qmp_u64(json, "d", &n), -EINVAL);
	EXPECT_INT(qmp_u64(json, "e", &n), -EINVAL);
	EXPECT_INT(qmp_u64(json, "g", &n), -EINVAL);
	EXPECT_INT(qmp_u64(json, "none", &n), -EINVAL);
	EXPECT_INT(qmp_u64(NULL, "a", &n), -EINVAL);
	EXPECT_U64(n, 77);
	EXPECT_INT(qmp_u64(json, "c", &n), 0);
	EXPECT_U64(n, 0);
	EXPECT_INT(qmp_u64(json, "f", &n), 0);
	EXPECT_U64(n, 4503599627370497);
}

TEST(a_path_that_is_too_long)
{
	char path[200];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	EXPECT_INT(qmp_client_create(&rig.client, "g", path, LONG_NS, &rig.err),
		   -ENAMETOOLONG);
}

/* A good conversation, sent blindly, in which a few bytes are others. */
static void serve_mutants(int fd, unsigned int number, void *data)
{
	char text[] = "{\"QMP\": {\"version\": {}}}\r\n{\"return\": {}, \"id\": 000}\r\n"
		      "{\"event\": \"A\", \"data\": [1, {}]}\r\n"
		      "{\"return\": {\"n\": 18446744073709551615}, \"id\": 000}\r\n"
		      "{\"error\": {\"class\": \"x\", \"desc\": \"\\u0000\"}, \"id\": 000}\r\n";
	char line[512];
	struct random rnd;
	size_t i;

	random_init(&rnd, number + 1);
	for (i = random_below(&rnd, 8); i > 0; i--)
		text[random_below(&rnd, sizeof(text) - 1)] =
			(char)(random_below(&rnd, 2) ? random_below(&rnd, 256) :
			       (uint64_t)"{}[]\",:\n0e"[random_below(&rnd, 10)]);
	send(fd, text, random_below(&rnd, 2) ? sizeof(text) - 1 :
	     1 + random_below(&rnd, sizeof(text) - 2), MSG_NOSIGNAL);
	/* Until the client has had enough, or is through. */
	shutdown(fd, SHUT_WR);
	while (recv(fd, line, sizeof(line), 0) > 0)
		;
}

TEST(whatever_bytes_there_are)
{
	int i, r;

	start(serve_mutants, NULL, LONG_NS);
	for (i = 0; i < 2000; i++) {
		r = run("query", NULL);
		EXPECT(r == 0 || r == -ENOTCONN || r == -EREMOTEIO);
	}
	/* Each of them was hung up on sooner or later. */
	EXPECT(qmp_client_number(rig.client) > 100);
}

KTAP_MAIN()
