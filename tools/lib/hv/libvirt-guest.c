// SPDX-License-Identifier: GPL-2.0-or-later
/* What libvirt is asked about its guests, one call after the other. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macros.h"
#include "libvirt-guest.h"
#include "qemu-process.h"
#include "resident.h"

#define STATS_S		2

/**
 * struct lv_guest - what is known of a guest since it has been started
 * @next: another one
 * @domain: who it is
 * @max_kb: its RAM
 * @target_kb: what it has been asked to hold
 * @unsure: the answer to that request was lost, so it is made again
 * @has_period: it is asked now and then how it fares
 * @resident: where its RAM is
 */
struct lv_guest {
	struct lv_guest *next;
	struct hv_domain domain;
	uint64_t max_kb;
	uint64_t target_kb;
	bool unsure;
	bool has_period;
	struct resident resident;
};

/**
 * struct libvirt - a connection and what is known from it
 * @uri: of libvirt
 * @conn: NULL when there is none
 * @guests: those that were met
 */
struct libvirt {
	char *uri;
	virConnectPtr conn;
	struct lv_guest *guests;
};

static inline void cleanup_domain(virDomainPtr *domain)
{
	if (*domain)
		virDomainFree(*domain);
}

#define __free_domain	__attribute__((cleanup(cleanup_domain)))

/* Errors are ours to word; libvirt would print them. */
static void say_nothing(void *data, virErrorPtr error)
{
}

static void disconnect(struct libvirt *lv)
{
	if (lv->conn)
		virConnectClose(lv->conn);
	lv->conn = NULL;
}

struct libvirt *libvirt_create(const char *uri)
{
	struct libvirt *lv = calloc(1, sizeof(*lv));

	if (lv)
		lv->uri = strdup(uri);
	if (!lv || !lv->uri) {
		free(lv);
		return NULL;
	}
	virSetErrorFunc(NULL, say_nothing);
	return lv;
}

const char *libvirt_uri(const struct libvirt *lv)
{
	return lv->uri;
}

void libvirt_destroy(struct libvirt *lv)
{
	if (!lv)
		return;
	while (lv->guests) {
		struct lv_guest *guest = lv->guests;

		lv->guests = guest->next;
		free(guest);
	}
	disconnect(lv);
	free(lv->uri);
	free(lv);
}

static int open_conn(struct libvirt *lv, struct error *err)
{
	const char *type;

	lv->conn = virConnectOpen(lv->uri);
	if (!lv->conn)
		return error_set(err, -ENOTCONN,
				 "libvirt: %.100s: cannot be reached (%.120s); start its daemon, or correct the uri",
				 lv->uri, virGetLastErrorMessage());
	type = virConnectGetType(lv->conn);
	if (type && strcmp(type, "QEMU") == 0)
		return 0;
	/* Of Xen, libvirt offers neither maxmem nor claims: moves would not be safe. */
	error_set(err, -EOPNOTSUPP,
		  "libvirt: %.100s: only QEMU's guests are moved through it, this is %.40s; for Xen write hypervisor = \"xen\"",
		  lv->uri, type ? type : "something else");
	disconnect(lv);
	return -EOPNOTSUPP;
}

int libvirt_open(struct libvirt *lv, struct error *err)
{
	return lv->conn ? 0 : open_conn(lv, err);
}

static int is_gone(const char *name, struct error *err)
{
	return error_set(err, -ENODEV, "%s: the guest is gone", name);
}

/* What the last call's failure means. Return: -ENOTCONN, -ENODEV, -EIO. */
static int fail(struct libvirt *lv, const char *name, const char *what,
		struct error *err)
{
	__free_mem char *why = strdup(virGetLastErrorMessage());
	int code = virGetLastErrorCode();

	if (code == VIR_ERR_NO_DOMAIN)
		return is_gone(name, err);
	/* The state of a QEMU that does not answer is locked. */
	if (code == VIR_ERR_OPERATION_TIMEOUT)
		return error_set(err, -ENOTCONN, "%s: its QEMU does not answer libvirt now", name);
	if (virConnectIsAlive(lv->conn) == 1)
		return error_set(err, -EIO, "%s: libvirt cannot tell or set %s: %.120s", name,
				 what, why ? why : "unknown");
	disconnect(lv);
	return error_set(err, -ENOTCONN, "%s: the connection to libvirt is lost", name);
}

static bool is_same(const struct hv_domain *a, const struct hv_domain *b)
{
	return a->id == b->id && strcmp(a->uuid, b->uuid) == 0;
}

/* libvirt does not tell the process. Return: 0 when there is not exactly one. */
static pid_t find_process(const char *uuid)
{
	struct qemu_process process;
	pid_t pid;

	if (qemu_process_find(&process, uuid, false, NULL) < 0)
		return 0;
	pid = process.pid;
	qemu_process_free(&process);
	return pid;
}

