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
/* TCP_TIME_WAIT of include/net/tcp_states.h. */
#define TIME_WAIT	6

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

static int note_tcp(const struct guest_socket *socket, void *data)
{
	ASSERT(seen_count < SOCKETS);
	seen[seen_count++] = *socket;
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

/* "ADDRESS REFS TYPE PROTOCOL INTERFACE RUNNING RMEM USER INODE" */
static bool compare_packet(const char *line)
{
	unsigned int type, protocol, interface;
	unsigned long long inode;
	const struct guest_socket *s;

	if (sscanf(line, "%*x %*d %u %x %u %*d %*u %*u %llu", &type, &protocol, &interface,
		   &inode) != 4)
		return false;
	s = find(inode);
	if (!s) {
		KTAP_SAY("socket %llu was not seen", inode);
		return false;
	}
	EXPECT_INT(s->family, AF_PACKET);
	EXPECT_INT(s->type, type);
	EXPECT_INT(s->protocol, protocol);
	EXPECT_INT(s->interface, interface);
	return true;
}

/* "ADDRESS PROTOCOL PORT GROUPS RMEM WMEM DUMP LOCKS DROPS INODE"; the kernel's own have port 0. */
static bool compare_netlink(const char *line)
{
	unsigned int protocol, port;
	unsigned long long inode;
	const struct guest_socket *s;

	if (sscanf(line, "%*x %u %u %*x %*d %*d %*d %*d %*u %llu", &protocol, &port, &inode) != 3 ||
	    !port)
		return false;
	s = find(inode);
	if (!s) {
		KTAP_SAY("socket %llu was not seen", inode);
		return false;
	}
	EXPECT_INT(s->family, AF_NETLINK);
	EXPECT_INT(s->protocol, protocol);
	EXPECT_U64(s->port, port);
	return true;
}

static bool compare_line(const char *line, int family, int protocol)
{
	switch (family) {
	case AF_UNIX: return compare_unix(line);
	case AF_PACKET: return compare_packet(line);
	case AF_NETLINK: return compare_netlink(line);
	default: return compare_ip(line, family, protocol);
	}
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
		count += compare_line(line, family, protocol);
	}
	fclose(file);
	printf("# %s: %zu\n", name, count);
	return count;
}

/* By what TCP has itself: each line of the guest's tables, also of those that nobody holds. */
static bool compare_tcp(const char *line, int family)
{
	unsigned int local_port, remote_port, state;
	char local[40], remote[40];
	uint8_t here[16], there[16];
	size_t i, len = family == AF_INET ? 4 : 16;

	if (sscanf(line, " %*u: %39[0-9A-F]:%x %39[0-9A-F]:%x %x", local, &local_port, remote,
		   &remote_port, &state) != 5)
		return false;
	parse_ip(local, here);
	parse_ip(remote, there);
	for (i = 0; i < seen_count; i++)
		if (seen[i].family == family && seen[i].local_port == local_port &&
		    seen[i].remote_port == remote_port && memcmp(seen[i].local, here, len) == 0 &&
		    memcmp(seen[i].remote, there, len) == 0)
			break;
	if (i == seen_count) {
		KTAP_SAY("%s:%x to %s:%x was not seen", local, local_port, remote, remote_port);
		return false;
	}
	EXPECT_INT(seen[i].state, state);
	return true;
}

static size_t count_waiting(void)
{
	size_t i, count = 0;

	for (i = 0; i < seen_count; i++)
		count += seen[i].state == TIME_WAIT;
	return count;
}

TEST(tcp_that_nobody_holds)
{
	char *told, *line, *rest;
	size_t count = 0, waiting;

	vm_start(VIEWED);
	/* A connection that has ended waits for a minute. */
	vm_run("/dev/null", "ifconfig lo 127.0.0.1 up; (nc -ll -p 93 -e true >/dev/null 2>&1 &); "
			    "sleep 1; nc 127.0.0.1 93 </dev/null; sleep 1");
	told = view_ask("cat /proc/net/tcp", NULL);
	view_open();
	EXPECT_INT(guest_tcp_sockets(view_guest, note_tcp, NULL, &doubts), 0);
	for (line = strtok_r(told, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest))
		count += compare_tcp(line, AF_INET);
	free(told);
	waiting = count_waiting();
	printf("# %zu compared, %zu seen, %zu wait\n", count, seen_count, waiting);
	EXPECT(waiting >= 1);
	EXPECT(count + 1 >= waiting);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}

TEST(sockets)
{
	vm_start(VIEWED);
	/*
	 * Both ends of a connection, one who listens by IPv6, datagrams, and unix; who pings, who
	 * gets frames that are for nobody yet, who hears of devices.
	 */
	vm_run("/dev/null", "ifconfig lo 127.0.0.1 up; httpd -p 127.0.0.1:81 -h /; "
			    "(nc -ll -p 91 -e sleep 5000 >/dev/null 2>&1 &); "
			    "(sleep 5000 | nc 127.0.0.1 81 >/dev/null 2>&1 &); "
			    "syslogd -R 127.0.0.1:514 -L; sleep 1; logger hello; "
			    "(ping -i 5000 127.0.0.1 >/dev/null 2>&1 &); "
			    "(udhcpc -f -i lo -s /bin/true -t 5000 >/dev/null 2>&1 &); "
			    "(uevent >/dev/null 2>&1 &); sleep 2");
	view_open();
	EXPECT_INT(guest_processes(view_guest, note_process, NULL, &doubts), 0);
	EXPECT(compare_table("tcp", AF_INET, IPPROTO_TCP) +
	       compare_table("tcp6", AF_INET6, IPPROTO_TCP) >= 4);
	compare_table("udp", AF_INET, IPPROTO_UDP);
	EXPECT(compare_table("unix", AF_UNIX, 0) >= 1);
	EXPECT(compare_table("raw", AF_INET, IPPROTO_ICMP) >= 1);
	EXPECT(compare_table("packet", AF_PACKET, 0) >= 1);
	EXPECT(compare_table("netlink", AF_NETLINK, 0) >= 1);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}
