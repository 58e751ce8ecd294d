// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU guests, each behind its QMP socket.
 *
 * "balloon" is a request that QEMU forgets to tell us about: only what the guest
 * has done of it can be read.  What was asked last is therefore kept here; nothing
 * is ever derived from a size that is still on its way.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/macros.h"
#include "hv.h"
#include "qmp-client.h"
#include "resident.h"

/* A QEMU that is not stuck answers within a millisecond. */
#define ANSWER_NS	(2 * NSEC_PER_SEC)
#define STATS_S		2
#define PATH_MAX_LEN	256
#define NO_UUID		"00000000-0000-0000-0000-000000000000"

/**
 * struct qmp_guest - a guest and what is known of the QEMU behind its socket
 * @next: another one
 * @path: of its socket
 * @client: the connection
 * @number: of the connection that was looked at last
 * @domain: who is there; its name counts from the beginning
 * @max_kb: its RAM
 * @target_kb: what it has been asked to hold
 * @unsure: the answer to that request was lost, so it is made again
 * @resident: where its RAM is
 * @balloon: QOM path of its balloon, empty until it has been looked for
 */
struct qmp_guest {
	struct qmp_guest *next;
	char *path;
	struct qmp_client *client;
	unsigned int number;
	struct hv_domain domain;
	uint64_t max_kb;
	uint64_t target_kb;
	bool unsure;
	struct resident resident;
	char balloon[PATH_MAX_LEN];
};

/**
 * struct hv_qmp - all of them
 * @hv: what users of the library see
 * @guests: the newest first
 */
struct hv_qmp {
	struct hv hv;
	struct qmp_guest *guests;
};

static struct hv_qmp *to_qmp(struct hv *hv)
{
	return (struct hv_qmp *)hv;
}

static int not_understood(const struct qmp_guest *guest, const char *command,
			  struct error *err)
{
	return error_set(err, -EPROTO,
			 "%s: QEMU's answer to '%s' is not understood; is it older than 5.0?",
			 guest->domain.name, command);
}

static int get_u64(struct qmp_guest *guest, const char *command, const char *key,
		   uint64_t *ret, struct error *err)
{
	__free_json json_t *result = NULL;
	int r = qmp_execute(guest->client, command, NULL, &result, err);

	if (r == 0 && qmp_u64(result, key, ret) < 0)
		r = not_understood(guest, command, err);
	return r;
}

static int get_actual(struct qmp_guest *guest, uint64_t *ret_kb, struct error *err)
{
	uint64_t bytes;
	int r = get_u64(guest, "query-balloon", "actual", &bytes, err);

	if (r == -ENXIO)
		return error_set(err, -EOPNOTSUPP,
				 "%s: has no balloon; start QEMU with '-device virtio-balloon'",
				 guest->domain.name);
	if (r == 0)
		*ret_kb = bytes / 1024;
	return r;
}

static int ask(struct qmp_guest *guest, uint64_t kb, struct error *err)
{
	json_t *arguments = json_pack("{s:I}", "value", (json_int_t)(kb * 1024));
	int r;

	if (!arguments)
		return error_errno(err, -ENOMEM, "%s", guest->domain.name);
	r = qmp_execute(guest->client, "balloon", arguments, NULL, err);
	if (r == 0)
		guest->target_kb = kb;
	guest->unsure = r == -ENOTCONN;
	/* It may be carried out, so it shall be: see open_guest(). */
	if (guest->unsure)
		guest->target_kb = kb;
	return r;
}

static int get_max(struct qmp_guest *guest, struct error *err)
{
	static const char command[] = "query-memory-size-summary";
	__free_json json_t *result = NULL;
	uint64_t base, plugged = 0;
	int r = qmp_execute(guest->client, command, NULL, &result, err);

	if (r < 0)
		return r;
	if (qmp_u64(result, "base-memory", &base) < 0)
		return not_understood(guest, command, err);
	qmp_u64(result, "plugged-memory", &plugged);
	guest->max_kb = (base + plugged) / 1024;
	return 0;
}

