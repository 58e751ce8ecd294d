// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/macros.h"
#include "base/u64.h"
#include "enrolment.h"

#define NOTES_MAX	65536u
/* Type of the note that has it, by the name "GNU". */
#define NOTE_BUILD_ID	3u
#define BUILD_ID_MAX	((ENROLMENT_ID_MAX - 1) / 2)
#define PAGE		4096u
/* Of so many pages of an area that differ it is tried whether numbers were taken for addresses. */
#define TRIED_MAX	64

_Static_assert(ENROLMENT_HASH == SHA256_DIGEST_SIZE, "a hash is one of SHA-256");

static void finish(struct sha256_ctx *hash, uint8_t ret[ENROLMENT_HASH])
{
	sha256_digest(hash, ENROLMENT_HASH, ret);
}

static void hash_bytes(const void *bytes, size_t len, uint8_t ret[ENROLMENT_HASH])
{
	struct sha256_ctx hash;

	sha256_init(&hash);
	sha256_update(&hash, len, bytes);
	finish(&hash, ret);
}

/* --- what it is ---------------------------------------------------------------------- */

/* A note: lengths of name and contents, a type, and both, each up to a multiple of 4. */
static int find_note(const uint8_t *notes, size_t len, char ret[ENROLMENT_ID_MAX])
{
	size_t at = 0;

	while (at + 12 <= len) {
		uint32_t header[3];
		size_t name, contents, i;

		memcpy(header, notes + at, sizeof(header));
		name = (header[0] + 3ull) & ~3ull;
		contents = (header[1] + 3ull) & ~3ull;
		at += sizeof(header);
		if (name > len - at || contents > len - at - name)
			return -EPROTO;
		if (header[2] == NOTE_BUILD_ID && header[0] == 4 &&
		    memcmp(notes + at, "GNU", 4) == 0 && header[1] &&
		    header[1] <= BUILD_ID_MAX) {
			for (i = 0; i < header[1]; i++)
				sprintf(ret + 2 * i, "%02x", notes[at + name + i]);
			return 0;
		}
		at += name + contents;
	}
	return -ENOENT;
}

int enrolment_id(const struct kernel *kernel, char ret[ENROLMENT_ID_MAX], struct error *err)
{
	uint8_t notes[NOTES_MAX];
	uint64_t start, end;
	int r = kernel_symbol(kernel, "__start_notes", &start, err);

	if (r == 0)
		r = kernel_symbol(kernel, "__stop_notes", &end, err);
	if (r < 0)
		return r;
	if (end < start || end - start > sizeof(notes))
		return error_set(err, -EPROTO, "the guest's kernel: its notes make no sense");
	r = space_read(kernel->space, start, notes, end - start);
	if (r == 0)
		r = find_note(notes, end - start, ret);
	return r < 0 ? error_errno(err, r, "the guest's kernel: its build-id") : 0;
}

/* By which the guest is seen. */
static int hash_known_types(const struct kernel *kernel, uint8_t ret[ENROLMENT_HASH],
			    struct error *err)
{
	const void *bytes;
	size_t len;
	int r = types_bytes(kernel->types, &bytes, &len, err);

	if (r == 0)
		hash_bytes(bytes, len, ret);
	return r;
}

/* As they are in its memory now. */
static int hash_types(const struct kernel *kernel, uint8_t ret[ENROLMENT_HASH],
		      struct error *err)
{
	struct sha256_ctx hash;
	uint8_t bytes[PAGE];
	uint64_t at, end, len;
	int r = kernel_symbol(kernel, "__start_BTF", &at, err);

	if (r == 0)
		r = kernel_symbol(kernel, "__stop_BTF", &end, err);
	sha256_init(&hash);
	for (; r == 0 && at < end; at += len) {
		len = u64_min(PAGE, end - at);

		r = space_read(kernel->space, at, bytes, len);
		sha256_update(&hash, len, bytes);
	}
	finish(&hash, ret);
	return r < 0 ? error_errno(err, r, "the guest's BTF") : 0;
}

static void hash_symbols(const struct kernel *kernel, const struct image *image,
			 uint8_t ret[ENROLMENT_HASH])
{
	size_t i, count = kallsyms_count(kernel->symbols);
	struct sha256_ctx hash;

	sha256_init(&hash);
	for (i = 0; i < count; i++) {
		struct kallsyms_symbol symbol = kallsyms_at(kernel->symbols, i);
		uint64_t address = symbol.address;

		/* Others are of each processor, and do not move; some are behind the end. */
		if (address >= image->base)
			address -= image->base;
		sha256_update(&hash, 1, (const uint8_t *)&symbol.type);
		sha256_update(&hash, strlen(symbol.name) + 1, (const uint8_t *)symbol.name);
		sha256_update(&hash, sizeof(address), (const uint8_t *)&address);
	}
	finish(&hash, ret);
}

