// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces of a virtual machine, as its QEMU has them on the host's side. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "nic.h"

#define FDINFO_MOST	65536

/* A tap says its interface: "iff:	tap0". Return: false for another descriptor. */
static bool read_tap(pid_t pid, const char *fd, char ret[NIC_NAME_MAX])
{
	__free_mem char *text = NULL;
	static const char before[] = "iff:\t";
	char path[64];
	struct stat st;
	const char *at;
	size_t len;

	/* A dma-buf tells a name there that whoever has it may choose. */
	snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", (int)pid, fd);
	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(10, 200))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", (int)pid, fd);
	if (file_read(path, FDINFO_MOST, &text, NULL, NULL) < 0)
		return false;
	at = strstr(text, before);
	if (!at)
		return false;
	at += strlen(before);
	len = strcspn(at, "\n");
	if (len == 0 || len >= NIC_NAME_MAX)
		return false;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return true;
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
	int i, n, count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	n = scandir(path, &entries, NULL, versionsort);
	if (n < 0)
		return error_errno(err, -errno, "process %d: its descriptors", (int)pid);
	for (i = 0; i < n; i++) {
		struct nic nic = { .user = false };

		if (read_tap(pid, entries[i]->d_name, nic.name))
			count = add(ret, count, &nic);
		free(entries[i]);
	}
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
