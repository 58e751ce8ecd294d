// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places in the text that the kernel changes while it runs.  What may be there is little, and
 * is checked; then all of them are made the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "image.h"

#define CALL		0xe8
#define JUMP		0xe9
#define SHORT_JUMP	0xeb
#define RETURN		0xc3
#define LENGTH		5
/* Records of ftrace in all groups, and groups: Debian's kernels have 80,000 of the first. */
#define RECORDS_MAX	1000000u
#define GROUPS_MAX	4096

static const uint8_t nothing_2[] = { 0x66, 0x90 };
static const uint8_t nothing_5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
/* A static call that returns 0, in place: "xor %eax,%eax" of five bytes. */
static const uint8_t zero_5[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 };
static const uint8_t return_5[] = { 0xc3, 0xcc, 0xcc, 0xcc, 0xcc };

/**
 * struct settling - while the text is settled
 * @image: of the kernel
 * @text: part of it
 * @judge: of what is allowed
 */
struct settling {
	struct image *image;
	struct image_part *text;
	const struct image_judge *judge;
};

static uint64_t target_of(const struct settling *s, size_t offset, size_t skip)
{
	int32_t distance;

	memcpy(&distance, s->text->bytes + offset + skip, sizeof(distance));
	return s->text->start + offset + skip + sizeof(distance) + (uint64_t)distance;
}

static bool is_there(const struct settling *s, size_t offset, const uint8_t *what, size_t len)
{
	return memcmp(s->text->bytes + offset, what, len) == 0;
}

static int refuse(const struct settling *s, size_t offset, uint64_t target)
{
	return s->judge->take(s->text->start + offset, target, s->judge->data);
}

/**
 * struct pairs - a table whose entries are two distances, each from where it is itself
 * @area: where the kernel has it
 * @structure: of an entry
 * @place: member that leads to the text
 * @other: member that leads to what belongs there
 * @settle: is given the offset of the place in the text, and the other address
 */
struct pairs {
	enum image_area area;
	const char *structure;
	const char *place;
	const char *other;
	int (*settle)(struct settling *s, size_t offset, uint64_t other);
};

static int find_members(const struct settling *s, const struct pairs *pairs, uint32_t *size,
			struct types_member *place, struct types_member *other,
			struct error *err)
{
	struct types *types = s->image->kernel->types;
	int r = types_size(types, pairs->structure, size, err);

	if (r == 0)
		r = types_member(types, pairs->structure, pairs->place, place, err);
	if (r == 0)
		r = types_member(types, pairs->structure, pairs->other, other, err);
	if (r == 0 && (*size == 0 || place->size != 4 || other->size != 4 ||
		       place->offset + 4 > *size || other->offset + 4 > *size))
		r = error_set(err, -EPROTO, "the guest's kernel: %s makes no sense",
			      pairs->structure);
	return r;
}

static uint64_t led_to(const struct image_part *table, size_t at)
{
	int32_t distance;

	memcpy(&distance, table->bytes + at, sizeof(distance));
	return table->start + at + (uint64_t)distance;
}

static int settle_pairs(struct settling *s, const struct pairs *pairs, struct error *err)
{
	const struct image_part *table = &s->image->parts[pairs->area];
	struct types_member place, other;
	uint32_t size;
	size_t at;
	int r;

	if (!table->len)
		return 0;
	r = find_members(s, pairs, &size, &place, &other, err);
	for (at = 0; r == 0 && at + size <= table->len; at += size) {
		uint64_t offset = led_to(table, at + place.offset) - s->text->start;

		/* Others are of code that is gone after the boot. */
		if (offset < s->text->len - LENGTH - 1)
			r = pairs->settle(s, offset, led_to(table, at + other.offset));
	}
	return r;
}

/* --- jump labels --------------------------------------------------------------------- */

