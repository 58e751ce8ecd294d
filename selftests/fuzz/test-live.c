// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real guests that rewrite what is read of them while it is read.
 *
 * From outside: the guest is stopped, its structures are changed in the file that its memory is
 * in, and put back, while walks go on; in the end it runs on as if nothing had been.  From
 * inside: the guest makes and ends processes, files, mounts and connections as fast as it can.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base/macros.h"
#include "guest/field.h"
#include "guest/module.h"
#include "guest/task.h"
#include "hv/qmp-client.h"
#include "ktap.h"
#include "mem/qemu.h"
#include "random.h"
#include "vm.h"
#include "walks.h"

#define MEMORY		(256ull << 20)
#define WAIT_NS		10000000000ull
#define PIECES_MAX	65536
#define TASKS_MAX	1024
#define WALKS		400
#define STORM_WALKS	500
/* What a look may read, by what it reads when nothing is changed. */
#define MORE		50
/* Kernel and process each have as much; guest_check() looks three times more. */
#define LOOKS		8

static struct mem *mem;
static struct guest *guest;
static uint8_t *memory;

/* --- what is read ------------------------------------------------------------------------ */

/**
 * struct piece - of memory that walks read
 * @address: physical
 * @len: bytes
 */
struct piece {
	uint64_t address;
	size_t len;
};

static struct piece pieces[PIECES_MAX];
static size_t piece_count;
static bool noting;
static uint64_t reads;

int __real_mem_read(const struct mem *m, uint64_t address, void *buf, size_t len);
int __wrap_mem_read(const struct mem *m, uint64_t address, void *buf, size_t len);

int __wrap_mem_read(const struct mem *m, uint64_t address, void *buf, size_t len)
{
	reads++;
	if (noting && piece_count < PIECES_MAX && address + len <= MEMORY)
		pieces[piece_count++] = (struct piece){ address, len };
	return __real_mem_read(m, address, buf, len);
}

static uint64_t read_counted(unsigned int which, struct walks *told)
{
	reads = 0;
	guest_refresh(guest);
	walks_some(guest, which, told);
	return reads;
}

/* --- the guest --------------------------------------------------------------------------- */

static void tell_qemu(const char *command)
{
	struct qmp_client *client;
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	ASSERT(qmp_client_create(&client, "guest", path, WAIT_NS, NULL) == 0);
	ASSERT(qmp_client_open(client, NULL) == 0);
	ASSERT(qmp_execute(client, command, NULL, NULL, NULL) == 0);
	qmp_client_destroy(client);
}

