// SPDX-License-Identifier: GPL-2.0-or-later
/* Code that a guest says is somebody's, in whatever sizes it likes; and who leads to other code. */
#include "base/macros.h"
#include "forge.h"
#include "guest/area.h"
#include "guest/hook.h"
#include "guest/module.h"
#include "ktap.h"

#define AT(offset)	(FORGE_KERNEL + (offset))
/* Its text ends within a page. */
#define TEXT		AT(0x4000)
#define TEXT_END	AT(0x6800)
#define MODULE		AT(0x8000)
#define MODULES		AT(0x8800)
#define TRACER		AT(0x9000)
#define TRACERS		AT(0x9800)
#define NO_TRACER	AT(0x9900)
#define PROGRAM		AT(0xa000)
#define PROGRAMS	AT(0xa800)
#define MODULE_CODE	AT(0x10000)
/* A page that is not mapped for code, and what nobody has told. */
#define NOBODYS_CODE	AT(0x13000)
#define TRACER_CODE	AT(0x15000)
#define PROGRAM_CODE	AT(0x18000)
#define DATA		AT(0x20000)
#define DATA_END	AT(0x21000)
#define HUGE		(4u << 20)

/* Offsets in a struct module; it has two pieces of memory, its text and that of its beginning. */
#define STATE		64u
#define PIECES		72u

/* Where the kernel maps all memory as data. */
#define DIRECT		0xffff888000000000ull
#define DIRECT_ENTRY	273u
#define PRESENT		1ull
#define NO_EXECUTE	BIT_ULL(63)

static struct guest_doubts doubts;
static struct areas areas;

static uint64_t *word(uint64_t address)
{
	return &forge_memory[(address - FORGE_KERNEL) / 8];
}

static void make_layout(struct guest_layout *l)
{
	*l = (struct guest_layout){ .module_init_text = 1 };
	l->module_list = forge_member(0, 16);
	l->module_name = (struct types_member){ .offset = 16, .size = 1, .elements = 40 };
	l->module_state = forge_member(STATE, 4);
	l->module_refcnt = forge_member(STATE + 4, 4);
	l->module_mem = (struct types_member){ .offset = PIECES, .size = 16, .elements = 2 };
	l->piece_base = forge_member(0, 8);
	l->piece_size = forge_member(8, 8);
	l->ftrace_next = forge_member(0, 8);
	l->ftrace_trampoline = forge_member(8, 8);
	l->ftrace_trampoline_size = forge_member(16, 8);
	l->bpf_ksym_link = forge_member(0, 16);
	l->bpf_ksym_start = forge_member(16, 8);
	l->bpf_ksym_end = forge_member(24, 8);
}

static void join(uint64_t head, uint64_t link)
{
	word(head)[0] = link;
	word(head)[1] = link;
	word(link)[0] = head;
	word(link)[1] = head;
}

static void execute(uint64_t start, uint64_t end)
{
	for (; start < end; start += MEM_PAGE)
		forge_execute(start, true);
}

static void set_module(uint64_t size)
{
	word(MODULE + PIECES)[0] = MODULE_CODE;
	word(MODULE + PIECES)[1] = size;
}

static void set_beginning(uint64_t base, uint64_t size, uint64_t state)
{
	word(MODULE + PIECES)[2] = base;
	word(MODULE + PIECES)[3] = size;
	*word(MODULE + STATE) = state;
}

static void set_tracer(uint64_t size)
{
	word(TRACER)[0] = NO_TRACER;
	word(TRACER)[1] = TRACER_CODE;
	word(TRACER)[2] = size;
}

static void set_program(uint64_t size)
{
	word(PROGRAM)[2] = PROGRAM_CODE;
	word(PROGRAM)[3] = PROGRAM_CODE + size;
}