/* Statistics by their tags, HV_UNKNOWN where there is none. */
static int get_stats(struct libvirt *lv, virDomainPtr d, const char *name,
		     uint64_t stats[VIR_DOMAIN_MEMORY_STAT_NR], struct error *err)
{
	virDomainMemoryStatStruct list[VIR_DOMAIN_MEMORY_STAT_NR];
	int i, n = virDomainMemoryStats(d, list, ARRAY_SIZE(list), 0);

	if (n < 0)
		return fail(lv, name, "its memory", err);
	for (i = 0; i < VIR_DOMAIN_MEMORY_STAT_NR; i++)
		stats[i] = HV_UNKNOWN;
	for (i = 0; i < n; i++)
		if (list[i].tag >= 0 && list[i].tag < VIR_DOMAIN_MEMORY_STAT_NR)
			stats[list[i].tag] = list[i].val;
	return 0;
}

static int get_actual(struct libvirt *lv, virDomainPtr d, const char *name,
		      uint64_t *ret_kb, struct error *err)
{
	uint64_t stats[VIR_DOMAIN_MEMORY_STAT_NR];
	int r = get_stats(lv, d, name, stats, err);

	if (r < 0)
		return r;
	*ret_kb = stats[VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON];
	if (*ret_kb == HV_UNKNOWN)
		return error_set(err, -EIO, "%s: libvirt does not tell its size", name);
	return 0;
}

static int ask(struct libvirt *lv, struct lv_guest *guest, virDomainPtr d, uint64_t kb,
	       struct error *err)
{
	int r = 0;

	if (virDomainSetMemoryFlags(d, kb, VIR_DOMAIN_AFFECT_LIVE) < 0)
		r = fail(lv, guest->domain.name, "its size", err);
	guest->unsure = r == -ENOTCONN;
	if (r == 0 || guest->unsure)
		guest->target_kb = kb;
	return r;
}

/* Elements of a guest's description cannot be in texts, where '<' is escaped. */
static int read_description(struct libvirt *lv, struct lv_guest *guest, virDomainPtr d,
			    struct error *err)
{
	__free_mem char *xml = virDomainGetXMLDesc(d, 0);

	if (!xml)
		return fail(lv, guest->domain.name, "its description", err);
	if (!strstr(xml, "<memballoon model='virtio"))
		return error_set(err, -EOPNOTSUPP,
				 "%s: has no balloon; write <memballoon model='virtio'/> with 'virsh edit' and start it anew",
				 guest->domain.name);
	guest->has_period = strstr(xml, "<stats period='");
	return 0;
}

static int learn(struct libvirt *lv, struct lv_guest *guest, virDomainPtr d,
		 struct error *err)
{
	uint64_t actual_kb;
	int r = read_description(lv, guest, d, err);

	if (r < 0)
		return r;
	guest->max_kb = virDomainGetMaxMemory(d);
	if (guest->max_kb == 0)
		return fail(lv, guest->domain.name, "its RAM", err);
	guest->resident = (struct resident){
		.pid = find_process(guest->domain.uuid),
		.blocks_kb = { guest->max_kb },
		.count = 1,
	};
	r = get_actual(lv, d, guest->domain.name, &actual_kb, err);
	/* What somebody before us asked for, nobody can know. */
	return r < 0 ? r : ask(lv, guest, d, actual_kb, err);
}

static void forget(struct libvirt *lv, const char *uuid)
{
	struct lv_guest **at = &lv->guests;

	while (*at) {
		struct lv_guest *guest = *at;

		if (strcmp(guest->domain.uuid, uuid) == 0) {
			*at = guest->next;
			free(guest);
		} else {
			at = &guest->next;
		}
	}
}

/* The guest that @domain is, met before or now. Return: 0, -errno. */
static int meet(struct libvirt *lv, virDomainPtr d, const struct hv_domain *domain,
		struct lv_guest **ret, struct error *err)
{
	struct lv_guest *guest = lv->guests;
	int r;

	while (guest && !is_same(&guest->domain, domain))
		guest = guest->next;
	if (!guest) {
		forget(lv, domain->uuid);
		guest = calloc(1, sizeof(*guest));
		if (!guest)
			return error_errno(err, -ENOMEM, "%s", domain->name);
		guest->domain = *domain;
		r = learn(lv, guest, d, err);
		if (r < 0) {
			free(guest);
			return r;
		}
		guest->next = lv->guests;
		lv->guests = guest;
	}
	*ret = guest;
	return guest->unsure ? ask(lv, guest, d, guest->target_kb, err) : 0;
}

