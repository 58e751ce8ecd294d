// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole files: read within bounds, replaced at once; JSON files too. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/file.h"
#include "base/json.h"
#include "base/macros.h"
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

TEST(output_keeps_mode_and_owner_and_goes_through_links)
{
	bool root = geteuid() == 0;
	struct stat st;
	char *text = NULL;

	enter_folder();
	put("f", "old");
	ASSERT(chmod("f", 0640) == 0 && symlink("f", "link") == 0);
	ASSERT(!root || chown("f", 4242, 4243) == 0);
	EXPECT_INT(file_write_output("link", "new", 3, NULL), 0);
	EXPECT_INT(file_read("f", 100, &text, NULL, NULL), 0);
	EXPECT_STR(text, "new");
	free(text);
	EXPECT(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
	EXPECT(stat("f", &st) == 0 && (st.st_mode & 07777) == 0640);
	EXPECT_U64(st.st_uid, root ? 4242 : geteuid());
	EXPECT_U64(st.st_gid, root ? 4243 : getegid());
	EXPECT_INT(entries(), 2);
	leave_folder();
}

TEST(new_output_has_the_mode_that_is_usual)
{
	struct stat st;

	enter_folder();
	umask(027);
	EXPECT_INT(file_write_output("f", "new", 3, NULL), 0);
	EXPECT(stat("f", &st) == 0 && (st.st_mode & 07777) == 0640);
	umask(0);
	EXPECT_INT(file_write_output("g", "new", 3, NULL), 0);
	EXPECT(stat("g", &st) == 0 && (st.st_mode & 07777) == 0666);
	EXPECT_INT(entries(), 2);
	leave_folder();
}

TEST(output_replaces_nothing_but_files)
{
	struct error err = { 0 };
	char buf[8] = "";
	struct stat st;
	int fifo;

	enter_folder();
	ASSERT(mkfifo("p", 0600) == 0);
	fifo = open("p", O_RDONLY | O_NONBLOCK);
	EXPECT_INT(file_write_output("p", "new", 3, NULL), 0);
	EXPECT_INT(read(fifo, buf, sizeof(buf) - 1), 3);
	EXPECT_STR(buf, "new");
	close(fifo);
	EXPECT(stat("p", &st) == 0 && S_ISFIFO(st.st_mode));

	ASSERT(mkdir("d", 0755) == 0 && symlink("nowhere", "link") == 0);
	EXPECT_INT(file_write_output("d", "x", 1, &err), -EINVAL);
	EXPECT_STR(err.text, "d: is no regular file");
	EXPECT_INT(file_write_output("link", "x", 1, NULL), -ENOENT);
	EXPECT_INT(file_write_output("no/f", "x", 1, NULL), -ENOENT);
	EXPECT_INT(entries(), 3);
	rmdir("d");
	leave_folder();
}

TEST(output_to_a_device_leaves_the_device)
{
	struct error err = { 0 };
	struct stat st;

	enter_folder();
	if (mknod("full", S_IFCHR | 0600, makedev(1, 7)) < 0) {
		leave_folder();
		SKIP("no devices can be made here");
	}
	EXPECT_INT(file_write_output("full", "x", 1, &err), -ENOSPC);
	EXPECT_HAS(err.text, "full: ");
	EXPECT(stat("full", &st) == 0 && S_ISCHR(st.st_mode));
	EXPECT_INT(entries(), 1);
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

TEST(what_is_closed_stays_of_no_use)
{
	int status, fd, i;
	char byte = 0;
	pid_t pid = fork();

	ASSERT(pid >= 0);
	if (pid == 0) {
		int failed = 0;

		for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
			close(i);
		failed |= file_open_standard() != 0;
		fd = open("/dev/zero", O_RDWR);
		failed |= (fd <= STDERR_FILENO) << 1;
		failed |= (read(STDIN_FILENO, &byte, 1) != -1) << 2;
		failed |= (write(STDOUT_FILENO, &byte, 1) != -1) << 3;
		failed |= (write(STDERR_FILENO, &byte, 1) != -1) << 4;
		failed |= (fcntl(STDOUT_FILENO, F_GETFD) != FD_CLOEXEC) << 5;
		_exit(failed);
	}
	EXPECT_INT(waitpid(pid, &status, 0), pid);
	EXPECT_INT(status, 0);
	/* What is open stays what it is. */
	EXPECT_INT(file_open_standard(), 0);
	EXPECT_INT(fcntl(STDOUT_FILENO, F_GETFD), 0);
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
	static const uint64_t values[] = {
		0, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX,
	};
	struct error err = { 0 };
	json_t *json = json_object();
	uint64_t back = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		json_object_set_new(json, "n", json_u64(values[i]));
		EXPECT_INT(json_get_u64(json, "n", &back, NULL), 0);
		EXPECT_U64(back, values[i]);
		EXPECT(json_is_integer(json_object_get(json, "n")) ==
		       (values[i] <= INT64_MAX));
	}
	EXPECT_STR(json_string_value(json_object_get(json, "n")),
		   "18446744073709551615");
	/* What fits into a number is one. */
	json_object_set_new(json, "n", json_string("17"));
	EXPECT_INT(json_get_u64(json, "n", &back, &err), -EINVAL);
	EXPECT_HAS(err.text, "'n'");
	json_object_set_new(json, "n", json_string("18446744073709551616"));
	EXPECT_INT(json_get_u64(json, "n", &back, NULL), -EINVAL);
	EXPECT_U64(back, UINT64_MAX);
	json_decref(json);
}

KTAP_MAIN()
