// SPDX-License-Identifier: GPL-2.0-or-later
/* Dumps: cores, bare memory, holes, and files that are damaged. */
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/macros.h"
#include "ktap.h"
#include "mem/dump.h"

static char path[64];

static int make_file(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/test-dump.XXXXXX");
	fd = mkstemp(path);

	ASSERT(fd >= 0);
	return fd;
}

static void put(int fd, uint64_t at, const void *data, size_t len)
{
	ASSERT(pwrite(fd, data, len, (off_t)at) == (ssize_t)len);
}

static const Elf64_Ehdr whole_header = {
	.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
	.e_type = ET_CORE,
	.e_machine = EM_X86_64,
	.e_phoff = sizeof(Elf64_Ehdr),
	.e_phentsize = sizeof(Elf64_Phdr),
	.e_phnum = 3,
};

static const Elf64_Phdr whole_parts[] = {
	{ .p_type = PT_NOTE, .p_offset = 0x300, .p_filesz = 0x10 },
	{ .p_type = PT_LOAD, .p_offset = 0x1000, .p_filesz = 0x1000, .p_paddr = 0 },
	{ .p_type = PT_LOAD, .p_offset = 0x2000, .p_filesz = 0x800, .p_paddr = 0x100000000 },
};

static void put_core(const Elf64_Ehdr *header, const Elf64_Phdr *parts, size_t count)
{
	int fd = make_file();

	put(fd, 0, header, sizeof(*header));
	put(fd, sizeof(*header), parts, count * sizeof(*parts));
	put(fd, 0x1004, "low", 4);
	put(fd, 0x27fc, "end", 4);
	close(fd);
}

static int open_it(struct mem **ret, struct error *err)
{
	int r = mem_open_dump(ret, path, err);

	unlink(path);
	return r;
}

TEST(parts_of_a_core_are_where_it_says)
{
	struct mem *mem;
	char text[4];

	put_core(&whole_header, whole_parts, ARRAY_SIZE(whole_parts));
	ASSERT(open_it(&mem, NULL) == 0);
	EXPECT_U64(mem_bytes(mem), 0x1800);
	ASSERT(mem_read(mem, 4, text, 4) == 0);
	EXPECT_STR(text, "low");
	ASSERT(mem_read(mem, 0x1000007fc, text, 4) == 0);
	EXPECT_STR(text, "end");
	EXPECT_INT(mem_read(mem, 0x100000800, text, 1), -EFAULT);
	mem_destroy(mem);
}

static void refused(const Elf64_Ehdr *header, const Elf64_Phdr *parts, size_t count,
		    const char *why)
{
	struct error err = { 0 };
	struct mem *mem;

	put_core(header, parts, count);
	EXPECT_INT(open_it(&mem, &err), -EINVAL);
	EXPECT_HAS(err.text, why);
}

TEST(cores_that_are_not_ours)
{
	Elf64_Ehdr header = whole_header;

	header.e_machine = EM_AARCH64;
	refused(&header, whole_parts, 3, "another kind of machine");
	header = whole_header;
	header.e_ident[EI_CLASS] = ELFCLASS32;
	refused(&header, whole_parts, 3, "another kind of machine");
	header = whole_header;
	header.e_type = ET_DYN;
	refused(&header, whole_parts, 3, "not a core");
}

TEST(cores_that_are_damaged)
{
	Elf64_Ehdr header = whole_header;
	Elf64_Phdr parts[3];

	header.e_phoff = UINT64_MAX - 8;
	refused(&header, whole_parts, 3, "damaged");
	header.e_phoff = 0x27f0;
	refused(&header, whole_parts, 3, "damaged");
	header = whole_header;
	header.e_phnum = PN_XNUM;
	refused(&header, whole_parts, 3, "damaged");
	header = whole_header;
	header.e_phentsize = 8;
	refused(&header, whole_parts, 3, "damaged");

	memcpy(parts, whole_parts, sizeof(parts));
	parts[1].p_filesz = 0x1801;
	refused(&whole_header, parts, 3, "cut off");
	parts[1].p_offset = UINT64_MAX;
	parts[1].p_filesz = 2;
	refused(&whole_header, parts, 3, "cut off");

	memcpy(parts, whole_parts, sizeof(parts));
	parts[2].p_paddr = 0xfff;
	put_core(&whole_header, parts, 3);
	EXPECT_INT(open_it(&(struct mem *){ NULL }, NULL), -EEXIST);
	parts[2].p_paddr = UINT64_MAX - 1;
	put_core(&whole_header, parts, 3);
	EXPECT_INT(open_it(&(struct mem *){ NULL }, NULL), -ERANGE);
}

TEST(bare_memory_begins_at_0)
{
	struct mem *mem;
	char text[4];
	int fd = make_file();

	put(fd, 0x7ffc, "top", 4);
	close(fd);
	ASSERT(open_it(&mem, NULL) == 0);
	EXPECT_U64(mem_bytes(mem), 0x8000);
	ASSERT(mem_read(mem, 0x7ffc, text, 4) == 0);
	EXPECT_STR(text, "top");
	mem_destroy(mem);
}

TEST(holes_are_left_out)
{
	uint64_t start, end;
	struct mem *mem;
	struct stat st;
	int fd = make_file();

	ASSERT(ftruncate(fd, 64 << 20) == 0);
	put(fd, 32 << 20, "here", 4);
	ASSERT(fstat(fd, &st) == 0);
	if (st.st_blocks * 512 > 1 << 20)
		SKIP("no holes in files of /tmp");
	close(fd);
	ASSERT(open_it(&mem, NULL) == 0);
	ASSERT(mem_next_data(mem, 0, &start, &end) == 1);
	EXPECT(start <= 32 << 20 && start > 30 << 20);
	EXPECT(end > 32 << 20 && end < 34 << 20);
	EXPECT_INT(mem_next_data(mem, end, &start, &end), 0);
	mem_destroy(mem);
}

TEST(what_is_no_file)
{
	struct mem *mem;

	EXPECT_INT(mem_open_dump(&mem, "/dev/zero", NULL), -ENOTSUP);
	EXPECT_INT(mem_open_dump(&mem, "/tmp", NULL), -ENOTSUP);
	EXPECT_INT(mem_open_dump(&mem, "/nowhere", NULL), -ENOENT);
}

TEST(a_file_that_becomes_shorter)
{
	char byte;
	struct mem *mem;
	int fd = make_file();

	ASSERT(ftruncate(fd, 0x2000) == 0);
	ASSERT(open_it(&mem, NULL) == 0);
	EXPECT_INT(mem_read(mem, 0x1000, &byte, 1), 0);
	ASSERT(ftruncate(fd, 0x1000) == 0);
	EXPECT_INT(mem_read(mem, 0x1000, &byte, 1), -EFAULT);
	EXPECT_INT(mem_read(mem, 0xfff, &byte, 1), 0);
	close(fd);
	mem_destroy(mem);
}

KTAP_MAIN()
