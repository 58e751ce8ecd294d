// SPDX-License-Identifier: GPL-2.0-or-later
/* A recorded guest in which a program has written what looks like the kernel's beginning. */
#include "fuzz.h"
#include "guest/guest.h"
#include "image.h"
#include "ktap.h"
#include "walks.h"

/* Below where the kernel has its own, which is found last. */
#define PAGES	200u

static struct image images[2];

static void attach(struct image *image, const char *path, const char *beginning)
{
	struct error err = { 0 };
	struct walks told;
	struct guest *guest;
	struct mem *mem;
	unsigned int i;

	image_load(image, path);
	FUZZ_ASSERT(image->runs[0].address > PAGES * MEM_PAGE || !beginning[0]);
	image->runs[0].len += image->runs[0].address;
	image->runs[0].address = 0;
	for (i = 0; i < PAGES; i++)
		strcpy((char *)image->bytes + i * MEM_PAGE, beginning);
	mem = image_mem(image);
	if (guest_open(&guest, mem, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
	walks_some(guest, WALKS_ALL, &told);
	EXPECT(told.processes > 20 && told.files > 20);
	EXPECT_U64(told.doubts.bad + told.findings, 0);
	guest_close(guest);
	mem_destroy(mem);
}

TEST(it_is_a_whole_guest)
{
	attach(&images[0], IMAGES "/stock-6.1", "");
	attach(&images[1], IMAGES "/stock-7.2", "");
}

TEST(many_beginnings_that_lead_nowhere)
{
	attach(&images[0], IMAGES "/stock-7.2",
	       "OSRELEASE=7.2\nSYMBOL(swapper_pg_dir)=ffffffff81000000\nNUMBER(phys_base)=0\n"
	       "SYMBOL(_stext)=ffffffff81000000\n");
}

KTAP_MAIN()
