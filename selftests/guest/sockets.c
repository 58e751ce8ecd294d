// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of real guests, held against their own /proc/net. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "guest/socket.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define SOCKETS		100

static struct guest_socket seen[SOCKETS];
static size_t seen_count;
static struct guest_doubts doubts;

static int note_file(const struct guest_file *file, void *data)
{
	int r = guest_socket_of(view_guest, file, &seen[seen_count]);

	EXPECT(r >= 0);
	seen_count += r > 0;
	ASSERT(seen_count < SOCKETS);
	return 0;
}

static int note_process(const struct guest_task *task, void *data)
{
	return guest_files(view_guest, task, note_file, NULL, &doubts);
}

static const struct guest_socket *find(uint64_t inode)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].inode == inode)
			return &seen[i];
	return NULL;
}

/* "0100007F" or four of these, each as a number of this machine. */
static void parse_ip(const char *hex, uint8_t ret[16])
{
	unsigned int word, i;

	memset(ret, 0, 16);
	for (i = 0; i < 4 && sscanf(hex + 8 * i, "%8x", &word) == 1; i++)
		memcpy(ret + 4 * i, &word, 4);
}

/* "N: LOCAL:PORT REMOTE:PORT STATE ... INODE ..." Return: whether it was compared. */
static bool compare_ip(const char *line, int family, int protocol)
{
	unsigned int local_port, remote_port, state;
	char local[40], remote[40];
	unsigned long long inode;
	const struct guest_socket *s;
	uint8_t address[16];

	if (sscanf(line, " %*u: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*x:%*x %*x:%*x %*x %*u %*u %llu",
		   local, &local_port, remote, &remote_port, &state, &inode) != 6 || !inode)
		return false;
	s = find(inode);
	if (!s) {
		KTAP_SAY("socket %llu was not seen", inode);
		return false;
	}
	EXPECT_INT(s->family, family);
	EXPECT_INT(s->protocol, protocol);
	EXPECT_INT(s->state, state);
	EXPECT_INT(s->local_port, local_port);
	EXPECT_INT(s->remote_port, remote_port);
	parse_ip(local, address);
	EXPECT(memcmp(s->local, address, family == AF_INET ? 4 : 16) == 0);
	parse_ip(remote, address);
	EXPECT(memcmp(s->remote, address, family == AF_INET ? 4 : 16) == 0);
	return true;
}

/* "ADDRESS: REFS PROTOCOL FLAGS TYPE STATE INODE PATH" */
static bool compare_unix(const char *line)
{
	const struct guest_socket *s;
	unsigned long long inode;
	unsigned int type;
	char path[200] = "";

	if (sscanf(line, "%*x: %*x %*x %*x %x %*x %llu %199s", &type, &inode, path) < 2)
		return false;
	s = find(inode);
	if (!s) {
		KTAP_SAY("socket %llu (%s) was not seen", inode, path);
		return false;
	}
	EXPECT_INT(s->family, AF_UNIX);
	EXPECT_INT(s->type, type);
	EXPECT_STR(s->name, path);
	return true;
}

static size_t compare_table(const char *name, int family, int protocol)
{
	char path[600], command[64], line[1024];
	size_t count = 0;
	FILE *file;

	snprintf(command, sizeof(command), "cat /proc/net/%s", name);
	vm_path(path, sizeof(path), name);
	vm_run(path, command);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		count += family == AF_UNIX ? compare_unix(line) :
					     compare_ip(line, family, protocol);
	}
	fclose(file);
	printf("# %s: %zu\n", name, count);
	return count;
}

TEST(sockets)
{
	vm_start(VIEWED);
	/* Both ends of a connection, one who listens by IPv6, datagrams, and unix. */
	vm_run("/dev/null", "ifconfig lo 127.0.0.1 up; httpd -p 127.0.0.1:81 -h /; "
			    "(nc -ll -p 91 -e sleep 5000 >/dev/null 2>&1 &); "
			    "(sleep 5000 | nc 127.0.0.1 81 >/dev/null 2>&1 &); "
			    "syslogd -R 127.0.0.1:514 -L; sleep 1; logger hello; sleep 1");
	view_open();
	EXPECT_INT(guest_processes(view_guest, note_process, NULL, &doubts), 0);
	EXPECT(compare_table("tcp", AF_INET, IPPROTO_TCP) +
	       compare_table("tcp6", AF_INET6, IPPROTO_TCP) >= 4);
	compare_table("udp", AF_INET, IPPROTO_UDP);
	EXPECT(compare_table("unix", AF_UNIX, 0) >= 1);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}
