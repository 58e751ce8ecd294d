// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "image.h"

/* Debian's kernels have 14 to 20 MB of text, and 9 to 13 MB of constants. */
#define AREA_MAX	(128u << 20)
/* Where x86-64 maps the kernel's text, __START_KERNEL_map. */
#define TEXT_MAP	0xffffffff80000000ull
/* The kernel's half of all addresses, of five levels of tables too. */
#define DATA_FROM	0xff00000000000000ull
/*
 * Above all that KASLR puts anywhere (CPU_ENTRY_AREA_BASE).  The first address there is a constant,
 * which is mapped in some boots.
 */
#define DATA_TO		0xfffffe0000000000ull
/* Where it is linked to, by CONFIG_PHYSICAL_START. */
#define LINKED_AT	0xffffffff81000000ull
/*
 * Added to an address' distance from the kernel's beginning.  No address has that bit alone: where
 * the distance itself stood, a number of somebody's would look like the address.
 */
#define PLACE		BIT_ULL(62)

/**
 * struct bounds - an area by its symbols
 * @name: in words
 * @start: symbol where it begins
 * @end: symbol behind it
 * @optional: a kernel may be without it
 */
static const struct bounds {
	const char *name;
	const char *start;
	const char *end;
	bool optional;
} bounds[IMAGE_AREAS] = {
	[IMAGE_TEXT] = { "text", "_stext", "_etext", false },
	[IMAGE_CONSTANTS] = { "constants", "__start_rodata", "__start_ro_after_init", false },
	[IMAGE_MORE_CONSTANTS] = { "constants", "__end_ro_after_init", "__end_rodata", false },
	[IMAGE_JUMPS] = { "table of jump labels", "__start___jump_table",
			  "__stop___jump_table", true },
	[IMAGE_CALLS] = { "table of static calls", "__start_static_call_sites",
			  "__stop_static_call_sites", true },
};

const char *image_name(enum image_area area)
{
	return bounds[area].name;
}

static int read_part(struct image *image, enum image_area area, struct error *err)
{
	const struct bounds *b = &bounds[area];
	struct image_part *part = &image->parts[area];
	uint64_t end;
	int r = kernel_symbol(image->kernel, b->start, &part->start, err);

	if (r == 0)
		r = kernel_symbol(image->kernel, b->end, &end, err);
	if (r < 0)
		return b->optional ? 0 : r;
	if (end < part->start || end - part->start > AREA_MAX || part->start < image->base ||
	    end > image->end)
		return error_set(err, -EPROTO, "the guest's kernel: its %s: 0x%" PRIx64 " to 0x%"
				 PRIx64 " makes no sense", b->name, part->start, end);
	part->bytes = malloc(end - part->start + 1);
	if (!part->bytes)
		return error_errno(err, -ENOMEM, "the guest's kernel: its %s", b->name);
	part->len = end - part->start;
	r = space_read(image->kernel->space, part->start, part->bytes, part->len);
	return r < 0 ? error_errno(err, r, "the guest's kernel: its %s", b->name) : 0;
}

/* "__start_runtime_ptr_NAME" stands for places that have the value of the variable NAME. */
static void read_constant(struct image *image, const char *symbol)
{
	static const char pointer[] = "__start_runtime_ptr_", shift[] = "__start_runtime_shift_";
	bool is_pointer = strncmp(symbol, pointer, strlen(pointer)) == 0;
	uint64_t address, value = 0;
	const char *name;

	if (!is_pointer && strncmp(symbol, shift, strlen(shift)) != 0)
		return;
	name = symbol + (is_pointer ? strlen(pointer) : strlen(shift));
	if (kallsyms_find(image->kernel->symbols, name, &address) < 0) {
		image->unnamed |= is_pointer;
		return;
	}
	if (space_read(image->kernel->space, address, &value, is_pointer ? 8 : 4) < 0)
		return;
	if (is_pointer && image->constant_count < IMAGE_CONSTANTS_MAX)
		image->constants[image->constant_count++] = value;
	if (!is_pointer && image->shift_count < IMAGE_CONSTANTS_MAX)
		image->shifts[image->shift_count++] = (uint8_t)value;
}

