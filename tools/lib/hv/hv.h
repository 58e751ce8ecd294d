/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypervisors behind one small set of operations: sizes read, sizes asked for. */
#ifndef HV_HV_H
#define HV_HV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define HV_NAME_MAX 128
#define HV_UUID_LEN 36

/**
 * struct hv_domain - a guest, or the host's own domain
 * @id: the hypervisor's number for it
 * @name: as people know it
 * @uuid: tells it from a later one of the same name or number
 */
struct hv_domain {
	uint32_t id;
	char name[HV_NAME_MAX];
	char uuid[HV_UUID_LEN + 1];
};

/**
 * struct hv_sizes - what a domain has and may have, in kB (1024 bytes)
 * @actual_kb: memory it holds by the hypervisor's own count of pages
 * @target_kb: what it has been asked to hold; its balloon driver may not obey
 * @max_kb: the hypervisor lets it allocate no more than this
 * @static_max_kb: a target above this is refused
 * @resident_kb: what the host really spends for a guest's memory, HV_UNKNOWN
 *	where nobody can tell; more than @actual_kb when what a balloon gives
 *	does not return to the host
 *
 * @actual_kb and @target_kb differ by a constant for some kinds of guests
 * even at rest (16 pages for PVH), so only differences between two readings
 * of the same field mean anything.
 */
struct hv_sizes {
	uint64_t actual_kb;
	uint64_t target_kb;
	uint64_t max_kb;
	uint64_t static_max_kb;
	uint64_t resident_kb;
};

#define HV_UNKNOWN UINT64_MAX

/**
 * struct hv_distress - what a guest says of its own memory, HV_UNKNOWN where it
 * does not
 * @total_kb: what its kernel has
 * @free_kb: of that, used by nobody
 * @available_kb: what could be used without swapping, by its own estimate
 * @swap_in_kb: read back from swap since it has been started
 * @swap_out_kb: written to swap since then
 * @major_faults: that had to wait for a disk, since then
 * @age_ms: since it said so, by the host's clock; a driver that is dead or not
 *	loaded says nothing any more, or never has (HV_UNKNOWN)
 *
 * It comes from the guest, so it may be anything: a reason to ask it for less,
 * none to give it more than it had.
 */
struct hv_distress {
	uint64_t total_kb;
	uint64_t free_kb;
	uint64_t available_kb;
	uint64_t swap_in_kb;
	uint64_t swap_out_kb;
	uint64_t major_faults;
	uint64_t age_ms;
};

/**
 * struct hv_schedule - what of the host's processors a domain may have
 * @weight: beside others
 * @cap: no more than this, in percent of one processor; 0 for as much as there is
 * @most: what the processors that it has, or the host has, come to, in the same unit
 * @host: what all processors of the host come to
 * @used_ns: what it has had since it was started
 */
struct hv_schedule {
	uint64_t weight;
	uint64_t cap;
	uint64_t most;
	uint64_t host;
	uint64_t used_ns;
};

/* What a domain weighs that nobody has changed, and may weigh at most. */
#define HV_WEIGHT	256
#define HV_WEIGHT_MOST	65535

struct hv;

/**
 * struct hv_ops - one hypervisor
 * @destroy: disconnect and free
 * @find: a running guest by name; -ENOENT when there is none
 * @host: the domain that the IDSs run in
 * @read: current sizes; -ENODEV when that very domain is gone
 * @set_target: ask a domain to change size; it may or may not, later
 * @set_max: forbid it to grow beyond a size
 * @claim: reserve free memory so that nobody but this domain gets it, until
 *	it holds @total_kb; 0 ends the claim; -ENOMEM when not so much is free
 * @distress: how a guest fares; NULL where the hypervisor has no means
 * @superpages: whether the host maps a guest's memory by superpages; NULL for no
 * @schedule: what a domain may have of the processors; NULL, or -EOPNOTSUPP, where it
 *	has no weight and no cap of the hypervisor's; -ENODEV when that very domain is gone
 * @set_schedule: set weight and cap, and nothing else
 *
 * All but @destroy return 0 or a negative errno, with a line for the user.
 * -ENOTCONN means that the hypervisor cannot be reached now and that the same
 * call may succeed later; whether a change was made then is not known.  Any other
 * errno of a change is a refusal, which concerns this domain alone.
 */
struct hv_ops {
	void (*destroy)(struct hv *hv);
	int (*find)(struct hv *hv, const char *name, struct hv_domain *ret,
		    struct error *err);
	int (*host)(struct hv *hv, struct hv_domain *ret, struct error *err);
	int (*read)(struct hv *hv, const struct hv_domain *domain,
		    struct hv_sizes *ret, struct error *err);
	int (*set_target)(struct hv *hv, const struct hv_domain *domain,
			  uint64_t kb, struct error *err);
	int (*set_max)(struct hv *hv, const struct hv_domain *domain,
		       uint64_t kb, struct error *err);
	int (*claim)(struct hv *hv, const struct hv_domain *domain,
		     uint64_t total_kb, struct error *err);
	int (*distress)(struct hv *hv, const struct hv_domain *domain,
			struct hv_distress *ret, struct error *err);
	bool (*superpages)(struct hv *hv, const struct hv_domain *domain);
	int (*schedule)(struct hv *hv, const struct hv_domain *domain,
			struct hv_schedule *ret, struct error *err);
	int (*set_schedule)(struct hv *hv, const struct hv_domain *domain,
			    const struct hv_schedule *schedule, struct error *err);
};

