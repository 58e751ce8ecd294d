// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that is seen into. */
#include <errno.h>
#include <stdlib.h>

#include "field.h"

int guest_begin(struct guest *guest, struct error *err)
{
	int r = space_create(&guest->user, mem_tables(guest->kernel.mem), 0, guest->kernel.levels,
			     err);

	if (r < 0)
		return r;
	guest->reads = GUEST_READS_MAX;
	guest_refresh(guest);
	return 0;
}

int guest_open(struct guest **ret, const struct mem *mem, struct error *err)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int r;

	if (!guest)
		return error_errno(err, -ENOMEM, "the guest");
	r = kernel_attach(&guest->kernel, mem, err);
	if (r == 0)
		r = layout_find(&guest->layout, guest->kernel.types, err);
	if (r == 0)
		r = guest_begin(guest, err);
	if (r < 0) {
		guest_close(guest);
		return r;
	}
	*ret = guest;
	return 0;
}

void guest_close(struct guest *guest)
{
	if (!guest)
		return;
	space_destroy(guest->user);
	kernel_detach(&guest->kernel);
	free(guest);
}

const struct kernel *guest_kernel(const struct guest *guest)
{
	return &guest->kernel;
}

void guest_refresh(struct guest *guest)
{
	space_forget(guest->kernel.space);
	space_forget(guest->user);
	mem_forget(guest->kernel.mem);
	space_allow(guest->kernel.space, guest->reads);
	space_allow(guest->user, guest->reads);
	guest->user_root = 0;
}