static void begin(void)
{
	static const struct forge_symbol symbols[] = {
		{ "_stext", TEXT }, { "_etext", TEXT_END }, { "modules", MODULES },
		{ "ftrace_ops_list", TRACERS }, { "ftrace_list_end", NO_TRACER },
		{ "bpf_kallsyms", PROGRAMS }, { "_sdata", DATA }, { "_edata", DATA_END },
		{ "init_mm", DATA + 0x300 }, { "something", DATA + 0x340 },
	};

	forge_begin();
	memset((char *)forge_memory + FORGE_FREE, 0, FORGE_BYTES - FORGE_FREE);
	forge_kernel(symbols, ARRAY_SIZE(symbols));
	ASSERT(guest_begin(&forge_guest, NULL) == 0);
	make_layout(&forge_guest.layout);
	join(MODULES, MODULE);
	join(PROGRAMS, PROGRAM);
	*word(TRACERS) = TRACER;
	execute(TEXT, TEXT_END);
	execute(MODULE_CODE, MODULE_CODE + 0x2000);
	execute(NOBODYS_CODE, NOBODYS_CODE + 0x1000);
	execute(TRACER_CODE, TRACER_CODE + 0x2000);
	execute(PROGRAM_CODE, PROGRAM_CODE + 0x1000);
	execute(PROGRAM_CODE + 0x2000, PROGRAM_CODE + 0x3000);
	set_module(0x2000);
	set_tracer(0x200);
	set_program(0x800);
}

static void look(void)
{
	areas_free(&areas);
	doubts = (struct guest_doubts){ 0 };
	guest_refresh(&forge_guest);
	EXPECT_INT(areas_read(&forge_guest, &areas, &doubts), 0);
}

static void end(void)
{
	areas_free(&areas);
	forge_memory[0x1000 / 8 + DIRECT_ENTRY] = 0;
	space_destroy(forge_guest.user);
	forge_end();
}

TEST(whose_code_it_is)
{
	begin();
	look();
	EXPECT_U64(doubts.torn + doubts.bad + doubts.cut, 0);
	EXPECT_INT(areas_find(&areas, TEXT), AREA_KERNEL);
	EXPECT_INT(areas_find(&areas, TEXT_END - 1), AREA_KERNEL);
	EXPECT_INT(areas_find(&areas, TEXT_END), AREA_KINDS);
	EXPECT(areas_execute(&areas, TEXT_END));
	EXPECT_INT(areas_find(&areas, MODULE_CODE), AREA_MODULE);
	EXPECT_INT(areas_find(&areas, MODULE_CODE + 0x1fff), AREA_MODULE);
	EXPECT_INT(areas_find(&areas, MODULE_CODE + 0x2000), AREA_KINDS);
	EXPECT_INT(areas_find(&areas, TRACER_CODE + 0x1ff), AREA_TRACER);
	EXPECT_INT(areas_find(&areas, TRACER_CODE + 0x200), AREA_KINDS);
	EXPECT_INT(areas_find(&areas, PROGRAM_CODE), AREA_BPF);
	EXPECT_INT(areas_find(&areas, NOBODYS_CODE), AREA_KINDS);
	EXPECT(areas_execute(&areas, NOBODYS_CODE));
	EXPECT(!areas_execute(&areas, NOBODYS_CODE - 1));
	EXPECT(!areas_execute(&areas, DATA));
	end();
}

TEST(a_module_as_large_as_it_says)
{
	begin();
	set_module(HUGE);
	look();
	EXPECT(areas_know(&areas, MODULE_CODE + 0x1fff));
	EXPECT(!areas_know(&areas, MODULE_CODE + 0x2000));
	EXPECT(!areas_know(&areas, NOBODYS_CODE));
	/* Of one that begins where nothing can be executed there is no code. */
	forge_execute(MODULE_CODE, false);
	look();
	EXPECT(!areas_know(&areas, MODULE_CODE));
	EXPECT(!areas_know(&areas, MODULE_CODE + 0x1000));
	end();
}

/* It has code for its beginning only until that is over. */
TEST(code_of_a_module_that_has_begun)
{
	begin();
	set_beginning(NOBODYS_CODE, 0x1000, GUEST_MODULE_COMING);
	look();
	EXPECT(areas_know(&areas, NOBODYS_CODE));
	set_beginning(NOBODYS_CODE, 0x1000, GUEST_MODULE_LIVE);
	look();
	EXPECT(!areas_know(&areas, NOBODYS_CODE));
	end();
}

