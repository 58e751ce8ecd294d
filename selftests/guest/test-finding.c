// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks of which each may see, or miss, something else: what of them is told in the end. */
#include <errno.h>

#include "base/clock.h"
#include "base/macros.h"
#include "forge.h"
#include "guest/finding.h"
#include "ktap.h"

/* Where the guest's time is, and a task. */
#define CLOCK		FORGE_FREE
#define TASK		(FORGE_FREE + 0x1000)
#define CRED		(FORGE_FREE + 0x2000)
#define PID		7u
/* Offsets in a task_struct. */
#define TASK_PID	0u
#define TASK_EXIT	8u
#define TASK_START	16u
#define TASK_CRED	24u
#define TASK_LINKS	32u
#define TASK_ZERO	48u
#define TASK_COMM	56u

static struct guest_doubts doubts;
static enum guest_finding_kind kind = GUEST_POINTER_ASTRAY;
static const char *next;
static unsigned int told, unsure;
static struct guest_finding last;

int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret);

/* The one symbol that there is. */
int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret)
{
	if (strcmp(name, "tick_next_period") != 0)
		return -ENOENT;
	*ret = CLOCK;
	return 0;
}

static void see(struct findings *ret, uint64_t address)
{
	const struct guest_finding finding = { .kind = kind, .number = PID, .address = address };

	ASSERT(findings_add(ret, &finding) == 0);
}

/* Up to so many reads. */
static void read_much(struct guest *guest, uint64_t reads)
{
	struct space_page page;
	int r = 0;

	while (r != -EDQUOT && reads > 0) {
		space_forget(guest->kernel.space);
		/* Where there is nothing, no more than one table is read. */
		r = space_translate(guest->kernel.space, BIT_ULL(40), &page);
		reads--;
	}
}

/*
 * By a letter: s sees it, m misses something, b does both, f sees a flood of others, u uses up all
 * reads, h misses something and reads as much as three of eight of what is allowed at first, t
 * sees a task that is where the one before was.
 */
static int look(struct guest *guest, struct findings *ret, void *data, struct guest_doubts *now)
{
	static uint64_t other;
	const struct guest_finding task = {
		.kind = GUEST_HIDDEN_PROCESS, .address = UINT64_MAX, .number = ++other,
	};
	unsigned int i;

	if (*next == 't')
		ASSERT(findings_add(ret, &task) == 0);
	for (i = 0; *next == 'f' && i < 2 * FINDINGS_MAX; i++)
		see(ret, ++other);
	if (*next == 's' || *next == 'b' || *next == 'f' || *next == 'u')
		see(ret, kind == GUEST_POINTER_ASTRAY ? UINT64_MAX : TASK);
	if (*next == 'u')
		read_much(guest, UINT64_MAX);
	if (*next == 'h')
		read_much(guest, guest->reads * 3 / 8);
	now->bad += *next == 'm' || *next == 'b' || *next == 'h';
	next += *next != '\0';
	return 0;
}

static int take(const struct guest_finding *finding, void *data)
{
	told++;
	unsure += finding->unsure;
	last = *finding;
	return 0;
}

static unsigned int tell(const char *looks)
{
	next = looks;
	told = 0;
	unsure = 0;
	doubts = (struct guest_doubts){ 0 };
	EXPECT_INT(findings_repeat(&forge_guest, look, NULL, take, NULL, &doubts), 0);
	return told;
}

static void begin(void)
{
	forge_begin();
	forge_guest.kernel.levels = 4;
	ASSERT(guest_begin(&forge_guest, NULL) == 0);
}

static void end(void)
{
	space_destroy(forge_guest.user);
	forge_end();
}

TEST(what_is_seen_each_time)
{
	begin();
	EXPECT_INT(tell("sss"), 1);
	EXPECT_INT(tell("bbb"), 1);
	EXPECT_U64(doubts.bad, 1);
	EXPECT_INT(tell("s.s"), 0);
	EXPECT_INT(tell("..."), 0);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	end();
}

/* Tasks come and go, and are made where the last one has been. */
TEST(another_task_at_the_same_place)
{
	begin();
	EXPECT_U64(tell("ttt") - unsure, 0);
	end();
}

/* Or one would make itself unreadable for a moment. */
TEST(who_missed_something_acquits_nobody)
{
	begin();
	EXPECT_INT(tell("msss"), 1);
	EXPECT_INT(tell("ssms"), 1);
	EXPECT_INT(tell("m.ss"), 0);
	EXPECT_U64(doubts.bad, 0);
	EXPECT_INT(tell("mmmm"), 0);
	EXPECT_U64(doubts.bad, 1);
	end();
}

static uint64_t *word(uint64_t address)
{
	return &forge_memory[address / 8];
}

