// SPDX-License-Identifier: GPL-2.0-or-later
/* What instructions have in them that is not the same at each boot, by Zydis. */
#include <errno.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "image.h"

/* Behind a constant that is one of a boot, so far is what it is shifted by. */
#define SHIFT_WITHIN	64
#define FAR_JUMP	0xea
/* Variables of each processor are at low addresses, before they are copied. */
#define PROCESSOR_END	(64u << 20)

/**
 * struct scan - through the text
 * @image: whose
 * @decoder: Zydis'
 * @sites: what was found
 * @early: whether this function runs before the kernel's own addresses are there
 * @narrow: whether it begins in 32-bit mode, so that its addresses have so many
 * @constant_at: offset of the last constant of this boot; 0 for none
 */
struct scan {
	const struct image *image;
	ZydisDecoder decoder;
	struct sites *sites;
	bool early;
	bool narrow;
	uint32_t constant_at;
};

/*
 * An address of 32 bits is extended to 64 by its sign, so only what is of 64 bits can be one.
 * Before the kernel has left the lowest addresses, in 32-bit mode, it is otherwise.
 */
static bool takes_address(const struct scan *s, const ZydisDecodedInstruction *in)
{
	if (in->operand_width == 64 || !s->narrow)
		return in->operand_width == 64;
	return in->mnemonic != ZYDIS_MNEMONIC_AND && in->mnemonic != ZYDIS_MNEMONIC_OR &&
	       in->mnemonic != ZYDIS_MNEMONIC_XOR && in->mnemonic != ZYDIS_MNEMONIC_TEST;
}

/* Of 32 bits; physical addresses of so few are early ones, later they are numbers. */
static bool is_moved(const struct scan *s, uint64_t value)
{
	return image_moves(s->image, value) && (s->early || !image_is_physical(s->image, value));
}

/*
 * Where the kernel was linked to it has been moved by 0.  Compilers clear a register in fewer
 * bytes, so there such a 0 is by how much; for memory it mostly is a 0.
 */
static bool is_for_memory(const ZydisDecodedInstruction *in)
{
	return (in->attributes & ZYDIS_ATTRIB_HAS_MODRM) && in->raw.modrm.mod != 3;
}

static int add_displacement(struct scan *s, const ZydisDecodedInstruction *in, uint32_t at)
{
	uint32_t site = at + in->raw.disp.offset;
	uint64_t value = (uint64_t)in->raw.disp.value, target;

	if (in->raw.disp.size != 32)
		return 0;
	if (!(in->attributes & ZYDIS_ATTRIB_IS_RELATIVE)) {
		/* Of 32 bits, it is a sum. */
		if (in->mnemonic == ZYDIS_MNEMONIC_LEA && !takes_address(s, in))
			return 0;
		return value && is_moved(s, value) ?
		       sites_add(s->sites, SITE_MOVED32, site) : 0;
	}
	target = s->image->parts[IMAGE_TEXT].start + at + in->length + value;
	/* What is behind the kernel's end moves with it. */
	return target < PROCESSOR_END ? sites_add(s->sites, SITE_DISTANCE32, site) : 0;
}

static int add_immediate(struct scan *s, const ZydisDecodedInstruction *in, uint32_t at, int n)
{
	uint32_t site = at + in->raw.imm[n].offset;
	uint64_t value = in->raw.imm[n].value.u;
	size_t i;

	if (in->raw.imm[n].is_relative)
		return 0;
	if (in->raw.imm[n].size == 64 && image_is_constant(s->image, value)) {
		s->constant_at = site;
		return sites_add(s->sites, SITE_CONSTANT64, site);
	}
	if (in->raw.imm[n].size == 8 && in->mnemonic == ZYDIS_MNEMONIC_SHR && s->constant_at &&
	    site - s->constant_at < SHIFT_WITHIN) {
		for (i = 0; i < s->image->shift_count; i++)
			if (s->image->shifts[i] == (uint8_t)value)
				return sites_add(s->sites, SITE_CONSTANT8, site);
	}
	if (in->raw.imm[n].size < 32 || !takes_address(s, in) || (!value && is_for_memory(in)))
		return 0;
	if (in->raw.imm[n].size == 64)
		return image_moves(s->image, value) ? sites_add(s->sites, SITE_MOVED64, site) : 0;
	return is_moved(s, (uint64_t)(int32_t)value) ? sites_add(s->sites, SITE_MOVED32, site) : 0;
}

/*
 * A function, or what is between two symbols: up to what is no instruction.  One that begins with
 * 32 bits goes on with 64 behind a jump to another segment.
 */
static int scan_function(struct scan *s, uint32_t start, uint32_t end, bool is_32)
{
	const struct image_part *text = &s->image->parts[IMAGE_TEXT];
	uint32_t at = start;
	int r = 0;

	s->constant_at = 0;
	s->early |= is_32;
	s->narrow = is_32;
	ZydisDecoderInit(&s->decoder, is_32 ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32 :
					      ZYDIS_MACHINE_MODE_LONG_64,
			 is_32 ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_64);
	while (r == 0 && at < end) {
		ZydisDecodedInstruction in;

		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&s->decoder, NULL, text->bytes + at,
								end - at, &in))) {
			at++;
			continue;
		}
		r = add_displacement(s, &in, at);
		if (r == 0)
			r = add_immediate(s, &in, at, 0);
		if (r == 0)
			r = add_immediate(s, &in, at, 1);
		at += in.length;
		if (in.opcode == FAR_JUMP && is_32)
			ZydisDecoderInit(&s->decoder, ZYDIS_MACHINE_MODE_LONG_64,
					 ZYDIS_STACK_WIDTH_64);
	}
	return r;
}

/* From the very first address on, and where other processors begin. */
static bool is_early(const struct image *image, uint64_t address)
{
	struct kallsyms_symbol symbol;

	return address - image->base < MEM_PAGE ||
	       (kallsyms_name(image->kernel->symbols, address, &symbol) == 0 &&
		strstr(symbol.name, "startup_64"));
}

static bool is_pvh_start(const struct image *image, uint64_t address)
{
	uint64_t start;

	return kallsyms_find(image->kernel->symbols, "pvh_start_xen", &start) == 0 &&
	       start == address;
}

int image_find_sites(const struct image *image, struct sites *ret, struct error *err)
{
	const struct image_part *text = &image->parts[IMAGE_TEXT];
	struct scan s = { .image = image, .sites = ret };
	uint64_t at = text->start, end = text->start + text->len;
	int r = 0;

	while (r == 0 && at < end) {
		uint64_t next = kallsyms_after(image->kernel->symbols, at);

		s.early = is_early(image, at);
		if (next > end)
			next = end;
		r = scan_function(&s, (uint32_t)(at - text->start),
				  (uint32_t)(next - text->start), is_pvh_start(image, at));
		at = next;
	}
	sites_sort(ret);
	return r < 0 ? error_errno(err, r, "the guest's text") : 0;
}
