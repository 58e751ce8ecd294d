// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces of a domain of Xen's, which has two for a card that is emulated beside the vif: in a
 * namespace of networks, where netback's folders are made up.  On Xen, lab-tap-xen.sh does it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "kvmonitor/mirror.h"
#include "kvmonitor/nic.h"
#include "ktap.h"

#define BACKENDS	"/sys/bus/xen-backend/devices"
#define ETHERTYPE	0x88b5
#define INNER		"guest"

static bool run(const char *command)
{
	return system(command) == 0;
}

/* Silent ones: the kernel would send frames of its own. */
static bool add_pair(const char *name, const char *peer)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ip link add %s type veth peer name %s && ip link set %s arp off up && ip link set %s arp off up",
		 name, peer, name, peer);
	return run(command);
}

static bool add_vif(const char *device, const char *name, const char *peer)
{
	char command[256];

	snprintf(command, sizeof(command), "mkdir -p " BACKENDS "/%s/net/%s", device, name);
	return run(command) && add_pair(name, peer);
}

static bool make_host(void)
{
	return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", "/sys/bus", "tmpfs", 0, NULL) == 0 &&
	       run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1") &&
	       add_vif("vif-7-0", "vif7.0", "card0") && add_pair("vif7.0-emu", "emulated0");
}

/* Return: a namespace with nothing in it, and there a socket that gets what we send. */
static int make_net(int *ret_socket)
{
	const struct timeval patience = { .tv_sec = 5 };
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int net = unshare(CLONE_NEWNET) < 0 ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	*ret_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE));
	setsockopt(*ret_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return setns(home, CLONE_NEWNET) < 0 ? -1 : net;
}

static bool send_by(const char *interface, char mark)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(interface) };
	unsigned char frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9,
				    ETHERTYPE >> 8, ETHERTYPE & 0xff, (unsigned char)mark };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ssize_t n = sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to));

	close(fd);
	return n == (ssize_t)sizeof(frame);
}

/* Return: the mark of the next frame that comes; 0 for none. */
static char receive(int fd)
{
	unsigned char frame[256];

	return recv(fd, frame, sizeof(frame), 0) > ETH_HLEN ? (char)frame[ETH_HLEN] : 0;
}

static bool is_as_before(void)
{
	return run("! ip -br link | grep kvmon && ! tc qdisc show | grep clsact") &&
	       run("! ls /run/kvmonitor/tap-$(stat -Lc %i /proc/self/ns/net)-* 2>/dev/null");
}

/* Both, as "kvmonitor tap" does. */
static int make_both(struct mirror mirrors[2], int net, struct error *err)
{
	pid_t holder;
	int r = mirror_open(&mirrors[0], "vif7.0", &holder, err);

	if (r == 0)
		r = mirror_make(&mirrors[0], net, INNER, err);
	if (r == 0)
		r = mirror_open(&mirrors[1], "vif7.0-emu", &holder, err);
	return r < 0 ? r : mirror_join(&mirrors[1], &mirrors[0], err);
}

static void undo_both(struct mirror mirrors[2])
{
	EXPECT_INT(mirror_undo(&mirrors[1], NULL), 0);
	mirror_close(&mirrors[1]);
	EXPECT_INT(mirror_undo(&mirrors[0], NULL), 0);
	mirror_close(&mirrors[0]);
	EXPECT(is_as_before());
}

#define NEEDS_HOST()							\
	do {								\
		if (geteuid() != 0)					\
			SKIP("not root");				\
		if (!make_host())					\
			SKIP("no namespaces, or no veth");		\
	} while (0)

TEST(a_card_that_is_emulated_too_is_told)
{
	struct nic nics[NICS_MAX];

	NEEDS_HOST();
	ASSERT(add_vif("vif-7-1", "web", "card1"));
	ASSERT(add_vif("vif-70-0", "vif70.0", "card2") && add_pair("vif70.0-emu", "emulated2"));
	EXPECT_INT(nic_vifs(7, nics), 2);
	EXPECT_STR(nics[0].name, "vif7.0");
	EXPECT_STR(nics[0].emulated, "vif7.0-emu");
	EXPECT_STR(nics[1].name, "web");
	EXPECT_STR(nics[1].emulated, "");
	EXPECT_INT(nic_vifs(8, nics), 0);
}

TEST(both_are_seen_in_one_place)
{
	struct mirror mirrors[2];
	struct error err = { 0 };
	int fd, net;

	NEEDS_HOST();
	net = make_net(&fd);
	ASSERT(net >= 0 && fd >= 0);
	EXPECT_INT(make_both(mirrors, net, &err), 0);
	EXPECT_STR(err.text, "");
	/* What the guest sends, and what it gets. */
	EXPECT(send_by("card0", 'a') && receive(fd) == 'a');
	EXPECT(send_by("emulated0", 'b') && receive(fd) == 'b');
	EXPECT(send_by("vif7.0", 'c') && receive(fd) == 'c');
	EXPECT(send_by("vif7.0-emu", 'd') && receive(fd) == 'd');
	/* The guest unplugs it. */
	ASSERT(run("ip link del vif7.0-emu"));
	EXPECT(send_by("card0", 'e') && receive(fd) == 'e');
	undo_both(mirrors);
}

TEST(one_that_is_refused_leaves_the_other)
{
	struct mirror mirrors[2];
	struct error err;
	int fd, net;

	NEEDS_HOST();
	net = make_net(&fd);
	ASSERT(run("tc qdisc add dev vif7.0-emu ingress"));
	EXPECT_INT(make_both(mirrors, net, &err), -EEXIST);
	EXPECT_HAS(err.text, "vif7.0-emu: has an 'ingress' qdisc");
	EXPECT(send_by("card0", 'a') && receive(fd) == 'a');
	undo_both(mirrors);
}

TEST(what_a_killed_one_leaves_goes_with_the_domain)
{
	struct mirror mirrors[2];
	int fd, net, status;
	pid_t pid, holder;

	NEEDS_HOST();
	net = make_net(&fd);
	pid = fork();
	if (pid == 0)
		_exit(make_both(mirrors, net, NULL) == 0 ? 0 : 1);
	ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT(send_by("emulated0", 'a') && receive(fd) == 'a');
	/* The pair is still what the vif's copies go by. */
	ASSERT(run("ip link del vif7.0-emu"));
	ASSERT(mirror_open(&mirrors[0], "card0", &holder, NULL) == 0);
	mirror_close(&mirrors[0]);
	EXPECT(send_by("card0", 'b') && receive(fd) == 'b');
	ASSERT(run("ip link del vif7.0 && ip link add vif8.0 type veth peer name card3"));
	ASSERT(mirror_open(&mirrors[0], "vif8.0", &holder, NULL) == 0);
	mirror_close(&mirrors[0]);
	EXPECT(is_as_before());
}

KTAP_MAIN()
