// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of memory, found by their sizes among the mappings of a process. */
#include <sys/mman.h>

#include "base/clock.h"
#include "hv/hv.h"
#include "hv/resident.h"
#include "ktap.h"

#define KB	1024ULL
/* Sizes that nothing else has. */
#define A_KB	(37 << 10)
#define B_KB	(41 << 10)

static char *map(uint64_t kb, int flags, int fd)
{
	char *p = mmap(NULL, kb * KB, PROT_READ | PROT_WRITE, flags, fd, 0);

	ASSERT(p != MAP_FAILED);
	/* Pages are counted here, and huge ones would be more. */
	madvise(p, kb * KB, MADV_NOHUGEPAGE);
	return p;
}

/* Between pages that nobody can read, or the kernel would join what lies side by side. */
static char *anonymous(uint64_t kb)
{
	char *p = map(kb + 8, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	ASSERT(mprotect(p, 4096, PROT_NONE) == 0);
	ASSERT(mprotect(p + (kb + 4) * KB, 4096, PROT_NONE) == 0);
	return p + 4096;
}

static uint64_t look(uint64_t a_kb, uint64_t b_kb)
{
	uint64_t blocks[] = { a_kb, b_kb };

	return resident_look(getpid(), blocks, b_kb ? 2 : 1);
}

TEST(what_has_been_touched_of_anonymous_memory)
{
	char *p = anonymous(A_KB);

	EXPECT_U64(look(A_KB, 0), 0);
	memset(p + 1024 * KB, 1, 512 * KB);
	EXPECT_U64(look(A_KB, 0), 512);
	madvise(p + 1024 * KB, 256 * KB, MADV_DONTNEED);
	EXPECT_U64(look(A_KB, 0), 256);
}

TEST(a_shared_file_in_memory_counts_whoever_has_it_mapped)
{
	int fd = memfd_create("ram", MFD_CLOEXEC);
	char *p;

	if (geteuid() != 0)
		SKIP("not root: /proc/PID/map_files is closed");
	ASSERT(ftruncate(fd, A_KB * KB) == 0);
	p = map(A_KB, MAP_SHARED, fd);
	memset(p, 1, 300 * KB);
	EXPECT_U64(look(A_KB, 0), 300);
	/* Not mapped here any more, but still spent. */
	madvise(p, 100 * KB, MADV_DONTNEED);
	EXPECT_U64(look(A_KB, 0), 300);
	madvise(p, 100 * KB, MADV_REMOVE);
	EXPECT_U64(look(A_KB, 0), 200);
}

TEST(blocks_of_two_sizes_and_two_of_one)
{
	char *a = anonymous(A_KB), *b = anonymous(B_KB), *c;

	memset(a, 1, 40 * KB);
	memset(b, 1, 80 * KB);
	EXPECT_U64(look(A_KB, B_KB), 120);
	EXPECT_U64(look(B_KB, A_KB), 120);
	/* Two of a size, but only one is there; then two, and only one is meant. */
	EXPECT_U64(look(A_KB, A_KB), HV_UNKNOWN);
	c = anonymous(A_KB);
	memset(c, 1, 160 * KB);
	EXPECT_U64(look(A_KB, A_KB), 200);
	EXPECT_U64(look(A_KB, 0), HV_UNKNOWN);
}

TEST(what_lies_beside_is_none_of_it)
{
	char *p = anonymous(A_KB + B_KB + 64);
	size_t a = A_KB * KB, b = B_KB * KB;

	memset(p, 1, a + b + 64 * KB);
	EXPECT_U64(look(A_KB, 0), HV_UNKNOWN);
	/* Advice parts it in three, all side by side. */
	ASSERT(madvise(p + a, b, MADV_DONTFORK) == 0);
	EXPECT_U64(look(A_KB, 0), A_KB);
	EXPECT_U64(look(B_KB, 0), B_KB);
	EXPECT_U64(look(A_KB, B_KB), A_KB + B_KB);
}

TEST(a_block_in_parts)
{
	char *p = anonymous(A_KB);

	memset(p, 1, 4 * KB);
	memset(p + (A_KB - 4) * KB, 1, 4 * KB);
	ASSERT(madvise(p, 1024 * KB, MADV_DONTFORK) == 0);
	EXPECT_U64(look(A_KB, 0), 8);
}

TEST(memory_that_can_be_executed_is_no_ram)
{
	char *p = anonymous(A_KB);

	ASSERT(mprotect(p, A_KB * KB, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
	EXPECT_U64(look(A_KB, 0), HV_UNKNOWN);
	ASSERT(mprotect(p, A_KB * KB, PROT_READ) == 0);
	EXPECT_U64(look(A_KB, 0), HV_UNKNOWN);
}

TEST(nobody_knows)
{
	uint64_t blocks[RESIDENT_BLOCKS_MAX + 1] = { 0 };
	pid_t gone = fork();

	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	anonymous(A_KB);
	blocks[0] = A_KB;
	EXPECT_U64(resident_look(getpid(), blocks, 1), 0);
	EXPECT_U64(resident_look(gone, blocks, 1), HV_UNKNOWN);
	EXPECT_U64(resident_look(0, blocks, 1), HV_UNKNOWN);
	EXPECT_U64(resident_look(getpid(), blocks, 0), HV_UNKNOWN);
	EXPECT_U64(resident_look(getpid(), blocks, RESIDENT_BLOCKS_MAX + 1), HV_UNKNOWN);
}

TEST(it_is_not_looked_at_all_the_time)
{
	struct resident resident = { .pid = getpid(), .blocks_kb = { A_KB }, .count = 1 };
	char *p = anonymous(A_KB);

	EXPECT_U64(resident_read(&resident, A_KB), 0);
	EXPECT(resident.looked_ns > 0);
	memset(p, 1, 8 * KB);
	/* As if it had taken an hour: two seconds are enough. */
	resident.cost_ns = 3600 * NSEC_PER_SEC;
	EXPECT_U64(resident_read(&resident, A_KB), 0);
	resident.looked_ns -= 2 * NSEC_PER_SEC;
	EXPECT_U64(resident_read(&resident, A_KB), 8);
}

TEST(a_guest_at_rest_is_looked_at_now_and_then)
{
	struct resident resident = { .pid = getpid(), .blocks_kb = { A_KB }, .count = 1 };
	char *p = anonymous(A_KB);

	EXPECT_U64(resident_read(&resident, A_KB), 0);
	memset(p, 1, 8 * KB);
	resident.moved_ns -= 11 * NSEC_PER_SEC;
	resident.looked_ns -= 11 * NSEC_PER_SEC;
	EXPECT_U64(resident_read(&resident, A_KB), 0);
	/* Until it is at rest no longer, */
	EXPECT_U64(resident_read(&resident, A_KB - 4), 8);
	/* or some time has passed. */
	memset(p, 1, 16 * KB);
	resident.moved_ns -= 11 * NSEC_PER_SEC;
	EXPECT_U64(resident_read(&resident, A_KB - 4), 8);
	resident.looked_ns -= 30 * NSEC_PER_SEC;
	EXPECT_U64(resident_read(&resident, A_KB - 4), 16);
}

KTAP_MAIN()
