// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real guest in whose memory somebody does what those do who hide: a process is taken out of
 * the list, another out of the table, and a system call leads elsewhere.  It is done from
 * outside, by the file that its memory is in.
 */
#include <fcntl.h>
#include <unistd.h>

#include "guest/area.h"
#include "guest/check.h"
#include "guest/field.h"
#include "guest/task.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define FINDINGS	20

static struct guest_finding found[FINDINGS];
static size_t found_count;
static struct guest_doubts doubts;
static struct guest_task target;

static int note(const struct guest_finding *finding, void *data)
{
	ASSERT(found_count < FINDINGS);
	found[found_count++] = *finding;
	printf("# kind %d: %llu %s\n", finding->kind, (unsigned long long)finding->number,
	       finding->name);
	return 0;
}

static void check(size_t findings)
{
	found_count = 0;
	EXPECT_INT(guest_check(view_guest, note, NULL, &doubts), 0);
	EXPECT_U64(found_count, findings);
}

static int find_sleep(const struct guest_task *task, void *data)
{
	if (strcmp(task->comm, "sleep") != 0)
		return 0;
	target = *task;
	return 1;
}

static uint64_t read_word(uint64_t address)
{
	uint64_t value;

	ASSERT(space_read(view_guest->kernel.space, address, &value, 8) == 0);
	return value;
}

/* Below 3 GiB, an address in the file is the physical one. */
static void write_word(uint64_t address, uint64_t value)
{
	struct space_page page;
	char path[600];
	int fd;

	ASSERT(space_translate(view_guest->kernel.space, address, &page) == 0);
	vm_path(path, sizeof(path), "memory");
	fd = open(path, O_WRONLY);
	ASSERT(fd >= 0 && pwrite(fd, &value, 8, (off_t)page.address) == 8);
	close(fd);
}

static int find_other(const struct guest_task *task, void *data)
{
	*(struct guest_task *)data = *task;
	return !task->kernel && task->address != target.address;
}

static void is_still_found(void)
{
	check(1);
	EXPECT_INT(found[0].kind, GUEST_HIDDEN_PROCESS);
	EXPECT_U64(found[0].number, target.pid);
}

/* Out of the list, it shares its signals with another process. */
static void says_that_it_is_a_thread(void)
{
	const struct types_member *signal = &view_guest->layout.task_signal;
	struct guest_task other;
	uint64_t before = read_word(field_address(target.address, signal));

	ASSERT(guest_processes(view_guest, find_other, &other, &doubts) == 1);
	write_word(field_address(target.address, signal),
		   read_word(field_address(other.address, signal)));
	is_still_found();
	write_word(field_address(target.address, signal), before);
}

/* Out of the list, its number leads to it no more, other than as one of a process. */
static void leaves_its_number(void)
{
	const struct guest_layout *l = &view_guest->layout;
	uint64_t number = read_word(field_address(target.address, &l->task_thread_pid));
	uint64_t first = read_word(field_address(number, &l->pid_tasks));

	write_word(field_address(number, &l->pid_tasks), 0);
	is_still_found();
	write_word(field_address(number, &l->pid_tasks), first);
}

/* In the map of all memory, a page that has code: processors begin there, and it is nobody's. */
static uint64_t code_among_data(void)
{
	struct areas areas = { 0 };
	uint64_t address;

	EXPECT_INT(areas_read(view_guest, &areas, &doubts), 0);
	ASSERT(areas.executable.count > 0);
	address = areas.executable.list[0].start + 16;
	ASSERT(address < areas.kernel.start && !areas_know(&areas, address));
	areas_free(&areas);
	return address;
}

/* A pointer to a function, and to code that is not where modules have it. */
static void leads_to_data(void)
{
	uint64_t place, before, target;

	guest_refresh(view_guest);
	target = code_among_data();
	ASSERT(kallsyms_find(view_guest->kernel.symbols, "tcp4_seq_ops", &place) == 0);
	before = read_word(place);
	write_word(place, target);
	check(1);
	EXPECT_INT(found[0].kind, GUEST_POINTER_ASTRAY);
	EXPECT_U64(found[0].number, target);
	write_word(place, before);
	check(0);
}

TEST(somebody_hides)
{
	uint64_t link, next, prev, table, entry;

	vm_start(VIEWED);
	vm_run("/dev/null", "(sleep 5000 >/dev/null 2>&1 &); sleep 1");
	view_open();
	check(0);

	/* Out of the list, as a module would do it. */
	ASSERT(guest_processes(view_guest, find_sleep, NULL, &doubts) == 1);
	link = target.address + view_guest->layout.task_tasks.offset;
	next = read_word(link);
	prev = read_word(link + 8);
	write_word(prev, next);
	write_word(next + 8, prev);
	check(1);
	EXPECT_INT(found[0].kind, GUEST_HIDDEN_PROCESS);
	EXPECT_U64(found[0].number, target.pid);
	EXPECT_STR(found[0].name, "sleep");
	says_that_it_is_a_thread();
	leaves_its_number();
	write_word(prev, link);
	write_word(next + 8, link);
	check(0);

	/* A system call to where there is no code of the kernel. */
	ASSERT(kallsyms_find(view_guest->kernel.symbols, "sys_call_table", &table) == 0);
	entry = read_word(table + 8 * 62);
	write_word(table + 8 * 62, 0xffffffffc0000000);
	check(1);
	EXPECT_INT(found[0].kind, GUEST_SYSCALL_CHANGED);
	EXPECT_U64(found[0].number, 62);
	write_word(table + 8 * 62, entry);
	check(0);
	leads_to_data();
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	view_close();
}
