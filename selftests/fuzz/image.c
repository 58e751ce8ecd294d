// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "base/macros.h"
#include "fuzz.h"
#include "image.h"
#include "kernel/kallsyms.h"

#define READS_NOTED	65536
#define UNDO_MAX	65536

/*
 * In place of the library's (--wrap).  All of the kernel's data is looked through for pointers,
 * which is megabytes: of an image it is two pages of each piece.
 */
int __real_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret);
int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret);

int __wrap_kallsyms_find(struct kallsyms *symbols, const char *name, uint64_t *ret)
{
	static const struct {
		const char *name;
		const char *from;
		int pages;
	} moved[] = {
		{ "__start_rodata", "__start_ro_after_init", -2 },
		{ "__end_ro_after_init", "__start_ro_after_init", 2 },
		{ "__end_rodata", "__start_ro_after_init", 4 },
		{ "_edata", "_sdata", 2 },
		{ "__bss_stop", "__bss_start", 2 },
	};
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(moved); i++) {
		if (strcmp(moved[i].name, name) != 0)
			continue;
		r = __real_kallsyms_find(symbols, moved[i].from, ret);
		if (r == 0)
			*ret += (uint64_t)(int64_t)(moved[i].pages * (int)MEM_PAGE);
		return r;
	}
	return __real_kallsyms_find(symbols, name, ret);
}

/* Runs come by address, and many of them are of one page. */
static void add_pages(struct image *image, const struct image_run *run)
{
	uint64_t start = run->address / MEM_PAGE * MEM_PAGE;
	uint64_t end = (run->address + run->len + MEM_PAGE - 1) / MEM_PAGE * MEM_PAGE;
	struct image_run *last = image->run_count ? &image->runs[image->run_count - 1] : NULL;

	if (last && last->address + last->len >= start) {
		last->len = end - last->address;
		return;
	}
	image->runs = reallocarray(image->runs, image->run_count + 1, sizeof(*run));
	FUZZ_ASSERT(image->runs);
	image->runs[image->run_count++] = (struct image_run){ start, end - start };
}

static void read_runs(struct image *image, FILE *file)
{
	struct image_run run;

	while (fread(&run, sizeof(run), 1, file) == 1) {
		FUZZ_ASSERT(run.address <= image->header.size &&
			    run.len <= image->header.size - run.address);
		FUZZ_ASSERT(fread(image->bytes + run.address, 1, run.len, file) == run.len);
		add_pages(image, &run);
	}
}

void image_load(struct image *image, const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		perror(path);
		exit(1);
	}
	*image = (struct image){ .most = UINT64_MAX };
	FUZZ_ASSERT(fread(&image->header, sizeof(image->header), 1, file) == 1);
	FUZZ_ASSERT(image->header.magic == IMAGE_MAGIC && image->header.size <= IMAGE_SIZE_MAX);
	/* Mostly holes, which take no memory as long as nobody writes there. */
	image->bytes = mmap(NULL, image->header.size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	FUZZ_ASSERT(image->bytes != MAP_FAILED);
	image->reads = calloc(READS_NOTED, sizeof(*image->reads));
	image->undo = calloc(UNDO_MAX, sizeof(*image->undo));
	FUZZ_ASSERT(image->reads && image->undo);
	read_runs(image, file);
	fclose(file);
}

static void note(struct image *image, uint64_t address, size_t len)
{
	size_t i;

	for (i = 0; i < image->read_count; i++)
		if (image->reads[i].address == address && image->reads[i].len == len)
			return;
	if (image->read_count < READS_NOTED)
		image->reads[image->read_count++] = (struct image_read){ address, (uint32_t)len };
}

static int read_image(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct image *image = arg;

	image->count++;
	FUZZ_ASSERT(image->count <= image->most);
	if (image->noting)
		note(image, offset, len);
	memcpy(buf, image->bytes + offset, len);
	return 0;
}

static int next_data(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
		     uint64_t *ret_end)
{
	const struct image *image = arg;
	size_t i;

	for (i = 0; i < image->run_count; i++) {
		uint64_t start = image->runs[i].address, stop = start + image->runs[i].len;

		if (stop <= offset)
			continue;
		if (start >= end)
			return 0;
		*ret_start = start > offset ? start : offset;
		*ret_end = stop < end ? stop : end;
		return 1;
	}
	return 0;
}

struct mem *image_mem(struct image *image)
{
	const struct mem_backing backing = {
		.read = read_image, .next_data = next_data, .arg = image,
	};
	const struct mem_segment all = { .size = image->header.size };
	struct mem *mem = mem_create();

	FUZZ_ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	FUZZ_ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	return mem;
}

void image_change(struct image *image, uint64_t address, uint8_t byte)
{
	if (address >= image->header.size || image->undo_count == UNDO_MAX)
		return;
	image->undo[image->undo_count++] =
		(struct image_run){ address, image->bytes[address] };
	image->bytes[address] = byte;
}

void image_restore(struct image *image)
{
	while (image->undo_count > 0) {
		const struct image_run *one = &image->undo[--image->undo_count];

		image->bytes[one->address] = (uint8_t)one->len;
	}
}
