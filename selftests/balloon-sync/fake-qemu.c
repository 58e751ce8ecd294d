// SPDX-License-Identifier: GPL-2.0-or-later
/* Something at a socket that talks like QEMU, or like nothing on earth. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-qemu.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"

static void __attribute__((noreturn)) listen_on(const char *path, int ready,
						fake_serve_t serve, void *data)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned int number = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	strcpy(address.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0 ||
	    write(ready, "", 1) != 1)
		_exit(1);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			_exit(1);
		serve(client, number++, data);
		close(client);
	}
}

pid_t fake_listen(const char *path, fake_serve_t serve, void *data)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) < 0)
		exit(1);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (pid == 0)
		listen_on(path, ready[1], serve, data);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1);
	close(ready[0]);
	return pid;
}

void fake_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

void fake_say(int fd, const char *text)
{
	size_t len = strlen(text), sent = 0;

	while (sent < len) {
		ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

unsigned long fake_hear(int fd, char *line, size_t room)
{
	const char *id;
	size_t len = 0;

	while (len + 1 < room && recv(fd, line + len, 1, 0) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	id = strstr(line, "\"id\":");
	return id ? strtoul(id + 5, NULL, 10) : 0;
}

void fake_begin(int fd)
{
	char line[512], reply[64];

	fake_say(fd, GREETING);
	snprintf(reply, sizeof(reply), "{\"return\": {}, \"id\": %lu}\r\n",
		 fake_hear(fd, line, sizeof(line)));
	fake_say(fd, reply);
}

struct fake_qemu *fake_qemu_create(void)
{
	struct fake_qemu *qemu = mmap(NULL, sizeof(*qemu), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (qemu == MAP_FAILED)
		exit(1);
	qemu->actual_kb = FAKE_RAM_KB;
	strcpy(qemu->uuid, "11111111-2222-3333-4444-555555555555");
	strcpy(qemu->stats, "{\"stats\": {}, \"last-update\": 0}");
	return qemu;
}

static uint64_t value_of(const char *line)
{
	const char *value = strstr(line, "\"value\":");

	return value ? strtoull(value + 8, NULL, 10) : 0;
}

/* Return: false to hang up. */
static bool balloon(struct fake_qemu *qemu, const char *line, char *ret, size_t room)
{
	qemu->asked_kb = value_of(line) / 1024;
	qemu->asks++;
	snprintf(ret, room, "\"return\": {}");
	if (!qemu->lose_answer)
		return true;
	qemu->lose_answer = false;
	return false;
}

static const char no_balloon[] =
	"\"error\": {\"class\": \"DeviceNotActive\", \"desc\": \"No balloon device\"}";

/* Return: false to hang up. */
static bool answer(struct fake_qemu *qemu, const char *line, char *ret, size_t room)
{
	if (strstr(line, "\"query-uuid\"")) {
		snprintf(ret, room, "\"return\": {\"UUID\": \"%s\"}", qemu->uuid);
	} else if (strstr(line, "\"query-memory-size-summary\"")) {
		snprintf(ret, room, "\"return\": {\"base-memory\": %d, \"plugged-memory\": 0}",
			 FAKE_RAM_KB * 1024);
	} else if (strstr(line, "\"query-memdev\"")) {
		snprintf(ret, room, "\"return\": [{\"id\": \"ram\", \"size\": %d}]",
			 FAKE_RAM_KB * 1024);
	} else if (strstr(line, "\"query-balloon\"") && !qemu->no_balloon) {
		snprintf(ret, room, "\"return\": {\"actual\": %llu}",
			 (unsigned long long)qemu->actual_kb * 1024);
	} else if (strstr(line, "\"balloon\"") && !qemu->no_balloon) {
		return balloon(qemu, line, ret, room);
	} else if (strstr(line, "balloon\"")) {
		snprintf(ret, room, "%s", no_balloon);
	} else if (strstr(line, "\"qom-list\"")) {
		snprintf(ret, room, "\"return\": [{\"name\": \"type\", \"type\": \"string\"}%s]",
			 strstr(line, "anon") ?
			 ", {\"name\": \"device[1]\", \"type\": \"child<virtio-balloon-pci>\"}" :
			 "");
	} else if (strstr(line, "\"qom-set\"")) {
		qemu->period_s = (unsigned int)value_of(line);
		snprintf(ret, room, "\"return\": {}");
	} else if (strstr(line, "\"qom-get\"") && strstr(line, "device[1]\"")) {
		snprintf(ret, room, "\"return\": %s", qemu->stats);
	} else {
		snprintf(ret, room, "\"error\": {\"class\": \"GenericError\"}");
	}
	return true;
}

void fake_qemu_serve(int fd, unsigned int number, void *data)
{
	struct fake_qemu *qemu = data;
	char line[1024], body[2048], reply[2200];
	unsigned long id;

	fake_begin(fd);
	for (;;) {
		id = fake_hear(fd, line, sizeof(line));
		if (!line[0] || !answer(qemu, line, body, sizeof(body)))
			return;
		/* An event may come at any time. */
		fake_say(fd, "{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 1}}\r\n");
		snprintf(reply, sizeof(reply), "{%s, \"id\": %lu}\r\n", body, id);
		fake_say(fd, reply);
	}
}
