// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain of Xen's, found by name or number, and how its memory is addressed.
 *
 * PVH and HVM: physical addresses are what Xen knows frames by.  PV: page tables hold
 * frames of the machine; the guest's own numbers (struct page, VMCOREINFO) go through its
 * P2M table, which the guest itself writes.  Xen maps no frame that is not the domain's,
 * so what stands there can be a lie about its own memory only.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenguest.h>
#include <xenstore.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "base/parse.h"
#include "entry.h"
#include "frames.h"
#include "xen.h"

#define PRIVCMD		"/dev/xen/privcmd"
/* Of physical memory, 16 MiB at most are mapped at a time. */
#define PIECES		16
/* Frames of the machine do not follow each other: one by one. */
#define SINGLES		1024
/* Nobody has so much; more would only be a longer search. */
#define FRAMES_MAX	BIT_ULL(34)

/*
 * Of a PV guest.  Xen's library goes through the table as whoever runs it, before anybody is
 * confined; the older of its two ways has room for so many, and does not check that.
 */
#define FRAMES_PV	BIT_ULL(27)

/**
 * struct domain - that is seen into
 * @log: swallows the libraries' own messages
 * @xc: hypercalls
 * @foreign: what maps frames
 * @fd: its descriptor
 * @id: its number
 * @processors: how many it may have
 * @info: the P2M table of a PV guest
 * @has_info: there is one
 * @frames: by physical addresses
 * @users: views that go on
 */
struct domain {
	xentoollog_logger *log;
	xc_interface *xc;
	xenforeignmemory_handle *foreign;
	int fd;
	uint32_t id;
	uint32_t processors;
	struct xc_domain_meminfo info;
	bool has_info;
	struct frames *frames;
	unsigned int users;
};

/**
 * struct machine - the same memory by addresses of the machine
 * @domain: whose
 * @frames: by these
 */
struct machine {
	struct domain *domain;
	struct frames *frames;
};

static void put_domain(struct domain *domain)
{
	if (--domain->users)
		return;
	frames_destroy(domain->frames);
	if (domain->has_info)
		xc_unmap_domain_meminfo(domain->xc, &domain->info);
	if (domain->foreign)
		xenforeignmemory_close(domain->foreign);
	if (domain->xc)
		xc_interface_close(domain->xc);
	if (domain->log)
		xtl_logger_destroy(domain->log);
	free(domain);
}

/* --- finding it ------------------------------------------------------------------- */

static bool has_name(struct xs_handle *xs, const char *id, const char *name)
{
	__free_mem char *text = NULL;
	char path[64];
	unsigned int len;

	snprintf(path, sizeof(path), "/local/domain/%.20s/name", id);
	text = xs_read(xs, XBT_NULL, path, &len);
	return text && strcmp(text, name) == 0;
}

/* Return: 0; -ENOENT. */
static int find_name(const char *name, uint32_t *ret, struct error *err)
{
	struct xs_handle *xs = xs_open(0);
	__free_mem char **ids = NULL;
	unsigned int i, count = 0;
	int r = -ENOENT;

	if (!xs)
		return error_set(err, -ENOTCONN, "Xen: XenStore does not answer; start xenstored");
	ids = xs_directory(xs, XBT_NULL, "/local/domain", &count);
	for (i = 0; ids && i < count && r < 0; i++)
		if (has_name(xs, ids[i], name)) {
			*ret = (uint32_t)strtoul(ids[i], NULL, 10);
			r = 0;
		}
	xs_close(xs);
	return r;
}

static int find_domain(xc_interface *xc, const char *name, xc_dominfo_t *ret,
		       struct error *err)
{
	uint64_t number = 0;
	uint32_t id = 0;
	int n, r = find_name(name, &id, err);

	if (r == -ENOENT && parse_u64("domain", name, 0, UINT16_MAX, &number, NULL) == 0) {
		id = (uint32_t)number;
		r = 0;
	}
	if (r == -ENOTCONN)
		return r;
	n = r == 0 ? xc_domain_getinfo(xc, id, 1, ret) : 0;
	if (n < 1 || ret->domid != id || ret->dying)
		return error_set(err, -ENOENT,
				 "%s: no such guest is running; 'xl list' shows those that are",
				 name);
	if (id == 0)
		return error_set(err, -EINVAL, "%s: is the host's own domain", name);
	return 0;
}

/* --- a PV guest's own numbers ------------------------------------------------------- */

/* The table is the guest's: each look may be another one. */
static uint64_t machine_frame(void *arg, uint64_t frame)
{
	const struct domain *domain = arg;
	uint64_t name;

	if (frame >= domain->info.p2m_size)
		return UINT64_MAX;
	name = __atomic_load_n(&domain->info.p2m_table[frame], __ATOMIC_RELAXED);
	/* The highest bit stands for what it has mapped of others. */
	return name < FRAMES_MAX ? name : UINT64_MAX;
}

