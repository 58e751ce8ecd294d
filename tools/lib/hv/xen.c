// SPDX-License-Identifier: GPL-2.0-or-later
/* Xen, seen from its dom0: libxl to ask, libxenctrl to count, XenStore to look. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxl.h>
#include <libxl_utils.h>
#include <xenctrl.h>
#include <xenstore.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "hv.h"

#define KB_PER_PAGE	4
/* LIBXL_MAXMEM_CONSTANT of libxl_internal.h */
#define TARGET_EXTRA_KB	1024
#define PRIVCMD		"/dev/xen/privcmd"
#define PERCENT		100

/**
 * struct hv_xen - connections to the parts of Xen
 * @hv: what users of the library see
 * @log: swallows the libraries' own messages; errors are ours to word
 * @xc: hypercalls
 * @xl: the toolstack's library, which knows what goes with a new target
 * @xs: XenStore
 */
struct hv_xen {
	struct hv hv;
	xentoollog_logger *log;
	xc_interface *xc;
	libxl_ctx *xl;
	struct xs_handle *xs;
};

static struct hv_xen *to_xen(struct hv *hv)
{
	return (struct hv_xen *)hv;
}

static void format_uuid(const uint8_t *u, char *ret)
{
	snprintf(ret, HV_UUID_LEN + 1,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9],
		 u[10], u[11], u[12], u[13], u[14], u[15]);
}

/* xc_domain_getinfo() answers with the next domain when @id has none. */
static int get_info(struct hv_xen *xen, uint32_t id, xc_dominfo_t *ret)
{
	int n = xc_domain_getinfo(xen->xc, id, 1, ret);

	if (n < 0)
		return errno == ESRCH ? -ENODEV : -errno;
	if (n == 0 || ret->domid != id || ret->dying)
		return -ENODEV;
	return 0;
}

/* Of that very domain, not of a later one of its number. */
static int get_own_info(struct hv_xen *xen, const struct hv_domain *domain, xc_dominfo_t *ret,
			struct error *err)
{
	char uuid[HV_UUID_LEN + 1];
	int r = get_info(xen, domain->id, ret);

	if (r < 0 && r != -ENODEV)
		return error_errno(err, r, "%s: Xen does not tell of it", domain->name);
	if (r == 0)
		format_uuid(ret->handle, uuid);
	if (r < 0 || ret->shutdown || strcmp(uuid, domain->uuid) != 0)
		return error_set(err, -ENODEV, "%s: the guest is gone", domain->name);
	return 0;
}

static int find(struct hv *hv, const char *name, struct hv_domain *ret,
		struct error *err)
{
	struct hv_xen *xen = to_xen(hv);
	struct hv_domain domain = { 0 };
	xc_dominfo_t info;
	int r;

	if (strlen(name) >= sizeof(domain.name))
		return error_set(err, -ENAMETOOLONG,
				 "%.40s...: no guest has so long a name; 'xl list' shows the names",
				 name);
	r = libxl_name_to_domid(xen->xl, name, &domain.id);
	if (r != 0)
		r = libxl_domain_qualifier_to_domid(xen->xl, name, &domain.id);
	if (r == 0)
		r = get_info(xen, domain.id, &info);
	if (r != 0 || info.shutdown)
		return error_set(err, -ENOENT,
				 "%s: no such guest is running; 'xl list' shows those that are",
				 name);
	if (domain.id == 0)
		return error_set(err, -EINVAL,
				 "%s: is the host's own domain; name the guest that is to be charged",
				 name);
	strcpy(domain.name, name);
	format_uuid(info.handle, domain.uuid);
	*ret = domain;
	return 0;
}

static int host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	struct hv_domain domain = { .id = 0, .name = "dom0" };
	xc_dominfo_t info;
	int r = get_info(to_xen(hv), 0, &info);

	if (r < 0)
		return error_errno(err, r, "dom0: its size cannot be read");
	format_uuid(info.handle, domain.uuid);
	*ret = domain;
	return 0;
}

