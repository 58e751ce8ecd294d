// SPDX-License-Identifier: GPL-2.0-or-later
/* Modules of real guests, held against their own /proc/modules. */
#include "guest/module.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define MODULES		200

static struct guest_module seen[MODULES];
static size_t seen_count;

static int note(const struct guest_module *module, void *data)
{
	ASSERT(seen_count < MODULES);
	seen[seen_count++] = *module;
	return 0;
}

/* "NAME SIZE REFERENCES USERS STATE ADDRESS ..." in the same order. */
static void compare(const char *line, const struct guest_module *module)
{
	unsigned long long size, address;
	char name[64], state[16];
	int references;

	ASSERT(sscanf(line, "%63s %llu %d %*s %15s %llx", name, &size, &references, state,
		      &address) == 5);
	EXPECT_STR(module->name, name);
	EXPECT_U64(module->size, size);
	EXPECT_INT(module->references, references);
	EXPECT_STR(state, "Live");
	EXPECT_INT(module->state, GUEST_MODULE_LIVE);
	EXPECT_U64(module->base, address);
}

TEST(modules)
{
	struct guest_doubts doubts = { 0 };
	char path[600], line[1024];
	size_t told = 0;
	FILE *file;

	vm_start(VIEWED);
	vm_path(path, sizeof(path), "modules");
	vm_run(path, "cat /proc/modules");
	view_open();
	EXPECT_INT(guest_modules(view_guest, note, NULL, &doubts), 0);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		ASSERT(told < seen_count);
		compare(line, &seen[told++]);
	}
	fclose(file);
	EXPECT_U64(seen_count, told);
	EXPECT(told > 3);
	EXPECT_U64(doubts.bad + doubts.cut + doubts.torn, 0);
	printf("# %zu modules\n", told);
	view_close();
}
