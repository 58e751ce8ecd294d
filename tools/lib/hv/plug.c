// SPDX-License-Identifier: GPL-2.0-or-later
/* Hypervisors whose libraries are loaded only where they are asked for. */
#include <stdio.h>

#include "base/plug.h"
#include "plug.h"

/* Return: 0; -ENOPKG, and whose it would be is said. */
static int load(const char *name, const char *symbol, void **ret, struct error *err)
{
	struct error why = { 0 };
	char file[32];
	int r;

	snprintf(file, sizeof(file), "hv-%s", name);
	r = plug_load(file, symbol, ret, &why);
	return r < 0 ? error_set(err, r, "%s: %s", name, why.text) : 0;
}

int hv_plug(const char *name, const char *address, struct hv **ret, struct error *err)
{
	void *create;
	int r = load(name, HV_PLUG_SYMBOL, &create, err);

	return r < 0 ? r : ((hv_plug_create_fn *)create)(address, ret, err);
}

int hv_plug_monitor(const char *uri, const char *uuid, struct hv_plug_link *ret,
		    struct error *err)
{
	void *open_monitor;
	int r = load("libvirt", HV_PLUG_MONITOR_SYMBOL, &open_monitor, err);

	return r < 0 ? r : ((hv_plug_monitor_fn *)open_monitor)(uri, uuid, ret, err);
}

int hv_plug_load_backup(const struct hv_plug_backup **ret, struct error *err)
{
	void *ops;
	int r = load("libvirt", HV_PLUG_BACKUP_SYMBOL, &ops, err);

	if (r == 0)
		*ret = ops;
	return r;
}
