// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel that is enrolled and held against that: its text, its constants, and the tables of what
 * it changes in its own text are the guest's to write.
 *
 * An input is a byte of how types are, changes of where symbols are, and what differs from a small
 * kernel in which everything fits.  Symbols and types are told here, since other targets are for
 * how they are read; the kernel is where it was linked to, elsewhere, and was moved in between.
 */
#include <errno.h>

#include "base/macros.h"
#include "fuzz.h"
#include "kernel/enrolment.h"

#define LINKED		0xffffffff81000000ull
#define ELSEWHERE	0xffffffff9a400000ull
#define DATA		0xffff888000000000ull
#define DATA_BYTES	0x100000u
#define MODULES		0xffffffffc0000000ull
#define MEMORY		0x4000u
#define READS_MAX	2000000
#define MOVES_MAX	8
/* Of a symbol that is not there. */
#define ABSENT		UINT32_MAX

/* Places in the kernel that fits. */
#define CALLER		0x20u
#define FUNCTION	0x200u
#define TARGET		0x240u
#define THUNK		0x1f0u
#define TRAMPOLINE	0x180u
#define CONSTANTS	0x400u
#define KEY		0x780u
#define GROUP		0x7a0u
#define RECORDS		0x7e0u
#define VALUE		0x830u
#define SHIFT		0x838u
#define NOTES		0x840u

struct place {
	const char *name;
	uint32_t offset;
};

static const struct place fitting[] = {
	{ "_text", 0 }, { "_stext", 0 }, { "startup_64", 0 }, { "ftrace_call", CALLER },
	{ "secondary_startup_64", 0x40 }, { "pvh_start_xen", 0x100 },
	{ "__SCT__call", TRAMPOLINE }, { "__x86_return_thunk", THUNK }, { "function", FUNCTION },
	{ "_etext", CONSTANTS }, { "__start_rodata", CONSTANTS },
	{ "skl_call_thunk_template", 0x410 }, { "skl_call_thunk_tail", 0x418 },
	{ "kexec_purgatory", 0x420 }, { "__start_pci_fixups_early", 0x440 },
	{ "__end_pci_fixups_suspend_late", 0x450 }, { "__start___ksymtab", 0x460 },
	{ "__stop___ksymtab", 0x470 }, { "__start___ksymtab_gpl", 0x470 },
	{ "__stop___ksymtab_gpl", 0x480 }, { "__start_ro_after_init", 0x600 },
	{ "__end_ro_after_init", 0x680 }, { "__end_rodata", 0x700 },
	{ "__start___jump_table", 0x700 }, { "__stop___jump_table", 0x740 },
	{ "__start_static_call_sites", 0x740 }, { "__stop_static_call_sites", KEY },
	{ "__SCK__call", KEY }, { "ftrace_pages_start", 0x790 }, { "value", VALUE },
	{ "shift", SHIFT }, { "__start_runtime_ptr_value", VALUE },
	{ "__start_runtime_shift_shift", SHIFT }, { "__start_runtime_ptr_unnamed", ABSENT },
	{ "__start_notes", NOTES }, { "__stop_notes", 0x870 }, { "__start_BTF", 0x880 },
	{ "__stop_BTF", 0x890 }, { "boot_cpu_data", 0x8a0 }, { "_end", 0x1000 },
};

#define PLACES	ARRAY_SIZE(fitting)

/**
 * struct guest - as it is now
 * @base: where the kernel is
 * @bytes: of it
 * @offsets: where its symbols are
 * @strange: whether types are such as no kernel has
 * @reads: how often it was read
 */
static struct guest {
	uint64_t base;
	uint8_t bytes[MEMORY];
	uint32_t offsets[PLACES];
	uint8_t strange;
	uint64_t reads;
} guest;

static uint8_t kernel_that_fits[MEMORY];
/* Differences that were told. */
static size_t told;

/* --- what the kernel is asked through --------------------------------------------------- */

static bool is_there(size_t i)
{
	return guest.offsets[i] != ABSENT;
}

static uint64_t address_of(size_t i)
{
	return guest.base + (uint64_t)(int32_t)guest.offsets[i];
}

int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret);
int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret)
{
	size_t i;

	for (i = 0; i < PLACES; i++) {
		if (is_there(i) && strcmp(fitting[i].name, name) == 0) {
			*ret = address_of(i);
			return 0;
		}
	}
	return -ENOENT;
}

