// SPDX-License-Identifier: GPL-2.0-or-later
/* Which descriptors are left, and reading at an offset. */
#include <errno.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "ktap.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* What a test tells goes there. */
static int open_high(int from)
{
	return fcntl(STDOUT_FILENO, F_DUPFD, from);
}

TEST(only_those_are_left)
{
	/* One that is standard, one twice, and in no order. */
	int kept[] = { open_high(60), STDERR_FILENO, open_high(40), 60, open_high(41) };
	int others[] = { open_high(39), open_high(42), open_high(59), open_high(61) };
	size_t i;

	ASSERT(kept[0] == 60 && kept[2] == 40 && kept[4] == 41 && others[3] == 61);
	ASSERT(fd_close_others(kept, 5) == 0);
	for (i = 0; i < 5; i++)
		EXPECT(is_open(kept[i]));
	for (i = 0; i < 4; i++)
		EXPECT(!is_open(others[i]));
	EXPECT(is_open(STDIN_FILENO) && is_open(STDOUT_FILENO));
}

TEST(none_is_kept)
{
	ASSERT(open_high(50) == 50);
	ASSERT(fd_close_others(NULL, 0) == 0);
	EXPECT(!is_open(50) && is_open(STDERR_FILENO));
}

TEST(nothing_is_closed_by_mistake)
{
	int negative[] = { -1 }, many[FDS_KEPT_MAX + 1] = { 0 };

	ASSERT(open_high(50) == 50);
	EXPECT_INT(fd_close_others(negative, 1), -EINVAL);
	EXPECT_INT(fd_close_others(many, FDS_KEPT_MAX + 1), -EINVAL);
	EXPECT(is_open(50));
}

TEST(all_of_it_or_an_error)
{
	int fd = memfd_create("test", MFD_CLOEXEC), ends[2];
	char buf[8] = "";

	ASSERT(fd >= 0 && write(fd, "abcdef", 6) == 6);
	EXPECT_INT(fd_read_at(fd, 2, buf, 4), 0);
	EXPECT_STR(buf, "cdef");
	EXPECT_INT(fd_read_at(fd, 2, buf, 5), -ENODATA);
	EXPECT_INT(fd_read_at(fd, 7, buf, 1), -ENODATA);
	EXPECT_INT(fd_read_at(fd, 100, buf, 0), 0);
	EXPECT_INT(lseek(fd, 0, SEEK_CUR), 6);
	ASSERT(pipe(ends) == 0);
	EXPECT_INT(fd_read_at(ends[0], 0, buf, 1), -ESPIPE);
}

KTAP_MAIN()
