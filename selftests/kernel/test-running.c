// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which kernel runs, by the page tables that processors use: in real guests whose processes come
 * and go, with page-table isolation and with five levels, and while one is started again.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "hv/qmp-client.h"
#include "kernel/kernel.h"
#include "kernel/vmcoreinfo.h"
#include "ktap.h"
#include "mem/processor.h"
#include "mem/qemu.h"
#include "vm.h"

#define TEXT_MAP	0xffffffff80000000ull
#define LOOKS		100
/* A boot takes half a minute on a slow machine. */
#define TRIES		600

static struct mem *open_mem(void)
{
	struct error err = { 0 };
	struct mem *mem;
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	if (mem_open_qmp(&mem, "guest", path, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
	return mem;
}

/* Physical address of the kernel's own tables, by VMCOREINFO. */
static uint64_t find_root(const struct mem *mem)
{
	struct vmcoreinfo_search search;
	static struct vmcoreinfo info;
	int64_t phys_base;
	uint64_t root;

	vmcoreinfo_begin(&search);
	ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
	ASSERT(vmcoreinfo_hex(&info, "SYMBOL", "swapper_pg_dir", &root) == 0);
	ASSERT(vmcoreinfo_decimal(&info, "NUMBER", "phys_base", &phys_base) == 0);
	return root - TEXT_MAP + (uint64_t)phys_base;
}

static void it_is_always_seen(uint64_t root)
{
	int i, missed = 0;

	for (i = 0; i < LOOKS; i++) {
		struct mem *mem = open_mem();
		const struct processors *seen = mem_processors(mem);

		ASSERT(seen && seen->count > 0);
		missed += processors_use(seen, mem, root) != 1;
		/* What a process has is not the kernel's. */
		EXPECT_INT(processors_use(seen, mem, root + MEM_PAGE), 0);
		mem_destroy(mem);
	}
	EXPECT_INT(missed, 0);
}

static void another_is_refused(void)
{
	struct mem *mem = open_mem();
	struct processors *seen = calloc(1, sizeof(*seen));
	struct kernel kernel;

	ASSERT(seen && kernel_attach(&kernel, mem, NULL) == 0);
	kernel_detach(&kernel);
	*seen = *mem_processors(mem);
	/* One more than it has; and one that is another page. */
	seen->list[0].entries[100] ^= 1;
	seen->count = 1;
	mem_set_processors(mem, seen);
	EXPECT_INT(kernel_attach(&kernel, mem, NULL), -EPERM);
	seen->list[0].entries[100] ^= 1;
	EXPECT_INT(kernel_attach(&kernel, mem, NULL), 0);
	kernel_detach(&kernel);
	seen->list[0].entries[PROCESSOR_ENTRIES - 1] ^= MEM_PAGE;
	EXPECT_INT(kernel_attach(&kernel, mem, NULL), -EPERM);
	seen->count = 0;
	EXPECT_INT(kernel_attach(&kernel, mem, NULL), -EPERM);
	mem_set_processors(mem, NULL);
	EXPECT_INT(kernel_attach(&kernel, mem, NULL), 0);
	kernel_detach(&kernel);
	mem_destroy(mem);
}

static uint64_t text_of_guest(void)
{
	char path[600], line[200];
	uint64_t address = 0;
	FILE *file;

	vm_path(path, sizeof(path), "symbols");
	vm_run(path, "grep ' _text$' /proc/kallsyms");
	file = fopen(path, "re");
	ASSERT(file && fgets(line, sizeof(line), file) &&
	       sscanf(line, "%" SCNx64, &address) == 1);
	fclose(file);
	return address;
}

/* Processes that come and go all the time, and one that never enters the kernel. */
static void keep_busy(void)
{
	vm_run("/dev/null", "(while :; do :; done) >/dev/null 2>&1 &"
	       "for i in 1 2 3 4; do (while :; do /bin/true; done) & done >/dev/null 2>&1");
}

static void check_guest(const char *const *options)
{
	struct mem *mem;

	vm_start(options);
	keep_busy();
	mem = open_mem();
	it_is_always_seen(find_root(mem));
	mem_destroy(mem);
	another_is_refused();
}

/* Processors of that model have the fault that it is for. */
TEST(with_tables_apart_6_1)
{
	char path[600], line[8] = "";
	FILE *file;

	check_guest(VM("--memory", "256", "--kernel", "stock-6.1", "--cpu", "kvm64"));
	vm_path(path, sizeof(path), "isolated");
	vm_run(path, "grep -c -w pti /proc/cpuinfo");
	file = fopen(path, "re");
	ASSERT(file && fgets(line, sizeof(line), file));
	fclose(file);
	EXPECT(atoi(line) > 0);
}

TEST(in_one_table_7_2)
{
	check_guest(VM("--memory", "256", "--kernel", "stock-7.2", "--cpu", "max"));
}

/* What is there of the one before is not taken for the one that runs. */
TEST(started_again_6_12)
{
	uint64_t offsets[TRIES], before, now;
	struct qmp_client *client;
	int i, count = 0, last = 0;
	char path[600];

	vm_start(VM("--memory", "256", "--kernel", "stock-6.12", "--cpu", "max"));
	before = text_of_guest();
	vm_path(path, sizeof(path), "qmp");
	ASSERT(qmp_client_create(&client, "guest", path, 20 * NSEC_PER_SEC, NULL) == 0);
	ASSERT(qmp_client_open(client, NULL) == 0);
	/* The lab's guests end with their kernel. */
	ASSERT(qmp_execute(client, "set-action", json_pack("{s:s}", "reboot", "reset"), NULL,
			   NULL) == 0);
	ASSERT(qmp_execute(client, "system_reset", NULL, NULL, NULL) == 0);
	qmp_client_destroy(client);
	for (i = 0; i < TRIES && last < 3; i++) {
		struct mem *mem = open_mem();
		struct kernel kernel;

		if (kernel_attach(&kernel, mem, NULL) == 0) {
			offsets[count++] = kernel.offset;
			kernel_detach(&kernel);
			last++;
		}
		mem_destroy(mem);
		usleep(100000);
	}
	ASSERT(last == 3);
	/* When it answers, all of it is up. */
	now = text_of_guest();
	printf("# _text was at 0x%" PRIx64 ", is at 0x%" PRIx64 "; tried %d times\n", before,
	       now, i);
	for (i = 0; i < count; i++)
		EXPECT_U64(offsets[i] + 0xffffffff81000000ull, now);
}

KTAP_MAIN()
