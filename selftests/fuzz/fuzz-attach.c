// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest from its first page on: VMCOREINFO, page tables, symbols, types, and a walk by what
 * these have said, of real guests in which any byte of these may have been changed.
 */
#include "base/macros.h"
#include "fuzz.h"
#include "guest/field.h"
#include "image.h"
#include "walks.h"

/* Kernels are looked for in up to 64 places, each of which may be as much as one. */
#define READS_MAX	4000000u
#define WALK_READS	100000u

static const char *const paths[] = { IMAGES "/stock-6.1", IMAGES "/stock-7.2" };
static struct image images[ARRAY_SIZE(paths)];

static bool attach(struct image *image, unsigned int which, struct walks *told,
		   struct error *err)
{
	struct mem *mem = image_mem(image);
	struct guest *guest;
	int r;

	image->count = 0;
	r = guest_open(&guest, mem, err);
	if (r == 0) {
		guest->reads = WALK_READS;
		guest_refresh(guest);
		walks_some(guest, which, told);
		guest_close(guest);
	}
	mem_destroy(mem);
	return r == 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct error err = { 0 };
	struct walks told;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		image_load(&images[i], paths[i]);
		images[i].noting = 1;
		if (!attach(&images[i], WALKS_ALL, &told, &err)) {
			fprintf(stderr, "%s: %s; record it anew: selftests/fuzz/make-image\n",
				paths[i], err.text);
			exit(1);
		}
		images[i].noting = 0;
		images[i].most = READS_MAX;
		FUZZ_ASSERT(told.processes > 20 && told.doubts.bad == 0);
	}
	return 0;
}

/* Two bytes of which piece, three of where in it, one of how many bytes, and these. */
static void change(struct image *image, struct fuzz_input *in)
{
	const struct image_read *read = &image->reads[fuzz_u16(in) % image->read_count];
	uint64_t at = fuzz_u16(in);
	size_t i, len;

	at = read->address + (at | (uint64_t)fuzz_u8(in) << 16) % read->len;
	len = fuzz_u8(in) % 8 + 1;
	for (i = 0; i < len; i++)
		image_change(image, at + i, fuzz_u8(in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct image *image = &images[fuzz_u8(&in) % ARRAY_SIZE(images)];
	unsigned int which = 1u << fuzz_u8(&in) % WALKS_COUNT;
	struct error err = { 0 };
	struct walks told;

	while (in.left > 0)
		change(image, &in);
	if (!attach(image, which, &told, &err))
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
	image_restore(image);
	return 0;
}
