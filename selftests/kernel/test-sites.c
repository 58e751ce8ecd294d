// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of places, packed and unpacked; bytes that nobody has packed. */
#include <errno.h>

#include "base/macros.h"
#include "kernel/sites.h"
#include "ktap.h"
#include "random.h"

#define LIMIT	268435456u

static void expect_same(const struct site_list *a, const struct site_list *b)
{
	size_t i;

	EXPECT_U64(a->count, b->count);
	for (i = 0; i < a->count && i < b->count; i++)
		if (a->offsets[i] != b->offsets[i])
			KTAP_SAY("%zu: %u, expected %u", i, a->offsets[i], b->offsets[i]);
}

static void check_round_trip(struct sites *sites)
{
	struct sites again = { 0 };
	uint8_t *bytes;
	size_t len;

	sites_sort(sites);
	ASSERT(sites_pack(&sites->lists[SITE_TRACE], &bytes, &len) == 0);
	EXPECT_INT(sites_unpack(&again, SITE_TRACE, bytes, len, LIMIT), 0);
	expect_same(&again.lists[SITE_TRACE], &sites->lists[SITE_TRACE]);
	/* One that is at the limit is beyond it. */
	if (sites->lists[SITE_TRACE].count) {
		struct sites less = { 0 };
		size_t last = sites->lists[SITE_TRACE].count - 1;

		EXPECT_INT(sites_unpack(&less, SITE_TRACE, bytes, len,
					sites->lists[SITE_TRACE].offsets[last]), -EPROTO);
		sites_free(&less);
	}
	free(bytes);
	sites_free(&again);
	sites_free(sites);
}

TEST(what_is_packed_is_unpacked)
{
	static const uint32_t some[] = { 0, 1, 127, 128, 129, 16384, 16385, 2097152, LIMIT - 1 };
	struct sites sites = { 0 };
	struct random state = { 1 };
	size_t i, n;

	check_round_trip(&sites);
	for (i = 0; i < ARRAY_SIZE(some); i++)
		ASSERT(sites_add(&sites, SITE_TRACE, some[i]) == 0);
	check_round_trip(&sites);
	for (n = 0; n < 20; n++) {
		for (i = 0; i < 1000; i++)
			ASSERT(sites_add(&sites, SITE_TRACE,
					 (uint32_t)(random_below(&state, LIMIT))) == 0);
		check_round_trip(&sites);
	}
}

TEST(they_are_sorted_and_once)
{
	static const uint32_t in[] = { 5, 3, 5, 1, 3 }, out[] = { 1, 3, 5 };
	struct sites sites = { 0 };
	size_t i;

	for (i = 0; i < 5; i++)
		ASSERT(sites_add(&sites, SITE_MOVED32, in[i]) == 0);
	sites_sort(&sites);
	ASSERT(sites.lists[SITE_MOVED32].count == 3);
	for (i = 0; i < 3; i++)
		EXPECT_U64(sites.lists[SITE_MOVED32].offsets[i], out[i]);
	sites_free(&sites);
}

static int unpack(const char *bytes, size_t len)
{
	struct sites sites = { 0 };
	int r = sites_unpack(&sites, SITE_TRACE, (const uint8_t *)bytes, len, LIMIT);

	sites_free(&sites);
	return r;
}

TEST(bytes_that_are_none)
{
	/* Without an end, longer than a number can be, the same twice, beyond the limit. */
	EXPECT_INT(unpack("\x80", 1), -EPROTO);
	EXPECT_INT(unpack("\xff\xff\xff\xff\xff\x01", 6), -EPROTO);
	EXPECT_INT(unpack("\x05\x00", 2), -EPROTO);
	EXPECT_INT(unpack("\xff\xff\xff\xff\x0f", 5), -EPROTO);
	EXPECT_INT(unpack("", 0), 0);
	EXPECT_INT(unpack("\x00\x01", 2), 0);
}

TEST(random_bytes_do_no_harm)
{
	struct random state = { 2 };
	char bytes[64];
	size_t n, i;

	for (n = 0; n < 100000; n++) {
		size_t len = random_below(&state, sizeof(bytes));

		for (i = 0; i < len; i++)
			bytes[i] = (char)random_next(&state);
		unpack(bytes, len);
	}
}

KTAP_MAIN()
