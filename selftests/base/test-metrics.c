// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics in a file that is replaced over and over; their text is test-export's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/metrics.h"
#include "ktap.h"

static int put(const char *path, uint64_t value, struct error *err)
{
	struct metrics_file file;

	ASSERT(metrics_file_begin(&file, true, err) == 0);
	metrics_gauge(&file.metrics, "bs_moved_bytes", "bytes", "Moved.");
	metrics_value(&file.metrics, value);
	return metrics_file_end(&file, path, err);
}

TEST(file_is_replaced_as_a_whole)
{
	char folder[] = "/tmp/test-metrics-XXXXXX", path[64];
	struct error err = { 0 };
	char *text = NULL, *old = NULL;
	struct dirent *entry;
	struct stat st;
	int fd, count = 0;
	DIR *dir;

	ASSERT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.prom", folder);
	umask(077);
	ASSERT(put(path, 1, &err) == 0);
	/* Who has opened the old one goes on with it. */
	fd = open(path, O_RDONLY);
	ASSERT(fd >= 0);
	ASSERT(put(path, 22, &err) == 0);
	ASSERT(file_read(path, 4096, &text, NULL, NULL) == 0);
	EXPECT_STR(text,
		   "# HELP bs_moved_bytes Moved.\n"
		   "# TYPE bs_moved_bytes gauge\n"
		   "# UNIT bs_moved_bytes bytes\n"
		   "bs_moved_bytes 22\n"
		   "# EOF\n");
	ASSERT(file_read_fd(fd, path, 4096, &old, NULL, NULL) == 0);
	EXPECT_HAS(old, "bs_moved_bytes 1\n# EOF\n");
	/* The exporter is another user. */
	ASSERT(stat(path, &st) == 0);
	EXPECT_INT(st.st_mode & 07777, 0644);
	dir = opendir(folder);
	ASSERT(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	EXPECT_INT(count, 1);
	closedir(dir);
	close(fd);
	free(text);
	free(old);
	unlink(path);
	rmdir(folder);
}

TEST(folder_that_is_not_there)
{
	struct error err = { 0 };

	EXPECT_INT(put("/nonexistent/x.prom", 1, &err), -ENOENT);
	EXPECT_HAS(err.text, "/nonexistent/x.prom");
}

/* The old file stays when the new one cannot take its place. */
TEST(place_that_cannot_be_taken)
{
	char folder[] = "/tmp/test-metrics-XXXXXX", path[64];
	struct error err = { 0 };

	ASSERT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.prom", folder);
	ASSERT(mkdir(path, 0700) == 0);
	EXPECT_INT(put(path, 1, &err), -EISDIR);
	EXPECT(rmdir(path) == 0);
	EXPECT(rmdir(folder) == 0);
}

KTAP_MAIN()