static int settle_jump(struct settling *s, size_t offset, uint64_t target)
{
	uint8_t *at = s->text->bytes + offset;

	if (at[0] == SHORT_JUMP) {
		if (s->text->start + offset + 2 + (uint64_t)(int8_t)at[1] != target)
			return refuse(s, offset, s->text->start + offset + 2 +
				      (uint64_t)(int8_t)at[1]);
		memcpy(at, nothing_2, sizeof(nothing_2));
	} else if (at[0] == JUMP) {
		if (target_of(s, offset, 1) != target)
			return refuse(s, offset, target_of(s, offset, 1));
		memcpy(at, nothing_5, sizeof(nothing_5));
	}
	/* Anything else is seen when the page is held against the one that was enrolled. */
	return 0;
}

static const struct pairs jumps = {
	IMAGE_JUMPS, "jump_entry", "code", "target", settle_jump,
};

/* --- static calls -------------------------------------------------------------------- */

/* @called: by the key; 0 for nothing. */
static int settle_call(struct settling *s, size_t offset, uint64_t called)
{
	uint8_t *at = s->text->bytes + offset;
	/* A jump that is taken by a condition has a byte more before it. */
	size_t skip = at[0] == 0x0f && (at[1] & 0xf0) == 0x80;
	uint64_t target;

	if (at[0] == CALL || at[0] == JUMP || skip) {
		target = target_of(s, offset, 1 + skip);
		if (target != called && target != s->image->return_thunk)
			return refuse(s, offset, target);
		if (target == called && !s->judge->is_code(target, s->judge->data))
			return refuse(s, offset, target);
	} else if (!is_there(s, offset, nothing_5, LENGTH) &&
		   !is_there(s, offset, zero_5, LENGTH) &&
		   !is_there(s, offset, return_5, LENGTH)) {
		return 0;
	}
	/* By which condition it is taken stays. */
	if (skip)
		memset(at + 2, 0, 4);
	else
		memcpy(at, nothing_5, LENGTH);
	return 0;
}

static int called_by(const struct settling *s, uint64_t key, uint64_t *ret)
{
	return space_read(s->image->kernel->space, key, ret, sizeof(*ret));
}

/* Low bits of the key's address are flags. */
static int settle_site(struct settling *s, size_t offset, uint64_t key)
{
	uint64_t called;

	return called_by(s, key & ~3ull, &called) < 0 ? 0 : settle_call(s, offset, called);
}

static const struct pairs calls = {
	IMAGE_CALLS, "static_call_site", "addr", "key", settle_site,
};

/* "__SCT__NAME" is a jump to what the key "__SCK__NAME" has. */
static int settle_trampoline(struct settling *s, const struct kallsyms_symbol *symbol)
{
	static const char prefix[] = "__SCT__";
	char name[256];
	uint64_t key, called, offset = symbol->address - s->text->start;

	if (strncmp(symbol->name, prefix, strlen(prefix)) != 0 ||
	    offset >= s->text->len - LENGTH - 1)
		return 0;
	snprintf(name, sizeof(name), "__SCK__%s", symbol->name + strlen(prefix));
	if (kallsyms_find(s->image->kernel->symbols, name, &key) < 0 ||
	    called_by(s, key, &called) < 0)
		return 0;
	return settle_call(s, offset, called);
}

static int settle_trampolines(struct settling *s)
{
	struct kallsyms *symbols = s->image->kernel->symbols;
	size_t i, count = kallsyms_count(symbols);
	int r = 0;

	for (i = 0; r == 0 && i < count; i++) {
		struct kallsyms_symbol symbol = kallsyms_at(symbols, i);

		r = settle_trampoline(s, &symbol);
	}
	return r;
}

/* --- functions that can be traced ---------------------------------------------------- */

static int settle_traced(struct settling *s, size_t offset)
{
	uint8_t *at = s->text->bytes + offset;
	uint64_t target;

	if (offset + LENGTH > s->text->len || at[0] != CALL)
		return 0;
	target = target_of(s, offset, 1);
	if (!s->judge->may_call(target, s->judge->data))
		return refuse(s, offset, target);
	memcpy(at, nothing_5, LENGTH);
	return 0;
}

