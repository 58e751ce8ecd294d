// SPDX-License-Identifier: GPL-2.0-or-later
/* Which hypervisor the guests of a configuration belong to. */
#include <errno.h>

#include "backend.h"

/**
 * struct backend - a hypervisor
 * @name: as in the configuration
 * @create: connects to it; NULL where this program cannot
 */
struct backend {
	const char *name;
	int (*create)(struct hv **ret, struct error *err);
};

static const struct backend backends[] = {
	[CONFIG_XEN] = { "xen", hv_xen_create },
	[CONFIG_QMP] = { "qmp", NULL },
	[CONFIG_LIBVIRT] = { "libvirt", NULL },
};

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
				 "%s: guests of %s cannot be moved by this version; only those of xen can",
				 config->guests[0].name, backend->name);
	return 0;
}

int backend_create(const struct config *config, struct hv **ret, struct error *err)
{
	int r = backend_check(config, err);

	return r < 0 ? r : backends[config->guests[0].hypervisor].create(ret, err);
}
