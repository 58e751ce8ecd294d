// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces of a virtual machine, as its QEMU or Xen's back end has them on the host's side. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "nic.h"

#define FDINFO_MOST	65536
/* Of netback: "vif-DOMAIN-NUMBER", in which the interface has a folder, whatever it is called. */
#define BACKENDS	"/sys/bus/xen-backend/devices"
/* What libxl adds to the name of a vif, for the tap of the emulated card. */
#define EMULATED	"-emu"

/* What comes behind @before, up to @end. Return: false for nothing, or for no name. */
static bool cut_name(const char *text, const char *before, const char *end, char ret[NIC_NAME_MAX])
{
	const char *at = strstr(text, before);
	size_t len;

	if (!at)
		return false;
	at += strlen(before);
	len = strcspn(at, end);
	if (len == 0 || len >= NIC_NAME_MAX)
		return false;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return true;
}

/* A tap says its interface: "iff:	tap0". */
static bool read_tap(pid_t pid, const char *fd, char ret[NIC_NAME_MAX])
{
	__free_mem char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", (int)pid, fd);
	return file_read(path, FDINFO_MOST, &text, NULL, NULL) == 0 &&
	       cut_name(text, "iff:\t", "\n", ret);
}

/*
 * A macvtap is a device of its own: ".../net/macvtap0/macvtap/tap7"; an ipvtap as well.  That
 * tells the kind alone: once the interface is gone, another one gets the number of the device.
 */
static bool is_macvtap(dev_t device)
{
	char path[64], target[512];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(device), minor(device));
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return strstr(target, "/macvtap/") || strstr(target, "/ipvtap/");
}

/* Return: QEMU's own descriptor, which has to be asked itself; negative errno. */
static int get_fd(pid_t pid, const char *fd)
{
	__free_fd int process = (int)syscall(SYS_pidfd_open, pid, 0);
	int copy = process < 0 ? -1 :
		   (int)syscall(SYS_pidfd_getfd, process, (int)strtol(fd, NULL, 10), 0);

	return copy < 0 ? -errno : copy;
}

/* Return: 1; 0 when its interface, or the descriptor, is gone by now; negative errno. */
static int read_macvtap(pid_t pid, const char *fd, char ret[NIC_NAME_MAX], struct error *err)
{
	__free_fd int copy = get_fd(pid, fd);
	struct ifreq request = { .ifr_flags = 0 };

	if (copy == -ESRCH || copy == -EBADF)
		return 0;
	if (copy < 0)
		return error_errno(err, copy,
				   "process %d: its macvtap, by pidfd_getfd as a debugger would",
				   (int)pid);
	if (ioctl(copy, TUNGETIFF, &request) < 0)
		return 0;
	snprintf(ret, NIC_NAME_MAX, "%.*s", IFNAMSIZ - 1, request.ifr_name);
	return 1;
}

/* Return: 1; 0 for another descriptor; negative errno. */
static int read_nic(pid_t pid, const char *fd, char ret[NIC_NAME_MAX], struct error *err)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", (int)pid, fd);
	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode))
		return 0;
	/* A dma-buf tells a name in fdinfo that whoever has it may choose. */
	if (st.st_rdev == makedev(10, 200))
		return read_tap(pid, fd, ret);
	return is_macvtap(st.st_rdev) ? read_macvtap(pid, fd, ret, err) : 0;
}

/* Of an interface with several queues, there is a descriptor for each. */
static int add(struct nic *list, int count, const struct nic *nic)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(list[i].name, nic->name) == 0)
			return count;
	if (count < NICS_MAX)
		list[count++] = *nic;
	return count;
}

int nic_taps(pid_t pid, struct nic ret[NICS_MAX], struct error *err)
{
	struct dirent **entries;
	char path[32];
	int i, n, count = 0, r = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	n = scandir(path, &entries, NULL, versionsort);
	if (n < 0)
		return error_errno(err, -errno, "process %d: its descriptors", (int)pid);
	for (i = 0; i < n; i++) {
		struct nic nic = { .user = false };

		r = r < 0 ? r : read_nic(pid, entries[i]->d_name, nic.name, err);
		if (r > 0)
			count = add(ret, count, &nic);
		free(entries[i]);
	}
	free(entries);
	return r < 0 ? r : count;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The only one in there. Return: false while there is none. */
static bool read_vif(const char *device, char ret[NIC_NAME_MAX])
{
	char path[sizeof(BACKENDS) + 300];
	struct dirent **entries;
	int i, n;

	snprintf(path, sizeof(path), BACKENDS "/%.255s/net", device);
	n = scandir(path, &entries, not_hidden, versionsort);
	if (n < 0)
		return false;
	if (n > 0)
		snprintf(ret, NIC_NAME_MAX, "%.*s", NIC_NAME_MAX - 1, entries[0]->d_name);
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return n > 0;
}

/* The tap is there until the guest unplugs the card; then QEMU closes it. */
static void find_emulated(struct nic *nic)
{
	char name[NIC_NAME_MAX + sizeof(EMULATED)];

	snprintf(name, sizeof(name), "%s" EMULATED, nic->name);
	if (if_nametoindex(name))
		snprintf(nic->emulated, sizeof(nic->emulated), "%.*s", NIC_NAME_MAX - 1, name);
}

int nic_vifs(uint32_t domain, struct nic ret[NICS_MAX])
{
	struct dirent **entries;
	int i, n, count = 0;
	char prefix[24];

	snprintf(prefix, sizeof(prefix), "vif-%" PRIu32 "-", domain);
	n = scandir(BACKENDS, &entries, NULL, versionsort);
	for (i = 0; i < n; i++) {
		struct nic nic = { .user = false };

		if (strncmp(entries[i]->d_name, prefix, strlen(prefix)) == 0 &&
		    read_vif(entries[i]->d_name, nic.name)) {
			find_emulated(&nic);
			count = add(ret, count, &nic);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return count;
}

/* Lines like " \ net0: index=0,type=user,net=10.0.2.0,restrict=off". */
static bool read_user(const char *line, char ret[NIC_NAME_MAX])
{
	size_t start = strspn(line, " \\"), len = strcspn(line + start, ":\r\n");
	const char *rest = line + start + len;

	if (len == 0 || len >= NIC_NAME_MAX || *rest != ':' ||
	    !memmem(rest, strcspn(rest, "\n"), ",type=user,", strlen(",type=user,")))
		return false;
	memcpy(ret, line + start, len);
	ret[len] = '\0';
	return true;
}

size_t nic_parse(const char *text, struct nic *ret, size_t room)
{
	size_t count = 0;

	for (; *text && count < room; text += strcspn(text, "\n")) {
		text += *text == '\n';
		ret[count].user = true;
		count += read_user(text, ret[count].name);
	}
	return count;
}

int nic_users(struct monitor *monitor, struct nic *ret, size_t room, struct error *err)
{
	__free_mem char *text = NULL;
	int r = monitor_ask(monitor, "info network", &text, err);

	return r < 0 ? r : (int)nic_parse(text, ret, room);
}
