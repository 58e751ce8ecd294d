// SPDX-License-Identifier: GPL-2.0-or-later
/* A hypervisor in memory, for the faults that a real one won't show on demand. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/u64.h"
#include "fake.h"

#define FAKE_EXIT_STATUS 77

struct hv_fake {
	struct hv hv;
	struct fake_world *world;
	void (*watch)(void *data);
	void *data;
};

static struct fake_world *to_world(struct hv *hv)
{
	return ((struct hv_fake *)hv)->world;
}

static struct fake_domain *to_domain(struct hv *hv,
				     const struct hv_domain *domain)
{
	struct fake_world *world = to_world(hv);

	return domain->id == 0 ? &world->host : &world->guests[domain->id - 1];
}

static int check_lost(const struct fake_world *world, const struct fake_domain *d,
		      struct error *err)
{
	if (world->lost || (d && d->lost))
		return error_set(err, -ENOTCONN, "fake: does not answer");
	return 0;
}

static int check_gone(const struct fake_domain *d, struct error *err)
{
	if (d->gone)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 d->domain.name);
	return 0;
}

/* Before each change: may it be made, and is it the last one? */
static int allow_write(struct fake_world *world, struct fake_domain *d,
		       struct error *err)
{
	int r = check_lost(world, d, err);

	if (d->dies_after && world->writes >= d->dies_after)
		d->gone = true;
	if (r == 0)
		r = check_gone(d, err);
	if (r < 0)
		return r;
	if (d && d->refused)
		return error_set(err, -EIO, "fake: refuses to change %s", d->domain.name);
	if (world->fail_after && world->writes >= world->fail_after)
		return error_set(err, -EIO, "fake: refuses to change anything");
	world->writes++;
	return 0;
}

static int end_write(struct hv *hv, struct error *err)
{
	const struct hv_fake *fake = (struct hv_fake *)hv;
	const struct fake_world *world = fake->world;

	if (fake->watch)
		fake->watch(fake->data);
	if (world->exit_after && world->writes >= world->exit_after)
		_exit(FAKE_EXIT_STATUS);
	if (world->replies_lost)
		return error_set(err, -ENOTCONN, "fake: no answer came");
	return 0;
}

static int find(struct hv *hv, const char *name, struct hv_domain *ret,
		struct error *err)
{
	struct fake_world *world = to_world(hv);
	unsigned int i;
	int r = check_lost(world, NULL, err);

	if (r < 0)
		return r;
	for (i = 0; i < world->guest_count; i++) {
		const struct fake_domain *d = &world->guests[i];

		if (!d->gone && strcmp(name, d->domain.name) == 0) {
			*ret = d->domain;
			return 0;
		}
	}
	return error_set(err, -ENOENT, "%s: no such guest", name);
}

static int host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	int r = check_lost(to_world(hv), NULL, err);

	if (r == 0)
		*ret = to_world(hv)->host.domain;
	return r;
}

static int read_sizes(struct hv *hv, const struct hv_domain *domain,
		      struct hv_sizes *ret, struct error *err)
{
	struct fake_world *world = to_world(hv);
	struct fake_domain *d = to_domain(hv, domain);
	int r = check_lost(world, d, err);

	if (r < 0)
		return r;
	if (world->live && d == (hv->pool ? &world->guests[0] : &world->host))
		fake_world_step(world);
	r = check_gone(d, err);
	if (r < 0)
		return r;
	if (strcmp(d->domain.uuid, domain->uuid) != 0)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 domain->name);
	*ret = d->sizes;
	ret->resident_kb = hv->pool ? d->sizes.actual_kb + d->kept_kb : HV_UNKNOWN;
	return 0;
}

static int set_target(struct hv *hv, const struct hv_domain *domain,
		      uint64_t kb, struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	int r = allow_write(to_world(hv), d, err);

	if (r < 0)
		return r;
	d->late_kb = kb;
	d->late_steps = d->lag;
	if (!d->lag)
		fake_domain_target(d, kb);
	return end_write(hv, err);
}

static int set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		   struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	int r = allow_write(to_world(hv), d, err);

	if (r < 0)
		return r;
	if (hv->pool)
		return error_set(err, -EOPNOTSUPP, "fake: nothing enforces it");
	d->sizes.max_kb = kb;
	return end_write(hv, err);
}

