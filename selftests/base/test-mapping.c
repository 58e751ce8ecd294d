// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of /proc/PID/maps and smaps: the kernel's own, and what is none. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/mapping.h"
#include "ktap.h"

static bool find(const void *address, struct mapping *ret)
{
	FILE *maps __free_file = fopen("/proc/self/smaps", "re");
	__free_mem char *line = NULL;
	size_t room = 0;

	ASSERT(maps);
	while (getline(&line, &room, maps) > 0)
		if (mapping_parse(line, ret) && ret->start == (uintptr_t)address)
			return true;
	return false;
}

TEST(what_is_mapped_here)
{
	FILE *file __free_file = tmpfile();
	char device[16];
	struct mapping m;
	struct stat st;
	char *a, *b;

	ASSERT(file && fstat(fileno(file), &st) == 0);
	a = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	b = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 8192);
	ASSERT(a != MAP_FAILED && b != MAP_FAILED);
	/* Another one beside it would be joined to it. */
	ASSERT(mprotect(a + 4096, 4096, PROT_NONE) == 0);
	ASSERT(find(a + 4096, &m));
	EXPECT(!m.usable && !m.shared);
	EXPECT_U64(m.end - m.start, 4096);
	EXPECT_U64(m.inode, 0);
	ASSERT(find(b, &m));
	EXPECT(m.shared && !m.usable);
	EXPECT_U64(m.offset, 8192);
	EXPECT_U64(m.inode, st.st_ino);
	snprintf(device, sizeof(device), "%02x:%02x", major(st.st_dev), minor(st.st_dev));
	EXPECT_STR(m.device, device);
}

TEST(what_is_no_mapping)
{
	struct mapping m = { .start = 1 };

	EXPECT(!mapping_parse("Rss:                   4 kB", &m));
	EXPECT(!mapping_parse("", &m));
	EXPECT(!mapping_parse("2000-1000 rw-p 00000000 00:00 0", &m));
	EXPECT(!mapping_parse("1000-2000 rw-p 00000000 00:00", &m));
	EXPECT_U64(m.start, 1);
	EXPECT(mapping_parse("1000-2000 rw-p 00000000 00:00 0 ", &m));
	EXPECT(m.usable && !m.shared);
}

KTAP_MAIN()