/* dom0 has no target in XenStore until somebody asks libxl for it. */
static char *read_path(struct hv_xen *xen, const struct hv_domain *domain,
		       const char *path)
{
	unsigned int len;
	char *text = xs_read(xen->xs, XBT_NULL, path, &len);
	uint64_t target;

	if (text || errno != ENOENT || domain->id != 0)
		return text;
	libxl_get_memory_target(xen->xl, 0, &target);
	return xs_read(xen->xs, XBT_NULL, path, &len);
}

/* A number below "memory/". Return: 0, -ENODEV, -ENOENT, -errno. */
static int read_memory(struct hv_xen *xen, const struct hv_domain *domain,
		       const char *key, uint64_t *ret, struct error *err)
{
	__free_mem char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/memory/%s", domain->id,
		 key);
	text = read_path(xen, domain, path);
	if (!text)
		return error_errno(err, -errno, "%s: %s in XenStore",
				   domain->name, path);
	return parse_u64(path, text, 0, UINT64_MAX / 1024, ret, err);
}

static int read_target(struct hv_xen *xen, const struct hv_domain *domain,
		       uint64_t *ret, struct error *err)
{
	int r = read_memory(xen, domain, "target", ret, err);

	/* Its entries go a little before or after the domain itself. */
	if (r == -ENOENT && domain->id != 0)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 domain->name);
	return r;
}

/* Of others than PV guests, the tables that map their memory are Xen's. */
static bool superpages(struct hv *hv, const struct hv_domain *domain)
{
	xc_dominfo_t info;

	return get_info(to_xen(hv), domain->id, &info) == 0 && info.hvm;
}

static int read_sizes(struct hv *hv, const struct hv_domain *domain,
		      struct hv_sizes *ret, struct error *err)
{
	struct hv_xen *xen = to_xen(hv);
	struct hv_sizes sizes;
	xc_dominfo_t info;
	int r = get_own_info(xen, domain, &info, err);

	if (r < 0)
		return r;
	r = read_target(xen, domain, &sizes.target_kb, err);
	if (r < 0)
		return r;
	/* Old toolstacks do not have it. */
	if (read_memory(xen, domain, "static-max", &sizes.static_max_kb, NULL) < 0)
		sizes.static_max_kb = UINT64_MAX;
	sizes.actual_kb = (uint64_t)info.nr_pages * KB_PER_PAGE;
	sizes.max_kb = info.max_memkb;
	sizes.resident_kb = HV_UNKNOWN;
	*ret = sizes;
	return 0;
}

static int set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		   struct error *err)
{
	if (xc_domain_setmaxmem(to_xen(hv)->xc, domain->id, kb) < 0)
		return error_errno(err, errno == ESRCH ? -ENODEV : -errno,
				   "%s: maxmem of %" PRIu64 " kB", domain->name,
				   kb);
	return 0;
}

/*
 * Xen takes no target of a PVH or HVM guest (XENMEM_set_pod_target) that is above its
 * maxmem with what libxl adds to it.  Maxmem is lower once the guest has given, so that
 * it cannot take that back: it is raised for this one call.
 */
static int make_room(struct hv_xen *xen, const struct hv_domain *domain, uint64_t kb,
		     uint64_t *ret_max_kb, struct error *err)
{
	xc_dominfo_t info;
	int r = get_info(xen, domain->id, &info);

	if (r < 0)
		return r == -ENODEV ?
		       error_set(err, r, "%s: the guest is gone", domain->name) :
		       error_errno(err, r, "%s: its size cannot be read", domain->name);
	if (!info.hvm || info.max_memkb >= kb + TARGET_EXTRA_KB)
		return 0;
	r = set_max(&xen->hv, domain, kb + TARGET_EXTRA_KB, err);
	if (r == 0)
		*ret_max_kb = info.max_memkb;
	return r;
}

