// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netfuzz SECONDS SEED [WORKERS] - say everything to the module's netlink family
 * that must not be said, and some things that may be.
 *
 * Messages are malformed, random or right; lists are left half read, sockets
 * closed with requests and thresholds on them, groups joined and never listened
 * to.  One worker is not root.  What is answered does not matter: the kernel's
 * reports do, and the module's counts when all is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filecache.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "random.h"

#define MESSAGE_MAX 8192
#define CROWD 24

/**
 * struct totals - what all workers have done, in memory that they share
 * @messages: sent
 * @answers: messages that came back and were no error
 * @refused: answered by an error
 * @evictions: of them, that were evictions
 */
struct totals {
	uint64_t messages;
	uint64_t answers;
	uint64_t refused;
	uint64_t evictions;
};

/**
 * struct message - one that is being put together
 * @buf: it
 * @len: of it
 */
struct message {
	char buf[MESSAGE_MAX] __attribute__((aligned(8)));
	size_t len;
};

static struct random rnd;
static struct totals *totals;
static uint16_t family;
static uint32_t groups[8];
static unsigned int ngroups;

static uint64_t below(uint32_t bound)
{
	return random_below(&rnd, bound);
}

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static int open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int one = 1, small = 2048;

	if (fd < 0)
		return fd;
	if (below(2))
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (below(2))
		setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	if (!below(4))
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	/* Then lists come in many small pieces, and announcements are lost. */
	if (!below(3))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	return fd;
}

