// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A QEMU plugin that counts what a guest with one processor executes: by
 * address, locked instructions apart, and per call of some functions, from
 * their first instruction to the return.  No noise: another run of the same
 * path gives the same number.  The guest says when, see ../mark.h.
 *
 *   -plugin count.so,out=FILE
 *
 * FILE gets, for each measurement:
 *   begin LABEL
 *   at ADDRESS INSTRUCTIONS LOCKED	   a block of kernel code, total of both
 *   user INSTRUCTIONS
 *   calls ADDRESS CALLS SUM MIN MEDIAN MAX  of a function, in instructions
 *   end LABEL
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../mark.h"
#include "api.h"

#define BUCKETS 65536	/* of blocks, by address */
#define ENTRIES 16
#define USUAL 4096		/* calls of fewer instructions are told apart */

/**
 * struct block - a translated block of code
 * @next: in its bucket
 * @vaddr: where it begins
 * @after_call: address after the call that it ends with, or 0
 * @insns: instructions
 * @locked: how many of them lock the bus
 * @runs: how often it ran since MARK_BEGIN
 * @entry: the function that begins here, if its calls are counted
 */
struct block {
	struct block *next;
	uint64_t vaddr;
	uint64_t after_call;
	uint32_t insns;
	uint32_t locked;
	uint64_t runs;
	struct entry *entry;
};

/**
 * struct entry - a function whose calls are counted
 * @vaddr: its first instruction
 * @calls: that came to their end since MARK_BEGIN
 * @sum: instructions of all
 * @min: of the shortest
 * @max: of the longest
 * @usual: how many calls took so many instructions
 */
struct entry {
	uint64_t vaddr;
	uint64_t calls;
	uint64_t sum;
	uint64_t min;
	uint64_t max;
	uint64_t usual[USUAL];
};

typedef void block_fn(struct block *block);

/* One processor: nothing here needs a lock. */
static struct {
	FILE *out;
	struct block *bucket[BUCKETS];
	struct entry entry[ENTRIES];
	unsigned int nr_entries;
	uint64_t number;	/* from the guest */
	uint64_t now;		/* instructions since the machine was switched on */
	uint64_t after_call;	/* where the last call returns to */
	struct entry *in;	/* the call under way, or NULL */
	uint64_t in_since;
	uint64_t in_return;
} count;

QEMU_PLUGIN_EXPORT int qemu_plugin_version = 1;

static void call_ended(struct entry *entry, uint64_t insns)
{
	if (!entry->calls || insns < entry->min)
		entry->min = insns;
	if (insns > entry->max)
		entry->max = insns;
	entry->calls++;
	entry->sum += insns;
	if (insns < USUAL)
		entry->usual[insns]++;
}

static void block_runs(unsigned int vcpu, void *arg)
{
	struct block *block = arg;

	if (count.in && block->vaddr == count.in_return) {
		call_ended(count.in, count.now - count.in_since);
		count.in = NULL;
	}
	if (block->entry && !count.in) {
		count.in = block->entry;
		count.in_since = count.now;
		count.in_return = count.after_call;
	}
	if (block->after_call)
		count.after_call = block->after_call;
	block->runs++;
	count.now += block->insns;
}

static struct block **bucket_of(uint64_t vaddr)
{
	return &count.bucket[(vaddr ^ vaddr >> 16) % BUCKETS];
}

static void entry_add(uint64_t vaddr)
{
	struct entry *entry = &count.entry[count.nr_entries];
	struct block *block;

	if (count.nr_entries == ENTRIES)
		return;
	count.nr_entries++;
	memset(entry, 0, sizeof(*entry));
	entry->vaddr = vaddr;
	for (block = *bucket_of(vaddr); block; block = block->next)
		if (block->vaddr == vaddr)
			block->entry = entry;
}

static void blocks_visit(block_fn *fn)
{
	struct block *block;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (block = count.bucket[i]; block; block = block->next)
			fn(block);
}

static void block_forget_entry(struct block *block)
{
	block->entry = NULL;
}

static void block_reset(struct block *block)
{
	block->runs = 0;
}

static void begin(void)
{
	unsigned int i;

	blocks_visit(block_reset);
	for (i = 0; i < count.nr_entries; i++) {
		uint64_t vaddr = count.entry[i].vaddr;

		memset(&count.entry[i], 0, sizeof(count.entry[i]));
		count.entry[i].vaddr = vaddr;
	}
	count.in = NULL;
}

static uint64_t user_insns;

static void block_report(struct block *block)
{
	if (!block->runs)
		return;
	if (block->vaddr >> 63)
		fprintf(count.out, "at %" PRIx64 " %" PRIu64 " %" PRIu64 "\n",
			block->vaddr, block->runs * block->insns,
			block->runs * block->locked);
	else
		user_insns += block->runs * block->insns;
}

