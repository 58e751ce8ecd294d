// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests whose QEMU is not asked: of all layouts that its memory may have, the guest's kernel
 * agrees with one, and that is the one that QEMU tells.
 */
#include <errno.h>

#include "hv/monitor.h"
#include "hv/qemu-process.h"
#include "kernel/kernel.h"
#include "ktap.h"
#include "mem/block.h"
#include "mem/qemu.h"
#include "random.h"
#include "vm.h"

#define GIB		1073741824ULL
#define MIB		1048576ULL
#define GAP_START	0xa0000ULL
#define GAP_END		0x100000ULL
#define DEVICES_START	0xf0000000ULL
#define DEVICES_END	0x100000000ULL
#define PAGES		3000

/* What a PC has between devices, and its firmware, which only QEMU knows, is left out. */
static bool is_left_out(uint64_t address)
{
	return (address >= GAP_START && address < GAP_END) ||
	       (address >= DEVICES_START && address < DEVICES_END);
}

/* Pages all over @told, of a guest that stands still. */
static void compare(const struct mem *told, const struct mem *guessed)
{
	const struct mem_segment *segments;
	size_t i, count = mem_segments(told, &segments), different = 0;
	struct random rnd;

	random_init(&rnd, 7);
	for (i = 0; i < PAGES; i++) {
		const struct mem_segment *s = &segments[random_below(&rnd, (uint32_t)count)];
		uint64_t page = random_below(&rnd, (uint32_t)(s->size / MEM_PAGE));
		char one[MEM_PAGE], other[MEM_PAGE];

		if (s->size < MEM_PAGE || is_left_out(s->start + page * MEM_PAGE))
			continue;
		ASSERT(mem_read(told, s->start + page * MEM_PAGE, one, MEM_PAGE) == 0);
		if (mem_read(guessed, s->start + page * MEM_PAGE, other, MEM_PAGE) < 0 ||
		    memcmp(one, other, MEM_PAGE) != 0)
			different++;
	}
	EXPECT_U64(different, 0);
}

/* Return: whether the guest's kernel is found and agrees; then @ret is the memory. */
static bool fits(struct mem **ret, pid_t pid, const struct mem_block *block, uint64_t low)
{
	struct kernel kernel;
	struct mem *mem;
	bool agrees;

	ASSERT(mem_open_block(&mem, pid, block, low, NULL) == 0);
	agrees = kernel_attach(&kernel, mem, NULL) == 0;
	if (agrees) {
		agrees = kernel_check_memory(&kernel, NULL) == 0;
		kernel_detach(&kernel);
	}
	if (agrees)
		*ret = mem;
	else
		mem_destroy(mem);
	return agrees;
}

static void look(uint64_t size, uint64_t wanted_low, bool q35)
{
	struct mem_block blocks[MEM_BLOCKS_MAX];
	struct mem *told, *guessed = NULL;
	uint64_t lows[MEM_LOWS_MAX];
	struct qemu_process process;
	struct monitor *monitor;
	size_t i, count, found = 0;
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	ASSERT(monitor_open_socket(&monitor, "guest", path, NULL) == 0);
	ASSERT(qemu_process_read(&process, monitor_pid(monitor), NULL) == 0);
	EXPECT_U64(qemu_memory(&process.arguments), size);
	ASSERT(mem_blocks(process.pid, size, blocks, NULL) == 1);
	EXPECT_INT(blocks[0].kind, MEM_ANONYMOUS);
	count = mem_lows(size, q35, 0, lows);
	ASSERT(mem_open_monitor(&told, "guest", monitor, NULL) == 0);
	ASSERT(monitor_execute(monitor, "stop", NULL, NULL, NULL) == 0);
	for (i = 0; i < count; i++) {
		if (!fits(&guessed, process.pid, &blocks[0], lows[i]))
			continue;
		found++;
		EXPECT_U64(lows[i], wanted_low);
		compare(told, guessed);
		mem_destroy(guessed);
	}
	EXPECT_U64(found, 1);
	EXPECT(count > 1 || size < 2 * GIB);
	mem_destroy(told);
	monitor_close(monitor);
	qemu_process_free(&process);
}

TEST(a_pc_that_has_all_below_4_gib)
{
	vm_start(VM("--memory", "256", "--memory-kind", "anonymous"));
	look(256 * MIB, 256 * MIB, false);
}

TEST(a_pc_with_some_above)
{
	vm_start(VM("--memory", "3840", "--memory-kind", "anonymous"));
	look(3840 * MIB, 3 * GIB, false);
}

TEST(a_q35_with_some_above)
{
	vm_start(VM("--memory", "3072", "--memory-kind", "anonymous", "--machine", "q35"));
	look(3 * GIB, 2 * GIB, true);
}

/* As a pc with the gap of another one would have it. */
TEST(what_fits_no_layout_is_refused)
{
	struct mem_block blocks[MEM_BLOCKS_MAX];
	struct qemu_process process;
	struct monitor *monitor;
	struct mem *mem = NULL;
	char path[600];

	vm_start(VM("--memory", "3072", "--memory-kind", "anonymous", "--machine", "q35"));
	vm_path(path, sizeof(path), "qmp");
	ASSERT(monitor_open_socket(&monitor, "guest", path, NULL) == 0);
	ASSERT(qemu_process_read(&process, monitor_pid(monitor), NULL) == 0);
	monitor_close(monitor);
	ASSERT(mem_blocks(process.pid, 3 * GIB, blocks, NULL) == 1);
	EXPECT(!fits(&mem, process.pid, &blocks[0], 3 * GIB));
	EXPECT(!fits(&mem, process.pid, &blocks[0], 2 * GIB + MIB));
	EXPECT_INT(mem_blocks(process.pid, 3 * GIB + MIB, blocks, NULL), 0);
	qemu_process_free(&process);
}

KTAP_MAIN()
