// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each walk through a guest that writes its structures: real guests of two kernels, in which
 * what the walks read of them has been changed.
 *
 * An input is the numbers of the guest and of the walk, and changes; a change names what it is of
 * by its number among the pieces that the walks read when nothing is changed, so that it mostly
 * hits a member of a structure, a link of a list, a slot of a node or an entry of a page table.
 */
#include "base/macros.h"
#include "fuzz.h"
#include "guest/field.h"
#include "image.h"
#include "walks.h"

#define CHANGES_MAX	64
/* As often as the walks of the guest as it is read, the changed ones may. */
#define MORE		8

static const char *const paths[] = { IMAGES "/stock-6.1", IMAGES "/stock-7.2" };

/**
 * struct subject - a guest
 * @image: of it
 * @mem: of @image
 * @guest: opened before anything is changed
 */
struct subject {
	struct image image;
	struct mem *mem;
	struct guest *guest;
};

static struct subject subjects[ARRAY_SIZE(paths)];

/* What is looked through for pointers is there. */
static bool has_data(const struct guest *guest)
{
	uint64_t at, heads[64];
	size_t i, count = 0;

	if (kernel_symbol(&guest->kernel, "__start_ro_after_init", &at, NULL) < 0 ||
	    kernel_symbol(&guest->kernel, "__bss_start", &at, NULL) < 0 ||
	    kernel_symbol(&guest->kernel, "kprobe_table", &at, NULL) < 0 ||
	    space_read(guest->kernel.space, at, heads, sizeof(heads)) < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(heads); i++)
		count += heads[i] != 0;
	return count > 0;
}

static void be_ready(struct subject *s, const char *path)
{
	struct error err = { 0 };
	struct walks told;

	image_load(&s->image, path);
	s->mem = image_mem(&s->image);
	if (guest_open(&s->guest, s->mem, &err) < 0) {
		fprintf(stderr, "%s: %s; record it anew: selftests/fuzz/make-image\n", path,
			err.text);
		exit(1);
	}
	s->image.noting = 1;
	s->image.count = 0;
	walks_some(s->guest, WALKS_ALL, &told);
	s->image.noting = 0;
	/* It is a guest, and a whole one. */
	FUZZ_ASSERT(told.processes > 20 && told.files > 20 && told.sockets > 3 &&
		    told.mounts > 5 && told.modules > 3 && told.records > 50);
	FUZZ_ASSERT(told.super_blocks > 5 && told.inodes > 50 && told.names > 50 &&
		    told.cached > 10 && told.buffers > 5 && told.placed > 20 &&
		    told.connections > 1 && has_data(s->guest));
	FUZZ_ASSERT(told.doubts.torn + told.doubts.bad + told.doubts.cut + told.findings == 0);
	/* guest_check() looks up to three times, each of them with as much. */
	s->guest->reads = MORE * s->image.count;
	s->image.most = 8 * MORE * s->image.count;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		be_ready(&subjects[i], paths[i]);
	return 0;
}

/* Of a large piece, such as a page table, a word that the input names. */
static uint64_t place(const struct image *image, struct fuzz_input *in)
{
	const struct image_read *read = &image->reads[fuzz_u16(in) % image->read_count];

	return read->len > 8 ? read->address + fuzz_u16(in) % read->len / 8 * 8 : read->address;
}

static void put(struct image *image, uint64_t at, const void *value, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		image_change(image, at + i, ((const uint8_t *)value)[i]);
}

static void change(struct image *image, struct fuzz_input *in)
{
	uint64_t at = place(image, in), value = 0;
	unsigned int how = fuzz_u8(in) % 8;

	memcpy(&value, image->bytes + at, sizeof(value));
	switch (how) {
	case 0:
		value = fuzz_u64(in);
		break;
	case 1:
		value ^= 1ull << fuzz_u8(in) % 64;
		break;
	case 2:
		memcpy(&value, image->bytes + place(image, in), sizeof(value));
		break;
	case 3:
		value = image->header.page_offset + place(image, in);
		break;
	case 4:
		put(image, at, &(uint8_t){ fuzz_u8(in) }, 1);
		return;
	case 5:
		value = UINT64_MAX;
		break;
	case 6:
		value += (uint64_t)(int64_t)(int16_t)fuzz_u16(in);
		break;
	default:
		value = 0;
	}
	put(image, at, &value, sizeof(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct subject *s = &subjects[fuzz_u8(&in) % ARRAY_SIZE(subjects)];
	unsigned int which = 1u << fuzz_u8(&in) % WALKS_COUNT;
	struct walks told;
	int i;

	for (i = 0; i < CHANGES_MAX && in.left > 0; i++)
		change(&s->image, &in);
	s->image.count = 0;
	guest_refresh(s->guest);
	walks_some(s->guest, which, &told);
	image_restore(&s->image);
	return 0;
}