static int fill(struct image *image, struct error *err)
{
	struct kallsyms *symbols = image->kernel->symbols;
	size_t i, count = kallsyms_count(symbols);
	enum image_area area;
	int r = kernel_symbol(image->kernel, "_text", &image->base, err);

	if (r == 0)
		r = kernel_symbol(image->kernel, "_end", &image->end, err);
	kallsyms_find(symbols, "__x86_return_thunk", &image->return_thunk);
	for (area = 0; r == 0 && area < IMAGE_AREAS; area++)
		r = read_part(image, area, err);
	for (i = 0; r == 0 && i < count; i++)
		read_constant(image, kallsyms_at(symbols, i).name);
	return r;
}

int image_read(struct image **ret, const struct kernel *kernel, struct error *err)
{
	struct image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return error_errno(err, -ENOMEM, "the guest's kernel");
	image->kernel = kernel;
	r = fill(image, err);
	if (r < 0) {
		image_free(image);
		return r;
	}
	*ret = image;
	return 0;
}

void image_free(struct image *image)
{
	enum image_area area;

	if (!image)
		return;
	for (area = 0; area < IMAGE_AREAS; area++)
		free(image->parts[area].bytes);
	free(image);
}

bool image_is_constant(const struct image *image, uint64_t value)
{
	struct space_page page;
	size_t i;

	for (i = 0; i < image->constant_count; i++)
		if (image->constants[i] == value)
			return true;
	return image->unnamed && value >= DATA_FROM && value < DATA_TO &&
	       space_translate(image->kernel->space, value, &page) == 0 && !page.executable;
}

bool image_is_physical(const struct image *image, uint64_t value)
{
	return value - (image->base - TEXT_MAP) <= image->end - image->base;
}

/*
 * An address of the kernel's; a physical one, as it would be without page tables; or by how much
 * the kernel was moved.  The end of it counts too, since that is compared with.
 */
bool image_moves(const struct image *image, uint64_t value)
{
	return value - image->base <= image->end - image->base ||
	       image_is_physical(image, value) ||
	       value == image->base - LINKED_AT;
}

bool image_is_elsewhere(const struct image *image, uint64_t value)
{
	struct space_page page;

	return value - image->base > image->end - image->base &&
	       space_translate(image->kernel->space, value, &page) == 0;
}

/*
 * What is to be subtracted from what was taken for an address: what is not where the kernel is now
 * is a number.  Where there is something else it is an address, and stays: wherever the kernel was
 * at enrolment, it would look like the one that was there.
 */
static uint64_t moved_by(const struct image *image, uint64_t value, uint64_t enrolled)
{
	if (image_moves(image, value))
		return image->base;
	return image_is_elsewhere(image, value) ? 0 : enrolled;
}

void image_add_32(uint8_t *at, uint64_t what)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	value += (uint32_t)what;
	memcpy(at, &value, sizeof(value));
}

static void add_64(uint8_t *at, uint64_t what)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	value += what;
	memcpy(at, &value, sizeof(value));
}

static void normalise_moved(struct image *image, const struct sites *sites, uint64_t enrolled)
{
	const struct site_list *list = &sites->lists[SITE_MOVED32];
	struct image_part *text = &image->parts[IMAGE_TEXT];
	size_t i;

	for (i = 0; i < list->count && list->offsets[i] + 4 <= text->len; i++) {
		int32_t value;

		memcpy(&value, text->bytes + list->offsets[i], 4);
		image_add_32(text->bytes + list->offsets[i],
			     -moved_by(image, (uint64_t)value, enrolled));
	}
	list = &sites->lists[SITE_MOVED64];
	for (i = 0; i < list->count && list->offsets[i] + 8 <= text->len; i++) {
		uint64_t value;

		memcpy(&value, text->bytes + list->offsets[i], 8);
		add_64(text->bytes + list->offsets[i], -moved_by(image, value, enrolled));
	}
	/* The variable stays where it is, and here moves. */
	list = &sites->lists[SITE_DISTANCE32];
	for (i = 0; i < list->count && list->offsets[i] + 4 <= text->len; i++)
		image_add_32(text->bytes + list->offsets[i], image->base);
}

/* What they are now must be there; anything else stays, and is seen. */
static void normalise_constants(struct image *image, const struct sites *sites)
{
	const struct site_list *list = &sites->lists[SITE_CONSTANT64];
	struct image_part *text = &image->parts[IMAGE_TEXT];
	size_t i, n;

	for (i = 0; i < list->count && list->offsets[i] + 8 <= text->len; i++) {
		uint64_t value;

		memcpy(&value, text->bytes + list->offsets[i], 8);
		if (image_is_constant(image, value))
			memset(text->bytes + list->offsets[i], 0, 8);
	}
	list = &sites->lists[SITE_CONSTANT8];
	for (i = 0; i < list->count && list->offsets[i] < text->len; i++)
		for (n = 0; n < image->shift_count; n++)
			if (text->bytes[list->offsets[i]] == image->shifts[n]) {
				text->bytes[list->offsets[i]] = 0;
				break;
			}
}