/*
 * A change relative to the present target, since libxl takes the video memory
 * of some guests off an absolute one.  Not enforced: that would lower maxmem
 * before the guest has given anything.
 */
static int set_target(struct hv *hv, const struct hv_domain *domain,
		      uint64_t kb, struct error *err)
{
	struct hv_xen *xen = to_xen(hv);
	uint64_t now, max_kb = 0;
	int r = read_target(xen, domain, &now, err);

	if (r < 0)
		return r;
	if (now == kb)
		return 0;
	r = make_room(xen, domain, kb, &max_kb, err);
	if (r < 0)
		return r;
	r = libxl_set_memory_target(xen->xl, domain->id,
				    (int64_t)kb - (int64_t)now, 1, 0);
	if (r != 0)
		r = error_set(err, -EIO, "%s: libxl refused a target of %" PRIu64 " kB (error %d)",
			      domain->name, kb, r);
	if (max_kb) {
		/* A refusal is what matters, should this fail as well. */
		int back = set_max(hv, domain, max_kb, r < 0 ? NULL : err);

		r = r < 0 ? r : back;
	}
	return r;
}

static int make_claim(struct hv *hv, const struct hv_domain *domain,
		      uint64_t total_kb, struct error *err)
{
	xc_interface *xc = to_xen(hv)->xc;

	/* There is one claim per domain: a new one is refused while it stands. */
	if (xc_domain_claim_pages(xc, domain->id, 0) < 0)
		return error_errno(err, -errno, "%s: ending its claim",
				   domain->name);
	if (total_kb == 0)
		return 0;
	if (xc_domain_claim_pages(xc, domain->id, total_kb / KB_PER_PAGE) < 0)
		return error_errno(err, -errno, "%s: claiming %" PRIu64 " kB",
				   domain->name, total_kb);
	return 0;
}

/* Others give a domain fixed slots, or processors of its own. */
static bool has_caps(libxl_scheduler scheduler)
{
	return scheduler == LIBXL_SCHEDULER_CREDIT || scheduler == LIBXL_SCHEDULER_CREDIT2;
}

/* The scheduler is that of the domain's pool of processors. */
static int read_parameters(struct hv_xen *xen, const struct hv_domain *domain,
			   libxl_domain_sched_params *ret, struct error *err)
{
	int r = libxl_domain_sched_params_get(xen->xl, domain->id, ret);

	/* Some of them fail here, and some take any cap, and do nothing. */
	if (ret->sched != LIBXL_SCHEDULER_UNKNOWN && !has_caps(ret->sched))
		return error_set(err, -EOPNOTSUPP,
				 "%s: Xen's scheduler %s has no caps; boot Xen with sched=credit2",
				 domain->name, libxl_scheduler_to_string(ret->sched));
	if (r != 0)
		return error_set(err, -EIO, "%s: libxl does not tell its weight and cap (error %d)",
				 domain->name, r);
	return 0;
}

static int read_schedule(struct hv *hv, const struct hv_domain *domain,
			 struct hv_schedule *ret, struct error *err)
{
	struct hv_xen *xen = to_xen(hv);
	int r, cpus = libxl_get_online_cpus(xen->xl);
	libxl_domain_sched_params parameters;
	xc_dominfo_t info;

	if (cpus < 1)
		return error_set(err, -EIO, "Xen: libxl does not tell its processors (error %d)",
				 cpus);
	r = get_own_info(xen, domain, &info, err);
	if (r < 0)
		return r;
	libxl_domain_sched_params_init(&parameters);
	r = read_parameters(xen, domain, &parameters, err);
	if (r == 0) {
		uint64_t own = info.max_vcpu_id + 1;

		*ret = (struct hv_schedule){
			.weight = (uint64_t)parameters.weight,
			.cap = (uint64_t)parameters.cap,
			.most = (own < (uint64_t)cpus ? own : (uint64_t)cpus) * PERCENT,
			.host = (uint64_t)cpus * PERCENT,
			.used_ns = info.cpu_time,
		};
	}
	libxl_domain_sched_params_dispose(&parameters);
	return r;
}