/* Return: 0; -ENODEV when it is not the one that runs; -errno. */
static int identify(struct libvirt *lv, virDomainPtr d, const char *name,
		    struct hv_domain *ret, struct error *err)
{
	unsigned int id = virDomainGetID(d);

	if (id == (unsigned int)-1)
		return is_gone(name, err);
	ret->id = id;
	if (virDomainGetUUIDString(d, ret->uuid) < 0)
		return fail(lv, name, "its UUID", err);
	return 0;
}

static int reach(struct libvirt *lv, const struct hv_domain *domain, virDomainPtr *ret_d,
		 struct lv_guest **ret, struct error *err)
{
	struct hv_domain now = *domain;
	int r = libvirt_open(lv, err);

	if (r < 0)
		return r;
	*ret_d = virDomainLookupByUUIDString(lv->conn, domain->uuid);
	r = *ret_d ? identify(lv, *ret_d, domain->name, &now, err) :
	    fail(lv, domain->name, "who it is", err);
	if (r == 0 && !is_same(&now, domain))
		r = is_gone(domain->name, err);
	if (r == 0)
		r = meet(lv, *ret_d, domain, ret, err);
	if (r == -ENODEV)
		forget(lv, domain->uuid);
	return r;
}

int libvirt_find(struct libvirt *lv, struct hv_domain *domain, struct error *err)
{
	virDomainPtr d __free_domain = NULL;
	struct hv_domain found = *domain;
	struct lv_guest *guest;
	int r = libvirt_open(lv, err);

	if (r < 0)
		return r;
	d = virDomainLookupByName(lv->conn, found.name);
	r = d ? identify(lv, d, found.name, &found, err) :
	    fail(lv, found.name, "who it is", err);
	if (r == 0)
		r = meet(lv, d, &found, &guest, err);
	if (r == -ENODEV)
		return error_set(err, -ENOENT,
				 "%s: no such guest is running; 'virsh list' shows those that are",
				 found.name);
	if (r == 0)
		*domain = found;
	return r;
}

int libvirt_read(struct libvirt *lv, const struct hv_domain *domain, struct hv_sizes *ret,
		 struct error *err)
{
	virDomainPtr d __free_domain = NULL;
	struct lv_guest *guest;
	uint64_t actual_kb;
	int r = reach(lv, domain, &d, &guest, err);

	if (r == 0)
		r = get_actual(lv, d, domain->name, &actual_kb, err);
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

int libvirt_set_target(struct libvirt *lv, const struct hv_domain *domain, uint64_t kb,
		       struct error *err)
{
	virDomainPtr d __free_domain = NULL;
	struct lv_guest *guest;
	int r = reach(lv, domain, &d, &guest, err);

	if (r < 0)
		return r;
	if (kb == 0 || kb > guest->max_kb)
		return error_set(err, -EINVAL,
				 "%s: %" PRIu64 " kB are not within its RAM of %" PRIu64 " kB",
				 domain->name, kb, guest->max_kb);
	return ask(lv, guest, d, kb, err);
}

static uint64_t age_ms(uint64_t then_s)
{
	uint64_t now_s = clock_now_ns(CLOCK_REALTIME) / NSEC_PER_SEC;

	if (then_s == 0 || then_s == HV_UNKNOWN)
		return HV_UNKNOWN;
	return now_s > then_s ? (now_s - then_s) * 1000 : 0;
}

int libvirt_distress(struct libvirt *lv, const struct hv_domain *domain,
		     struct hv_distress *ret, struct error *err)
{
	uint64_t stats[VIR_DOMAIN_MEMORY_STAT_NR];
	virDomainPtr d __free_domain = NULL;
	struct lv_guest *guest;
	int r = reach(lv, domain, &d, &guest, err);

	if (r < 0)
		return r;
	if (!guest->has_period &&
	    virDomainSetMemoryStatsPeriod(d, STATS_S, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return fail(lv, domain->name, "its statistics", err);
	guest->has_period = true;
	r = get_stats(lv, d, domain->name, stats, err);
	if (r < 0)
		return r;
	/* What libvirt calls available is all there is. */
	*ret = (struct hv_distress){
		.total_kb = stats[VIR_DOMAIN_MEMORY_STAT_AVAILABLE],
		.free_kb = stats[VIR_DOMAIN_MEMORY_STAT_UNUSED],
		.available_kb = stats[VIR_DOMAIN_MEMORY_STAT_USABLE],
		.swap_in_kb = stats[VIR_DOMAIN_MEMORY_STAT_SWAP_IN],
		.swap_out_kb = stats[VIR_DOMAIN_MEMORY_STAT_SWAP_OUT],
		.major_faults = stats[VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT],
		.age_ms = age_ms(stats[VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE]),
	};
	return 0;
}
