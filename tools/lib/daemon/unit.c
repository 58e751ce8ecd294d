// SPDX-License-Identifier: GPL-2.0-or-later
/* Units of systemd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "unit.h"

#define SYSTEMD		"org.freedesktop.systemd1"
#define UNITS		"/org/freedesktop/systemd1/unit"
#define WAIT_USEC	1000000
/* Where systemd listens itself, for root; systemctl(1) asks there. */
#define PRIVATE		"unix:path=/run/systemd/private"

/**
 * struct kind - a kind of unit that has a cgroup
 * @suffix: of its names
 * @interface: that knows the cgroup
 */
struct kind {
	const char *suffix;
	const char *interface;
};

static const struct kind kinds[] = {
	{ ".service", SYSTEMD ".Service" },
	{ ".scope", SYSTEMD ".Scope" },
	{ ".slice", SYSTEMD ".Slice" },
};

static const char *interface_of(const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t end = strlen(kinds[i].suffix);

		if (len > end && strcmp(name + len - end, kinds[i].suffix) == 0)
			return kinds[i].interface;
	}
	return NULL;
}

static int ask(sd_bus *bus, const char *name, const char *interface, char **ret,
	       struct error *err)
{
	__free_mem char *path = NULL;
	sd_bus_error why = SD_BUS_ERROR_NULL;
	int r = sd_bus_path_encode(UNITS, name, &path);

	if (r < 0)
		return error_errno(err, r, "%s", name);
	r = sd_bus_get_property_string(bus, SYSTEMD, path, interface,
				       "ControlGroup", &why, ret);
	if (r < 0)
		error_set(err, r, "%s: systemd says: %s", name,
			  why.message ? why.message : strerror(-r));
	sd_bus_error_free(&why);
	return r < 0 ? r : 0;
}

static int open_private(sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, PRIVATE);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0) {
		sd_bus_unref(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

/* Small systems have systemd without a daemon for D-Bus. */
static int open_bus(const char *name, sd_bus **ret, struct error *err)
{
	int r = sd_bus_open_system(ret);

	if (r < 0)
		r = open_private(ret);
	/* Not -ENOENT, which is said of units. */
	if (r < 0)
		return error_set(err, -ENOTCONN,
				 "%s: systemd cannot be asked (%s); is this root, and outside of containers?",
				 name, strerror(-r));
	return 0;
}

int unit_cgroup(const char *name, char **ret, struct error *err)
{
	const char *interface = interface_of(name);
	char *path = NULL;
	sd_bus *bus = NULL;
	int r;

	if (!interface)
		return error_set(err, -EINVAL,
				 "%s: has no cgroup; name a .service, .scope or .slice",
				 name);
	if (sd_booted() <= 0)
		return error_set(err, -EOPNOTSUPP,
				 "%s: no systemd runs here, which units belong to; name its cgroup",
				 name);
	r = open_bus(name, &bus, err);
	if (r < 0)
		return r;
	sd_bus_set_method_call_timeout(bus, WAIT_USEC);
	r = ask(bus, name, interface, &path, err);
	sd_bus_flush_close_unref(bus);
	if (r < 0)
		return r;
	if (!*path) {
		free(path);
		return error_set(err, -ENOENT, "%s: does not run", name);
	}
	*ret = path;
	return 0;
}