/**
 * struct exception - constants that hold no addresses, though some look like one
 * @first: symbol where they begin
 * @last: symbol where they end; NULL for the next one
 * @left_out: whether they differ all the same, and are left out
 */
static const struct exception {
	const char *first;
	const char *last;
	bool left_out;
} exceptions[] = {
	/* Numbers of PCI devices. */
	{ "__start_pci_fixups_early", "__end_pci_fixups_suspend_late", false },
	/* A program for another kernel. */
	{ "kexec_purgatory", NULL, false },
	/* Instructions for processors that count calls, which have been copied already. */
	{ "skl_call_thunk_template", "skl_call_thunk_tail", true },
};

struct range {
	uint64_t start;
	uint64_t end;
};

static void find_exceptions(const struct image *image, const struct image_part *part,
			    struct range ranges[ARRAY_SIZE(exceptions)])
{
	struct kallsyms *symbols = image->kernel->symbols;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exceptions); i++) {
		struct range *range = &ranges[i];

		*range = (struct range){ 0 };
		if (kallsyms_find(symbols, exceptions[i].first, &range->start) < 0)
			continue;
		if (!exceptions[i].last)
			range->end = kallsyms_after(symbols, range->start);
		else
			kallsyms_find(symbols, exceptions[i].last, &range->end);
		if (range->start < part->start || range->end < range->start ||
		    range->end - part->start > part->len)
			*range = (struct range){ 0 };
		else if (exceptions[i].left_out)
			memset(part->bytes + (range->start - part->start), 0,
			       range->end - range->start);
	}
}

static bool is_exception(const struct range ranges[ARRAY_SIZE(exceptions)], uint64_t address)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exceptions); i++)
		if (address >= ranges[i].start && address < ranges[i].end)
			return true;
	return false;
}

uint64_t image_place(const struct image *image, uint64_t base, uint64_t value)
{
	return value - base <= image->end - image->base ? value - base + PLACE : value;
}

uint64_t image_unplace(const struct image *image, uint64_t value)
{
	return value - PLACE <= image->end - image->base ? value - PLACE + image->base : value;
}

/* Addresses are aligned there; hardly anything else has such high bits. */
static void normalise_addresses(const struct image *image, struct image_part *part)
{
	struct range ranges[ARRAY_SIZE(exceptions)];
	size_t at = (8 - part->start % 8) % 8;

	find_exceptions(image, part, ranges);
	for (; at + 8 <= part->len; at += 8) {
		uint64_t value;

		memcpy(&value, part->bytes + at, 8);
		if (is_exception(ranges, part->start + at))
			continue;
		value = image_place(image, image->base, value);
		memcpy(part->bytes + at, &value, 8);
	}
}

/*
 * Exported symbols are told by how far they are from here; of a variable of each processor that is
 * from where the kernel is to almost 0.
 */
static void normalise_exports(const struct image *image, struct image_part *part)
{
	static const char *const tables[][2] = {
		{ "__start___ksymtab", "__stop___ksymtab" },
		{ "__start___ksymtab_gpl", "__stop___ksymtab_gpl" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		uint64_t start, end, at;

		if (kallsyms_find(image->kernel->symbols, tables[i][0], &start) < 0 ||
		    kallsyms_find(image->kernel->symbols, tables[i][1], &end) < 0)
			continue;
		if (start < part->start || end < start || end - part->start > part->len)
			continue;
		for (at = start; end - at >= 4; at += 4) {
			int32_t value;
			uint64_t target;

			memcpy(&value, part->bytes + (at - part->start), 4);
			target = at + (uint64_t)value;
			if (target - image->base > image->end - image->base)
				image_add_32(part->bytes + (at - part->start), image->base);
		}
	}
}

void image_normalise(struct image *image, const struct sites *sites, uint64_t enrolled_base)
{
	normalise_moved(image, sites, enrolled_base);
	normalise_constants(image, sites);
	normalise_addresses(image, &image->parts[IMAGE_CONSTANTS]);
	normalise_addresses(image, &image->parts[IMAGE_MORE_CONSTANTS]);
	normalise_exports(image, &image->parts[IMAGE_CONSTANTS]);
	normalise_exports(image, &image->parts[IMAGE_MORE_CONSTANTS]);
}
