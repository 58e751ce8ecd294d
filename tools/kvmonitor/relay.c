// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of a network that is inside of QEMU, copied to an interface of the IDS':
 *
 *	guest -- netdev -- QEMU's own network	unchanged
 *	          |  filter-mirror
 *	       a socket -- a process of nobody's -- a tap in the IDS' namespace
 *
 * QEMU waits for who takes copies, so that process does nothing else, and does not wait for the
 * IDS.  When it ends, QEMU goes on without it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "relay.h"
#include "tool.h"

#define FILTER		"kvmonitor-filter"
#define CHARDEV		"kvmonitor-mirror"
/* The longest frame there is, with all that a card may be asked to cut. */
#define FRAME_MOST	131072
#define NOBODY		65534
#define CONNECT_MS	5000

/* What is not there is no failure. */
static int remove_filter(struct monitor *monitor, struct error *err)
{
	struct error why;
	int r;

	monitor_execute(monitor, "object-del", json_pack("{s:s}", "id", FILTER), NULL, NULL);
	r = monitor_execute(monitor, "chardev-remove", json_pack("{s:s}", "id", CHARDEV), NULL,
			    &why);
	/* What it refuses it has not got; when it cannot be asked, that is told. */
	return r == 0 || r == -EREMOTEIO || r == -ENXIO ? 0 : error_set(err, r, "%s", why.text);
}

int relay_open(struct relay *relay, const struct qemu_process *process,
	       struct monitor *monitor, pid_t *ret_pid, struct error *err)
{
	char name[48];
	int r;

	*relay = (struct relay){ .record.fd = -1 };
	snprintf(name, sizeof(name), "relay-%d-%" PRIu64, (int)process->pid, process->started);
	r = record_open(&relay->record, name, ret_pid, err);
	if (r < 0)
		return r;
	snprintf(relay->path, sizeof(relay->path), RECORD_FOLDER "/%s.socket", name);
	unlink(relay->path);
	r = remove_filter(monitor, err);
	if (r < 0)
		relay_close(relay);
	return r;
}

void relay_close(struct relay *relay)
{
	record_close(&relay->record);
}

/* Its user's alone. */
static int listen_for(const struct relay *relay, uid_t user, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;
	int r;

	if (fd < 0)
		return error_errno(err, -errno, "%s", relay->path);
	strcpy(address.sun_path, relay->path);
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (r < 0 || chown(relay->path, user, (gid_t)-1) < 0 || listen(fd, 1) < 0) {
		r = error_errno(err, -errno, "%s", relay->path);
		close(fd);
		return r;
	}
	return fd;
}

static int add_filter(const struct relay *relay, struct monitor *monitor, const char *netdev,
		      struct error *err)
{
	int r = monitor_execute(monitor, "chardev-add",
				json_pack("{s:s, s:{s:s, s:{s:{s:s, s:{s:s}}, s:b}}}",
					  "id", CHARDEV, "backend", "type", "socket", "data",
					  "addr", "type", "unix", "data", "path", relay->path,
					  "server", 0), NULL, err);

	return r < 0 ? r : monitor_execute(monitor, "object-add",
					   json_pack("{s:s, s:s, s:s, s:s, s:s}",
						     "qom-type", "filter-mirror", "id", FILTER,
						     "netdev", netdev, "queue", "all",
						     "outdev", CHARDEV), NULL, err);
}

/* Nobody but QEMU itself is taken. */
static int take_qemu(int listener, pid_t qemu, struct error *err)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd = poll(&pfd, 1, CONNECT_MS) > 0 ?
		 accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;

	if (fd < 0)
		return error_set(err, -ENOTCONN, "QEMU does not send what it should mirror");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == qemu)
		return fd;
	close(fd);
	return error_set(err, -EPERM, "process %d: is not the QEMU that was asked", (int)peer.pid);
}

