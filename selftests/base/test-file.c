// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole files: read within bounds, replaced at once; JSON files too. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "ktap.h"

/* A folder of this test's own, with the working directory in it. */
static void enter_folder(void)
{
	char path[] = "/tmp/test-file.XXXXXX";

	ASSERT(mkdtemp(path));
	ASSERT(chdir(path) == 0);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ASSERT(f);
	fputs(text, f);
	ASSERT(fclose(f) == 0);
}

static int entries(void)
{
	DIR *dir = opendir(".");
	int count = -2;

	ASSERT(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void leave_folder(void)
{
	struct dirent *entry;
	char path[64];
	DIR *dir = opendir(".");

	ASSERT(dir && getcwd(path, sizeof(path)));
	while ((entry = readdir(dir)))
		unlink(entry->d_name);
	closedir(dir);
	if (chdir("/") < 0 || rmdir(path) < 0)
		KTAP_SAY("%s cannot be removed", path);
}

TEST(reads_to_the_end)
{
	char *text = NULL;
	size_t len = 0;

	enter_folder();
	put("f", "one\ntwo");
	EXPECT_INT(file_read("f", 100, &text, &len, NULL), 0);
	EXPECT_STR(text, "one\ntwo");
	EXPECT_U64(len, 7);
	free(text);
	put("f", "");
	EXPECT_INT(file_read("f", 0, &text, &len, NULL), 0);
	EXPECT_STR(text, "");
	free(text);
	leave_folder();
}

TEST(reads_files_that_have_no_size)
{
	char *text = NULL;
	size_t len = 0;

	EXPECT_INT(file_read("/proc/self/maps", 1 << 20, &text, &len, NULL), 0);
	EXPECT(len > 4096 && text[len - 1] == '\n');
	free(text);
}

TEST(refuses_what_is_larger_than_allowed)
{
	struct error err = { 0 };
	char *text = NULL;

	enter_folder();
	put("f", "12345");
	EXPECT_INT(file_read("f", 4, &text, NULL, &err), -EFBIG);
	EXPECT_STR(err.text, "f: File too large");
	EXPECT(!text);
	EXPECT_INT(file_read("/dev/zero", 100000, &text, NULL, NULL), -EFBIG);
	leave_folder();
}

TEST(errors_name_the_file)
{
	struct error err = { 0 };
	char *text = NULL;

	EXPECT_INT(file_read("/nonexistent/x", 10, &text, NULL, &err), -ENOENT);
	EXPECT_STR(err.text, "/nonexistent/x: No such file or directory");
	EXPECT_INT(file_read("/tmp", 10, &text, NULL, &err), -EISDIR);
}

TEST(reads_numbers)
{
	struct error err = { 0 };
	uint64_t value = 5;

	enter_folder();
	put("n", "123\n");
	EXPECT_INT(file_read_u64("n", &value, NULL), 0);
	EXPECT_U64(value, 123);
	put("n", "max\n");
	EXPECT_INT(file_read_u64("n", &value, &err), -EINVAL);
	EXPECT_STR(err.text, "n: 'max' is not a whole number");
	EXPECT_U64(value, 123);
	leave_folder();
}

TEST(replaces_a_file_at_once)
{
	struct stat st;
	char *text = NULL;
	int old;
	char buf[8] = "";

	enter_folder();
	put("f", "old");
	old = open("f", O_RDONLY);
	EXPECT_INT(file_write_atomic("f", 0640, "new", 3, NULL), 0);
	EXPECT_INT(file_read("f", 100, &text, NULL, NULL), 0);
	EXPECT_STR(text, "new");
	free(text);
	/* Who had it open still sees the whole old file. */
	EXPECT_INT(read(old, buf, sizeof(buf) - 1), 3);
	EXPECT_STR(buf, "old");
	close(old);
	EXPECT(stat("f", &st) == 0 && (st.st_mode & 07777) == 0640);
	EXPECT_INT(entries(), 1);
	leave_folder();
}

TEST(a_failure_leaves_the_old_file_and_no_litter)
{
	struct error err = { 0 };

	enter_folder();
	ASSERT(mkdir("d", 0755) == 0);
	EXPECT_INT(file_write_atomic("d", 0644, "x", 1, &err), -EISDIR);
	EXPECT_STR(err.text, "d: Is a directory");
	EXPECT_INT(file_write_atomic("no/f", 0644, "x", 1, &err), -ENOENT);
	EXPECT_INT(entries(), 1);
	rmdir("d");
	leave_folder();
}

TEST(writes_only_to_files_that_exist)
{
	struct error err = { 0 };

	enter_folder();
	EXPECT_INT(file_write("f", "x", &err), -ENOENT);
	EXPECT_INT(entries(), 0);
	EXPECT_INT(file_write("/dev/full", "x", &err), -ENOSPC);
	EXPECT_INT(file_write("/dev/null", "x", &err), 0);
	leave_folder();
}

TEST(json_files_come_back_as_they_went)
{
	json_t *json = json_pack("{s:I, s:s, s:b}", "size", (json_int_t)1 << 40,
				 "name", "d\xc3\xb6m", "given", 1);
	json_t *back = NULL;

	enter_folder();
	EXPECT_INT(json_write("j", 0600, json, NULL), 0);
	EXPECT_INT(json_read("j", &back, NULL), 0);
	EXPECT(json_equal(json, back));
	json_decref(json);
	json_decref(back);
	leave_folder();
}

TEST(what_is_not_an_object_is_refused)
{
	struct error err = { 0 };
	json_t *json = NULL;

	enter_folder();
	put("j", "[1]");
	EXPECT_INT(json_read("j", &json, &err), -EINVAL);
	EXPECT_STR(err.text, "j: not a JSON object");
	put("j", "{\"a\":\n 1");
	EXPECT_INT(json_read("j", &json, &err), -EINVAL);
	EXPECT_HAS(err.text, "j: line 2: ");
	put("j", "{\"a\": 1, \"a\": 2}");
	EXPECT_INT(json_read("j", &json, &err), -EINVAL);
	EXPECT(!json);
	leave_folder();
}

TEST(members_are_checked)
{
	json_t *json = json_pack("{s:i, s:i, s:s, s:f}", "n", 3, "neg", -1,
				 "s", "x", "f", 1.5);
	struct error err = { 0 };
	const char *text = NULL;
	uint64_t value = 9;
	bool flag = false;

	EXPECT_INT(json_get_u64(json, "n", &value, NULL), 0);
	EXPECT_U64(value, 3);
	EXPECT_INT(json_get_u64(json, "neg", &value, &err), -EINVAL);
	EXPECT_INT(json_get_u64(json, "f", &value, &err), -EINVAL);
	EXPECT_INT(json_get_u64(json, "none", &value, &err), -EINVAL);
	EXPECT_HAS(err.text, "'none'");
	EXPECT_U64(value, 3);
	EXPECT_INT(json_get_string(json, "s", &text, NULL), 0);
	EXPECT_STR(text, "x");
	EXPECT_INT(json_get_string(json, "n", &text, NULL), -EINVAL);
	EXPECT_INT(json_get_bool(json, "n", &flag, NULL), -EINVAL);
	json_decref(json);
}

TEST(numbers_beyond_json_do_not_wrap)
{
	json_t *json = json_u64(UINT64_MAX);

	EXPECT_INT(json_integer_value(json), INT64_MAX);
	json_decref(json);
}

KTAP_MAIN()