static int hash_processor(const struct kernel *kernel, uint8_t ret[ENROLMENT_HASH],
			  struct error *err)
{
	struct types_member member;
	uint8_t words[256];
	uint64_t address, len;
	int r = kernel_symbol(kernel, "boot_cpu_data", &address, err);

	if (r == 0)
		r = types_member(kernel->types, "cpuinfo_x86", "x86_capability", &member, err);
	if (r < 0)
		return r;
	len = u64_min((uint64_t)member.size * member.elements, sizeof(words));
	r = space_read(kernel->space, address + member.offset, words, len);
	hash_bytes(words, len, ret);
	return r < 0 ? error_errno(err, r, "the guest's processor") : 0;
}

/* --- taking -------------------------------------------------------------------------- */

static size_t pages_of(size_t len)
{
	return (len + PAGE - 1) / PAGE;
}

static void hash_page(const struct image_part *part, size_t page, uint8_t ret[ENROLMENT_HASH])
{
	size_t from = page * PAGE;

	hash_bytes(part->bytes + from, u64_min(PAGE, part->len - from), ret);
}

static int take_area(struct enrolment_area *area, const struct image_part *part)
{
	size_t i, count = pages_of(part->len);

	area->len = part->len;
	area->pages = calloc(count + 1, ENROLMENT_HASH);
	if (!area->pages)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		hash_page(part, i, area->pages + i * ENROLMENT_HASH);
	return 0;
}

static int take_image(struct enrolment *e, struct image *image, const struct image_judge *judge,
		      struct error *err)
{
	const struct image_part *text = &image->parts[IMAGE_TEXT];
	enum image_area area;
	int r = image_traced(image->kernel, text->start, text->len, &e->sites, err);

	if (r == 0)
		r = image_settle(image, &e->sites.lists[SITE_TRACE], judge, err);
	if (r == 0)
		r = image_find_sites(image, &e->sites, err);
	if (r < 0)
		return r;
	e->base = image->base;
	hash_symbols(image->kernel, image, e->symbols);
	image_normalise(image, &e->sites, image->base);
	for (area = 0; r == 0 && area < IMAGE_AREAS; area++)
		r = take_area(&e->areas[area], &image->parts[area]);
	return r < 0 ? error_errno(err, r, "the guest's kernel") : 0;
}

static int take(struct enrolment *e, const struct kernel *kernel, const struct image_judge *judge,
		struct error *err)
{
	struct image *image;
	int r = enrolment_id(kernel, e->build_id, err);

	memcpy(e->release, kernel->release, sizeof(e->release));
	if (r == 0)
		r = hash_types(kernel, e->types, err);
	if (r == 0)
		r = hash_processor(kernel, e->processor, err);
	if (r == 0)
		r = image_read(&image, kernel, err);
	if (r < 0)
		return r;
	r = take_image(e, image, judge, err);
	image_free(image);
	return r;
}

int enrolment_take(struct enrolment **ret, const struct kernel *kernel,
		   const struct image_judge *judge, struct error *err)
{
	struct enrolment *enrolment = calloc(1, sizeof(*enrolment));
	int r;

	if (!enrolment)
		return error_errno(err, -ENOMEM, "the guest's kernel");
	r = take(enrolment, kernel, judge, err);
	if (r < 0) {
		enrolment_free(enrolment);
		return r;
	}
	*ret = enrolment;
	return 0;
}

void enrolment_free(struct enrolment *enrolment)
{
	enum image_area area;

	if (!enrolment)
		return;
	for (area = 0; area < IMAGE_AREAS; area++)
		free(enrolment->areas[area].pages);
	sites_free(&enrolment->sites);
	free(enrolment);
}

/* --- comparing ----------------------------------------------------------------------- */

/**
 * struct comparison - of a kernel and its enrolment
 * @known: the enrolment
 * @image: of the kernel, normalised
 * @tried: pages of this area of which the other way was tried
 * @take: is given each difference
 * @data: for @take
 */
struct comparison {
	const struct enrolment *known;
	struct image *image;
	unsigned int tried;
	int (*take)(enum enrolment_what what, uint64_t address, void *data);
	void *data;
};

static bool is_same(const struct enrolment_area *area, const struct image_part *part, size_t page)
{
	uint8_t hash[ENROLMENT_HASH];

	hash_page(part, page, hash);
	return memcmp(hash, area->pages + page * ENROLMENT_HASH, ENROLMENT_HASH) == 0;
}

/*
 * A number that is an address by chance now too, since it is where the kernel is.  As what it was
 * at enrolment it has to be the same; each is tried alone.
 */
static bool is_same_with(struct comparison *c, size_t page, size_t at)
{
	struct image_part *text = &c->image->parts[IMAGE_TEXT];
	const uint64_t further = c->image->base - c->known->base;

	image_add_32(text->bytes + at, further);
	if (is_same(&c->known->areas[IMAGE_TEXT], text, page))
		return true;
	image_add_32(text->bytes + at, -further);
	return false;
}

