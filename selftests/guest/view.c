// SPDX-License-Identifier: GPL-2.0-or-later
#include "ktap.h"
#include "mem/qemu.h"
#include "view.h"
#include "vm.h"

struct guest *view_guest;
static struct mem *mem;

void view_open(void)
{
	struct error err = { 0 };
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	if (mem_open_qmp(&mem, "guest", path, &err) < 0 ||
	    guest_open(&view_guest, mem, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
}

void view_close(void)
{
	guest_close(view_guest);
	mem_destroy(mem);
}

int main(int argc, char **argv)
{
	vm_share();
	return ktap_main(argc, argv);
}