/* What of a guest's memory is where; without it, the gain is not known. */
static int get_blocks(struct qmp_guest *guest, struct error *err)
{
	struct resident *resident = &guest->resident;
	__free_json json_t *result = NULL;
	const json_t *backend;
	uint64_t bytes, sum_kb = 0;
	size_t i;
	int r = qmp_execute(guest->client, "query-memdev", NULL, &result, err);

	if (r < 0)
		return r;
	*resident = (struct resident){ .pid = qmp_client_pid(guest->client) };
	json_array_foreach(result, i, backend) {
		if (i == RESIDENT_BLOCKS_MAX || qmp_u64(backend, "size", &bytes) < 0)
			return 0;
		resident->blocks_kb[i] = bytes / 1024;
		sum_kb += bytes / 1024;
	}
	/* There may be other things in backends, such as shared or persistent memory. */
	if (sum_kb == guest->max_kb)
		resident->count = json_array_size(result);
	return 0;
}

/* Something that no other QEMU has had since the Big Bang, nor will have. */
static int make_uuid(pid_t pid, char *ret, struct error *err)
{
	__free_mem char *boot = NULL, *stat = NULL;
	unsigned long long start = 0;
	char path[32];
	const char *p;
	int field;
	int r = file_read("/proc/sys/kernel/random/boot_id", 64, &boot, NULL, err);

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (r == 0)
		r = file_read(path, 4096, &stat, NULL, err);
	if (r < 0)
		return r;
	/* The 22nd field; the second may contain anything, but ends with the last ')'. */
	p = strrchr(stat, ')');
	for (field = 2; p && field < 22; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (p)
		start = strtoull(p, NULL, 10);
	if (start == 0 || strlen(boot) < HV_UUID_LEN)
		return error_set(err, -EPROTO, "%s: is not understood", path);
	snprintf(ret, HV_UUID_LEN + 1, "%08x-%04x-%04x-%.4s-%.12s", (unsigned int)pid,
		 (unsigned int)(start >> 16 & 0xffff), (unsigned int)(start & 0xffff),
		 boot, boot + 24);
	return 0;
}

static int get_uuid(struct qmp_guest *guest, char *ret, struct error *err)
{
	__free_json json_t *result = NULL;
	const char *uuid;
	int r = qmp_execute(guest->client, "query-uuid", NULL, &result, err);

	if (r < 0)
		return r;
	if (json_get_string(result, "UUID", &uuid, NULL) < 0 || strlen(uuid) != HV_UUID_LEN)
		return not_understood(guest, "query-uuid", err);
	strcpy(ret, uuid);
	return 0;
}

/* One that was started without -uuid has none. */
static int get_identity(struct qmp_guest *guest, struct hv_domain *ret, struct error *err)
{
	pid_t pid = qmp_client_pid(guest->client);
	int r = get_uuid(guest, ret->uuid, err);

	if (r < 0)
		return r;
	/* Without the process nobody could see whether the host gains anything. */
	if (pid <= 0)
		return error_set(err, -ESRCH,
				 "%s: its QEMU cannot be seen from here; run balloon-sync outside of containers",
				 guest->domain.name);
	ret->id = (uint32_t)pid;
	return strcmp(ret->uuid, NO_UUID) == 0 ? make_uuid(pid, ret->uuid, err) : 0;
}

static bool is_same(const struct hv_domain *a, const struct hv_domain *b)
{
	return a->id == b->id && strcmp(a->uuid, b->uuid) == 0;
}

static int meet(struct qmp_guest *guest, const struct hv_domain *now, struct error *err)
{
	uint64_t actual_kb;
	int r = get_max(guest, err);

	if (r == 0)
		r = get_blocks(guest, err);
	if (r == 0)
		r = get_actual(guest, &actual_kb, err);
	/* What somebody before us asked for, nobody can know. */
	if (r == 0)
		r = ask(guest, actual_kb, err);
	if (r < 0)
		return r;
	guest->domain.id = now->id;
	strcpy(guest->domain.uuid, now->uuid);
	guest->balloon[0] = '\0';
	return 0;
}

/* Connected, and it is known to whom. */
static int open_guest(struct qmp_guest *guest, struct error *err)
{
	struct hv_domain now = { 0 };
	int r = qmp_client_open(guest->client, err);

	if (r < 0)
		return r;
	if (guest->number != qmp_client_number(guest->client)) {
		r = get_identity(guest, &now, err);
		if (r == 0 && !is_same(&now, &guest->domain))
			r = meet(guest, &now, err);
		if (r < 0)
			return r;
		guest->number = qmp_client_number(guest->client);
	}
	return guest->unsure ? ask(guest, guest->target_kb, err) : 0;
}

static int is_gone(const char *name, struct error *err)
{
	return error_set(err, -ENODEV, "%s: the guest is gone", name);
}

/* The guest behind @domain, open. Return: 0; -ENODEV; -ENOTCONN; -errno. */
static int reach(struct hv *hv, const struct hv_domain *domain, struct qmp_guest **ret,
		 struct error *err)
{
	struct error why = { 0 };
	struct qmp_guest *guest;
	int worst = -ENODEV, r;

	for (guest = to_qmp(hv)->guests; guest; guest = guest->next) {
		if (strcmp(guest->domain.name, domain->name) != 0)
			continue;
		r = open_guest(guest, &why);
		if (r == 0 && is_same(&guest->domain, domain)) {
			*ret = guest;
			return 0;
		}
		/* Who does not answer may be the one. */
		if (r < 0 && r != -ENODEV)
			worst = error_set(err, r, "%s", why.text);
	}
	return worst == -ENODEV ? is_gone(domain->name, err) : worst;
}

static int find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err)
{
	struct qmp_guest *guest = to_qmp(hv)->guests;
	int r;

	while (guest && strcmp(guest->domain.name, name) != 0)
		guest = guest->next;
	if (!guest)
		return error_set(err, -ENOENT, "%s: no such guest is configured", name);
	r = open_guest(guest, err);
	if (r == 0)
		*ret = guest->domain;
	return r == -ENODEV ? -ENOENT : r;
}

