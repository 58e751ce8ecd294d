// SPDX-License-Identifier: GPL-2.0-or-later
/* A QEMU's monitor: behind a socket of its own, or behind libvirt. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "monitor.h"
#include "plug.h"
#include "qmp-client.h"

/* One that is not stuck answers within a millisecond. */
#define ANSWER_NS	(2 * NSEC_PER_SEC)

/**
 * struct monitor - one of both
 * @name: of the guest
 * @pid: of its QEMU
 * @client: NULL for libvirt's
 * @link: to libvirt
 */
struct monitor {
	char *name;
	pid_t pid;
	struct qmp_client *client;
	struct hv_plug_link link;
};

static struct monitor *create(const char *name)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (monitor)
		monitor->name = strdup(name);
	if (monitor && monitor->name)
		return monitor;
	free(monitor);
	return NULL;
}

int monitor_open_socket(struct monitor **ret, const char *name, const char *path,
			struct error *err)
{
	struct monitor *monitor = create(name);
	int r;

	if (!monitor)
		return error_errno(err, -ENOMEM, "%s", name);
	r = qmp_client_create(&monitor->client, name, path, ANSWER_NS, err);
	if (r == 0)
		r = qmp_client_open(monitor->client, err);
	if (r < 0) {
		monitor_close(monitor);
		return r;
	}
	monitor->pid = qmp_client_pid(monitor->client);
	*ret = monitor;
	return 0;
}

int monitor_open_libvirt(struct monitor **ret, const char *uri,
			 const struct qemu_process *process, struct error *err)
{
	struct monitor *monitor = create(process->name);
	int r;

	if (!monitor)
		return error_errno(err, -ENOMEM, "%s", process->name);
	monitor->pid = process->pid;
	r = hv_plug_monitor(uri, process->uuid, &monitor->link, err);
	if (r < 0) {
		monitor_close(monitor);
		return r;
	}
	*ret = monitor;
	return 0;
}

void monitor_close(struct monitor *monitor)
{
	if (!monitor)
		return;
	qmp_client_destroy(monitor->client);
	if (monitor->link.close)
		monitor->link.close(monitor->link.arg);
	free(monitor->name);
	free(monitor);
}

pid_t monitor_pid(const struct monitor *monitor)
{
	return monitor->pid;
}

static int understand(const struct monitor *monitor, const char *command, const char *text,
		      json_t **ret, struct error *err)
{
	__free_json json_t *reply = json_loads(text, QMP_JSON_FLAGS, NULL);
	json_t *result = json_object_get(reply, "return");

	if (!result)
		return qmp_refused(monitor->name, command, json_object_get(reply, "error"), err);
	if (ret)
		*ret = json_incref(result);
	return 0;
}

static int execute_by_link(struct monitor *monitor, const char *command, json_t *arguments,
			   json_t **ret, struct error *err)
{
	__free_json json_t *request = json_pack("{s:s, s:o*}", "execute", command,
						"arguments", arguments);
	__free_mem char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	__free_mem char *reply = NULL;
	int r;

	if (!text)
		return error_errno(err, -ENOMEM, "%s", monitor->name);
	r = monitor->link.ask(monitor->link.arg, text, &reply, err);
	return r < 0 ? r : understand(monitor, command, reply, ret, err);
}

int monitor_execute(struct monitor *monitor, const char *command, json_t *arguments,
		    json_t **ret, struct error *err)
{
	if (monitor->client)
		return qmp_execute(monitor->client, command, arguments, ret, err);
	return execute_by_link(monitor, command, arguments, ret, err);
}

int monitor_ask(struct monitor *monitor, const char *line, char **ret, struct error *err)
{
	__free_json json_t *result = NULL;
	const char *text;
	int r = monitor_execute(monitor, "human-monitor-command",
				json_pack("{s:s}", "command-line", line), &result, err);

	if (r < 0)
		return r;
	text = json_string_value(result);
	if (!text)
		return error_set(err, -EPROTO, "%s: QEMU's answer to '%s' is no text",
				 monitor->name, line);
	*ret = strdup(text);
	return *ret ? 0 : error_errno(err, -ENOMEM, "%s", monitor->name);
}
