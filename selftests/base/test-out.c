// SPDX-License-Identifier: GPL-2.0-or-later
/* One call, two outputs: what the table and the JSON look like. */
#include <errno.h>
#include <locale.h>

#include <jansson.h>

#include "base/out.h"
#include "ktap.h"

static const struct out_column columns[] = {
	{ .key = "id" },
	{ .key = "name", .title = "NAME", .max = 12 },
	{ .key = "size", .title = "SIZE", .right = true },
	{ .key = "mark", .title = "" },
};

/* What @write prints, to be freed. */
static char *printed(void (*write)(struct out *out), bool json,
		     enum out_sizes sizes)
{
	struct out *out = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	ASSERT(stream);
	ASSERT(out_create(&out, stream, json, sizes, 4096) == 0);
	write(out);
	EXPECT_INT(out_finish(out, NULL), 0);
	out_destroy(out);
	fclose(stream);
	return text;
}

static void expect_text(void (*write)(struct out *out), enum out_sizes sizes,
			const char *want)
{
	char *text = printed(write, false, sizes);

	EXPECT_STR(text, want);
	free(text);
}

static json_t *parsed(void (*write)(struct out *out))
{
	char *text = printed(write, true, OUT_SIZES_HUMAN);
	json_error_t why;
	json_t *json = json_loads(text, 0, &why);

	if (!json)
		KTAP_SAY("no JSON: %s: %s", why.text, text);
	free(text);
	ASSERT(json);
	return json;
}

static void two_rows(struct out *out)
{
	out_begin(out, OUT_TABLE, "rows", columns, 4);
	out_row(out);
	out_u64(out, "id", 7);
	out_text(out, "name", "aide");
	out_size(out, "size", 3 << 20);
	out_label(out, "mark", "*");
	out_row(out);
	out_text(out, "name", "sh");
	out_size(out, "size", 4096);
	out_total_row(out);
	out_label(out, "name", "total");
	out_size(out, "size", (3 << 20) + 4096);
	out_end(out);
}

TEST(tables_are_aligned_without_spaces_at_the_end)
{
	setlocale(LC_CTYPE, "C");
	expect_text(two_rows, OUT_SIZES_HUMAN,
		    "NAME      SIZE\n"
		    "aide   3.0 MiB  *\n"
		    "sh     4.0 KiB\n"
		    "-----  -------  -\n"
		    "total  3.0 MiB\n");
}

TEST(sizes_come_in_bytes_and_pages_too)
{
	setlocale(LC_CTYPE, "C");
	expect_text(two_rows, OUT_SIZES_PAGES,
		    "NAME   SIZE\n"
		    "aide    768  *\n"
		    "sh        1\n"
		    "-----  ----  -\n"
		    "total   769\n");
	expect_text(two_rows, OUT_SIZES_BYTES,
		    "NAME      SIZE\n"
		    "aide   3145728  *\n"
		    "sh        4096\n"
		    "-----  -------  -\n"
		    "total  3149824\n");
}

TEST(json_has_values_and_no_total)
{
	json_t *json = parsed(two_rows);
	json_t *rows = json_object_get(json, "rows");
	json_t *row = json_array_get(rows, 0);

	EXPECT_U64(json_array_size(rows), 2);
	EXPECT_INT(json_integer_value(json_object_get(row, "id")), 7);
	EXPECT_STR(json_string_value(json_object_get(row, "name")), "aide");
	EXPECT_INT(json_integer_value(json_object_get(row, "size")), 3 << 20);
	EXPECT(!json_object_get(row, "mark"));
	EXPECT(!json_object_get(json_array_get(rows, 1), "id"));
	json_decref(json);
}

static void hostile(struct out *out)
{
	out_begin(out, OUT_TABLE, "rows", columns, 4);
	out_row(out);
	out_text(out, "name", "\033]0;x\007\xff\xc2\x9b");
	out_size(out, "size", 0);
	out_end(out);
}

TEST(hostile_names_are_escaped_and_cut)
{
	setlocale(LC_CTYPE, "C");
	expect_text(hostile, OUT_SIZES_HUMAN,
		    "NAME          SIZE\n"
		    "\\x1b]0;x\\x0~   0 B\n");
}

TEST(hostile_names_make_valid_json_in_ascii)
{
	char *text = printed(hostile, true, OUT_SIZES_HUMAN);
	json_t *json = json_loads(text, 0, NULL);
	const char *p;
	json_t *row;

	ASSERT(json);
	for (p = text; *p; p++)
		EXPECT(*p == '\n' || (*p >= ' ' && *p <= '~'));
	row = json_array_get(json_object_get(json, "rows"), 0);
	EXPECT_STR(json_string_value(json_object_get(row, "name")),
		   "\033]0;x\007\xef\xbf\xbd\xc2\x9b");
	json_decref(json);
	free(text);
}

