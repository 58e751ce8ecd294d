// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that somebody has taken out of the list, and what he writes so that nobody asks. */
#include "base/macros.h"
#include "forge.h"
#include "guest/task.h"
#include "guest/unlisted.h"
#include "ktap.h"

/* Of all that is forged, one behind the other. */
#define STEP		512u
#define TASK(n)		(FORGE_FREE + STEP * (n))
#define SIGNAL(n)	(FORGE_FREE + STEP * (20 + (n)))
#define NUMBER(n)	(FORGE_FREE + STEP * (40 + (n)))
#define NAMESPACE	(FORGE_FREE + STEP * 60)
#define CRED		(FORGE_FREE + STEP * 61)
#define NODE		(FORGE_FREE + STEP * 64)
#define INTERNAL	2ull
#define SLOTS		64u

/* Offsets in a task_struct; the links of one kind of number follow those of another. */
#define TASKS		0u
#define THREADS		16u
#define LINKS		32u
#define PID		96u
#define TGID		100u
#define FLAGS		104u
#define MM		112u
#define SIGNALS		120u
#define OWN		128u
#define CREDS		136u
#define COMM		144u
#define ZERO		160u

enum { TYPE_PID, TYPE_TGID, TYPE_PGID, TYPE_SID };

/*
 * The first one, which is the beginning of the list; "a" with two threads, "b", which hides,
 * and a thread of the kernel's.
 */
enum { FIRST, A, A_THREAD, B, KERNEL_THREAD, COUNT };

static struct guest_doubts doubts;
static struct findings findings;

static uint64_t *word(uint64_t address)
{
	return &forge_memory[address / 8];
}

static void make_layout(struct guest_layout *l)
{
	l->task_tasks = forge_member(TASKS, 16);
	l->task_thread_node = forge_member(THREADS, 16);
	l->task_pid_links = forge_member(LINKS, 16);
	l->task_pid = forge_member(PID, 4);
	l->task_tgid = forge_member(TGID, 4);
	l->task_flags = forge_member(FLAGS, 4);
	l->task_mm = forge_member(MM, 8);
	l->task_signal = forge_member(SIGNALS, 8);
	l->task_thread_pid = forge_member(OWN, 8);
	l->task_cred = forge_member(CREDS, 8);
	l->task_comm = (struct types_member){ .offset = COMM, .size = 1, .elements = 16 };
	l->task_state = forge_member(ZERO, 4);
	l->task_exit_state = forge_member(ZERO, 4);
	l->task_real_parent = forge_member(ZERO, 8);
	l->task_start_time = forge_member(ZERO, 8);
	l->task_bytes = 256;
	l->cred_uid = forge_member(0, 4);
	l->cred_gid = forge_member(0, 4);
	l->cred_euid = forge_member(0, 4);
	l->cred_egid = forge_member(0, 4);
	l->cred_bytes = 8;
	l->signal_thread_head = forge_member(0, 16);
	l->pid_tasks = (struct types_member){ .size = 8, .elements = 4 };
	l->pid_ns_table = forge_member(0, 16);
	l->xa_head = forge_member(8, 8);
	l->xa_shift = forge_member(0, 1);
	l->xa_offset = forge_member(1, 1);
	l->xa_parent = forge_member(8, 8);
	l->xa_array = forge_member(16, 8);
	l->xa_slots = (struct types_member){ .offset = 40, .size = 8, .elements = SLOTS };
	l->node_bytes = 40 + 8 * SLOTS;
}

/* As symbols, those that a memo has. */
static void make_symbols(void)
{
	static struct kernel_memo memo = { .symbol_count = 100000 };
	static const struct vmcoreinfo info;
	size_t i;

	for (i = 0; i < MEMO_SYMBOLS; i++) {
		bool task = strcmp(memo_symbols()[i], "init_task") == 0;

		if (!task && strcmp(memo_symbols()[i], "init_pid_ns") != 0)
			continue;
		memo.addresses[i] = task ? TASK(FIRST) : NAMESPACE;
		memo.has |= BIT_ULL(i);
	}
	ASSERT(kallsyms_later(&forge_guest.kernel.symbols, forge_guest.kernel.space, &info, &memo,
			      NULL) == 0);
}

static void begin_ring(uint64_t head)
{
	word(head)[0] = head;
	word(head)[1] = head;
}

/* The link at @at becomes the last one of a ring. */
static void enlist(uint64_t head, uint64_t at)
{
	uint64_t last = word(head)[1];

	word(last)[0] = at;
	word(at)[0] = head;
	word(at)[1] = last;
	word(head)[1] = at;
}

static void unlink_from_ring(uint64_t at)
{
	uint64_t next = word(at)[0], last = word(at)[1];

	word(last)[0] = next;
	word(next)[1] = last;
}

/* The only one that uses a number so. */
static void attach(unsigned int task, unsigned int number, unsigned int type)
{
	uint64_t head = NUMBER(number) + 8 * type, link = TASK(task) + LINKS + 16 * type;

	*word(head) = link;
	word(link)[0] = 0;
	word(link)[1] = head;
}

