// SPDX-License-Identifier: GPL-2.0-or-later
/* Which hypervisor the guests of a configuration belong to. */
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "base/macros.h"
#include "hv/plug.h"

/**
 * struct backend - a hypervisor
 * @name: as in the configuration
 * @create: connects to it, by the address of a guest
 * @one_address: all guests have the same one
 * @add: names a guest and its address; NULL where a name is enough
 */
struct backend {
	const char *name;
	int (*create)(const char *address, struct hv **ret, struct error *err);
	bool one_address;
	int (*add)(struct hv *hv, const char *name, const char *address,
		   struct error *err);
};

static int create_xen(const char *address, struct hv **ret, struct error *err)
{
	return hv_plug("xen", address, ret, err);
}

static int create_qmp(const char *address, struct hv **ret, struct error *err)
{
	return hv_qmp_create(ret, err);
}

static int create_libvirt(const char *address, struct hv **ret, struct error *err)
{
	return hv_plug("libvirt", address, ret, err);
}

static const struct backend backends[] = {
	[CONFIG_XEN] = { "xen", create_xen, false, NULL },
	[CONFIG_QMP] = { "qmp", create_qmp, false, hv_qmp_add },
	[CONFIG_LIBVIRT] = { "libvirt", create_libvirt, true, NULL },
};

const char *backend_name(enum config_hypervisor hypervisor)
{
	return backends[hypervisor].name;
}

/* The first guest is as good as any: see backend_check(). */
static const struct backend *of(const struct config *config)
{
	return &backends[config->guests[0].hypervisor];
}

int backend_same(const struct config *before, const struct config *after,
		 struct error *err)
{
	const struct config_guest *a = &before->guests[0], *b = &after->guests[0];

	if (a->hypervisor == b->hypervisor &&
	    (!of(after)->one_address || strcmp(a->address, b->address) == 0))
		return 0;
	return error_set(err, -EINVAL,
			 "guests: another hypervisor needs a restart of the service");
}

static int check_guest(const struct config *config, const struct config_guest *guest,
		       struct error *err)
{
	const struct config_guest *first = &config->guests[0];
	const struct backend *backend = of(config);

	if (guest->hypervisor != first->hypervisor)
		return error_set(err, -EINVAL,
				 "%s: is of %s and %s of %s; all guests of one run must be of one hypervisor",
				 guest->name, backends[guest->hypervisor].name, first->name,
				 backend->name);
	if (backend->one_address && strcmp(guest->address, first->address) != 0)
		return error_set(err, -EINVAL,
				 "%s: has another uri than %s; all guests of one run must be of one",
				 guest->name, first->name);
	return 0;
}

int backend_check(const struct config *config, struct error *err)
{
	size_t i;
	int r = 0;

	if (config->guest_count == 0)
		return error_set(err, -EINVAL,
				 "guests: there are none; name one in guests = ( ... )");
	for (i = 1; r == 0 && i < config->guest_count; i++)
		r = check_guest(config, &config->guests[i], err);
	return r;
}

int backend_add(struct hv *hv, const struct config *config, struct error *err)
{
	const struct backend *backend = of(config);
	size_t i;
	int r = 0;

	for (i = 0; backend->add && r == 0 && i < config->guest_count; i++)
		r = backend->add(hv, config->guests[i].name, config->guests[i].address,
				 err);
	return r;
}

int backend_create(const struct config *config, struct hv **ret, struct error *err)
{
	struct hv *hv;
	int r = backend_check(config, err);

	if (r == 0)
		r = of(config)->create(config->guests[0].address, &hv, err);
	if (r < 0)
		return r;
	r = backend_add(hv, config, err);
	if (r < 0)
		hv_destroy(hv);
	else
		*ret = hv;
	return r;
}

static const struct backend *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i].name, name) == 0)
			return &backends[i];
	return NULL;
}

int backend_restore(const struct state *state, struct hv **ret, struct error *err)
{
	/* Files from before there was another one do not name it. */
	const struct backend *backend = find(state->hypervisor[0] ? state->hypervisor :
					     backends[CONFIG_XEN].name);
	struct hv *hv;
	size_t i;
	int r;

	if (!backend)
		return error_set(err, -EOPNOTSUPP,
				 "%s: guests of that hypervisor cannot be moved by this version",
				 state->hypervisor);
	r = backend->create(state->count ? state->guests[0].address : "", &hv, err);
	if (r < 0)
		return r;
	for (i = 0; backend->add && r == 0 && i < state->count; i++)
		r = backend->add(hv, state->guests[i].base.domain.name,
				 state->guests[i].address, err);
	if (r < 0)
		hv_destroy(hv);
	else
		*ret = hv;
	return r;
}
