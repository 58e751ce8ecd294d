// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, sizes, times and fields: what is taken and what is refused. */
#include <errno.h>

#include "base/macros.h"
#include "base/parse.h"
#include "ktap.h"

#define UNTOUCHED 0xdeadbeefULL

static uint64_t u64(const char *text, uint64_t min, uint64_t max, int want)
{
	uint64_t value = UNTOUCHED;

	EXPECT_INT(parse_u64("--n", text, min, max, &value, NULL), want);
	return value;
}

static uint64_t size(const char *text, int want)
{
	uint64_t value = UNTOUCHED;

	EXPECT_INT(parse_size("--max", text, 0, UINT64_MAX, &value, NULL), want);
	return value;
}

static uint64_t duration(const char *text, int want)
{
	uint64_t value = UNTOUCHED;

	EXPECT_INT(parse_duration("--interval", text, 1, UINT64_MAX, &value,
				  NULL), want);
	return value;
}

TEST(whole_numbers_within_bounds)
{
	EXPECT_U64(u64("0", 0, 10, 0), 0);
	EXPECT_U64(u64("10", 0, 10, 0), 10);
	EXPECT_U64(u64("007", 0, 10, 0), 7);
	EXPECT_U64(u64("18446744073709551615", 0, UINT64_MAX, 0), UINT64_MAX);
}

TEST(whole_numbers_out_of_bounds_leave_the_result_alone)
{
	EXPECT_U64(u64("11", 0, 10, -ERANGE), UNTOUCHED);
	EXPECT_U64(u64("1", 2, 10, -ERANGE), UNTOUCHED);
	EXPECT_U64(u64("18446744073709551616", 0, UINT64_MAX, -ERANGE), UNTOUCHED);
	EXPECT_U64(u64("99999999999999999999999", 0, UINT64_MAX, -ERANGE),
		   UNTOUCHED);
}

TEST(what_is_not_a_number_is_refused)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "0x10", "1e3", "1.0", "ten", "1\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_U64(u64(bad[i], 0, UINT64_MAX, -EINVAL), UNTOUCHED);
}

TEST(errors_name_the_object_and_are_harmless_on_a_terminal)
{
	struct error err = { 0 };
	uint64_t value;

	parse_u64("--n", "\033[2Jx", 0, 1, &value, &err);
	EXPECT_INT(err.code, -EINVAL);
	EXPECT_STR(err.text, "--n: '?[2Jx' is not a whole number");
	parse_u64("--n", "5", 0, 1, &value, &err);
	EXPECT_STR(err.text, "--n: 5 is not within 0 to 1");
}

TEST(sizes_with_units)
{
	EXPECT_U64(size("0", 0), 0);
	EXPECT_U64(size("4096", 0), 4096);
	EXPECT_U64(size("1k", 0), 1024);
	EXPECT_U64(size("64K", 0), 65536);
	EXPECT_U64(size("200MiB", 0), 200ULL << 20);
	EXPECT_U64(size("1.5G", 0), 3ULL << 29);
	EXPECT_U64(size("1 GB", 0), 1ULL << 30);
	EXPECT_U64(size("2T", 0), 2ULL << 40);
	EXPECT_U64(size("0.5k", 0), 512);
}

TEST(sizes_that_are_none)
{
	static const char *const bad[] = {
		"", "K", "-1K", "1KK", "1.K", ".5K", "1,5G", "1.2.3", "1Q", "1.1234567G",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_U64(size(bad[i], -EINVAL), UNTOUCHED);
	EXPECT_U64(size("16777216T", -ERANGE), UNTOUCHED);
	EXPECT_U64(size("18446744073709551615K", -ERANGE), UNTOUCHED);
}

TEST(times_with_units)
{
	EXPECT_U64(duration("1", 0), 1000000000);
	EXPECT_U64(duration("0.5", 0), 500000000);
	EXPECT_U64(duration("250ms", 0), 250000000);
	EXPECT_U64(duration("2m", 0), 120000000000);
	EXPECT_U64(duration("1h", 0), 3600000000000);
	EXPECT_U64(duration("0", -ERANGE), UNTOUCHED);
	EXPECT_U64(duration("1d", -EINVAL), UNTOUCHED);
}

TEST(fields_are_found_at_the_start_of_a_line)
{
	static const char text[] =
		"MemTotal:  100 kB\nSwapCached: 7 kB\nCached:\t 42 kB\nfile 9\nfile_mapped 8\n";
	uint64_t value = UNTOUCHED;

	EXPECT_INT(parse_field(text, "Cached:", &value), 0);
	EXPECT_U64(value, 42);
	EXPECT_INT(parse_field(text, "file", &value), 0);
	EXPECT_U64(value, 9);
	EXPECT_INT(parse_field(text, "MemTotal:", &value), 0);
	EXPECT_U64(value, 100);
}

TEST(fields_that_are_missing_leave_the_result_alone)
{
	uint64_t value = UNTOUCHED;

	EXPECT_INT(parse_field("", "Cached:", &value), -ENOENT);
	EXPECT_INT(parse_field("Cached", "Cached:", &value), -ENOENT);
	EXPECT_INT(parse_field("Cached: ", "Cached:", &value), -ENOENT);
	EXPECT_INT(parse_field("Cached: x\n", "Cached:", &value), -ENOENT);
	EXPECT_U64(value, UNTOUCHED);
}

KTAP_MAIN()
