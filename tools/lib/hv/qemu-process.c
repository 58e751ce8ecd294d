// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's processes on this host, and what can be seen of them from outside. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macros.h"
#include "qemu-process.h"

#define COMMAND_LINE_MAX	262144
#define STAT_MAX		4096
/* Of /proc/PID/stat, counted from the state, which is the third. */
#define STARTED_FIELD		19
#define OPTIONS_MOST		64

/* Names that QEMU's program has; libvirt asks it what it can, without a guest. */
static bool is_qemu(const char *program)
{
	return strncmp(program, "qemu-system-", strlen("qemu-system-")) == 0 ||
	       strcmp(program, "qemu-kvm") == 0 || strcmp(program, "kvm") == 0;
}

/* Return: false when there is none, or it may not be seen. */
static bool read_program(pid_t pid, char *ret, size_t room)
{
	char path[32], link[4096];
	const char *last;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	len = readlink(path, link, sizeof(link) - 1);
	if (len <= 0)
		return false;
	link[len] = '\0';
	last = strrchr(link, '/');
	if (!last)
		return false;
	/* Of a program that has been replaced meanwhile, " (deleted)" follows. */
	snprintf(ret, room, "%.*s", (int)strcspn(last + 1, " "), last + 1);
	return true;
}

uint64_t qemu_process_started(pid_t pid)
{
	__free_mem char *text = NULL;
	char path[32], *at;
	uint64_t value;
	int i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, STAT_MAX, &text, NULL, NULL) < 0)
		return 0;
	/* The name before it may have blanks and brackets of its own. */
	at = strrchr(text, ')');
	for (i = 0; at && i <= STARTED_FIELD; i++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%" SCNu64, &value) == 1 ? value : 0;
}

/* Return: the path of a chardev that is a socket in a file, made absolute. */
static bool chardev_path(const struct qemu_process *process, const char *id, char *ret,
			 size_t room)
{
	const char *value;
	char text[QEMU_PATH_MAX];
	size_t i;

	for (i = 0; i < OPTIONS_MOST; i++) {
		value = qemu_argument(&process->arguments, "chardev", i);
		if (!value)
			return false;
		if (qemu_property(value, "id", text, sizeof(text)) && strcmp(text, id) == 0)
			return qemu_property(value, "path", ret, room);
	}
	return false;
}

