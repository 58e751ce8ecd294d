/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of Xen's domains, mapped by its dom0. */
#ifndef MEM_XEN_H
#define MEM_XEN_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"
#include "pause.h"
#include "processor.h"

#define MEM_XEN_SYMBOL "mem_xen_view"

/**
 * struct mem_xen - how a domain's memory is seen
 * @size: of its physical addresses, in bytes; not all of them have memory
 * @physical: memory by these
 * @is_pv: its page tables have addresses of the machine
 * @machine: then, memory by those
 * @to_machine: then, and of one page. Return: 0; -EFAULT where there is no memory.
 * @roots: see processors_see(), of @physical's arg
 */
struct mem_xen {
	uint64_t size;
	struct mem_backing physical;
	bool is_pv;
	struct mem_backing machine;
	int (*to_machine)(void *arg, uint64_t address, uint64_t *ret);
	int (*roots)(void *arg, uint64_t roots[PROCESSOR_ROOTS_MAX], struct error *err);
};

/* What mem-xen.so has; Xen's libraries are loaded with it. */
typedef int mem_xen_view_fn(const char *name, struct mem_xen *ret, struct error *err);
mem_xen_view_fn mem_xen_view;

#define MEM_XEN_HALT_SYMBOL "mem_xen_halt"

/* Stop a domain, or let it go on: as often as it has been stopped. Return: 0; -errno. */
typedef int mem_xen_halt_fn(const char *name, bool stop, struct error *err);
mem_xen_halt_fn mem_xen_halt;

/**
 * mem_open_xen() - A domain of the Xen that this is dom0 of.
 * @ret: to be given to mem_destroy()
 * @name: of the domain, or its number
 * @err: why it failed
 *
 * Frames are mapped read-only, many at a time, and let go of when they have not been
 * asked for lately, or by mem_forget(): what a guest gives back to Xen while it is
 * mapped here is nobody's until then.
 *
 * Return: 0; -ENOPKG without Xen's libraries; -ENODEV without Xen; -ENOENT when no
 * such domain runs; -ENOTSUP for a guest of 32 bits; other negative errno.
 */
int mem_open_xen(struct mem **ret, const char *name, struct error *err);

/**
 * mem_pause_xen() - Get ready to stop a domain for a moment.
 * @ret: to be given to pause_destroy()
 * @name: of the domain, or its number
 * @budget_ns: it goes on after so long in any case
 * @err: why it failed
 *
 * Xen counts who has stopped it, so whoever else does is not disturbed.
 *
 * Return: as pause_create(); -ENOPKG without Xen's libraries.
 */
int mem_pause_xen(struct pause **ret, const char *name, uint64_t budget_ns,
		  struct error *err);

#endif
