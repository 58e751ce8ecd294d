// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of Xen's domains; what needs Xen's libraries is in mem-xen.so. */
#include <errno.h>

#include "base/macros.h"
#include "base/plug.h"
#include "xen.h"

static int add(struct mem *mem, const struct mem_backing *backing, uint64_t size,
	       struct error *err)
{
	struct mem_segment segment = { .size = size };
	int r = mem_add_backing(mem, backing, err);

	if (r < 0)
		return r;
	segment.backing = (unsigned int)r;
	return mem_add_segment(mem, &segment, err);
}

/* Of the machine: nobody knows its size, and Xen refuses what is not the domain's. */
#define MACHINE_SIZE	BIT_ULL(52)

static int add_tables(struct mem *mem, const struct mem_xen *view, struct error *err)
{
	struct mem *machine = mem_create();
	int r;

	if (!machine) {
		view->machine.destroy(view->machine.arg);
		return error_errno(err, -ENOMEM, "Xen");
	}
	r = add(machine, &view->machine, MACHINE_SIZE, err);
	if (r < 0)
		mem_destroy(machine);
	else
		mem_set_tables(mem, machine, view->to_machine, view->physical.arg);
	return r;
}

/**
 * struct halt - a domain that is stopped
 * @name: of it
 * @halt: of mem-xen.so
 * @gone: there is no such domain any more
 */
struct halt {
	const char *name;
	mem_xen_halt_fn *halt;
	bool gone;
};

static int stop(void *arg, struct error *err)
{
	const struct halt *halt = arg;
	int r = halt->halt(halt->name, true, err);

	return r < 0 ? r : 1;
}

static int go_on(void *arg, struct error *err)
{
	struct halt *halt = arg;
	int r = halt->halt(halt->name, false, err);

	halt->gone = r == -ENOENT;
	return r;
}

static bool is_gone(void *arg)
{
	const struct halt *halt = arg;

	return halt->gone;
}

int mem_pause_xen(struct pause **ret, const char *name, uint64_t budget_ns,
		  struct error *err)
{
	struct halt halt = { .name = name };
	const struct pause_ops ops = {
		.stop = stop, .go_on = go_on, .is_gone = is_gone, .arg = &halt,
	};
	void *found;
	int r = plug_load("mem-xen", MEM_XEN_HALT_SYMBOL, &found, err);

	if (r < 0)
		return r;
	halt.halt = (mem_xen_halt_fn *)found;
	return pause_create(ret, &ops, budget_ns, err);
}

int mem_open_xen(struct mem **ret, const char *name, struct error *err)
{
	struct mem_xen view;
	struct mem *mem;
	void *open;
	int r = plug_load("mem-xen", MEM_XEN_SYMBOL, &open, err);

	if (r == 0)
		r = ((mem_xen_view_fn *)open)(name, &view, err);
	if (r < 0)
		return r;
	mem = mem_create();
	if (!mem) {
		view.physical.destroy(view.physical.arg);
		if (view.is_pv)
			view.machine.destroy(view.machine.arg);
		return error_errno(err, -ENOMEM, "%s", name);
	}
	if (view.is_pv)
		r = add_tables(mem, &view, err);
	if (r == 0)
		r = add(mem, &view.physical, view.size, err);
	else
		view.physical.destroy(view.physical.arg);
	if (r == 0)
		r = processors_see(mem, view.roots, view.physical.arg, err);
	if (r < 0) {
		mem_destroy(mem);
		return r;
	}
	*ret = mem;
	return 0;
}