static int make_claim(struct hv *hv, const struct hv_domain *domain,
		      uint64_t total_kb, struct error *err)
{
	struct fake_world *world = to_world(hv);
	struct fake_domain *d = to_domain(hv, domain);
	const struct hv_sizes *sizes = &d->sizes;
	int r = allow_write(world, d, err);

	if (r < 0)
		return r;
	if (hv->pool)
		return error_set(err, -EOPNOTSUPP, "fake: nothing to claim from");
	world->claimed_kb = 0;
	if (total_kb) {
		if (total_kb <= sizes->actual_kb || total_kb > sizes->max_kb)
			return error_set(err, -EINVAL, "fake: no such claim");
		if (total_kb - sizes->actual_kb > world->free_kb)
			return error_set(err, -ENOMEM, "fake: not so much free");
		world->claimed_kb = total_kb - sizes->actual_kb;
	}
	return end_write(hv, err);
}

/* All that it lacks, each time that it is asked. */
static int distress(struct hv *hv, const struct hv_domain *domain, struct hv_distress *ret,
		    struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	uint64_t actual_kb = d->sizes.actual_kb;
	int r = check_lost(to_world(hv), d, err);

	if (r < 0)
		return r;
	d->swapped_in_kb += u64_sub_sat(d->needs_kb, actual_kb);
	*ret = (struct hv_distress){
		.total_kb = actual_kb,
		.free_kb = u64_sub_sat(actual_kb, d->needs_kb),
		.available_kb = u64_sub_sat(actual_kb, d->needs_kb),
		.swap_in_kb = d->swapped_in_kb,
		.swap_out_kb = d->swapped_in_kb,
	};
	return 0;
}

static void destroy(struct hv *hv)
{
	free(hv);
}

static const struct hv_ops fake_ops = {
	.destroy = destroy,
	.find = find,
	.host = host,
	.read = read_sizes,
	.set_target = set_target,
	.set_max = set_max,
	.claim = make_claim,
	.distress = distress,
};

static void fake_domain_init(struct fake_domain *d, uint32_t id, uint64_t kb,
			     uint64_t max_kb)
{
	memset(d, 0, sizeof(*d));
	d->domain.id = id;
	snprintf(d->domain.name, sizeof(d->domain.name), id ? "u%u" : "dom%u", id);
	memset(d->domain.uuid, 'a' + (int)id, HV_UUID_LEN);
	d->sizes = (struct hv_sizes){ kb, kb, max_kb, max_kb, HV_UNKNOWN };
	d->rate_kb = 16 << 10;
	d->quantum_kb = 4;
	d->takes_no_more_than_kb = UINT64_MAX;
}

/**
 * fake_world_init() - A well-behaved host and a guest "u1" of such sizes.
 * @world: filled in
 * @host_kb: size of the host's domain
 * @host_max_kb: and its ceiling
 * @guest_kb: size of the guest, which may grow 1024 kB above it, as under libxl
 */
void fake_world_init(struct fake_world *world, uint64_t host_kb,
		     uint64_t host_max_kb, uint64_t guest_kb)
{
	memset(world, 0, sizeof(*world));
	fake_domain_init(&world->host, 0, host_kb, host_max_kb);
	fake_world_add(world, guest_kb);
}

/**
 * fake_world_add() - One more well-behaved guest: "u2" and so on.
 * @world: with fewer than FAKE_GUESTS_MAX of them
 * @guest_kb: its size; it may grow 1024 kB above it
 *
 * Return: the guest.
 */
struct fake_domain *fake_world_add(struct fake_world *world, uint64_t guest_kb)
{
	struct fake_domain *d = &world->guests[world->guest_count++];

	fake_domain_init(d, world->guest_count, guest_kb, guest_kb + 1024);
	return d;
}

/** fake_world_total() - All memory there is, in kB: always the same. */
uint64_t fake_world_total(const struct fake_world *world)
{
	uint64_t total = world->host.sizes.actual_kb + world->free_kb +
			 world->stolen_kb;
	unsigned int i;

	for (i = 0; i < world->guest_count; i++)
		total += world->guests[i].sizes.actual_kb +
			 world->guests[i].kept_kb;
	return total;
}

/**
 * fake_domain_target() - Write a domain's target behind everybody's back.
 * @domain: the domain
 * @kb: its new target; a driver that sleeps wakes up when it is another
 */
void fake_domain_target(struct fake_domain *domain, uint64_t kb)
{
	if (domain->sizes.target_kb != kb)
		domain->asleep = false;
	domain->sizes.target_kb = kb;
}

