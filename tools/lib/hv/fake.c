// SPDX-License-Identifier: GPL-2.0-or-later
/* A hypervisor in memory, for the faults that a real one won't show on demand. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

#define FAKE_EXIT_STATUS 77

struct hv_fake {
	struct hv hv;
	struct fake_world *world;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct fake_world *to_world(struct hv *hv)
{
	return ((struct hv_fake *)hv)->world;
}

static struct fake_domain *to_domain(struct hv *hv,
				     const struct hv_domain *domain)
{
	struct fake_world *world = to_world(hv);

	return domain->id == 0 ? &world->host : &world->guest;
}

static int check_gone(const struct fake_domain *d, struct error *err)
{
	if (d->gone)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 d->domain.name);
	return 0;
}

/* Before each change: may it be made, and is it the last one? */
static int allow_write(struct fake_world *world, struct error *err)
{
	if (world->fail_after && world->writes >= world->fail_after)
		return error_set(err, -EIO, "fake: refuses to change anything");
	world->writes++;
	return 0;
}

static int end_write(struct fake_world *world)
{
	if (world->exit_after && world->writes >= world->exit_after)
		_exit(FAKE_EXIT_STATUS);
	return 0;
}

static int find(struct hv *hv, const char *name, struct hv_domain *ret,
		struct error *err)
{
	struct fake_world *world = to_world(hv);

	if (world->guest.gone || strcmp(name, world->guest.domain.name) != 0)
		return error_set(err, -ENOENT, "%s: no such guest", name);
	*ret = world->guest.domain;
	return 0;
}

static int host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	*ret = to_world(hv)->host.domain;
	return 0;
}

static int read_sizes(struct hv *hv, const struct hv_domain *domain,
		      struct hv_sizes *ret, struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	int r = check_gone(d, err);

	if (to_world(hv)->live && d == &to_world(hv)->host)
		fake_world_step(to_world(hv));
	if (r < 0)
		return r;
	if (strcmp(d->domain.uuid, domain->uuid) != 0)
		return error_set(err, -ENODEV, "%s: the guest is gone",
				 domain->name);
	*ret = d->sizes;
	return 0;
}

static int set_target(struct hv *hv, const struct hv_domain *domain,
		      uint64_t kb, struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	int r = check_gone(d, err);

	if (r == 0)
		r = allow_write(to_world(hv), err);
	if (r < 0)
		return r;
	if (d->sizes.target_kb != kb)
		d->asleep = false;
	d->sizes.target_kb = kb;
	return end_write(to_world(hv));
}

static int set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		   struct error *err)
{
	struct fake_domain *d = to_domain(hv, domain);
	int r = check_gone(d, err);

	if (r == 0)
		r = allow_write(to_world(hv), err);
	if (r < 0)
		return r;
	d->sizes.max_kb = kb;
	return end_write(to_world(hv));
}

static int make_claim(struct hv *hv, const struct hv_domain *domain,
		      uint64_t total_kb, struct error *err)
{
	struct fake_world *world = to_world(hv);
	struct hv_sizes *sizes = &to_domain(hv, domain)->sizes;
	int r = allow_write(world, err);

	if (r < 0)
		return r;
	world->claimed_kb = 0;
	if (total_kb) {
		if (total_kb <= sizes->actual_kb || total_kb > sizes->max_kb)
			return error_set(err, -EINVAL, "fake: no such claim");
		if (total_kb - sizes->actual_kb > world->free_kb)
			return error_set(err, -ENOMEM, "fake: not so much free");
		world->claimed_kb = total_kb - sizes->actual_kb;
	}
	return end_write(world);
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
};

static void fake_domain_init(struct fake_domain *d, uint32_t id,
			     const char *name, uint64_t kb, uint64_t max_kb)
{
	d->domain.id = id;
	strcpy(d->domain.name, name);
	memset(d->domain.uuid, 'a' + (int)id, HV_UUID_LEN);
	d->sizes = (struct hv_sizes){ kb, kb, max_kb, max_kb };
	d->rate_kb = 16 << 10;
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
	fake_domain_init(&world->host, 0, "dom0", host_kb, host_max_kb);
	fake_domain_init(&world->guest, 1, "u1", guest_kb, guest_kb + 1024);
}

static void shrink(struct fake_world *world, struct fake_domain *d, uint64_t to)
{
	uint64_t by;

	to = larger(to, d->gives_no_less_than_kb);
	if (to >= d->sizes.actual_kb)
		return;
	by = smaller(d->sizes.actual_kb - to, d->rate_kb);
	d->sizes.actual_kb -= by;
	world->free_kb += by;
}

static void grow(struct fake_world *world, struct fake_domain *d, uint64_t to)
{
	bool is_host = d == &world->host;
	uint64_t room = world->free_kb - (is_host ? 0 : world->claimed_kb);
	uint64_t by;

	to = smaller(smaller(to, d->takes_no_more_than_kb), d->sizes.max_kb);
	if (to <= d->sizes.actual_kb)
		return;
	by = smaller(smaller(to - d->sizes.actual_kb, d->rate_kb), room);
	d->sizes.actual_kb += by;
	world->free_kb -= by;
	if (is_host)
		world->claimed_kb -= smaller(by, world->claimed_kb);
}

static void balloon(struct fake_world *world, struct fake_domain *d)
{
	uint64_t to = d->greedy ? UINT64_MAX : d->sizes.target_kb;

	if (d->gone || d->deaf || d->asleep)
		return;
	if (to < d->sizes.actual_kb)
		shrink(world, d, to);
	else
		grow(world, d, to);
}

/**
 * fake_world_step() - Let the balloon drivers work once.
 * @world: a guest that has gone since then gives its memory back here
 *
 * Memory is conserved: what the domains, the thief and nobody have is always
 * the same amount.
 */
void fake_world_step(struct fake_world *world)
{
	uint64_t by;

	if (world->guest.gone) {
		world->free_kb += world->guest.sizes.actual_kb;
		world->guest.sizes.actual_kb = 0;
	}
	balloon(world, &world->guest);
	by = smaller(world->free_kb - world->claimed_kb,
		     world->thief_kb - world->stolen_kb);
	world->stolen_kb += by;
	world->free_kb -= by;
	balloon(world, &world->host);
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
	fake->world = world;
	*ret = &fake->hv;
	return 0;
}