/* Its size is what guests do not have: nothing to be read. */
static int host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	*ret = (struct hv_domain){ .id = 0, .name = "host", .uuid = NO_UUID };
	return 0;
}

static int read_sizes(struct hv *hv, const struct hv_domain *domain, struct hv_sizes *ret,
		      struct error *err)
{
	struct qmp_guest *guest;
	uint64_t actual_kb;
	int r = reach(hv, domain, &guest, err);

	if (r == 0)
		r = get_actual(guest, &actual_kb, err);
	if (r < 0)
		return r;
	*ret = (struct hv_sizes){
		.actual_kb = actual_kb,
		.target_kb = guest->target_kb,
		.max_kb = guest->max_kb,
		.static_max_kb = guest->max_kb,
		.resident_kb = resident_read(&guest->resident, actual_kb),
	};
	return 0;
}

static int set_target(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		      struct error *err)
{
	struct qmp_guest *guest;
	int r = reach(hv, domain, &guest, err);

	if (r < 0)
		return r;
	/* QEMU would cut it to what it has, without a word. */
	if (kb == 0 || kb > guest->max_kb)
		return error_set(err, -EINVAL,
				 "%s: %" PRIu64 " kB are not within its RAM of %" PRIu64 " kB",
				 domain->name, kb, guest->max_kb);
	return ask(guest, kb, err);
}

static int set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		   struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "%s: QEMU enforces no maxmem", domain->name);
}

static int make_claim(struct hv *hv, const struct hv_domain *domain, uint64_t total_kb,
		      struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "%s: QEMU has nothing to claim from",
			 domain->name);
}

static json_t *property(const char *path, const char *name)
{
	return json_pack("{s:s, s:s}", "path", path, "property", name);
}

static int find_balloon_in(struct qmp_guest *guest, const char *folder, struct error *err)
{
	__free_json json_t *list = NULL;
	const json_t *one;
	size_t i;
	int len, r = qmp_execute(guest->client, "qom-list", json_pack("{s:s}", "path", folder),
			    &list, err);

	if (r < 0)
		return r;
	json_array_foreach(list, i, one) {
		const char *name = json_string_value(json_object_get(one, "name"));
		const char *type = json_string_value(json_object_get(one, "type"));

		if (!name || !type || strncmp(type, "child<virtio-balloon", 20) != 0)
			continue;
		len = snprintf(guest->balloon, sizeof(guest->balloon), "%s/%s", folder, name);
		if (len < (int)sizeof(guest->balloon))
			return 0;
	}
	guest->balloon[0] = '\0';
	return -ENOENT;
}

