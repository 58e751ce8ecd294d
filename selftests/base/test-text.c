// SPDX-License-Identifier: GPL-2.0-or-later
/* Hostile names, and sizes, ages and bars as people see them. */
#include <errno.h>
#include <locale.h>

#include "base/error.h"
#include "base/format.h"
#include "base/macros.h"
#include "base/text.h"
#include "ktap.h"

static void utf8(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		SKIP("no C.UTF-8 locale");
}

static void expect_escaped(const char *text, const char *want)
{
	char *got = text_escape(text);

	EXPECT_STR(got, want);
	free(got);
}

static void expect_utf8(const char *text, const char *want)
{
	char *got = text_utf8(text);

	EXPECT_STR(got, want);
	free(got);
}

TEST(plain_names_stay_as_they_are)
{
	expect_escaped("", "");
	expect_escaped("aide --check ~!", "aide --check ~!");
}

TEST(control_characters_never_reach_a_terminal)
{
	expect_escaped("\033[31mred", "\\x1b[31mred");
	expect_escaped("a\nb\tc\177", "a\\x0ab\\x09c\\x7f");
	/* C1 controls: a terminal takes U+009B for ESC [. */
	expect_escaped("\x9b[2J", "\\x9b[2J");
}

/* As of a guest's linux_banner. */
static void expect_error(const char *name, const char *want)
{
	struct error err;

	EXPECT_INT(error_set(&err, -EPROTO, "%s", name), -EPROTO);
	EXPECT_STR(err.text, want);
	EXPECT_INT(error_errno(&err, -ENOENT, "%s", name), -ENOENT);
	EXPECT(strncmp(err.text, want, strlen(want)) == 0);
}

TEST(errors_have_no_control_characters)
{
	setlocale(LC_CTYPE, "C");
	expect_error("a\\b", "a\\b");
	expect_error("a\nb\033[2Jc\177", "a?b?[2Jc?");
	/* A terminal of 8 bits takes the second byte of this one for ESC [, too. */
	expect_error("\x9b[2J", "?[2J");
	expect_error("\xc3\x9b[2J", "??[2J");
	expect_error("\xc2\x9b[2J", "??[2J");
	utf8();
	expect_error("\x80\x9b[2J", "??[2J");
	expect_error("\xc2\x9b[2J", "??[2J");
	expect_error("\xe2\x80\xae:od", "???:od");
	expect_error("\xc3\x9b \xe6\xbc\xa2", "\xc3\x9b \xe6\xbc\xa2");
}

TEST(backslashes_stay_unambiguous)
{
	expect_escaped("\\x1b", "\\\\x1b");
}

TEST(in_utf8_letters_stay_and_tricks_go)
{
	utf8();
	expect_escaped("caf\xc3\xa9", "caf\xc3\xa9");
	expect_escaped("\xc2\x9b[2J", "\\xc2\\x9b[2J");
	/* Right-to-left override and a combining accent. */
	expect_escaped("\xe2\x80\xae:od", "\\xe2\\x80\\xae:od");
	expect_escaped("e\xcc\x81", "e\\xcc\\x81");
	/* Cut short, overlong. */
	expect_escaped("\xe2\x96", "\\xe2\\x96");
	expect_escaped("\xc0\xaf", "\\xc0\\xaf");
}

TEST(in_the_c_locale_nothing_beyond_ascii_is_shown)
{
	setlocale(LC_CTYPE, "C");
	expect_escaped("caf\xc3\xa9", "caf\\xc3\\xa9");
}