/**
 * struct hv - a connection; implementations embed it
 * @ops: its operations
 * @pool: the host's memory and the guests' are one pool (KVM): what a guest
 *	gives is the host's at once, so the host has no size to be read or set,
 *	nothing is claimed, and nothing enforces a guest's maxmem
 */
struct hv {
	const struct hv_ops *ops;
	bool pool;
};

/** hv_xen_create() - Connect to the Xen that this is dom0 of. */
int hv_xen_create(struct hv **ret, struct error *err);

/**
 * hv_qmp_create() - QEMU guests of this host, each behind a socket of its own.
 * @ret: the connection, without guests yet; memory is one pool
 * @err: why there is none
 *
 * QEMU does not tell what its balloon has been asked for: it is remembered here.
 * A QEMU that is met for the first time is asked to stay as it is, so that what
 * somebody asked before does not go on behind our back.
 *
 * Return: 0 or -ENOMEM.
 */
int hv_qmp_create(struct hv **ret, struct error *err);

/**
 * hv_qmp_add() - Name a guest and its socket; does not connect yet.
 * @hv: of hv_qmp_create()
 * @name: what hv_find() and errors call it
 * @path: of its QMP socket ("-qmp unix:PATH,server=on,wait=off"), for us alone
 * @err: why it failed
 *
 * A name that is there already means the new socket from now on; a guest that was
 * found behind the old one is still reached there.
 *
 * Return: 0; -ENAMETOOLONG; -ENOMEM.
 */
int hv_qmp_add(struct hv *hv, const char *name, const char *path, struct error *err);

/**
 * hv_libvirt_create() - Guests of this host that libvirt runs with QEMU.
 * @uri: of libvirt on this very host: "qemu:///system"
 * @ret: the connection; memory is one pool
 * @err: why there is none
 *
 * Requests as of hv_qmp_create(), and a guest that is met for the first time is
 * asked to stay as it is.  Calls of libvirt are made by a thread, since nothing
 * bounds the time they take: one that is not done in 5 s is -ENOTCONN, and
 * until it is done, so is all else.
 *
 * Return: 0; -ENOTCONN when libvirt does not answer; -EOPNOTSUPP when it runs
 * something else than QEMU; other negative errno.
 */
int hv_libvirt_create(const char *uri, struct hv **ret, struct error *err);

/** hv_destroy() - Disconnect; NULL is allowed. */
void hv_destroy(struct hv *hv);

/* The operations; see struct hv_ops. */
int hv_find(struct hv *hv, const char *name, struct hv_domain *ret,
	    struct error *err);
int hv_host(struct hv *hv, struct hv_domain *ret, struct error *err);
int hv_read(struct hv *hv, const struct hv_domain *domain,
	    struct hv_sizes *ret, struct error *err);
int hv_set_target(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		  struct error *err);
int hv_set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
	       struct error *err);
int hv_claim(struct hv *hv, const struct hv_domain *domain, uint64_t total_kb,
	     struct error *err);

/**
 * hv_quantum_kb() - What a guest should be moved by multiples of.
 *
 * Return: a page, or a superpage where the host maps the guest's memory by these
 * (PVH, HVM, KVM): pieces of one would leave it mapped by pages.
 */
uint64_t hv_quantum_kb(struct hv *hv, const struct hv_domain *domain);

/**
 * hv_distress() - How a guest fares, by its own account; see struct hv_distress.
 *
 * Return: 0; -EOPNOTSUPP where nobody can tell; -ENODEV; -ENOTCONN; -errno.
 */
int hv_distress(struct hv *hv, const struct hv_domain *domain,
		struct hv_distress *ret, struct error *err);

/**
 * hv_schedule() - What a domain may have of the host's processors; see struct hv_schedule.
 *
 * Return: 0; -EOPNOTSUPP where weights and caps are not the hypervisor's, or its scheduler
 * has none; -ENODEV when that very domain is gone; -errno.
 */
int hv_schedule(struct hv *hv, const struct hv_domain *domain, struct hv_schedule *ret,
		struct error *err);

/**
 * hv_set_schedule() - Set its weight and its cap, after hv_schedule().
 *
 * Return: 0; -ENODEV; -errno.
 */
int hv_set_schedule(struct hv *hv, const struct hv_domain *domain,
		    const struct hv_schedule *schedule, struct error *err);

#endif