static int set_schedule(struct hv *hv, const struct hv_domain *domain,
			const struct hv_schedule *schedule, struct error *err)
{
	struct hv_xen *xen = to_xen(hv);
	libxl_domain_sched_params parameters;
	xc_dominfo_t info;
	int r = get_own_info(xen, domain, &info, err);

	if (r < 0)
		return r;
	/* What is not set there stays as it is. */
	libxl_domain_sched_params_init(&parameters);
	parameters.weight = (int)schedule->weight;
	parameters.cap = (int)schedule->cap;
	r = libxl_domain_sched_params_set(xen->xl, domain->id, &parameters);
	libxl_domain_sched_params_dispose(&parameters);
	if (r != 0)
		return error_set(err, -EIO,
				 "%s: libxl refused weight %d and cap %d (error %d)",
				 domain->name, parameters.weight, parameters.cap, r);
	return 0;
}

static void destroy(struct hv *hv)
{
	struct hv_xen *xen = to_xen(hv);

	if (xen->xs)
		xs_close(xen->xs);
	if (xen->xl)
		libxl_ctx_free(xen->xl);
	if (xen->xc)
		xc_interface_close(xen->xc);
	if (xen->log)
		xtl_logger_destroy(xen->log);
	free(xen);
}

static const struct hv_ops xen_ops = {
	.destroy = destroy,
	.find = find,
	.host = host,
	.read = read_sizes,
	.set_target = set_target,
	.set_max = set_max,
	.claim = make_claim,
	.superpages = superpages,
	.schedule = read_schedule,
	.set_schedule = set_schedule,
};

/* Say what stands in the way, which the libraries' errors do not. */
static int check_access(struct error *err)
{
	if (access(PRIVCMD, F_OK) < 0 && access("/proc/xen/privcmd", F_OK) < 0)
		return error_set(err, -ENODEV,
				 "Xen: no " PRIVCMD "; boot this host under Xen, load xen-privcmd");
	if (access(PRIVCMD, R_OK | W_OK) < 0 && errno == EACCES)
		return error_set(err, -EACCES,
				 "Xen: no permission for " PRIVCMD "; run as root");
	return 0;
}

static int connect_all(struct hv_xen *xen, struct error *err)
{
	xen->log = (xentoollog_logger *)
		xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	if (!xen->log)
		return error_errno(err, -ENOMEM, "Xen");
	xen->xc = xc_interface_open(xen->log, xen->log, 0);
	if (!xen->xc)
		return error_errno(err, -errno, "Xen: no hypercalls");
	xen->xs = xs_open(0);
	if (!xen->xs)
		return error_set(err, -ENOTCONN,
				 "Xen: XenStore does not answer; start xenstored");
	if (libxl_ctx_alloc(&xen->xl, LIBXL_VERSION, 0, xen->log) != 0) {
		xen->xl = NULL;
		return error_set(err, -EIO,
				 "Xen: libxl cannot start; install the tools of this Xen's version");
	}
	return 0;
}

/**
 * hv_xen_create() - Connect to the Xen that this is dom0 of.
 * @ret: the connection
 * @err: why there is none
 *
 * Return: 0; -ENODEV without Xen; -EACCES; other negative errno.
 */
int hv_xen_create(struct hv **ret, struct error *err)
{
	struct hv_xen *xen;
	int r = check_access(err);

	if (r < 0)
		return r;
	xen = calloc(1, sizeof(*xen));
	if (!xen)
		return error_errno(err, -ENOMEM, "Xen");
	xen->hv.ops = &xen_ops;
	r = connect_all(xen, err);
	if (r < 0) {
		destroy(&xen->hv);
		return r;
	}
	*ret = &xen->hv;
	return 0;
}