static void shrink(struct fake_world *world, struct fake_domain *d, uint64_t to)
{
	uint64_t by;

	to = u64_max(to, d->gives_no_less_than_kb);
	if (to >= d->sizes.actual_kb)
		return;
	by = u64_min(d->sizes.actual_kb - to, d->rate_kb);
	by -= by % d->quantum_kb;
	d->sizes.actual_kb -= by;
	if (d->inhibits)
		d->kept_kb += by;
	else
		world->free_kb += by;
}

static void grow(struct fake_world *world, struct fake_domain *d, uint64_t to)
{
	bool is_host = d == &world->host;
	uint64_t room = d->kept_kb + world->free_kb -
			(is_host ? 0 : world->claimed_kb);
	uint64_t by, kept;

	to = u64_min(u64_min(to, d->takes_no_more_than_kb), d->sizes.max_kb);
	if (to <= d->sizes.actual_kb)
		return;
	by = u64_min(u64_min(to - d->sizes.actual_kb, d->rate_kb), room);
	by -= by % d->quantum_kb;
	kept = u64_min(by, d->kept_kb);
	d->sizes.actual_kb += by;
	d->kept_kb -= kept;
	world->free_kb -= by - kept;
	if (is_host)
		world->claimed_kb -= u64_min(by, world->claimed_kb);
}

/* What others wrote, and what was written but could not be seen yet. */
static void settle_target(struct fake_domain *d)
{
	if (d->late_steps && --d->late_steps == 0)
		fake_domain_target(d, d->late_kb);
	if (d->foreign_times) {
		d->foreign_times--;
		fake_domain_target(d, d->foreign_kb);
	}
}

static void balloon(struct fake_world *world, struct fake_domain *d)
{
	uint64_t to;

	settle_target(d);
	to = d->greedy ? UINT64_MAX : d->sizes.target_kb;
	if (d->gone || d->deaf || d->asleep)
		return;
	if (to < d->sizes.actual_kb)
		shrink(world, d, to);
	else
		grow(world, d, to);
}

static void free_gone(struct fake_world *world, struct fake_domain *d)
{
	if (!d->gone)
		return;
	world->free_kb += d->sizes.actual_kb + d->kept_kb;
	d->sizes.actual_kb = 0;
	d->kept_kb = 0;
}

static void check_conserved(const struct fake_world *world, uint64_t before_kb)
{
	uint64_t total_kb = fake_world_total(world);

	if (total_kb == before_kb && world->claimed_kb <= world->free_kb)
		return;
	fprintf(stderr, "fake: of %" PRIu64 " kB there are %" PRIu64 " kB, %" PRIu64
		" of %" PRIu64 " kB free are claimed\n", before_kb, total_kb,
		world->claimed_kb, world->free_kb);
	abort();
}

/**
 * fake_world_step() - Let the balloon drivers work once.
 * @world: a guest that has gone since then gives its memory back here
 *
 * Memory is conserved: what the domains, the thief and nobody have is always
 * the same amount.  Should it not be, the process ends.
 */
void fake_world_step(struct fake_world *world)
{
	uint64_t before_kb = fake_world_total(world), by;
	unsigned int i;

	for (i = 0; i < world->guest_count; i++)
		free_gone(world, &world->guests[i]);
	for (i = 0; i < world->guest_count; i++)
		balloon(world, &world->guests[i]);
	by = u64_min(world->free_kb - world->claimed_kb,
		     world->thief_kb - u64_min(world->thief_kb, world->stolen_kb));
	world->stolen_kb += by;
	world->free_kb -= by;
	balloon(world, &world->host);
	check_conserved(world, before_kb);
}

/**
 * hv_fake_create() - A connection to a world.
 * @ret: the connection
 * @world: must outlive it
 * @err: why there is none
 *
 * Return: 0 or -ENOMEM.
 */
int hv_fake_create(struct hv **ret, struct fake_world *world,
		   struct error *err)
{
	struct hv_fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		return error_errno(err, -ENOMEM, "fake hypervisor");
	fake->hv.ops = &fake_ops;
	fake->hv.pool = world->pool;
	fake->world = world;
	*ret = &fake->hv;
	return 0;
}

/** hv_fake_watch() - Look at the world right after each change to it. */
void hv_fake_watch(struct hv *hv, void (*watch)(void *data), void *data)
{
	struct hv_fake *fake = (struct hv_fake *)hv;

	fake->watch = watch;
	fake->data = data;
}