TEST(width_counts_columns)
{
	utf8();
	EXPECT_U64(text_width(""), 0);
	EXPECT_U64(text_width("abc"), 3);
	EXPECT_U64(text_width("caf\xc3\xa9"), 4);
	EXPECT_U64(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
	EXPECT_U64(text_width("\xff\xff"), 2);
}

TEST(invalid_utf8_is_replaced)
{
	expect_utf8("ok \xc3\xa9 \xf0\x9f\x98\x80", "ok \xc3\xa9 \xf0\x9f\x98\x80");
	expect_utf8("\xff", "\xef\xbf\xbd");
	expect_utf8("a\xc3", "a\xef\xbf\xbd");
	expect_utf8("\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");
	/* A surrogate, and beyond the last character. */
	expect_utf8("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_utf8("\xf4\x90\x80\x80",
		    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(sizes_have_the_unit_that_suits_them)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} cases[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 102400, "100 KiB" },
		{ 1048575, "1.0 MiB" },
		{ 3565158, "3.4 MiB" },
		{ 1ULL << 30, "1.0 GiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char buf[FORMAT_MAX];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		EXPECT_STR(format_size(buf, cases[i].bytes), cases[i].want);
}

TEST(sizes_never_take_more_than_nine_columns)
{
	char buf[FORMAT_MAX];
	uint64_t bytes;

	for (bytes = 1; bytes < 1ULL << 62; bytes += bytes / 7 + 1)
		EXPECT(strlen(format_size(buf, bytes)) <= 9);
}

TEST(ages_have_two_units_at_most)
{
	char buf[FORMAT_MAX];

	EXPECT_STR(format_age(buf, 0), "0 s");
	EXPECT_STR(format_age(buf, 99999999999), "99 s");
	EXPECT_STR(format_age(buf, 130000000000), "2 m 10 s");
	EXPECT_STR(format_age(buf, 7800000000000), "2 h 10 m");
	EXPECT_STR(format_age(buf, 180000000000000), "2 d 2 h");
}

TEST(bars_show_shares)
{
	char buf[FORMAT_BAR_MAX];

	setlocale(LC_CTYPE, "C");
	EXPECT_STR(format_bar(buf, 0, 100, 10), "");
	EXPECT_STR(format_bar(buf, 1, 1000000, 10), "#");
	EXPECT_STR(format_bar(buf, 50, 100, 10), "#####");
	EXPECT_STR(format_bar(buf, 100, 100, 10), "##########");
	EXPECT_STR(format_bar(buf, 200, 100, 10), "##########");
	EXPECT_STR(format_bar(buf, 0, 0, 10), "");
	EXPECT_U64(strlen(format_bar(buf, 1, 1, 4000)), 32);
}

TEST(bars_have_eighths_in_utf8)
{
	char buf[FORMAT_BAR_MAX];

	utf8();
	EXPECT_STR(format_bar(buf, 3, 16, 2), "\xe2\x96\x8d");
	EXPECT_STR(format_bar(buf, 1, 1, 2), "\xe2\x96\x88\xe2\x96\x88");
	EXPECT_U64(text_width(format_bar(buf, 1, 1, 32)), 32);
}

TEST(what_is_kept_is_utf8_and_says_what_it_was)
{
	static const struct {
		const char *from;
		const char *to;
	} texts[] = {
		{ "plain \"name\"", "plain \"name\"" },
		{ "a\\x1b", "a\\\\x1b" },
		{ "a\033[0m\n", "a\\x1b[0m\\x0a" },
		{ "h\xc3\xa9", "h\xc3\xa9" },
		{ "h\xc3", "h\\xc3" },
		{ "\xff\x80", "\\xff\\x80" },
		{ "\xc2\x9b", "\\xc2\\x9b" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "", "" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		char *got = text_escape_utf8(texts[i].from);

		EXPECT_STR(got, texts[i].to);
		free(got);
	}
}

TEST(text_is_cut_between_characters)
{
	char text[] = "abc\xc3\xa9gfed", none[] = "abc", fits[] = "abc";

	setlocale(LC_CTYPE, "C.UTF-8");
	text_cut(text, 5);
	EXPECT_STR(text, "abc\xc3\xa9~");
	text_cut(text, 4);
	EXPECT_STR(text, "abc~");
	text_cut(fits, 3);
	EXPECT_STR(fits, "abc");
	text_cut(none, 1);
	EXPECT_STR(none, "~");
	text_cut(none, 0);
	EXPECT_STR(none, "");
}

TEST(wide_and_marked_characters_are_cut_whole)
{
	char wide[] = "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", marked[] = "abe\xcc\x81gh";
	char bytes[] = "\xff\x80\x80\x80";

	utf8();
	text_cut(wide, 4);
	EXPECT_STR(wide, "\xe6\xbc\xa2~");
	text_cut(marked, 4);
	EXPECT_STR(marked, "abe\xcc\x81~");
	text_cut(bytes, 3);
	EXPECT_STR(bytes, "\xff\x80~");
}

/* Walked anew for each byte that goes, it takes days. */
TEST(long_text_is_cut_by_walking_once)
{
	size_t len = 4u << 20;
	char *text = malloc(len + 1);

	utf8();
	ASSERT(text);
	memset(text, 'x', len);
	text[len] = '\0';
	text_cut(text, len - 1);
	EXPECT_U64(strlen(text), len - 1);
	text_cut(text, 60);
	EXPECT_U64(strlen(text), 60);
	free(text);
}

KTAP_MAIN()