static uint64_t median(const struct entry *entry)
{
	uint64_t seen = 0;
	size_t i;

	for (i = 0; i < USUAL; i++) {
		seen += entry->usual[i];
		if (seen * 2 >= entry->calls)
			return i;
	}
	return entry->max;
}

static void end(void)
{
	unsigned int i;

	fprintf(count.out, "begin %" PRIu64 "\n", count.number);
	user_insns = 0;
	blocks_visit(block_report);
	fprintf(count.out, "user %" PRIu64 "\n", user_insns);
	for (i = 0; i < count.nr_entries; i++) {
		const struct entry *entry = &count.entry[i];

		fprintf(count.out, "calls %" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			" %" PRIu64 " %" PRIu64 "\n", entry->vaddr, entry->calls,
			entry->sum, entry->min, median(entry), entry->max);
	}
	fprintf(count.out, "end %" PRIu64 "\n", count.number);
	fflush(count.out);
}

static void obey(unsigned int vcpu, void *arg)
{
	enum mark command = (uintptr_t)arg;

	switch (command) {
	case MARK_BIT0:
	case MARK_BIT1:
		count.number = count.number << 1 | (command == MARK_BIT1);
		return;
	case MARK_BEGIN:
		begin();
		break;
	case MARK_END:
		end();
		break;
	case MARK_ENTRY:
		entry_add(count.number);
		break;
	case MARK_FORGET:
		blocks_visit(block_forget_entry);
		count.nr_entries = 0;
		break;
	}
	count.number = 0;
}

/* Does it lock the bus: a lock prefix, or an exchange with memory? */
static int insn_locks(const uint8_t *code, size_t size)
{
	size_t i;

	for (i = 0; i < size && memchr("\x66\x67\x2e\x36\x3e\x26\x64\x65\xf2\xf3", code[i],
				       10); i++)
		;
	if (i < size && code[i] == 0xf0)
		return 1;
	if (i < size && (code[i] & 0xf0) == 0x40)
		i++;
	return i + 1 < size && (code[i] == 0x86 || code[i] == 0x87) &&
	       code[i + 1] >> 6 != 3;
}

static int insn_is_call(const uint8_t *code, size_t size)
{
	size_t i = size > 1 && ((code[0] & 0xf0) == 0x40 || code[0] == 0x2e);

	return code[i] == 0xe8 || (i + 1 < size && code[i] == 0xff &&
				   (code[i + 1] >> 3 & 7) == 2);
}

static void insn_mark(struct qemu_plugin_insn *insn, const uint8_t *code, size_t size)
{
	static const uint8_t prefix[] = MARK_PREFIX, suffix[] = MARK_SUFFIX;

	if (size != MARK_BYTES || memcmp(code, prefix, sizeof(prefix)) ||
	    memcmp(code + sizeof(prefix) + 1, suffix, sizeof(suffix)))
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, obey, QEMU_PLUGIN_CB_NO_REGS,
					       (void *)(uintptr_t)code[sizeof(prefix)]);
}

/* The same code is translated again and again; it stays one block. */
static struct block *block_get(const struct block *like)
{
	struct block **bucket = bucket_of(like->vaddr), *block;
	unsigned int i;

	for (block = *bucket; block; block = block->next)
		if (block->vaddr == like->vaddr && block->insns == like->insns &&
		    block->locked == like->locked &&
		    block->after_call == like->after_call)
			return block;
	block = malloc(sizeof(*block));
	if (!block)
		abort();
	*block = *like;
	for (i = 0; i < count.nr_entries; i++)
		if (count.entry[i].vaddr == block->vaddr)
			block->entry = &count.entry[i];
	block->next = *bucket;
	*bucket = block;
	return block;
}

static void block_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block block = {
		.vaddr = qemu_plugin_tb_vaddr(tb),
		.insns = qemu_plugin_tb_n_insns(tb),
	};
	uint64_t vaddr = block.vaddr;
	uint32_t i;

	for (i = 0; i < block.insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);

		vaddr += size;
		block.locked += insn_locks(code, size);
		if (i + 1 == block.insns && insn_is_call(code, size))
			block.after_call = vaddr;
		insn_mark(insn, code, size);
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_runs, QEMU_PLUGIN_CB_NO_REGS,
					     block_get(&block));
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const struct qemu_info *info,
					   int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fputs("count: usage: -plugin count.so,out=FILE\n", stderr);
		return -1;
	}
	count.out = fopen(argv[0] + 4, "w");
	if (!count.out) {
		perror(argv[0] + 4);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_translated);
	return 0;
}