static void wide_name(struct out *out)
{
	out_begin(out, OUT_TABLE, "rows", columns, 4);
	out_row(out);
	out_text(out, "name", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
			      "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
	out_size(out, "size", 1);
	out_end(out);
}

TEST(names_are_cut_between_characters)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		SKIP("no C.UTF-8 locale");
	expect_text(wide_name, OUT_SIZES_HUMAN,
		    "NAME          SIZE\n"
		    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9~   1 B\n");
}

static const struct out_column lines[] = {
	{ .key = "alive", .title = "Alive" },
	{ .key = "change", .title = "Change of size" },
	{ .key = "count", .title = "Count" },
	{ .key = "age", .title = "Age" },
	{ .key = "left_out", .title = "Left out" },
	{ .key = "word", .title = "Word" },
};

static void record(struct out *out)
{
	out_begin(out, OUT_RECORD, NULL, lines, 6);
	out_flag(out, "alive", true);
	out_ssize(out, "change", -2048);
	out_s64(out, "count", 3);
	out_age(out, "age", 5000000000);
	out_text_as(out, "word", "dead", "DEAD");
	out_end(out);
	out_note(out, "noted %d", 1);
	out_begin(out, OUT_RECORD, "sub", lines, 6);
	out_null(out, "age");
	out_end(out);
}

TEST(records_are_lines)
{
	expect_text(record, OUT_SIZES_HUMAN,
		    "Alive:          yes\n"
		    "Change of size: -2.0 KiB\n"
		    "Count:          +3\n"
		    "Age:            5 s\n"
		    "Word:           DEAD\n"
		    "noted 1\n"
		    "Age: -\n");
}

TEST(records_are_objects_in_json)
{
	json_t *json = parsed(record);

	EXPECT(json_is_true(json_object_get(json, "alive")));
	EXPECT_INT(json_integer_value(json_object_get(json, "change")), -2048);
	EXPECT_INT(json_integer_value(json_object_get(json, "age")), 5000000000);
	EXPECT_STR(json_string_value(json_object_get(json, "word")), "dead");
	EXPECT(json_is_null(json_object_get(json_object_get(json, "sub"), "age")));
	EXPECT(!json_object_get(json, "left_out"));
	json_decref(json);
}

static void no_rows(struct out *out)
{
	out_begin(out, OUT_TABLE, "rows", columns, 4);
	out_end(out);
}

TEST(a_table_without_rows_is_nothing_to_people_and_an_array_to_programs)
{
	json_t *json = parsed(no_rows);

	expect_text(no_rows, OUT_SIZES_HUMAN, "");
	EXPECT(json_is_array(json_object_get(json, "rows")));
	json_decref(json);
}

TEST(a_key_that_no_column_has_is_an_error)
{
	struct error err = { 0 };
	FILE *null = fopen("/dev/null", "w");
	struct out *out = NULL;
	int json;

	ASSERT(null);
	for (json = 0; json < 2; json++) {
		ASSERT(out_create(&out, null, json, OUT_SIZES_HUMAN, 4096) == 0);
		out_begin(out, OUT_RECORD, NULL, lines, 6);
		out_u64(out, "nosuch", 1);
		out_end(out);
		EXPECT_INT(out_finish(out, &err), -EINVAL);
		out_destroy(out);
	}
	fclose(null);
}

TEST(a_cell_outside_of_a_row_is_an_error)
{
	FILE *null = fopen("/dev/null", "w");
	struct out *out = NULL;

	ASSERT(null);
	ASSERT(out_create(&out, null, false, OUT_SIZES_HUMAN, 4096) == 0);
	out_begin(out, OUT_TABLE, "rows", lines, 6);
	out_u64(out, "age", 1);
	out_end(out);
	EXPECT_INT(out_finish(out, NULL), -EINVAL);
	out_destroy(out);
	fclose(null);
}

TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");
	struct error err = { 0 };
	struct out *out = NULL;
	int json;

	ASSERT(full);
	for (json = 0; json < 2; json++) {
		ASSERT(out_create(&out, full, json, OUT_SIZES_HUMAN, 4096) == 0);
		two_rows(out);
		EXPECT_INT(out_finish(out, &err), -ENOSPC);
		EXPECT_STR(err.text, "output: No space left on device");
		out_destroy(out);
	}
	fclose(full);
}

static void many_rows(struct out *out)
{
	int i;

	out_begin(out, OUT_TABLE, "rows", columns, 4);
	for (i = 0; i < 1000; i++) {
		out_row(out);
		out_size(out, "size", (uint64_t)i);
	}
	out_end(out);
}

/* Of a table that somebody makes without end, what is allowed is kept. */
static void check_bound(bool json)
{
	struct out *out = NULL;
	char *text = NULL;
	size_t len = 0, i;
	FILE *stream = open_memstream(&text, &len);

	ASSERT(stream && out_create(&out, stream, json, OUT_SIZES_HUMAN, 4096) == 0);
	out_allow(out, 100000);
	out_begin(out, OUT_TABLE, "rows", columns, 4);
	for (i = 0; i < 10000; i++) {
		out_row(out);
		out_text(out, "name", "somebody");
		out_u64(out, "size", i);
	}
	out_end(out);
	EXPECT_INT(out_finish(out, NULL), -EFBIG);
	out_destroy(out);
	fclose(stream);
	EXPECT(len < 100000);
	free(text);
}

TEST(what_is_kept_is_bounded)
{
	check_bound(false);
	check_bound(true);
}

TEST(tables_grow)
{
	char *text = printed(many_rows, false, OUT_SIZES_BYTES);
	json_t *json;

	EXPECT_HAS(text, "\n       999\n");
	free(text);
	json = parsed(many_rows);
	EXPECT_U64(json_array_size(json_object_get(json, "rows")), 1000);
	json_decref(json);
}

KTAP_MAIN()
