// SPDX-License-Identifier: GPL-2.0-or-later
/* Segments of a guest's memory: what is found where, and what is refused. */
#include <errno.h>

#include "ktap.h"
#include "mem/mem.h"

#define PLACES 3

/**
 * struct place - a backing for tests, in which each byte tells where it is
 * @seed: added to each byte
 * @size: of it
 * @data_start: where there is something ...
 * @data_end: ... and where not any more; with 0 that is not known
 * @broken: nothing can be read
 * @destroyed: how often
 */
static struct place {
	uint8_t seed;
	uint64_t size;
	uint64_t data_start;
	uint64_t data_end;
	bool broken;
	int destroyed;
} places[PLACES];

static int read_place(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct place *place = arg;
	size_t i;

	if (place->broken)
		return -EIO;
	if (offset > place->size || len > place->size - offset)
		return -EFAULT;
	for (i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (uint8_t)(place->seed + offset + i);
	return 0;
}

static int next_data(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
		     uint64_t *ret_end)
{
	const struct place *place = arg;

	if (place->broken)
		return -EIO;
	if (offset >= place->data_end || end <= place->data_start)
		return 0;
	*ret_start = offset > place->data_start ? offset : place->data_start;
	*ret_end = end < place->data_end ? end : place->data_end;
	return 1;
}

static void destroy(void *arg)
{
	((struct place *)arg)->destroyed++;
}

static struct mem *create(void)
{
	struct mem *mem = mem_create();
	int i;

	ASSERT(mem);
	for (i = 0; i < PLACES; i++) {
		const struct mem_backing backing = {
			.read = read_place,
			.next_data = places[i].data_end ? next_data : NULL,
			.destroy = destroy,
			.arg = &places[i],
		};

		places[i].seed = (uint8_t)(50 * i);
		if (!places[i].size)
			places[i].size = 1 << 20;
		ASSERT(mem_add_backing(mem, &backing, NULL) == i);
	}
	return mem;
}

static int add(struct mem *mem, uint64_t start, uint64_t size, unsigned int backing,
	       uint64_t offset)
{
	const struct mem_segment segment = { start, size, backing, offset };

	return mem_add_segment(mem, &segment, NULL);
}

static int byte(const struct mem *mem, uint64_t address)
{
	uint8_t value = 0;
	int r = mem_read(mem, address, &value, 1);

	return r < 0 ? r : value;
}

TEST(bytes_are_found_by_their_address)
{
	struct mem *mem = create();

	EXPECT_INT(add(mem, 0x3000, 0x1000, 1, 0x10), 0);
	EXPECT_INT(add(mem, 0x1000, 0x1000, 0, 0x20), 0);
	EXPECT_INT(byte(mem, 0x1000), 0x20);
	EXPECT_INT(byte(mem, 0x1fff), (0x20 + 0xfff) & 255);
	EXPECT_INT(byte(mem, 0x3001), 50 + 0x11);
	EXPECT_INT(byte(mem, 0xfff), -EFAULT);
	EXPECT_INT(byte(mem, 0x2000), -EFAULT);
	EXPECT_INT(byte(mem, 0x4000), -EFAULT);
	EXPECT_INT(byte(mem, UINT64_MAX), -EFAULT);
	EXPECT_U64(mem_bytes(mem), 0x2000);
	mem_destroy(mem);
}

TEST(a_read_goes_on_in_the_next_segment)
{
	struct mem *mem = create();
	uint8_t buf[32];

	add(mem, 0x1000, 0x10, 0, 0);
	add(mem, 0x1010, 0x08, 1, 0);
	add(mem, 0x1018, 0x10, 2, 0);
	ASSERT(mem_read(mem, 0x100c, buf, 28) == 0);
	EXPECT_INT(buf[0], 12);
	EXPECT_INT(buf[3], 15);
	EXPECT_INT(buf[4], 50);
	EXPECT_INT(buf[11], 57);
	EXPECT_INT(buf[12], 100);
	EXPECT_INT(mem_read(mem, 0x1010, buf, 32), -EFAULT);
	EXPECT_INT(mem_read(mem, 0x1028, buf, 0), 0);
	mem_destroy(mem);
}

TEST(overlaps_are_refused)
{
	struct mem *mem = create();

	EXPECT_INT(add(mem, 0x1000, 0x1000, 0, 0), 0);
	EXPECT_INT(add(mem, 0x1000, 0x1000, 1, 0), -EEXIST);
	EXPECT_INT(add(mem, 0x1fff, 1, 1, 0), -EEXIST);
	EXPECT_INT(add(mem, 0x0, 0x1001, 1, 0), -EEXIST);
	EXPECT_INT(add(mem, 0x0, 0x10000, 1, 0), -EEXIST);
	EXPECT_INT(add(mem, 0x0, 0x1000, 1, 0), 0);
	EXPECT_INT(add(mem, 0x2000, 0x1000, 1, 0), 0);
	EXPECT_INT(byte(mem, 0x1000), 0);
	mem_destroy(mem);
}

TEST(what_no_memory_can_be_is_refused)
{
	struct mem *mem = create();

	EXPECT_INT(add(mem, UINT64_MAX, 2, 0, 0), -ERANGE);
	EXPECT_INT(add(mem, 0, UINT64_MAX, 0, 2), -ERANGE);
	EXPECT_INT(add(mem, 0, 0x1000, PLACES, 0), -EINVAL);
	EXPECT_INT(add(mem, 0, 0, 0, 0), 0);
	EXPECT_U64(mem_bytes(mem), 0);
	/* Nothing could follow it: whoever goes on there would begin anew. */
	EXPECT_INT(add(mem, UINT64_MAX, 1, 0, 7), -ERANGE);
	EXPECT_INT(add(mem, UINT64_MAX - 1, 1, 0, 7), 0);
	EXPECT_INT(byte(mem, UINT64_MAX - 1), 7);
	mem_destroy(mem);
}

TEST(the_end_of_all_addresses_is_an_end)
{
	struct mem *mem = create();
	uint8_t buf[16];

	add(mem, UINT64_MAX - 8, 8, 0, 0);
	add(mem, 0, 16, 1, 0);
	EXPECT_INT(mem_read(mem, UINT64_MAX - 8, buf, 8), 0);
	EXPECT_INT(mem_read(mem, UINT64_MAX - 8, buf, 16), -EFAULT);
	mem_destroy(mem);
}

TEST(failures_of_what_it_is_in_are_passed_on)
{
	struct mem *mem = create();

	places[1].broken = true;
	places[2].size = 0x800;
	add(mem, 0, 0x1000, 1, 0);
	add(mem, 0x1000, 0x1000, 2, 0);
	EXPECT_INT(byte(mem, 0), -EIO);
	EXPECT_INT(byte(mem, 0x17ff), (100 + 0x7ff) & 255);
	EXPECT_INT(byte(mem, 0x1800), -EFAULT);
	mem_destroy(mem);
}

TEST(only_what_holds_something_is_looked_at)
{
	uint64_t start = 0, end = 0;
	struct mem *mem;

	places[0].data_start = 0x3000;
	places[0].data_end = 0x5000;
	mem = create();
	/* Both of one file, as below and above 4 GiB. */
	add(mem, 0, 0x4000, 0, 0);
	add(mem, 0x100000, 0x4000, 0, 0x4000);
	add(mem, 0x200000, 0x1000, 1, 0);
	ASSERT(mem_next_data(mem, 0, &start, &end) == 1);
	EXPECT_U64(start, 0x3000);
	EXPECT_U64(end, 0x4000);
	ASSERT(mem_next_data(mem, end, &start, &end) == 1);
	EXPECT_U64(start, 0x100000);
	EXPECT_U64(end, 0x101000);
	ASSERT(mem_next_data(mem, 0x100800, &start, &end) == 1);
	EXPECT_U64(start, 0x100800);
	ASSERT(mem_next_data(mem, 0x101000, &start, &end) == 1);
	EXPECT_U64(start, 0x200000);
	EXPECT_U64(end, 0x201000);
	EXPECT_INT(mem_next_data(mem, end, &start, &end), 0);
	places[0].broken = true;
	EXPECT_INT(mem_next_data(mem, 0, &start, &end), -EIO);
	mem_destroy(mem);
}

TEST(backings_are_freed_once)
{
	struct mem *mem = create();
	const struct mem_backing one = { .read = read_place, .destroy = destroy,
					 .arg = &places[0] };
	int i, n = PLACES;

	while (n < MEM_BACKINGS_MAX)
		ASSERT(mem_add_backing(mem, &one, NULL) == n++);
	EXPECT_INT(mem_add_backing(mem, &one, NULL), -ENOSPC);
	EXPECT_INT(places[0].destroyed, 1);
	mem_destroy(mem);
	EXPECT_INT(places[0].destroyed, 2 + MEM_BACKINGS_MAX - PLACES);
	for (i = 1; i < PLACES; i++)
		EXPECT_INT(places[i].destroyed, 1);
	mem_destroy(NULL);
}

TEST(there_is_an_end_to_segments)
{
	struct mem *mem = create();
	uint64_t i;

	for (i = 0; i < MEM_SEGMENTS_MAX; i++)
		ASSERT(add(mem, (MEM_SEGMENTS_MAX - i) * 32, 16, 0, i) == 0);
	EXPECT_INT(add(mem, 0, 16, 0, 0), -ENOSPC);
	EXPECT_INT(byte(mem, 32), (MEM_SEGMENTS_MAX - 1) & 255);
	mem_destroy(mem);
}

KTAP_MAIN()