static bool text_is_same(struct comparison *c, size_t page)
{
	const struct site_list *list = &c->known->sites.lists[SITE_MOVED32];
	size_t i;

	for (i = 0; i < list->count && list->offsets[i] < (page + 1) * PAGE; i++)
		/* One that begins in the page before may end in this one. */
		if (list->offsets[i] + 4ull > page * PAGE &&
		    list->offsets[i] + 4ull <= c->image->parts[IMAGE_TEXT].len &&
		    is_same_with(c, page, list->offsets[i]))
			return true;
	return false;
}

static bool is_same_as(struct comparison *c, enum image_area which, size_t page, size_t at,
		       uint64_t value)
{
	struct image_part *part = &c->image->parts[which];
	uint64_t before;
	bool same;

	memcpy(&before, part->bytes + at, sizeof(before));
	if (value == before)
		return false;
	memcpy(part->bytes + at, &value, sizeof(value));
	same = is_same(&c->known->areas[which], part, page);
	if (!same)
		memcpy(part->bytes + at, &before, sizeof(before));
	return same;
}

/* Likewise, of an address that has 8 bytes: it was a number then, or is one now. */
static bool constants_are_same(struct comparison *c, enum image_area which, size_t page)
{
	const struct image_part *part = &c->image->parts[which];
	size_t at = page * PAGE + (8 - part->start % 8) % 8;

	for (; at + 8 <= part->len && at < (page + 1) * PAGE; at += 8) {
		uint64_t value, then;

		memcpy(&value, part->bytes + at, 8);
		value = image_unplace(c->image, value);
		then = image_place(c->image, c->known->base, value);
		if (is_same_as(c, which, page, at, value))
			return true;
		if (then != value && !image_is_elsewhere(c->image, value) &&
		    is_same_as(c, which, page, at, then))
			return true;
	}
	return false;
}

static bool is_same_otherwise(struct comparison *c, enum image_area which, size_t page)
{
	if (c->image->base == c->known->base || c->tried++ >= TRIED_MAX)
		return false;
	return which == IMAGE_TEXT ? text_is_same(c, page) : constants_are_same(c, which, page);
}

static int compare_area(struct comparison *c, enum image_area which)
{
	enum enrolment_what what = which == IMAGE_TEXT ? ENROLMENT_TEXT : ENROLMENT_CONSTANTS;
	const struct enrolment_area *area = &c->known->areas[which];
	const struct image_part *part = &c->image->parts[which];
	size_t i, count = pages_of(part->len);
	int r = 0;

	/* All of the text may be different, and is to leave tries for the others. */
	c->tried = 0;
	if (area->len != part->len)
		return c->take(what, part->start, c->data);
	for (i = 0; r == 0 && i < count; i++)
		if (!is_same(area, part, i) && !is_same_otherwise(c, which, i))
			r = c->take(what, part->start + i * PAGE, c->data);
	return r;
}

static int compare_image(struct comparison *c, const struct image_judge *judge, struct error *err)
{
	uint8_t hash[ENROLMENT_HASH];
	enum image_area area;
	int r = image_settle(c->image, &c->known->sites.lists[SITE_TRACE], judge, err);

	if (r < 0)
		return r;
	image_normalise(c->image, &c->known->sites, c->known->base);
	hash_symbols(c->image->kernel, c->image, hash);
	if (memcmp(hash, c->known->symbols, sizeof(hash)) != 0)
		r = c->take(ENROLMENT_SYMBOLS, 0, c->data);
	for (area = 0; r == 0 && area < IMAGE_AREAS; area++)
		r = compare_area(c, area);
	return r;
}

/* They may be put right again, once they have been read. */
static int compare_types(const struct comparison *c, const struct kernel *kernel,
			 struct error *err)
{
	uint8_t read[ENROLMENT_HASH], now[ENROLMENT_HASH];
	uint64_t start = 0;
	int r = hash_known_types(kernel, read, err);

	if (r == 0)
		r = hash_types(kernel, now, err);
	if (r < 0)
		return r;
	kallsyms_find(kernel->symbols, "__start_BTF", &start);
	if (memcmp(read, c->known->types, sizeof(read)) == 0 &&
	    memcmp(now, c->known->types, sizeof(now)) == 0)
		return 0;
	return c->take(ENROLMENT_TYPES, start, c->data);
}

int enrolment_compare(const struct enrolment *known, const struct kernel *kernel,
		      const struct image_judge *judge,
		      int (*take_one)(enum enrolment_what what, uint64_t address, void *data),
		      void *data, struct error *err)
{
	struct comparison c = { .known = known, .take = take_one, .data = data };
	uint8_t hash[ENROLMENT_HASH];
	int r = compare_types(&c, kernel, err);

	if (r == 0)
		r = hash_processor(kernel, hash, err);
	if (r == 0 && memcmp(hash, known->processor, sizeof(hash)) != 0)
		r = take_one(ENROLMENT_PROCESSOR, 0, data);
	if (r == 0)
		r = image_read(&c.image, kernel, err);
	if (r < 0)
		return r;
	r = compare_image(&c, judge, err);
	image_free(c.image);
	return r;
}
