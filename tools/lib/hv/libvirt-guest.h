/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libvirt is asked about its guests, one call at a time.
 *
 * All but libvirt_create() and libvirt_uri() may take for ever, since libvirt may;
 * who must not be held up has a thread make them, see libvirt.c.
 */
#ifndef HV_LIBVIRT_GUEST_H
#define HV_LIBVIRT_GUEST_H

#include <stdint.h>

#include "base/error.h"
#include "hv.h"

struct libvirt;

/**
 * libvirt_create() - Get ready to ask; does not connect yet.
 * @uri: of libvirt on this very host; copied
 *
 * What libvirt would print of errors is silenced, in the whole process.
 *
 * Return: to be given to libvirt_destroy(); NULL without memory.
 */
struct libvirt *libvirt_create(const char *uri);

/** libvirt_destroy() - Disconnect and free; NULL is allowed. */
void libvirt_destroy(struct libvirt *libvirt);

/** libvirt_uri() - As given; never changes, so any thread may look. */
const char *libvirt_uri(const struct libvirt *libvirt);

/**
 * libvirt_open() - See to it that there is a connection.
 *
 * All that follow do so by themselves.
 *
 * Return: 0; -ENOTCONN; -EOPNOTSUPP when libvirt runs something else than QEMU.
 */
int libvirt_open(struct libvirt *libvirt, struct error *err);

/**
 * libvirt_find() - A running guest by its name.
 * @libvirt: whom to ask
 * @domain: its name is given, the rest is filled in; untouched on failure
 * @err: why it failed
 *
 * Who is met for the first time since he was started is asked to stay as he is.
 *
 * Return: 0; -ENOENT when there is none; other negative errno, as of struct hv_ops.
 */
int libvirt_find(struct libvirt *libvirt, struct hv_domain *domain, struct error *err);

/* The operations of a guest that was found; see struct hv_ops. */
int libvirt_read(struct libvirt *libvirt, const struct hv_domain *domain,
		 struct hv_sizes *ret, struct error *err);
int libvirt_set_target(struct libvirt *libvirt, const struct hv_domain *domain, uint64_t kb,
		       struct error *err);
int libvirt_distress(struct libvirt *libvirt, const struct hv_domain *domain,
		     struct hv_distress *ret, struct error *err);

#endif