static int to_machine(void *arg, uint64_t address, uint64_t *ret)
{
	uint64_t frame = machine_frame(arg, address / MEM_PAGE);

	if (frame == UINT64_MAX)
		return -EFAULT;
	*ret = frame * MEM_PAGE + address % MEM_PAGE;
	return 0;
}

/* How long its table of frames is, is the guest's to say, and it is asked more than once. */
static int check_length(const char *name, uint64_t frames, struct error *err)
{
	if (frames <= FRAMES_PV)
		return 0;
	return error_set(err, -ERANGE,
			 "%s: says that it has %" PRIu64 " frames; a PV guest may have %llu",
			 name, frames, FRAMES_PV);
}

static int open_pv(struct domain *domain, const char *name, struct mem_xen *view,
		   struct error *err)
{
	xen_pfn_t frames;
	int r;

	if (xc_domain_nr_gpfns(domain->xc, domain->id, &frames) < 0)
		return error_errno(err, -errno, "%s: its size", name);
	r = check_length(name, frames, err);
	if (r < 0)
		return r;
	if (xc_map_domain_meminfo(domain->xc, domain->id, &domain->info) < 0)
		return error_errno(err, -(errno ? errno : EIO), "%s: its table of frames", name);
	domain->has_info = true;
	/* It may have said something else meanwhile. */
	r = check_length(name, domain->info.p2m_size, err);
	if (r < 0)
		return r;
	if (domain->info.guest_width != 8)
		return error_set(err, -ENOTSUP, "%s: is no guest of 64 bits", name);
	view->size = domain->info.p2m_size * MEM_PAGE;
	view->is_pv = true;
	view->to_machine = to_machine;
	return 0;
}

static int open_translated(struct domain *domain, const char *name, struct mem_xen *view,
			   struct error *err)
{
	xen_pfn_t last;

	if (xc_domain_maximum_gpfn(domain->xc, domain->id, &last) < 0)
		return error_errno(err, -errno, "%s: its size", name);
	if (last >= FRAMES_MAX)
		return error_set(err, -ERANGE, "%s: has frames beyond all memory", name);
	view->size = (last + 1) * MEM_PAGE;
	return 0;
}

/* --- its processors ----------------------------------------------------------------- */

/* Of CR0; a PV guest's processors always do. */
#define PAGING		BIT_ULL(31)

/* Xen has for each what CR3 has, or would have: of a PV guest, the kernel's, not the process'. */
static int read_roots(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err)
{
	const struct domain *domain = arg;
	vcpu_guest_context_any_t context;
	uint32_t i;
	int count = 0;

	for (i = 0; i < domain->processors && count < PROCESSOR_ROOTS_MAX; i++) {
		xc_vcpuinfo_t info;

		if (xc_vcpu_getinfo(domain->xc, domain->id, i, &info) < 0 || !info.online)
			continue;
		if (xc_vcpu_getcontext(domain->xc, domain->id, i, &context) < 0)
			return error_errno(err, -(errno ? errno : EIO),
					   "Xen: processor %u of domain %u", i, domain->id);
		if (domain->has_info || (context.x64.ctrlreg[0] & PAGING))
			roots[count++] = context.x64.ctrlreg[3] & ENTRY_ADDRESS;
	}
	return count;
}

/* --- the views ---------------------------------------------------------------------- */

static int read_physical(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct domain *domain = arg;

	return frames_read(domain->frames, offset, buf, len);
}

static int next_physical(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
			 uint64_t *ret_end)
{
	const struct domain *domain = arg;

	return frames_next(domain->frames, offset, end, ret_start, ret_end);
}

static void forget_physical(void *arg)
{
	const struct domain *domain = arg;

	frames_forget(domain->frames);
}

static void destroy_physical(void *arg)
{
	put_domain(arg);
}

static int read_machine(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct machine *machine = arg;

	return frames_read(machine->frames, offset, buf, len);
}

static void forget_machine(void *arg)
{
	const struct machine *machine = arg;

	frames_forget(machine->frames);
}

static void destroy_machine(void *arg)
{
	struct machine *machine = arg;

	frames_destroy(machine->frames);
	put_domain(machine->domain);
	free(machine);
}