static void look_into(void)
{
	struct error err = { 0 };
	char path[600];
	int fd;

	vm_path(path, sizeof(path), "qmp");
	if (mem_open_qmp(&mem, "guest", path, &err) < 0 || guest_open(&guest, mem, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
	vm_path(path, sizeof(path), "memory");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT(fd >= 0);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(memory != MAP_FAILED);
	close(fd);
}

static void look_away(void)
{
	munmap(memory, MEMORY);
	guest_close(guest);
	mem_destroy(mem);
}

static void start(void)
{
	vm_start(VM("--memory", "256", "--memory-kind", "file"));
	vm_run("/dev/null", "ifconfig lo 127.0.0.1 up; httpd -p 127.0.0.1:81 -h /; "
			    "(sleep 5000 >/dev/null 2>&1 &); mkdir -p /tmp/m /tmp/s; sleep 1");
}

/* --- from outside ------------------------------------------------------------------------ */

/**
 * struct change - a word that is another for a while
 * @at: in the guest's memory
 * @before: what it was
 */
struct change {
	uint64_t *at;
	uint64_t before;
};

static void make_change(struct change *c, uint64_t address, uint64_t value)
{
	c->at = (uint64_t *)(memory + address / 8 * 8);
	c->before = *c->at;
	__atomic_store_n(c->at, value, __ATOMIC_RELAXED);
}

static void undo_change(const struct change *c)
{
	__atomic_store_n(c->at, c->before, __ATOMIC_RELAXED);
}

static uint64_t some_place(struct random *rnd)
{
	const struct piece *piece = &pieces[random_below(rnd, (uint32_t)piece_count)];

	return piece->address + random_below(rnd, (uint32_t)piece->len) / 8 * 8;
}

static uint64_t some_value(struct random *rnd, uint64_t before)
{
	switch (random_below(rnd, 5)) {
	case 0:
		return before ^ BIT_ULL(random_below(rnd, 64));
	case 1:
		return *(uint64_t *)(memory + some_place(rnd) / 8 * 8);
	case 2:
		return before + random_below(rnd, 4096) - 2048;
	case 3:
		return 0;
	default:
		return random_next(rnd);
	}
}

static atomic_bool enough;

#define AT_ONCE	4

/* A few words at a time, each for a moment; the last ones are put back, too. */
static void *rewrite(void *data)
{
	struct change changes[AT_ONCE];
	struct random rnd;
	int i;

	random_init(&rnd, 5);
	while (!enough) {
		for (i = 0; i < AT_ONCE; i++) {
			uint64_t at = some_place(&rnd);

			make_change(&changes[i], at,
				    some_value(&rnd, *(uint64_t *)(memory + at / 8 * 8)));
		}
		usleep(random_below(&rnd, 300));
		while (i-- > 0)
			undo_change(&changes[i]);
	}
	return NULL;
}

static bool same(const struct walks *a, const struct walks *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint64_t doubts_of(const struct walks *told)
{
	return told->doubts.torn + told->doubts.bad + told->doubts.cut;
}

TEST(rewritten_from_outside)
{
	struct walks before, told, after;
	uint64_t normal, most = 0, n, doubts = 0, other = 0;
	pthread_t thread;
	int i;

	start();
	tell_qemu("stop");
	look_into();
	noting = true;
	normal = read_counted(WALKS_ALL, &before);
	noting = false;
	/* Of all walks, the last one too. */
	EXPECT(piece_count < PIECES_MAX);
	guest->reads = MORE * normal;
	EXPECT(before.processes > 20 && before.files > 10 && before.mounts > 3);
	EXPECT_U64(doubts_of(&before) + before.findings, 0);
	ASSERT(pthread_create(&thread, NULL, rewrite, NULL) == 0);
	for (i = 0; i < WALKS; i++) {
		n = read_counted(WALKS_ALL, &told);
		most = n > most ? n : most;
		doubts += doubts_of(&told);
		other += !same(&told, &before);
	}
	enough = true;
	ASSERT(pthread_join(thread, NULL) == 0);
	printf("# %d walks, %" PRIu64 " were not as before, %" PRIu64 " doubts; %" PRIu64
	       " reads, at most %" PRIu64 "\n", WALKS, other, doubts, normal, most);
	/* It has hit what is read, and nobody was kept busy. */
	EXPECT(doubts > WALKS / 10 && other > WALKS / 10);
	EXPECT(most <= LOOKS * MORE * normal);
	/* What is right again is seen rightly, and the guest lives. */
	read_counted(WALKS_ALL, &after);
	EXPECT(same(&before, &after));
	look_away();
	tell_qemu("cont");
	vm_run("/dev/null", "ps");
}

/* --- links of lists ---------------------------------------------------------------------- */

static uint64_t links[TASKS_MAX];
static size_t link_count;

static int note_task(const struct guest_task *task, void *data)
{
	ASSERT(link_count < TASKS_MAX);
	links[link_count++] = field_address(task->address, &guest->layout.task_tasks);
	return 0;
}

static int note_module(const struct guest_module *module, void *data)
{
	ASSERT(link_count < TASKS_MAX);
	links[link_count++] = field_address(module->address, &guest->layout.module_list);
	return 0;
}

static uint64_t physical(uint64_t address)
{
	struct space_page page;

	ASSERT(space_translate(guest->kernel.space, address, &page) == 0);
	return page.address;
}

/* Either all are told, or it is said that something is not as it should be. */
static void try_value(uint64_t address, uint64_t value, unsigned int which,
		      const struct walks *before)
{
	struct change change;
	struct walks told;

	make_change(&change, physical(address), value);
	read_counted(which, &told);
	undo_change(&change);
	/* As it was: the same value. */
	if (change.before == value)
		return;
	if (doubts_of(&told) == 0)
		KTAP_SAY("%" PRIx64 ": %" PRIx64 " instead of %" PRIx64 ": no doubt, %" PRIu64
			 " instead of %" PRIu64, address, value, change.before,
			 told.processes + told.modules, before->processes + before->modules);
}

static void try_links(uint64_t head, unsigned int which)
{
	struct walks before;
	struct random rnd;
	size_t i, k, tried = 0;

	random_init(&rnd, 6);
	read_counted(which, &before);
	EXPECT_U64(doubts_of(&before), 0);
	for (i = 0; i < link_count; i++) {
		uint64_t next = *(uint64_t *)(memory + physical(links[i]));
		const uint64_t values[] = {
			0, head, links[i], links[0], links[link_count - 1],
			links[random_below(&rnd, (uint32_t)link_count)],
			next ^ 8, next ^ 64, next ^ BIT_ULL(random_below(&rnd, 64)), UINT64_MAX,
		};

		for (k = 0; k < ARRAY_SIZE(values); k++, tried++)
			try_value(links[i], values[k], which, &before);
	}
	printf("# %zu links, each in %zu ways\n", link_count, tried / (link_count ?: 1));
}

TEST(no_link_is_cut_in_silence)
{
	struct guest_doubts doubts = { 0 };
	uint64_t init_task, modules;

	start();
	tell_qemu("stop");
	look_into();
	ASSERT(kernel_symbol(&guest->kernel, "init_task", &init_task, NULL) == 0);
	ASSERT(kernel_symbol(&guest->kernel, "modules", &modules, NULL) == 0);
	ASSERT(guest_processes(guest, note_task, NULL, &doubts) == 0);
	try_links(field_address(init_task, &guest->layout.task_tasks), WALKS_PROCESSES);
	link_count = 0;
	ASSERT(guest_modules(guest, note_module, NULL, &doubts) == 0);
	try_links(modules, WALKS_MODULES);
	look_away();
	tell_qemu("cont");
	vm_run("/dev/null", "ps");
}

/* --- from inside ------------------------------------------------------------------------- */

static const char storm[] =
	"cd /tmp; : >on; "
	"(while [ -e /tmp/on ]; do (exit 0); (sleep 0.01 &); done) >/dev/null 2>&1 & "
	"(while [ -e /tmp/on ]; do mkdir -p s/x/y; : >s/x/y/a; mv s/x s/z; rm -r s/z; done) "
	">/dev/null 2>&1 & "
	"(while [ -e /tmp/on ]; do mount -t tmpfs s m && umount m; done) >/dev/null 2>&1 & "
	"(while [ -e /tmp/on ]; do nc 127.0.0.1 81 </dev/null; done) >/dev/null 2>&1 &";

/* Who is there all the time. */
static int find_sleeper(const struct guest_task *task, void *data)
{
	*(bool *)data |= strcmp(task->comm, "sleep") == 0 && task->ppid == 1;
	return 0;
}

TEST(a_guest_that_changes_all_the_time)
{
	uint64_t normal, most = 0, n, doubts = 0, findings = 0, unseen = 0;
	struct walks told;
	int i;

	start();
	look_into();
	normal = read_counted(WALKS_ALL, &told);
	guest->reads = MORE * normal;
	vm_run("/dev/null", storm);
	for (i = 0; i < STORM_WALKS; i++) {
		struct guest_doubts here = { 0 };
		bool seen = false;

		n = read_counted(WALKS_ALL, &told);
		most = n > most ? n : most;
		doubts += doubts_of(&told);
		findings += told.findings;
		guest_refresh(guest);
		ASSERT(guest_processes(guest, find_sleeper, &seen, &here) == 0);
		unseen += !seen && here.torn + here.bad + here.cut == 0;
	}
	printf("# %d walks, %" PRIu64 " doubts, %" PRIu64 " findings; %" PRIu64
	       " reads, at most %" PRIu64 "\n", STORM_WALKS, doubts, findings, normal, most);
	EXPECT_U64(unseen, 0);
	EXPECT_U64(findings, 0);
	EXPECT(most <= LOOKS * MORE * normal);
	look_away();
	vm_run("/dev/null", "rm /tmp/on");
}

int main(int argc, char **argv)
{
	vm_share();
	return ktap_main(argc, argv);
}