/* Who is called for all of them, and not for some only, is called from here. */
static int settle_callers(struct settling *s)
{
	static const char *const places[] = {
		"ftrace_call", "ftrace_regs_call", "ftrace_graph_call",
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(places); i++) {
		uint64_t address, offset, target;
		uint8_t *at;

		if (kallsyms_find(s->image->kernel->symbols, places[i], &address) < 0)
			continue;
		offset = address - s->text->start;
		if (offset >= s->text->len - LENGTH)
			continue;
		at = s->text->bytes + offset;
		if (at[0] != CALL && at[0] != JUMP)
			continue;
		target = target_of(s, offset, 1);
		if (s->judge->is_code(target, s->judge->data))
			memcpy(at, nothing_5, LENGTH);
		else
			r = refuse(s, offset, target);
	}
	return r;
}

int image_settle(struct image *image, const struct site_list *traced,
		 const struct image_judge *judge, struct error *err)
{
	struct settling s = { image, &image->parts[IMAGE_TEXT], judge };
	size_t i;
	int r = 0;

	if (s.text->len <= LENGTH + 1)
		return error_set(err, -EPROTO, "the guest's kernel: has no text");
	for (i = 0; r == 0 && i < traced->count; i++)
		r = settle_traced(&s, traced->offsets[i]);
	if (r == 0)
		r = settle_callers(&s);
	if (r == 0)
		r = settle_pairs(&s, &jumps, err);
	if (r == 0)
		r = settle_pairs(&s, &calls, err);
	return r == 0 ? settle_trampolines(&s) : r;
}

/* struct ftrace_page: records that are in one piece, and the next such group. */
static int add_group(const struct kernel *kernel, uint64_t records, uint64_t count, uint64_t start,
		     size_t len, struct sites *ret, struct error *err)
{
	struct types_member ip;
	uint32_t size;
	uint64_t i, address;
	int r = types_size(kernel->types, "dyn_ftrace", &size, err);

	if (r == 0)
		r = types_member(kernel->types, "dyn_ftrace", "ip", &ip, err);
	for (i = 0; r == 0 && i < count; i++) {
		r = space_read(kernel->space, records + i * size + ip.offset, &address, 8);
		if (r == 0 && address >= start && address - start < len)
			r = sites_add(ret, SITE_TRACE, (uint32_t)(address - start));
	}
	return r;
}

static int number(const struct kernel *kernel, uint64_t object, const char *member, uint64_t *ret,
		  struct error *err)
{
	struct types_member found;
	int r = types_member(kernel->types, "ftrace_page", member, &found, err);

	*ret = 0;
	if (r == 0 && found.size > sizeof(*ret))
		r = error_set(err, -EPROTO, "the guest's kernel: ftrace_page makes no sense");
	return r < 0 ? r : space_read(kernel->space, object + found.offset, ret, found.size);
}

int image_traced(const struct kernel *kernel, uint64_t start, size_t len, struct sites *ret,
		 struct error *err)
{
	uint64_t group, records, count, all = 0;
	int i, r;

	/* A kernel without ftrace has none. */
	if (kallsyms_find(kernel->symbols, "ftrace_pages_start", &group) < 0)
		return 0;
	r = space_read(kernel->space, group, &group, sizeof(group));
	for (i = 0; r == 0 && group; i++) {
		r = number(kernel, group, "records", &records, err);
		if (r == 0)
			r = number(kernel, group, "index", &count, err);
		if (r == 0 && (i == GROUPS_MAX || count > RECORDS_MAX - all))
			r = -EPROTO;
		all += count;
		if (r == 0)
			r = add_group(kernel, records, count, start, len, ret, err);
		if (r == 0)
			r = number(kernel, group, "next", &group, err);
	}
	sites_sort(ret);
	return r < 0 ? error_errno(err, r, "the guest's kernel: what can be traced") : 0;
}