size_t __wrap_kallsyms_count(struct kallsyms *symbols);
size_t __wrap_kallsyms_count(struct kallsyms *symbols)
{
	return PLACES;
}

struct kallsyms_symbol __wrap_kallsyms_at(struct kallsyms *symbols, size_t number);
struct kallsyms_symbol __wrap_kallsyms_at(struct kallsyms *symbols, size_t number)
{
	FUZZ_ASSERT(number < PLACES);
	return (struct kallsyms_symbol){ fitting[number].name, address_of(number), 'T' };
}

int __wrap_kallsyms_name(struct kallsyms *symbols, uint64_t address,
			 struct kallsyms_symbol *ret);
int __wrap_kallsyms_name(struct kallsyms *symbols, uint64_t address,
			 struct kallsyms_symbol *ret)
{
	size_t i, best = PLACES;

	for (i = 0; i < PLACES; i++)
		if (is_there(i) && address_of(i) <= address &&
		    (best == PLACES || address_of(i) >= address_of(best)))
			best = i;
	if (best == PLACES)
		return -ENOENT;
	*ret = __wrap_kallsyms_at(symbols, best);
	return 0;
}

uint64_t __wrap_kallsyms_after(struct kallsyms *symbols, uint64_t address);
uint64_t __wrap_kallsyms_after(struct kallsyms *symbols, uint64_t address)
{
	uint64_t next = UINT64_MAX;
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (is_there(i) && address_of(i) > address && address_of(i) < next)
			next = address_of(i);
	return next;
}

int __wrap_space_read(struct space *space, uint64_t address, void *buf, size_t len);
int __wrap_space_read(struct space *space, uint64_t address, void *buf, size_t len)
{
	uint64_t offset = address - guest.base;

	FUZZ_ASSERT(++guest.reads <= READS_MAX);
	if (offset > MEMORY || len > MEMORY - offset)
		return -EFAULT;
	memcpy(buf, guest.bytes + offset, len);
	return 0;
}

int __wrap_space_translate(struct space *space, uint64_t address, struct space_page *ret);
int __wrap_space_translate(struct space *space, uint64_t address, struct space_page *ret)
{
	bool own = address - guest.base < MEMORY;

	if (!own && address - DATA >= DATA_BYTES && address - MODULES >= DATA_BYTES)
		return -EFAULT;
	*ret = (struct space_page){
		.size = 4096,
		.executable = address - MODULES < DATA_BYTES ||
			      address - guest.base < CONSTANTS,
	};
	return 0;
}

static const struct {
	const char *structure;
	const char *member;
	struct types_member is;
} members[] = {
	{ "jump_entry", "code", { 0, 4, 0, 0, 1 } },
	{ "jump_entry", "target", { 4, 4, 0, 0, 1 } },
	{ "static_call_site", "addr", { 0, 4, 0, 0, 1 } },
	{ "static_call_site", "key", { 4, 4, 0, 0, 1 } },
	{ "dyn_ftrace", "ip", { 0, 8, 0, 0, 1 } },
	{ "ftrace_page", "next", { 0, 8, 0, 0, 1 } },
	{ "ftrace_page", "records", { 8, 8, 0, 0, 1 } },
	{ "ftrace_page", "index", { 16, 4, 0, 0, 1 } },
	{ "cpuinfo_x86", "x86_capability", { 16, 4, 0, 0, 23 } },
};

int __wrap_types_member(struct types *types, const char *structure, const char *path,
			struct types_member *ret, struct error *err);
int __wrap_types_member(struct types *types, const char *structure, const char *path,
			struct types_member *ret, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(members); i++) {
		if (strcmp(members[i].structure, structure) != 0 ||
		    strcmp(members[i].member, path) != 0)
			continue;
		*ret = members[i].is;
		if (guest.strange & 1)
			ret->offset += guest.strange;
		if (guest.strange & 2)
			ret->size *= guest.strange;
		return 0;
	}
	return error_set(err, -ENOENT, "no %s.%s", structure, path);
}

int __wrap_types_size(struct types *types, const char *structure, uint32_t *ret,
		      struct error *err);