static void add_socket(struct qemu_process *process, const char *path)
{
	struct stat st;
	char link[32], folder[QEMU_PATH_MAX];
	ssize_t len;
	int n;

	if (process->socket_count == QEMU_SOCKETS_MAX)
		return;
	snprintf(link, sizeof(link), "/proc/%d/cwd", (int)process->pid);
	len = *path == '/' ? 0 : readlink(link, folder, sizeof(folder) - 1);
	if (len < 0)
		return;
	folder[len] = '\0';
	n = snprintf(process->sockets[process->socket_count], QEMU_PATH_MAX, "%s%s%s", folder,
		     len ? "/" : "", path);
	if (n < QEMU_PATH_MAX && stat(process->sockets[process->socket_count], &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		process->socket_count++;
}

static void find_sockets(struct qemu_process *process)
{
	static const char unix_socket[] = "unix:";
	char path[QEMU_PATH_MAX], id[QEMU_NAME_MAX], mode[16];
	const char *value;
	size_t i;

	for (i = 0; i < OPTIONS_MOST; i++) {
		value = qemu_argument(&process->arguments, "qmp", i);
		if (!value)
			break;
		if (strncmp(value, unix_socket, strlen(unix_socket)) == 0 &&
		    qemu_property(value + strlen(unix_socket), "", path, sizeof(path)))
			add_socket(process, path);
	}
	for (i = 0; i < OPTIONS_MOST; i++) {
		value = qemu_argument(&process->arguments, "mon", i);
		if (!value)
			break;
		if (qemu_property(value, "mode", mode, sizeof(mode)) &&
		    strcmp(mode, "control") == 0 &&
		    qemu_property(value, "chardev", id, sizeof(id)) &&
		    chardev_path(process, id, path, sizeof(path)))
			add_socket(process, path);
	}
}

/* What encrypts a guest is an object of its own, of QEMU's types for it. */
static bool is_encrypted(const struct qemu_arguments *arguments)
{
	static const char *const types[] = { "sev-guest", "sev-snp-guest", "tdx-guest" };
	const char *value;
	char type[32];
	size_t i, j;

	for (i = 0; i < OPTIONS_MOST; i++) {
		value = qemu_argument(arguments, "object", i);
		if (!value)
			break;
		if (!qemu_property(value, "", type, sizeof(type)))
			continue;
		for (j = 0; j < ARRAY_SIZE(types); j++)
			if (strcmp(type, types[j]) == 0)
				return true;
	}
	return false;
}

/* libvirt's own name for the monitor that it keeps. */
static bool is_libvirts(const struct qemu_arguments *arguments)
{
	char id[QEMU_NAME_MAX];
	const char *value = qemu_argument(arguments, "mon", 0);

	return value && qemu_property(value, "chardev", id, sizeof(id)) &&
	       strcmp(id, "charmonitor") == 0;
}

static void read_arguments(struct qemu_process *process)
{
	const struct qemu_arguments *arguments = &process->arguments;
	const char *name = qemu_argument(arguments, "name", 0);
	const char *uuid = qemu_argument(arguments, "uuid", 0);

	if (name && !qemu_property(name, "guest", process->name, QEMU_NAME_MAX))
		qemu_property(name, "", process->name, QEMU_NAME_MAX);
	if (uuid)
		qemu_property(uuid, "", process->uuid, QEMU_UUID_MAX);
	process->libvirt = is_libvirts(arguments);
	process->encrypted = is_encrypted(arguments);
	find_sockets(process);
}

/* One that runs no guest: -machine none, as libvirt starts it to ask it what it can. */
static bool has_machine(const struct qemu_arguments *arguments)
{
	const char *value = qemu_argument(arguments, "machine", 0);
	char kind[32];

	value = value ? value : qemu_argument(arguments, "M", 0);
	return !value || !qemu_property(value, "", kind, sizeof(kind)) ||
	       strcmp(kind, "none") != 0;
}

int qemu_process_read(struct qemu_process *ret, pid_t pid, struct error *err)
{
	struct qemu_process process = { .pid = pid };
	char path[32];
	struct stat st;
	int r;

	process.started = qemu_process_started(pid);
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (process.started == 0 || stat(path, &st) < 0)
		return error_set(err, -ESRCH, "process %d: there is none", (int)pid);
	process.user = st.st_uid;
	if (!read_program(pid, process.program, sizeof(process.program)) ||
	    !is_qemu(process.program))
		return error_set(err, -EINVAL, "process %d: is no QEMU, or may not be looked at",
				 (int)pid);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	r = file_read(path, COMMAND_LINE_MAX, &process.arguments.text, &process.arguments.len,
		      err);
	if (r < 0)
		return r;
	if (process.arguments.len == 0 || !has_machine(&process.arguments)) {
		qemu_process_free(&process);
		return error_set(err, -EINVAL, "process %d: runs no guest", (int)pid);
	}
	read_arguments(&process);
	*ret = process;
	return 0;
}

void qemu_process_free(struct qemu_process *process)
{
	free(process->arguments.text);
	*process = (struct qemu_process){ 0 };
}

static int add(struct qemu_process **list, size_t *count, pid_t pid)
{
	struct qemu_process one, *more;

	if (qemu_process_read(&one, pid, NULL) < 0)
		return 0;
	more = realloc(*list, (*count + 1) * sizeof(one));
	if (!more) {
		qemu_process_free(&one);
		return -ENOMEM;
	}
	*list = more;
	more[(*count)++] = one;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct qemu_process *one = a, *other = b;

	return (one->pid > other->pid) - (one->pid < other->pid);
}

int qemu_processes(struct qemu_process **ret, size_t *ret_count, struct error *err)
{
	struct qemu_process *list = NULL;
	const struct dirent *entry;
	size_t count = 0;
	DIR *proc = opendir("/proc");
	int r = 0;

	if (!proc)
		return error_errno(err, -errno, "/proc");
	while (r == 0 && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			r = add(&list, &count, (pid_t)strtol(entry->d_name, NULL, 10));
	closedir(proc);
	if (r < 0) {
		qemu_processes_free(list, count);
		return error_errno(err, r, "/proc");
	}
	if (count)
		qsort(list, count, sizeof(*list), by_number);
	*ret = list;
	*ret_count = count;
	return 0;
}

void qemu_processes_free(struct qemu_process *processes, size_t count)
{
	while (count > 0)
		qemu_process_free(&processes[--count]);
	free(processes);
}

static bool has_name(const struct qemu_process *process, const char *name, bool libvirt)
{
	return (!libvirt || process->libvirt) && *name &&
	       (strcmp(process->name, name) == 0 || strcasecmp(process->uuid, name) == 0);
}

int qemu_process_find(struct qemu_process *ret, const char *name, bool libvirt,
		      struct error *err)
{
	struct qemu_process *list;
	pid_t first = 0, second = 0;
	size_t i, count;
	int r = qemu_processes(&list, &count, err);

	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		if (!has_name(&list[i], name, libvirt))
			continue;
		if (first)
			second = list[i].pid;
		else
			first = list[i].pid;
	}
	qemu_processes_free(list, count);
	if (second)
		return error_set(err, -ENOTUNIQ,
				 "%s: several have that name, say pid:%d or pid:%d", name,
				 (int)first, (int)second);
	if (!first)
		return error_set(err, -ENOENT,
				 "%s: no such virtual machine runs; 'kvmonitor list' shows those that do, and a file is written ./%s",
				 name, name);
	return qemu_process_read(ret, first, err);
}