/* The device, with its guest asked to tell now and then how it fares. */
static int find_balloon(struct qmp_guest *guest, struct error *err)
{
	json_t *period;
	int r = find_balloon_in(guest, "/machine/peripheral", err);

	if (r == -ENOENT)
		r = find_balloon_in(guest, "/machine/peripheral-anon", err);
	if (r == -ENOENT)
		return error_set(err, -EOPNOTSUPP, "%s: no virtio-balloon among its devices",
				 guest->domain.name);
	if (r < 0)
		return r;
	period = property(guest->balloon, "guest-stats-polling-interval");
	json_object_set_new(period, "value", json_integer(STATS_S));
	r = qmp_execute(guest->client, "qom-set", period, NULL, err);
	if (r < 0)
		guest->balloon[0] = '\0';
	return r;
}

static uint64_t known(const json_t *stats, const char *key, uint64_t unit)
{
	uint64_t value;

	return qmp_u64(stats, key, &value) < 0 ? HV_UNKNOWN : value / unit;
}

/* By the host's own stamp, in seconds. */
static uint64_t age_ms(const json_t *result)
{
	uint64_t now_s = clock_now_ns(CLOCK_REALTIME) / NSEC_PER_SEC, then_s;

	if (qmp_u64(result, "last-update", &then_s) < 0 || then_s == 0)
		return HV_UNKNOWN;
	return now_s > then_s ? (now_s - then_s) * 1000 : 0;
}

static int distress(struct hv *hv, const struct hv_domain *domain, struct hv_distress *ret,
		    struct error *err)
{
	__free_json json_t *result = NULL;
	const json_t *stats;
	struct qmp_guest *guest;
	int r = reach(hv, domain, &guest, err);

	if (r == 0 && !guest->balloon[0])
		r = find_balloon(guest, err);
	if (r == 0)
		r = qmp_execute(guest->client, "qom-get",
				property(guest->balloon, "guest-stats"), &result, err);
	if (r < 0)
		return r;
	stats = json_object_get(result, "stats");
	*ret = (struct hv_distress){
		.total_kb = known(stats, "stat-total-memory", 1024),
		.free_kb = known(stats, "stat-free-memory", 1024),
		.available_kb = known(stats, "stat-available-memory", 1024),
		.swap_in_kb = known(stats, "stat-swap-in", 1024),
		.swap_out_kb = known(stats, "stat-swap-out", 1024),
		.major_faults = known(stats, "stat-major-faults", 1),
		.age_ms = age_ms(result),
	};
	return 0;
}

static void free_guest(struct qmp_guest *guest)
{
	qmp_client_destroy(guest->client);
	free(guest->path);
	free(guest);
}

static void destroy(struct hv *hv)
{
	struct hv_qmp *qmp = to_qmp(hv);

	while (qmp->guests) {
		struct qmp_guest *guest = qmp->guests;

		qmp->guests = guest->next;
		free_guest(guest);
	}
	free(qmp);
}

static const struct hv_ops qmp_ops = {
	.destroy = destroy,
	.find = find,
	.host = host,
	.read = read_sizes,
	.set_target = set_target,
	.set_max = set_max,
	.claim = make_claim,
	.distress = distress,
};

int hv_qmp_create(struct hv **ret, struct error *err)
{
	struct hv_qmp *qmp = calloc(1, sizeof(*qmp));

	if (!qmp)
		return error_errno(err, -ENOMEM, "QEMU");
	qmp->hv.ops = &qmp_ops;
	qmp->hv.pool = true;
	*ret = &qmp->hv;
	return 0;
}

int hv_qmp_add(struct hv *hv, const char *name, const char *path, struct error *err)
{
	struct hv_qmp *qmp = to_qmp(hv);
	struct qmp_guest *guest = qmp->guests;
	int r;

	if (strlen(name) >= sizeof(guest->domain.name))
		return error_set(err, -ENAMETOOLONG, "%.40s...: is too long for a guest's name",
				 name);
	while (guest && strcmp(guest->domain.name, name) != 0)
		guest = guest->next;
	if (guest && strcmp(guest->path, path) == 0)
		return 0;
	guest = calloc(1, sizeof(*guest));
	if (guest)
		guest->path = strdup(path);
	if (!guest || !guest->path) {
		free(guest);
		return error_errno(err, -ENOMEM, "%s", name);
	}
	strcpy(guest->domain.name, name);
	r = qmp_client_create(&guest->client, name, path, ANSWER_NS, err);
	if (r < 0) {
		free_guest(guest);
		return r;
	}
	guest->next = qmp->guests;
	qmp->guests = guest;
	return 0;
}
