// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real guests, seen into from outside and held against what they say themselves: their
 * memory against QEMU's own copy of it, addresses against QEMU's own translation, symbols
 * against /proc/kallsyms, types against /sys/kernel/btf.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/macros.h"
#include "hv/qmp-client.h"
#include "kernel/kallsyms.h"
#include "kernel/types.h"
#include "kernel/vmcoreinfo.h"
#include "ktap.h"
#include "mem/qemu.h"
#include "mem/space.h"
#include "random.h"
#include "vm.h"

#define TRANSLATIONS	1500
#define PIECES		200
#define PIECE		65536

static struct mem *mem;
static struct space *space;
static struct vmcoreinfo info;

static void attach(void)
{
	struct vmcoreinfo_search search;
	struct error err = { 0 };
	int64_t phys_base, l5 = 0;
	char path[600];
	uint64_t root;

	vm_path(path, sizeof(path), "qmp");
	if (mem_open_qmp(&mem, "guest", path, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
	vmcoreinfo_begin(&search);
	ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
	ASSERT(vmcoreinfo_hex(&info, "SYMBOL", "swapper_pg_dir", &root) == 0);
	ASSERT(vmcoreinfo_decimal(&info, "NUMBER", "phys_base", &phys_base) == 0);
	vmcoreinfo_decimal(&info, "NUMBER", "pgtable_l5_enabled", &l5);
	ASSERT(space_create(&space, mem, root - 0xffffffff80000000 + (uint64_t)phys_base,
			    l5 ? 5 : 4, NULL) == 0);
}

static void detach(void)
{
	space_destroy(space);
	mem_destroy(mem);
}

/* --- QEMU's own word ------------------------------------------------------------ */

static struct qmp_client *connect_qmp(void)
{
	struct qmp_client *client;
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	ASSERT(qmp_client_create(&client, "guest", path, 20 * NSEC_PER_SEC, NULL) == 0);
	ASSERT(qmp_client_open(client, NULL) == 0);
	return client;
}

static void execute(struct qmp_client *client, const char *command)
{
	ASSERT(qmp_execute(client, command, NULL, NULL, NULL) == 0);
}

/* Return: the physical address, UINT64_MAX when it is not mapped. */
static uint64_t gva2gpa(struct qmp_client *client, uint64_t address)
{
	json_t *result = NULL;
	uint64_t physical = UINT64_MAX;
	char line[48];

	snprintf(line, sizeof(line), "gva2gpa 0x%" PRIx64, address);
	ASSERT(qmp_execute(client, "human-monitor-command",
			   json_pack("{s:s}", "command-line", line), &result, NULL) == 0);
	if (sscanf(json_string_value(result), "gpa: %" SCNx64, &physical) != 1)
		physical = UINT64_MAX;
	json_decref(result);
	return physical;
}

/* --- tests ------------------------------------------------------------------------ */

/* QEMU writes the same memory to a file. */
static void compare_memory(struct qmp_client *client, uint64_t address)
{
	static char ours[PIECE], theirs[PIECE];
	char path[600];
	int fd;

	vm_path(path, sizeof(path), "piece");
	ASSERT(qmp_execute(client, "pmemsave", json_pack("{s:I,s:i,s:s}", "val",
							 (json_int_t)address, "size", PIECE,
							 "filename", path), NULL, NULL) == 0);
	fd = open(path, O_RDONLY);
	ASSERT(fd >= 0 && read(fd, theirs, PIECE) == PIECE);
	close(fd);
	ASSERT(mem_read(mem, address, ours, PIECE) == 0);
	if (memcmp(ours, theirs, PIECE) != 0)
		KTAP_SAY("memory at 0x%" PRIx64 " is another one", address);
}

static void memory_is_what_qemu_says(struct qmp_client *client, uint64_t bytes)
{
	const struct mem_segment *segments;
	size_t i, count = mem_segments(mem, &segments);
	struct random rnd;

	EXPECT(mem_bytes(mem) >= bytes && mem_bytes(mem) <= bytes + (1 << 20));
	random_init(&rnd, 1);
	for (i = 0; i < PIECES; i++) {
		const struct mem_segment *s = &segments[random_below(&rnd, (uint32_t)count)];
		uint64_t pages = s->size / MEM_PAGE;

		if (s->size < PIECE)
			continue;
		compare_memory(client, s->start + MEM_PAGE *
			       random_below(&rnd, (uint32_t)(pages - PIECE / MEM_PAGE + 1)));
	}
}

static uint64_t random_address(struct random *rnd, struct kallsyms *symbols)
{
	uint32_t count = (uint32_t)kallsyms_count(symbols);
	uint64_t base = 0;

	switch (random_below(rnd, 4)) {
	case 0:
		return kallsyms_at(symbols, random_below(rnd, count)).address;
	case 1:
		space_read(space, kallsyms_find(symbols, "page_offset_base", &base) == 0 ? base : 0,
			   &base, sizeof(base));
		return base + random_next(rnd) % mem_bytes(mem);
	case 2:
		space_read(space, kallsyms_find(symbols, "vmalloc_base", &base) == 0 ? base : 0,
			   &base, sizeof(base));
		return base + (random_next(rnd) & 0xfffffff);
	default:
		return 0xffffffff80000000 + (random_next(rnd) & 0x7fffffff);
	}
}

/* Of kernel addresses, mapped and not; QEMU's are those of the processor's tables. */
static void addresses_lead_where_qemu_says(struct qmp_client *client,
					   struct kallsyms *symbols)
{
	unsigned int i, mapped = 0, unmapped = 0;
	struct random rnd;

	random_init(&rnd, 2);
	space_forget(space);
	for (i = 0; i < TRANSLATIONS; i++) {
		uint64_t address = random_address(&rnd, symbols);
		uint64_t theirs = gva2gpa(client, address);
		struct space_page page = { .address = UINT64_MAX };
		int r = space_translate(space, address, &page);

		mapped += theirs != UINT64_MAX;
		unmapped += theirs == UINT64_MAX;
		if (r < 0 ? theirs != UINT64_MAX : page.address != theirs)
			KTAP_SAY("0x%" PRIx64 " leads to 0x%" PRIx64 ", by QEMU to 0x%" PRIx64,
				 address, page.address, theirs);
	}
	printf("# %u of %u addresses are mapped\n", mapped, TRANSLATIONS);
	EXPECT(mapped > TRANSLATIONS / 3 && unmapped > TRANSLATIONS / 20);
}

static void symbols_are_the_guests_own(struct kallsyms *symbols)
{
	char path[600], line[600], want[1200];
	size_t number = 0;
	FILE *file;

	vm_path(path, sizeof(path), "kallsyms");
	vm_run(path, "cat /proc/kallsyms");
	file = fopen(path, "r");
	ASSERT(file);
	/* Modules follow the kernel, with their names in brackets. */
	while (fgets(line, sizeof(line), file) && !strchr(line, '[')) {
		struct kallsyms_symbol s;

		ASSERT(number < kallsyms_count(symbols));
		s = kallsyms_at(symbols, number++);
		snprintf(want, sizeof(want), "%016" PRIx64 " %c %s\n", s.address, s.type, s.name);
		if (strcmp(line, want) != 0) {
			line[strcspn(line, "\n")] = '\0';
			KTAP_SAY("symbol %zu: the guest says '%s'", number - 1, line);
			break;
		}
	}
	fclose(file);
	EXPECT_INT(number, kallsyms_count(symbols));
	printf("# %zu symbols\n", number);
}

static void look_names_up(struct kallsyms *symbols)
{
	struct kallsyms_symbol s;
	uint64_t address;

	ASSERT(kallsyms_find(symbols, "init_task", &address) == 0);
	ASSERT(kallsyms_name(symbols, address, &s) == 0);
	EXPECT_STR(s.name, "init_task");
	ASSERT(kallsyms_name(symbols, address + 8, &s) == 0);
	EXPECT_STR(s.name, "init_task");
	EXPECT_INT(kallsyms_find(symbols, "no_such_symbol", &address), -ENOENT);
	EXPECT_INT(kallsyms_name(symbols, UINT64_MAX, &s), -ENOENT);
	EXPECT_INT(kallsyms_name(symbols, 0xffffffff80000000 - 1, &s), -ENOENT);
}

/* What it shows of them is what we have read. */
static void types_are_the_guests_own(uint64_t start, uint64_t end)
{
	char path[600], *ours = malloc(end - start), *theirs = malloc(end - start + 1);
	FILE *file;

	vm_path(path, sizeof(path), "btf");
	vm_run(path, "cat /sys/kernel/btf/vmlinux");
	file = fopen(path, "r");
	ASSERT(file && ours && theirs);
	EXPECT_U64(fread(theirs, 1, end - start + 1, file), end - start);
	fclose(file);
	ASSERT(space_read(space, start, ours, end - start) == 0);
	EXPECT_INT(memcmp(ours, theirs, end - start), 0);
	free(ours);
	free(theirs);
}

static void find_members(struct types *types, struct kallsyms *symbols)
{
	struct types_member member, part;
	struct error err = { 0 };
	char comm[16] = "";
	uint64_t init_task;
	int64_t value;
	uint32_t size;

	ASSERT(kallsyms_find(symbols, "init_task", &init_task) == 0);
	ASSERT(types_member(types, "task_struct", "comm", &member, NULL) == 0);
	EXPECT_INT(member.size, 1);
	EXPECT_INT(member.elements, 16);
	ASSERT(space_read(space, init_task + member.offset, comm, sizeof(comm) - 1) == 0);
	EXPECT_STR(comm, "swapper/0");

	/* The second of two pointers, in a structure, in one without a name, in a union. */
	ASSERT(types_member(types, "task_struct", "tasks", &member, NULL) == 0);
	ASSERT(types_member(types, "task_struct", "tasks.prev", &part, NULL) == 0);
	EXPECT_INT(part.offset, member.offset + 8);
	EXPECT_INT(part.size, 8);
	EXPECT(types_has(types, "page", "compound_head") ||
	       types_has(types, "page", "compound_info"));
	EXPECT(types_has(types, "folio", "index"));
	ASSERT(types_member(types, "task_struct", "sched_reset_on_fork", &member, NULL) == 0);
	EXPECT_INT(member.bits, 1);
	ASSERT(types_size(types, "list_head", &size, NULL) == 0);
	EXPECT_INT(size, 16);
	EXPECT_INT(types_constant(types, "PIDTYPE_TGID", &value, NULL), 0);
	EXPECT_INT(value, 1);

	EXPECT_INT(types_member(types, "task_struct", "tasks.third", &part, &err), -ENOENT);
	EXPECT_HAS(err.text, "task_struct.tasks.third");
	EXPECT_INT(types_member(types, "task_struct", "pid.number", &part, NULL), -ENOENT);
	EXPECT_INT(types_member(types, "task_struct", "", &part, NULL), -ENOENT);
	EXPECT_INT(types_member(types, "no_structure", "member", &part, &err), -ENOENT);
	EXPECT_HAS(err.text, "no_structure");
	EXPECT_INT(types_size(types, "no_structure", &size, NULL), -ENOENT);
	EXPECT_INT(types_constant(types, "NO_CONSTANT", &value, NULL), -ENOENT);
}

static void look_at_types(struct kallsyms *symbols)
{
	struct error err = { 0 };
	struct types *types;
	uint64_t start, end;

	ASSERT(kallsyms_find(symbols, "__start_BTF", &start) == 0);
	ASSERT(kallsyms_find(symbols, "__stop_BTF", &end) == 0);
	types_are_the_guests_own(start, end);
	ASSERT(types_read(&types, space, start, end, NULL) == 0);
	find_members(types, symbols);
	types_free(types);
	EXPECT_INT(types_read(&types, space, start + 8, end, &err), -EPROTO);
	EXPECT_HAS(err.text, "damaged");
	EXPECT_INT(types_read(&types, space, end, start, NULL), -EPROTO);
	EXPECT_INT(types_read(&types, space, start, UINT64_MAX, NULL), -EPROTO);
}

static void see_into(uint64_t megabytes, const char *const *options)
{
	struct kallsyms *symbols;
	struct qmp_client *client;
	struct error err = { 0 };
	int r;

	vm_start(options);
	attach();
	r = kallsyms_read(&symbols, space, &info, &err);
	if (r < 0)
		printf("# %s\n", err.text);
	ASSERT(r == 0);
	symbols_are_the_guests_own(symbols);
	look_names_up(symbols);
	look_at_types(symbols);
	client = connect_qmp();
	execute(client, "stop");
	memory_is_what_qemu_says(client, megabytes << 20);
	addresses_lead_where_qemu_says(client, symbols);
	qmp_client_destroy(client);
	kallsyms_free(symbols);
	detach();
}

TEST(memory_in_a_file)
{
	see_into(256, VM("--memory", "256"));
}

/* As whoever did not think of us has started it. */
TEST(anonymous_memory)
{
	see_into(256, VM("--memory", "256", "--memory-kind", "anonymous", "--kernel",
			 "stock-6.12"));
}

/* Below and above 4 GiB. */
TEST(q35_with_much_memory_in_a_memfd)
{
	see_into(5120, VM("--memory", "5120", "--memory-kind", "memfd", "--machine", "q35",
			  "--kernel", "stock-7.2"));
}

TEST(page_tables_of_five_levels)
{
	see_into(512, VM("--memory", "512", "--memory-kind", "anonymous", "--cpu", "max"));
	int64_t l5 = 0;

	EXPECT_INT(vmcoreinfo_decimal(&info, "NUMBER", "pgtable_l5_enabled", &l5), 0);
	EXPECT_INT(l5, 1);
}

KTAP_MAIN()
