// SPDX-License-Identifier: GPL-2.0-or-later
/* Which hypervisor the guests of a configuration belong to. */
#include <errno.h>
#include <string.h>

#include "backend.h"
#include "base/macros.h"

/**
 * struct backend - a hypervisor
 * @name: as in the configuration
 * @create: connects to it; NULL where this program cannot
 * @add: names a guest and its address; NULL where a name is enough
 */
struct backend {
	const char *name;
	int (*create)(struct hv **ret, struct error *err);
	int (*add)(struct hv *hv, const char *name, const char *address,
		   struct error *err);
};

static const struct backend backends[] = {
	[CONFIG_XEN] = { "xen", hv_xen_create, NULL },
	[CONFIG_QMP] = { "qmp", hv_qmp_create, hv_qmp_add },
	[CONFIG_LIBVIRT] = { "libvirt", NULL, NULL },
};

const char *backend_name(enum config_hypervisor hypervisor)
{
	return backends[hypervisor].name;
}

int backend_check(const struct config *config, struct error *err)
{
	const struct backend *backend;
	size_t i;

	if (config->guest_count == 0)
		return error_set(err, -EINVAL,
				 "guests: there are none; name one in guests = ( ... )");
	backend = &backends[config->guests[0].hypervisor];
	for (i = 1; i < config->guest_count; i++)
		if (config->guests[i].hypervisor != config->guests[0].hypervisor)
			return error_set(err, -EINVAL,
					 "%s: is of %s and %s of %s; all guests of one run must be of one hypervisor",
					 config->guests[i].name,
					 backends[config->guests[i].hypervisor].name,
					 config->guests[0].name, backend->name);
	if (!backend->create)
		return error_set(err, -EOPNOTSUPP,
				 "%s: guests of %s cannot be moved by this version; those of xen and qmp can",
				 config->guests[0].name, backend->name);
	return 0;
}

int backend_add(struct hv *hv, const struct config *config, struct error *err)
{
	const struct backend *backend = &backends[config->guests[0].hypervisor];
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
		r = backends[config->guests[0].hypervisor].create(&hv, err);
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
		if (strcmp(backends[i].name, name) == 0 && backends[i].create)
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
	r = backend->create(&hv, err);
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