static void begin(struct message *m, uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = (void *)m->buf;
	struct genlmsghdr *genl = (void *)(nlh + 1);

	memset(m->buf, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = random_next(&rnd);
	genl->cmd = cmd;
	genl->version = below(16) ? 1 : below(256);
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
}

/* @claim: how long the attribute says that it is, if not what it is. */
static void put(struct message *m, uint16_t type, const void *data, size_t len, int claim)
{
	struct nlattr *attr = (void *)(m->buf + m->len);

	if (m->len + NLA_HDRLEN + NLA_ALIGN(len) > MESSAGE_MAX)
		return;
	attr->nla_type = type;
	attr->nla_len = claim >= 0 ? claim : (int)(NLA_HDRLEN + len);
	memcpy(attr + 1, data, len);
	m->len += NLA_HDRLEN + NLA_ALIGN(len);
}

static void put_u32(struct message *m, uint16_t type, uint32_t value)
{
	put(m, type, &value, sizeof(value), -1);
}

static void put_u64(struct message *m, uint16_t type, uint64_t value)
{
	put(m, type, &value, sizeof(value), -1);
}

/* Numbers that might mean something there. */
static uint64_t some_number(void)
{
	switch (below(6)) {
	case 0:
		return below(8);
	case 1:
		return below(3000);
	case 2:
		return getpid() - below(50);
	case 3:
		return ~0ULL - below(3);
	case 4:
		return 1ULL << below(64);
	default:
		return random_next(&rnd);
	}
}

static void put_random(struct message *m)
{
	char data[1024];
	uint16_t type = below(30);
	size_t len = below(8) ? 4UL << below(2) : below(sizeof(data));
	uint64_t number = some_number();
	size_t i;

	if (!below(16))
		type |= below(2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
	if (!below(64))
		type = random_next(&rnd);
	for (i = 0; i < len; i++)
		data[i] = random_next(&rnd);
	memcpy(data, &number, len < sizeof(number) ? len : sizeof(number));
	put(m, type, data, len, below(16) ? -1 : (int)below(4096));
}

/* The answers so far: what is not read stays where it is. */
static void take(int fd, int most)
{
	char buf[16384];
	const struct nlmsghdr *nlh;
	ssize_t n;

	while (most-- > 0 && (n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		for (nlh = (void *)buf; NLMSG_OK(nlh, (size_t)n); nlh = NLMSG_NEXT(nlh, n)) {
			const struct nlmsgerr *e = NLMSG_DATA(nlh);
			const struct genlmsghdr *genl = NLMSG_DATA(nlh);

			if (nlh->nlmsg_type == NLMSG_ERROR && e->error)
				count(&totals->refused, 1);
			else
				count(&totals->answers, 1);
			if (nlh->nlmsg_type == family && genl->cmd == FILECACHE_CMD_EVICT)
				count(&totals->evictions, 1);
		}
	}
}

static void send_message(int fd, struct message *m)
{
	struct nlmsghdr *nlh = (void *)m->buf;

	nlh->nlmsg_len = m->len;
	/* Longer or shorter than what is sent. */
	if (!below(12))
		nlh->nlmsg_len = below(2 * m->len);
	if (!below(24))
		m->len = below(m->len + 1);
	if (send(fd, m->buf, m->len, MSG_DONTWAIT) >= 0)
		count(&totals->messages, 1);
}

static void say_anything(int fd)
{
	uint16_t flags = 0;
	struct message m;
	int i;

	if (below(2))
		flags |= NLM_F_ACK;
	if (!below(4))
		flags |= NLM_F_DUMP;
	if (!below(32))
		flags |= random_next(&rnd);
	begin(&m, family, below(12), flags);
	for (i = below(6); i > 0; i--)
		put_random(&m);
	send_message(fd, &m);
	take(fd, 4);
}

/* Right ones, so that the states are reached that malformed ones are said in. */
static void say_something_right(int fd)
{
	struct message m;

	switch (below(8)) {
	case 0:
		begin(&m, family, FILECACHE_CMD_EVICT, NLM_F_ACK);
		put_u64(&m, FILECACHE_A_EVICT_ID, 1 + below(4000));
		break;
	case 1:
		begin(&m, family, FILECACHE_CMD_EVICT, NLM_F_ACK);
		put_u32(&m, FILECACHE_A_EVICT_PID, getpid() - below(200));
		break;
	case 2:
		begin(&m, family, FILECACHE_CMD_FORGET, NLM_F_ACK);
		if (below(4))
			put_u64(&m, FILECACHE_A_FORGET_ID, 1 + below(4000));
		else
			put(&m, FILECACHE_A_FORGET_DEAD, NULL, 0, -1);
		break;
	case 3:
		begin(&m, family, FILECACHE_CMD_OWNER_GET, NLM_F_ACK);
		put_u32(&m, FILECACHE_A_OWNER_PID, getpid() - below(200));
		break;
	case 4:
		begin(&m, family, FILECACHE_CMD_STATS_GET, NLM_F_ACK);
		break;
	case 5:
		begin(&m, family, FILECACHE_CMD_FILES_GET, NLM_F_DUMP);
		put_u32(&m, FILECACHE_A_FILE_PID, getpid() - below(200));
		break;
	case 6:
		begin(&m, family, FILECACHE_CMD_OWNER_GET, NLM_F_DUMP);
		break;
	default:
		begin(&m, family, FILECACHE_CMD_THRESHOLD_SET, NLM_F_ACK);
		if (below(2))
			put_u64(&m, FILECACHE_A_THRESHOLD_OWNER_ID, 1 + below(4000));
		else
			put_u64(&m, FILECACHE_A_THRESHOLD_CGROUP_ID, 1 + below(200));
		put_u64(&m, FILECACHE_A_THRESHOLD_PAGES, 1 + below(5000));
	}
	send_message(fd, &m);
	take(fd, below(20));
}

/* Two requests in one packet, either of which may be a list. */
static void say_two_at_once(int fd)
{
	struct message m, second;
	struct nlmsghdr *nlh = (void *)m.buf;

	begin(&m, family, below(12), below(2) ? NLM_F_DUMP : NLM_F_ACK);
	nlh->nlmsg_len = m.len;
	begin(&second, family, below(12), below(2) ? NLM_F_DUMP : NLM_F_ACK);
	put_random(&second);
	((struct nlmsghdr *)second.buf)->nlmsg_len = second.len;
	memcpy(m.buf + m.len, second.buf, second.len);
	if (send(fd, m.buf, m.len + second.len, MSG_DONTWAIT) >= 0)
		count(&totals->messages, 2);
	take(fd, below(4));
}

static void take_down_threshold(int fd)
{
	struct message m;

	begin(&m, family, FILECACHE_CMD_THRESHOLD_DEL, NLM_F_ACK);
	put_u32(&m, FILECACHE_A_THRESHOLD_ID, below(2000));
	send_message(fd, &m);
	take(fd, 4);
}

static void join(int fd)
{
	int group = ngroups ? groups[below(ngroups)] : 0;

	setsockopt(fd, SOL_NETLINK, below(4) ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP,
		   &group, sizeof(group));
}

/* Many at once, each with something under way, all closed in the midst of it. */
static void crowd(void)
{
	int fd[CROWD], i;

	for (i = 0; i < CROWD; i++) {
		fd[i] = open_socket();
		if (!below(3))
			join(fd[i]);
		say_something_right(fd[i]);
		if (!below(3))
			say_something_right(fd[i]);
	}
	for (i = 0; i < CROWD; i++)
		close(fd[i]);
}

static void worker(time_t end)
{
	int fd = open_socket();

	while (time(NULL) < end) {
		switch (below(16)) {
		case 0:
			close(fd);
			fd = open_socket();
			break;
		case 1:
			crowd();
			break;
		case 2:
			join(fd);
			break;
		case 3:
			take_down_threshold(fd);
			break;
		case 4:
			say_two_at_once(fd);
			break;
		case 5:
		case 6:
		case 7:
		case 8:
			say_something_right(fd);
			break;
		default:
			say_anything(fd);
		}
	}
	close(fd);
}

static void find_groups(const struct nlattr *list)
{
	const struct nlattr *one, *part;
	int left = list->nla_len - NLA_HDRLEN, inner;

	for (one = list + 1; left >= NLA_HDRLEN && ngroups < 8;
	     left -= NLA_ALIGN(one->nla_len),
	     one = (void *)((char *)one + NLA_ALIGN(one->nla_len))) {
		inner = one->nla_len - NLA_HDRLEN;
		for (part = one + 1; inner >= NLA_HDRLEN;
		     inner -= NLA_ALIGN(part->nla_len),
		     part = (void *)((char *)part + NLA_ALIGN(part->nla_len)))
			if (part->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				memcpy(&groups[ngroups++], part + 1, 4);
	}
}

/* Return: whether the family is there. */
static bool find_family(void)
{
	const struct nlattr *attr;
	struct message m;
	char buf[16384];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ssize_t n;

	random_init(&rnd, 0);
	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put(&m, CTRL_ATTR_FAMILY_NAME, FILECACHE_FAMILY_NAME,
	    sizeof(FILECACHE_FAMILY_NAME), -1);
	((struct nlmsghdr *)m.buf)->nlmsg_len = m.len;
	if (send(fd, m.buf, m.len, 0) < 0)
		return false;
	n = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	n -= NLMSG_HDRLEN + GENL_HDRLEN;
	family = 0;
	ngroups = 0;
	for (attr = (void *)(buf + NLMSG_HDRLEN + GENL_HDRLEN); n >= NLA_HDRLEN;
	     n -= NLA_ALIGN(attr->nla_len),
	     attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len))) {
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&family, attr + 1, 2);
		else if ((attr->nla_type & NLA_TYPE_MASK) == CTRL_ATTR_MCAST_GROUPS)
			find_groups(attr);
	}
	return family;
}

int main(int argc, char **argv)
{
	uint64_t seed;
	int i, workers, status;
	bool crashed = false;
	time_t end;

	if (argc < 3) {
		fprintf(stderr, "usage: netfuzz SECONDS SEED [WORKERS]\n");
		return 2;
	}
	if (!find_family()) {
		fprintf(stderr, "netfuzz: no netlink family\n");
		return 1;
	}
	end = time(NULL) + atoi(argv[1]);
	seed = strtoull(argv[2], NULL, 10);
	workers = argc > 3 ? atoi(argv[3]) : 2;
	printf("netfuzz: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED)
		return 1;
	for (i = 0; i < workers; i++) {
		if (fork())
			continue;
		/* The last one has no rights at all. */
		if (workers > 1 && i == workers - 1 && (setgid(65534) || setuid(65534)))
			_exit(1);
		random_init(&rnd, seed + i);
		worker(end);
		_exit(0);
	}
	while (wait(&status) > 0)
		crashed |= status != 0;
	printf("netfuzz: %llu messages, %llu answers, %llu refused, %llu evictions\n",
	       (unsigned long long)totals->messages, (unsigned long long)totals->answers,
	       (unsigned long long)totals->refused, (unsigned long long)totals->evictions);
	return crashed;
}