static void make_task(unsigned int n, unsigned int process, const char *comm)
{
	uint32_t *numbers = (uint32_t *)word(TASK(n) + PID);

	numbers[0] = n;
	numbers[1] = process;
	*word(TASK(n) + MM) = n == KERNEL_THREAD ? 0 : 0x1000 * process;
	*word(TASK(n) + FLAGS) = n == KERNEL_THREAD ? 0x00200000 : 0;
	*word(TASK(n) + SIGNALS) = SIGNAL(process);
	*word(TASK(n) + OWN) = NUMBER(n);
	*word(TASK(n) + CREDS) = CRED;
	strcpy((char *)word(TASK(n) + COMM), comm);
	enlist(SIGNAL(process), TASK(n) + THREADS);
	attach(n, n, TYPE_PID);
	word(NODE)[5 + n] = NUMBER(n);
	if (n != process)
		return;
	enlist(TASK(FIRST) + TASKS, TASK(n) + TASKS);
	attach(n, n, TYPE_TGID);
	attach(n, n, TYPE_PGID);
	attach(n, n, TYPE_SID);
}

static void begin(void)
{
	unsigned int n;

	forge_begin();
	forge_guest.kernel.levels = 4;
	ASSERT(guest_begin(&forge_guest, NULL) == 0);
	memset((char *)forge_memory + FORGE_FREE, 0, FORGE_BYTES - FORGE_FREE);
	make_layout(&forge_guest.layout);
	make_symbols();
	word(NODE)[2] = NAMESPACE;
	word(NAMESPACE)[1] = NODE | INTERNAL;
	begin_ring(TASK(FIRST) + TASKS);
	for (n = A; n < COUNT; n++)
		begin_ring(SIGNAL(n));
	make_task(A, A, "a");
	make_task(A_THREAD, A, "a");
	make_task(B, B, "b");
	make_task(KERNEL_THREAD, KERNEL_THREAD, "kernel");
}

static void end(void)
{
	free(findings.list);
	findings = (struct findings){ 0 };
	space_destroy(forge_guest.user);
	forge_end();
}

static void look(void)
{
	findings.count = 0;
	doubts = (struct guest_doubts){ 0 };
	guest_refresh(&forge_guest);
	EXPECT_INT(unlisted_processes(&forge_guest, &findings, NULL, &doubts), 0);
}

static void nothing_is_found(void)
{
	look();
	EXPECT_U64(findings.count, 0);
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
}

static void is_found(enum guest_finding_kind kind, unsigned int task)
{
	look();
	ASSERT(findings.count == 1);
	EXPECT_INT(findings.list[0].kind, kind);
	EXPECT_U64(findings.list[0].number, task);
	EXPECT_U64(findings.list[0].address, TASK(task));
}

static void hide(void)
{
	unlink_from_ring(TASK(B) + TASKS);
}

/* Out of one of the lists of its number. */
static void detach(unsigned int task, unsigned int type)
{
	*word(NUMBER(task) + 8 * type) = 0;
}

TEST(all_are_there)
{
	begin();
	nothing_is_found();
	/* A number that only a group and a session have still, whose member has another one. */
	detach(B, TYPE_PID);
	detach(B, TYPE_TGID);
	word(NODE)[5 + 10] = NUMBER(10);
	*word(TASK(B) + OWN) = NUMBER(10);
	attach(B, 10, TYPE_PID);
	attach(B, 10, TYPE_TGID);
	nothing_is_found();
	end();
}

TEST(out_of_the_list)
{
	begin();
	hide();
	is_found(GUEST_HIDDEN_PROCESS, B);
	EXPECT_STR(findings.list[0].name, "b");
	end();
}

/* What it says of itself makes it nobody's thread. */
TEST(with_the_signals_of_somebody)
{
	static const unsigned int others[] = { A, KERNEL_THREAD };
	size_t i;

	for (i = 0; i < 2; i++) {
		begin();
		hide();
		*word(TASK(B) + SIGNALS) = SIGNAL(others[i]);
		is_found(GUEST_HIDDEN_PROCESS, B);
		/* Nor that it is among his threads, as long as it has memory of its own. */
		unlink_from_ring(TASK(B) + THREADS);
		enlist(SIGNAL(others[i]), TASK(B) + THREADS);
		is_found(GUEST_HIDDEN_PROCESS, B);
		end();
	}
}

TEST(without_signals)
{
	begin();
	hide();
	*word(TASK(B) + SIGNALS) = 0;
	is_found(GUEST_HIDDEN_PROCESS, B);
	end();
}

TEST(a_hidden_thread)
{
	begin();
	unlink_from_ring(TASK(A_THREAD) + THREADS);
	is_found(GUEST_HIDDEN_PROCESS, A_THREAD);
	end();
}

/* A number leads to who has it in more than one way. */
TEST(out_of_the_lists_of_its_number)
{
	unsigned int type;

	begin();
	hide();
	for (type = TYPE_PID; type < TYPE_SID; type++) {
		detach(B, type);
		is_found(GUEST_HIDDEN_PROCESS, B);
	}
	end();
}

/* Somebody else is where it was, who is listed. */
TEST(another_one_in_its_place)
{
	begin();
	hide();
	*word(NUMBER(B) + 8 * TYPE_PID) = TASK(A) + LINKS;
	is_found(GUEST_HIDDEN_PROCESS, B);
	end();
}

TEST(out_of_the_table)
{
	begin();
	detach(B, TYPE_PID);
	is_found(GUEST_UNREACHABLE_PROCESS, B);
	word(NODE)[5 + B] = 0;
	is_found(GUEST_UNREACHABLE_PROCESS, B);
	end();
}

/* Each process has all threads: that many there cannot be. */
TEST(more_threads_than_there_can_be)
{
	begin();
	*word(TASK(B) + SIGNALS) = SIGNAL(A);
	*word(TASK(A_THREAD) + THREADS) = TASK(A) + THREADS;
	look();
	EXPECT(doubts.cut > 0);
	end();
}

KTAP_MAIN()