int __wrap_types_size(struct types *types, const char *structure, uint32_t *ret,
		      struct error *err)
{
	*ret = strcmp(structure, "static_call_site") == 0 ? 8 : 16;
	if (guest.strange & 4)
		*ret = guest.strange >> 3;
	return 0;
}

int __wrap_types_bytes(struct types *types, const void **ret, size_t *ret_len,
		       struct error *err);
int __wrap_types_bytes(struct types *types, const void **ret, size_t *ret_len,
		       struct error *err)
{
	uint64_t start, end;

	if (__wrap_kallsyms_find(NULL, "__start_BTF", &start) < 0 ||
	    __wrap_kallsyms_find(NULL, "__stop_BTF", &end) < 0)
		return error_set(err, -ENOENT, "no types");
	*ret = guest.bytes;
	*ret_len = 0;
	if (start >= end)
		return 0;
	if (start - guest.base > MEMORY || end - guest.base > MEMORY)
		return error_set(err, -EFAULT, "types are not there");
	*ret = guest.bytes + (start - guest.base);
	*ret_len = end - start;
	return 0;
}

/* --- who judges -------------------------------------------------------------------------- */

static bool is_code(uint64_t target, void *data)
{
	return target - guest.base < CONSTANTS;
}

static int note_hook(uint64_t address, uint64_t target, void *data)
{
	return 0;
}

static const struct image_judge judge = {
	.may_call = is_code,
	.is_code = is_code,
	.take = note_hook,
};

static int note_difference(enum enrolment_what what, uint64_t address, void *data)
{
	told++;
	return 0;
}

/* --- the kernel that fits ---------------------------------------------------------------- */

static void put(uint32_t offset, const void *bytes, size_t len)
{
	memcpy(kernel_that_fits + offset, bytes, len);
}

static void put32(uint32_t offset, uint32_t value)
{
	put(offset, &value, sizeof(value));
}

static void put64(uint32_t offset, uint64_t value)
{
	put(offset, &value, sizeof(value));
}

static void put_call(uint32_t offset, uint8_t opcode, uint32_t target)
{
	put(offset, &opcode, 1);
	put32(offset + 1, target - offset - 5);
}

/* How far from where it is. */
static void put_pair(uint32_t offset, uint32_t one, uint32_t other)
{
	put32(offset, one - offset);
	put32(offset + 4, other - (offset + 4));
}

static void put_code(void)
{
	static const uint8_t moves[] = {
		0x48, 0xc7, 0xc7, 0x00, 0x04, 0x00, 0x81,	/* mov $_text + 0x400, %rdi */
		0x48, 0xc7, 0xc6, 0, 0, 0, 0,			/* mov $0, %rsi */
		0x48, 0xba, 0, 0x10, 0, 0, 0x80, 0x88, 0xff, 0xff, /* movabs $value, %rdx */
		0x48, 0xc1, 0xea, 0x14,				/* shr $20, %rdx */
		0x48, 0xb8, 0, 0x05, 0, 0x81, 0xff, 0xff, 0xff, 0xff, /* movabs $_text + 0x500 */
		0x48, 0x8b, 0x04, 0xc5, 0x00, 0x06, 0x00, 0x81,	/* mov _text + 0x600(,%rax,8) */
		0xc3,
	};

	memset(kernel_that_fits, 0x90, CONSTANTS);
	put_call(CALLER, 0xe8, FUNCTION);
	put(0x100, "\xfa\xb8\x00\x00\x40\x01\xea", 7);
	put_call(TRAMPOLINE, 0xe9, FUNCTION);
	put(THUNK, "\xc3", 1);
	put_call(FUNCTION, 0xe8, CALLER);
	put_call(FUNCTION + 5, 0xe9, TARGET);
	put(FUNCTION + 10, "\xeb\x34", 2);
	put_call(FUNCTION + 12, 0xe8, FUNCTION);
	put(FUNCTION + 17, "\x0f\x85", 2);
	put32(FUNCTION + 19, FUNCTION - (FUNCTION + 23));
	put(TARGET, moves, sizeof(moves));
}