static int add_machine(struct domain *domain, struct mem_xen *view, struct error *err)
{
	struct frames_config config = {
		.foreign = domain->foreign,
		.domain = domain->id,
		.piece = 1,
		.pieces = SINGLES,
	};
	struct machine *machine = malloc(sizeof(*machine));

	if (machine)
		machine->frames = frames_create(&config);
	if (!machine || !machine->frames) {
		free(machine);
		return error_errno(err, -ENOMEM, "Xen");
	}
	machine->domain = domain;
	domain->users++;
	view->machine = (struct mem_backing){
		.read = read_machine,
		.forget = forget_machine,
		.destroy = destroy_machine,
		.arg = machine,
	};
	return 0;
}

static int open_view(struct domain *domain, const char *name, struct mem_xen *view,
		     struct error *err)
{
	struct frames_config config = { .piece = FRAMES_MOST, .pieces = PIECES, .arg = domain };
	xc_dominfo_t info = { 0 };
	int r = find_domain(domain->xc, name, &info, err);

	domain->id = info.domid;
	domain->processors = info.max_vcpu_id + 1;
	if (r == 0)
		r = info.hvm ? open_translated(domain, name, view, err) :
			       open_pv(domain, name, view, err);
	if (r < 0)
		return r;
	/* From here on, whoever takes this process over gets no other domain's memory by it. */
	if (xenforeignmemory_restrict(domain->foreign, (domid_t)domain->id) < 0 &&
	    errno != EOPNOTSUPP && errno != ENOTTY)
		return error_errno(err, -errno, "%s: Xen's descriptor cannot be restricted", name);
	config.foreign = domain->foreign;
	config.domain = domain->id;
	config.name = view->is_pv ? machine_frame : NULL;
	domain->frames = frames_create(&config);
	if (!domain->frames)
		return error_errno(err, -ENOMEM, "%s", name);
	view->roots = read_roots;
	view->physical = (struct mem_backing){
		.read = read_physical,
		.next_data = next_physical,
		.forget = forget_physical,
		.destroy = destroy_physical,
		.arg = domain,
		.fds = { domain->fd },
		.maps = true,
	};
	return view->is_pv ? add_machine(domain, view, err) : 0;
}

/* The library does not tell: it is the only one of that device so far. Return: -ENOENT. */
static int find_fd(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	struct stat device, st;
	int fd, ret = -ENOENT;

	if (!folder)
		return -errno;
	while (ret < 0 && stat(PRIVCMD, &device) == 0 && (entry = readdir(folder))) {
		fd = atoi(entry->d_name);
		if (fd > 2 && fstat(fd, &st) == 0 && st.st_rdev == device.st_rdev &&
		    S_ISCHR(st.st_mode))
			ret = fd;
	}
	closedir(folder);
	return ret;
}

static int connect_all(struct domain *domain, struct error *err)
{
	domain->log = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	if (!domain->log)
		return error_errno(err, -ENOMEM, "Xen");
	domain->foreign = xenforeignmemory_open(domain->log, 0);
	if (domain->foreign) {
		domain->fd = find_fd();
		if (domain->fd < 0)
			return error_errno(err, domain->fd, "Xen: " PRIVCMD);
		domain->xc = xc_interface_open(domain->log, domain->log, 0);
	}
	return domain->xc ? 0 : error_errno(err, -errno, "Xen: no access to domains");
}

int mem_xen_view(const char *name, struct mem_xen *ret, struct error *err)
{
	struct mem_xen view = { 0 };
	struct domain *domain;
	int r;

	if (access(PRIVCMD, F_OK) < 0)
		return error_set(err, -ENODEV,
				 "Xen: no " PRIVCMD "; boot this host under Xen, load xen-privcmd");
	domain = calloc(1, sizeof(*domain));
	if (!domain)
		return error_errno(err, -ENOMEM, "Xen");
	domain->users = 1;
	r = connect_all(domain, err);
	if (r == 0)
		r = open_view(domain, name, &view, err);
	if (r < 0) {
		put_domain(domain);
		return r;
	}
	*ret = view;
	return 0;
}

static int halt(xc_interface *xc, const char *name, bool stop, struct error *err)
{
	xc_dominfo_t info;
	int r = find_domain(xc, name, &info, err);

	if (r < 0)
		return r;
	r = stop ? xc_domain_pause(xc, info.domid) : xc_domain_unpause(xc, info.domid);
	return r < 0 ? error_errno(err, -errno, "%s: Xen does not %s it", name,
				   stop ? "stop" : "start") : 0;
}

int mem_xen_halt(const char *name, bool stop, struct error *err)
{
	xentoollog_logger *log =
		(xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
	xc_interface *xc = log ? xc_interface_open(log, log, 0) : NULL;
	int r = xc ? halt(xc, name, stop, err) : error_errno(err, -errno, "Xen: no hypercalls");

	if (xc)
		xc_interface_close(xc);
	if (log)
		xtl_logger_destroy(log);
	return r;
}