TEST(tracers_and_programs_as_large_as_they_say)
{
	begin();
	set_tracer(0x2000);
	look();
	EXPECT(!areas_know(&areas, TRACER_CODE + 0x1000));
	EXPECT_U64(doubts.bad, 1);
	set_tracer(0x1000);
	set_program(HUGE);
	look();
	EXPECT(areas_know(&areas, TRACER_CODE + 0xfff));
	EXPECT(areas_know(&areas, PROGRAM_CODE + 0xfff));
	EXPECT(!areas_know(&areas, PROGRAM_CODE + 0x2000));
	EXPECT_U64(doubts.bad, 0);
	end();
}

/* How often it is found that a word of its data leads there. */
static size_t led_to(uint64_t target)
{
	struct findings findings = { 0 };
	size_t count;

	*word(DATA + 0x100) = target;
	doubts = (struct guest_doubts){ 0 };
	guest_refresh(&forge_guest);
	EXPECT_INT(hooks_find(&forge_guest, &findings, NULL, &doubts), 0);
	count = findings.count;
	if (count) {
		EXPECT_INT(findings.list[0].kind, GUEST_POINTER_ASTRAY);
		EXPECT_U64(findings.list[0].address, DATA + 0x100);
		EXPECT_U64(findings.list[0].number, target);
	}
	free(findings.list);
	return count;
}

TEST(pointers_to_code_wherever_it_is)
{
	begin();
	EXPECT_U64(led_to(0), 0);
	EXPECT_U64(led_to(TEXT + 0x10), 0);
	EXPECT_U64(led_to(MODULE_CODE + 0x10), 0);
	EXPECT_U64(led_to(DATA), 0);
	EXPECT_U64(led_to(NOBODYS_CODE + 0x10), 1);
	/* Behind the kernel's text, in its last page. */
	EXPECT_U64(led_to(TEXT_END + 0x10), 1);
	/* Data that was made code, where the kernel's image is. */
	forge_execute(DATA + 0x800, true);
	EXPECT_U64(led_to(DATA + 0x800), 1);
	/* And where all memory is mapped once more; a process' own half is not meant. */
	forge_memory[0x1000 / 8 + DIRECT_ENTRY] = 0x2000 | PRESENT | NO_EXECUTE;
	EXPECT_U64(led_to(DIRECT + 0x23000), 0);
	forge_memory[0x1000 / 8 + DIRECT_ENTRY] = 0x2000 | PRESENT;
	EXPECT_U64(led_to(DIRECT + 0x23000), 1);
	EXPECT_U64(led_to(0x23000), 0);
	end();
}

/* What says where its code ends leads to no function. */
TEST(where_the_text_ends)
{
	begin();
	EXPECT_U64(led_to(TEXT_END), 1);
	*word(DATA + 0x308) = TEXT_END;
	EXPECT_U64(led_to(0), 0);
	EXPECT_U64(led_to(TEXT_END), 1);
	end();
}

/* No address follows the last page of all. */
TEST(the_last_page)
{
	begin();
	forge_memory[FORGE_TABLES / 8 + 511] = (FORGE_TABLES + 0xc000) | PRESENT;
	forge_memory[(FORGE_TABLES + 0xc000) / 8 + 511] = (FORGE_TABLES + 0xd000) | PRESENT;
	forge_memory[(FORGE_TABLES + 0xd000) / 8 + 511] = 0x23000 | PRESENT;
	EXPECT_U64(led_to(0xfffffffffffff010), 1);
	end();
}

/* Each way through them is another address. */
TEST(page_tables_that_lead_to_each_other)
{
	unsigned int i;

	begin();
	for (i = 280; i < 511; i++)
		forge_memory[0x1000 / 8 + i] = 0x1000 | PRESENT;
	look();
	EXPECT_U64(doubts.cut, 1);
	end();
}

KTAP_MAIN()