static void put_tables(void)
{
	put64(CONSTANTS + 8, LINKED + FUNCTION);
	put64(0x420, LINKED + FUNCTION);
	put64(0x448, LINKED + 0x444);
	put32(0x460, 0u - 0x460 - (uint32_t)LINKED);
	put64(0x608, LINKED + 0x608);
	put_pair(0x700, FUNCTION + 5, TARGET);
	put_pair(0x710, FUNCTION + 10, TARGET);
	put_pair(0x740, FUNCTION + 12, KEY + 1);
	put_pair(0x748, FUNCTION + 17, KEY);
	put64(KEY, LINKED + FUNCTION);
	put64(0x790, LINKED + GROUP);
	put64(GROUP + 8, LINKED + RECORDS);
	put32(GROUP + 16, 2);
	put64(RECORDS, LINKED + FUNCTION);
	put64(RECORDS + 16, LINKED + TARGET);
	put64(VALUE, DATA + 0x1000);
	put32(SHIFT, 20);
	put32(NOTES, 4);
	put32(NOTES + 4, 20);
	put32(NOTES + 8, 3);
	put(NOTES + 12, "GNU", 4);
	put(NOTES + 16, "01234567890123456789", 20);
	put(0x880, "types of it", 12);
}

/* --- one input --------------------------------------------------------------------------- */

static int compare(const struct enrolment *known, const struct kernel *kernel)
{
	struct error err = { 0 };
	int r;

	told = 0;
	guest.reads = 0;
	r = enrolment_compare(known, kernel, &judge, note_difference, NULL, &err);
	FUZZ_ASSERT(r == 0 || (r < 0 && err.text[0]));
	/* Types, symbols, a processor, and pages. */
	FUZZ_ASSERT(told <= 3 + IMAGE_AREAS * (1 + MEMORY / 4096));
	return r;
}

static void is_the_same(const struct enrolment *known, const struct kernel *kernel)
{
	FUZZ_ASSERT(compare(known, kernel) == 0);
	FUZZ_ASSERT(told == 0);
}

static void is_written_and_read(const struct enrolment *known, const struct kernel *kernel)
{
	struct enrolment *again;
	struct error err = { 0 };
	char *text;
	size_t len;

	FUZZ_ASSERT(enrolment_format(known, &text, &len) == 0);
	if (enrolment_parse(&again, text, len, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		FUZZ_ASSERT(!"what was written can be read");
	}
	is_the_same(again, kernel);
	enrolment_free(again);
	free(text);
}

static void take_apart(struct fuzz_input *in)
{
	size_t i, moved = fuzz_u8(in) % MOVES_MAX;
	uint8_t flags = fuzz_u8(in), byte;

	guest = (struct guest){ .base = flags & 1 ? ELSEWHERE : LINKED };
	for (i = 0; i < PLACES; i++)
		guest.offsets[i] = fitting[i].offset;
	if (flags & 2)
		guest.strange = fuzz_u8(in);
	for (i = 0; i < moved; i++) {
		byte = fuzz_u8(in);
		fuzz_take(in, &guest.offsets[byte % PLACES], sizeof(guest.offsets[0]));
	}
	memcpy(guest.bytes, kernel_that_fits, sizeof(guest.bytes));
	fuzz_change(in, &(struct fuzz_region){ guest.bytes, MEMORY }, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct kernel kernel = { .release = "6.12" };
	struct fuzz_input nothing = { kernel_that_fits, 0 };
	struct enrolment *known;

	put_code();
	put_tables();
	take_apart(&nothing);
	FUZZ_ASSERT(enrolment_take(&known, &kernel, &judge, NULL) == 0);
	is_the_same(known, &kernel);
	/* Somebody changes an instruction. */
	guest.bytes[TARGET + 70] ^= 1;
	FUZZ_ASSERT(compare(known, &kernel) == 0 && told == 1);
	enrolment_free(known);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct kernel kernel = { .release = "6.12" };
	struct enrolment *known;
	struct error err = { 0 };

	take_apart(&in);
	if (enrolment_take(&known, &kernel, &judge, &err) < 0) {
		FUZZ_ASSERT(err.text[0]);
		return 0;
	}
	is_the_same(known, &kernel);
	is_written_and_read(known, &kernel);
	/* Of what is there now it knows no address; it was moved, and its bytes were not. */
	guest.base = guest.base == LINKED ? ELSEWHERE : LINKED;
	compare(known, &kernel);
	/* And what fits was enrolled, by which this is not looked at, but what is there now. */
	guest.base = known->base;
	memcpy(guest.bytes, kernel_that_fits, sizeof(guest.bytes));
	compare(known, &kernel);
	enrolment_free(known);
	return 0;
}