/* Of ten minutes, and a guest that runs for an hour. */
static void begin_task(void)
{
	struct guest_layout *l = &forge_guest.layout;

	begin();
	l->task_pid = forge_member(TASK_PID, 4);
	l->task_exit_state = forge_member(TASK_EXIT, 4);
	l->task_start_time = forge_member(TASK_START, 8);
	l->task_cred = forge_member(TASK_CRED, 8);
	l->task_tasks = forge_member(TASK_LINKS, 16);
	l->task_comm = (struct types_member){ .offset = TASK_COMM, .size = 1, .elements = 16 };
	l->task_tgid = forge_member(TASK_PID, 4);
	l->task_flags = forge_member(TASK_ZERO, 4);
	l->task_state = forge_member(TASK_ZERO, 4);
	l->task_real_parent = forge_member(TASK_ZERO, 8);
	l->task_mm = forge_member(TASK_ZERO, 8);
	l->task_bytes = 128;
	l->cred_uid = forge_member(0, 4);
	l->cred_gid = forge_member(0, 4);
	l->cred_euid = forge_member(0, 4);
	l->cred_egid = forge_member(0, 4);
	l->cred_bytes = 8;
	*word(CLOCK) = 3600 * NSEC_PER_SEC;
	*word(TASK + TASK_PID) = PID;
	*word(TASK + TASK_EXIT) = 0;
	*word(TASK + TASK_START) = 600 * NSEC_PER_SEC;
	*word(TASK + TASK_CRED) = CRED;
	kind = GUEST_HIDDEN_PROCESS;
}

/* As by a timer that puts it back half of the time. */
TEST(who_hides_in_some_looks_only)
{
	begin_task();
	EXPECT_INT(tell("sss"), 1);
	EXPECT_INT(unsure, 0);
	EXPECT_INT(tell("s.s"), 1);
	EXPECT_INT(unsure, 1);
	EXPECT_INT(last.seen, 2);
	EXPECT_INT(last.looks, 3);
	EXPECT_INT(tell("s.."), 1);
	EXPECT_INT(unsure, 1);
	EXPECT_INT(last.seen, 1);
	EXPECT_INT(tell("mss."), 1);
	EXPECT_INT(unsure, 1);
	EXPECT_INT(tell("..."), 0);
	end();
}

/* In some looks; whoever is so in each of them is found all the same. */
static void is_excused(void)
{
	EXPECT_INT(tell("s.."), 0);
	EXPECT_INT(tell("s.s"), 0);
	EXPECT_INT(tell("sss"), 1);
	EXPECT_INT(unsure, 0);
}

TEST(who_is_made_or_taken_down_is_excused)
{
	begin_task();
	*word(TASK + TASK_START) = *word(CLOCK) - NSEC_PER_SEC / 2;
	is_excused();
	/* Since the look began. */
	*word(TASK + TASK_START) = *word(CLOCK) + NSEC_PER_SEC / 100;
	is_excused();
	/* Nobody is younger than that. */
	*word(TASK + TASK_START) = *word(CLOCK) + 10 * NSEC_PER_SEC;
	EXPECT_INT(tell("s.."), 1);
	*word(TASK + TASK_START) = 0;
	EXPECT_INT(tell("s.."), 1);
	*word(TASK + TASK_EXIT) = 0x10;
	is_excused();
	*word(TASK + TASK_EXIT) = 0x20;
	is_excused();
	*word(TASK + TASK_EXIT) = 0;
	/* Its memory is another one's. */
	*word(TASK + TASK_PID) = PID + 1;
	is_excused();
	end();
}

/* A kernel sets them once, and nobody hides for a moment by what stays. */
TEST(of_what_never_changes_one_look_is_enough)
{
	static const enum guest_finding_kind kinds[] = {
		GUEST_TYPES_CHANGED, GUEST_SYMBOLS_CHANGED, GUEST_PROCESSOR_CHANGED,
		GUEST_CONSTANTS_CHANGED,
	};
	size_t i;

	begin();
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		kind = kinds[i];
		EXPECT_INT(tell("s.."), 1);
		EXPECT_INT(unsure, 0);
	}
	kind = GUEST_INTERRUPT_CHANGED;
	EXPECT_INT(tell("s.."), 1);
	EXPECT_INT(unsure, 1);
	kind = GUEST_TEXT_CHANGED;
	EXPECT_INT(tell("s.s"), 0);
	end();
}

TEST(circles_are_not_walked_again)
{
	begin();
	forge_guest.reads = 800;
	EXPECT_INT(tell("usssss"), 1);
	EXPECT_STR(next, "sssss");
	EXPECT(doubts.cut > 0);
	/* Nor has each look as much as the first one. */
	EXPECT_INT(tell("hhhhhh"), 0);
	EXPECT_STR(next, "hhh");
	EXPECT_U64(doubts.bad, 1);
	end();
}

TEST(a_flood_of_findings_hides_nothing)
{
	begin();
	EXPECT_INT(tell("ffffff"), 0);
	EXPECT(doubts.cut > 0);
	end();
}

KTAP_MAIN()
