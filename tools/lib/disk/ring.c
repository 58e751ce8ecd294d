// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a domain of Xen's and the back end of its disk have between them: rings in the
 * domain's memory, with a count of the requests and a count of the answers.
 *
 * blkback answers when the device has done what was asked.  So nothing is under way when
 * both counts of each ring are the same, and nothing begins while the domain stands still.
 * The counters of /sys/bus/xen-backend tell what was begun, not what is done; those of the
 * block device have other users' requests as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include <xen/xen.h>
#include <xen/io/blkif.h>
#include <xen/io/xenbus.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "ring.h"

#define PATH_ROOM	128
#define AGAIN_NS	NSEC_PER_MSEC
/* Linux has one for each processor, and four as a rule. */
#define QUEUES_MAX	4096

/**
 * struct look - at the rings of one disk
 * @disk: that it is about
 * @xs: XenStore
 * @grants: what maps pages that the domain shares with this one
 */
struct look {
	const struct disk_xen *disk;
	struct xs_handle *xs;
	xengnttab_handle *grants;
};

/* Below the device's folder of the domain's, which may have anything in it. */
static int read_number(const struct look *look, const char *folder, const char *key,
		       uint64_t *ret)
{
	__free_mem char *text = NULL;
	char path[PATH_ROOM];
	unsigned int len;

	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/device/vbd/%" PRIu32 "%s/%s",
		 look->disk->domain, look->disk->number, folder, key);
	text = xs_read(look->xs, XBT_NULL, path, &len);
	return text ? parse_u64(key, text, 0, UINT32_MAX, ret, NULL) : -ENOENT;
}

/* By what the back end itself has noted: without a front end nothing is asked of it. */
static bool is_connected(const struct look *look)
{
	__free_mem char *text = NULL;
	char path[PATH_ROOM];
	uint64_t state;
	unsigned int len;

	snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%" PRIu32 "/%" PRIu32 "/state",
		 look->disk->domain, look->disk->number);
	text = xs_read(look->xs, XBT_NULL, path, &len);
	return text && parse_u64("state", text, 0, UINT32_MAX, &state, NULL) == 0 &&
	       state == XenbusStateConnected;
}

/* Return: 0, and whether all of it is answered; negative errno. */
static int look_at_ring(const struct look *look, const char *folder, bool *ret,
			struct error *err)
{
	const blkif_sring_t *ring;
	uint64_t reference;
	int r = read_number(look, folder, "ring-ref", &reference);

	/* Of several pages, it begins in the first one. */
	if (r < 0)
		r = read_number(look, folder, "ring-ref0", &reference);
	if (r < 0)
		return error_errno(err, r, "%s: its ring%s is not in XenStore",
				   look->disk->shown.name, folder);
	ring = xengnttab_map_grant_ref(look->grants, look->disk->domain, (uint32_t)reference,
				       PROT_READ);
	if (!ring)
		return error_errno(err, -errno, "%s: its ring%s cannot be mapped",
				   look->disk->shown.name, folder);
	*ret = __atomic_load_n(&ring->req_prod, __ATOMIC_ACQUIRE) ==
	       __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE);
	xengnttab_unmap(look->grants, (void *)ring, 1);
	return 0;
}

static int look_at_all(const struct look *look, bool *ret, struct error *err)
{
	uint64_t queues = 1, i;
	char folder[32] = "";
	int r = 0;

	*ret = true;
	read_number(look, "", "multi-queue-num-queues", &queues);
	if (queues > QUEUES_MAX)
		return error_set(err, -ERANGE, "%s: has %" PRIu64 " rings",
				 look->disk->shown.name, queues);
	for (i = 0; r == 0 && *ret && i < queues; i++) {
		if (queues > 1)
			snprintf(folder, sizeof(folder), "/queue-%" PRIu64, i);
		r = look_at_ring(look, folder, ret, err);
	}
	return r;
}

static int wait_for_all(const struct look *look, uint64_t wait_ns, struct error *err)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + wait_ns;
	bool settled = false;
	int r;

	if (!is_connected(look))
		return 0;
	while ((r = look_at_all(look, &settled, err)) == 0 && !settled) {
		if (clock_now_ns(CLOCK_MONOTONIC) >= until_ns)
			return error_set(err, -ETIMEDOUT,
					 "%s: what the guest has asked of it is not done in time; give a longer pause",
					 look->disk->shown.name);
		clock_sleep(AGAIN_NS);
	}
	return r;
}

int ring_settle(const struct disk_xen *disk, uint64_t wait_ns, struct error *err)
{
	struct look look = { .disk = disk, .xs = xs_open(0), };
	int r;

	if (look.xs)
		look.grants = xengnttab_open(NULL, 0);
	if (look.grants)
		r = wait_for_all(&look, wait_ns, err);
	else
		r = error_errno(err, -errno, "Xen: %s", look.xs ? "/dev/xen/gntdev" : "XenStore");
	if (look.grants)
		xengnttab_close(look.grants);
	xs_close(look.xs);
	return r;
}