/* A tap there; a process cannot be in two namespaces, and comes back to its own. */
static int open_tap(int net, const char *inner, struct error *err)
{
	__free_fd int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	__free_fd int fd = -1;
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int r;

	if (home < 0 || setns(net, CLONE_NEWNET) < 0)
		return error_errno(err, -errno, "a namespace of networks");
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	strncpy(request.ifr_name, inner, sizeof(request.ifr_name) - 1);
	r = fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
	if (setns(home, CLONE_NEWNET) < 0)
		r = -errno;
	if (r < 0)
		return error_errno(err, r, "/dev/net/tun");
	r = tool_raise(net, inner, err);
	return r < 0 ? r : no_free_fd(fd);
}

static bool read_all(int fd, void *buf, size_t len)
{
	char *to = buf;

	while (len > 0) {
		ssize_t got = read(fd, to, len);

		if (got <= 0)
			return false;
		to += got;
		len -= (size_t)got;
	}
	return true;
}

/* A length of four bytes and a frame, again and again; what nobody takes in time is lost. */
static void pump(int from, int to)
{
	char frame[FRAME_MOST];
	uint32_t len;

	while (read_all(from, &len, sizeof(len))) {
		len = ntohl(len);
		if (len > sizeof(frame) || !read_all(from, frame, len))
			break;
		if (write(to, frame, len) < 0 && errno != EAGAIN && errno != EINVAL &&
		    errno != ENOBUFS && errno != ENOMEM && errno != EIO)
			break;
	}
}

static int keep_two(int from, int to)
{
	unsigned int low = (unsigned int)(from < to ? from : to);
	unsigned int high = (unsigned int)(from < to ? to : from);

	if (low > 0 && close_range(0, low - 1, 0) < 0)
		return -errno;
	if (high > low + 1 && close_range(low + 1, high - 1, 0) < 0)
		return -errno;
	return close_range(high + 1, ~0U, 0) < 0 ? -errno : 0;
}

static int start_pump(struct relay *relay, int from, int to, struct error *err)
{
	sigset_t none;

	fflush(NULL);
	relay->pid = fork();
	if (relay->pid > 0)
		return 0;
	if (relay->pid < 0) {
		relay->pid = 0;
		return error_errno(err, -errno, "relay");
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* QEMU waits for us: no terminal stops us with the IDS. */
	setsid();
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	/* Becoming nobody has forgotten it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Whatever else is open here, the monitor above all, is not for it to keep open. */
	if (keep_two(from, to) < 0)
		_exit(1);
	pump(from, to);
	_exit(0);
}

static int make(struct relay *relay, const struct qemu_process *process,
		struct monitor *monitor, const char *netdev, int net, const char *inner,
		struct error *err)
{
	__free_fd int tap = open_tap(net, inner, err);
	__free_fd int listener = tap < 0 ? -1 : listen_for(relay, process->user, err);
	__free_fd int qemu = -1;
	int r;

	if (tap < 0 || listener < 0)
		return tap < 0 ? tap : listener;
	r = add_filter(relay, monitor, netdev, err);
	if (r < 0)
		return r;
	qemu = take_qemu(listener, process->pid, err);
	return qemu < 0 ? qemu : start_pump(relay, qemu, tap, err);
}

int relay_make(struct relay *relay, const struct qemu_process *process,
	       struct monitor *monitor, const char *netdev, int net, const char *inner,
	       struct error *err)
{
	int r = make(relay, process, monitor, netdev, net, inner, err);

	unlink(relay->path);
	if (r < 0)
		relay_undo(relay, monitor, NULL);
	return r;
}

int relay_undo(struct relay *relay, struct monitor *monitor, struct error *err)
{
	int r = remove_filter(monitor, err);

	/* It has ended with that. */
	if (relay->pid > 0) {
		kill(relay->pid, SIGKILL);
		waitpid(relay->pid, NULL, 0);
		relay->pid = 0;
	}
	return r;
}
