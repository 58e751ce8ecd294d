// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory in files. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "dump.h"

/* So many parts of a core, at most; others are left out by nobody. */
#define PARTS_MAX	MEM_SEGMENTS_MAX

static int fd_of(const void *arg)
{
	return *(const int *)arg;
}

int mem_file_read(int fd, uint64_t offset, void *buf, size_t len)
{
	int r = fd_read_at(fd, offset, buf, len);

	return r == -ENODATA ? -EFAULT : r;
}

static int read_file(void *arg, uint64_t offset, void *buf, size_t len)
{
	return mem_file_read(fd_of(arg), offset, buf, len);
}

static int next_data(void *arg, uint64_t offset, uint64_t end, uint64_t *ret_start,
		     uint64_t *ret_end)
{
	off_t start = lseek(fd_of(arg), (off_t)offset, SEEK_DATA), stop;

	if (start < 0 && errno == ENXIO)
		return 0;
	if (start < 0)
		return -errno;
	if ((uint64_t)start >= end)
		return 0;
	stop = lseek(fd_of(arg), start, SEEK_HOLE);
	if (stop < 0)
		return -errno;
	/* Bytes of a page that is partly a hole belong to it. */
	*ret_start = (uint64_t)start;
	*ret_end = (uint64_t)stop < end ? (uint64_t)stop : end;
	return 1;
}

static void destroy(void *arg)
{
	close(fd_of(arg));
	free(arg);
}

int mem_file_backing(struct mem_backing *ret, int fd, struct error *err)
{
	int *arg = malloc(sizeof(*arg));

	if (!arg) {
		close(fd);
		return error_errno(err, -ENOMEM, "memory");
	}
	*arg = fd;
	*ret = (struct mem_backing){
		.read = read_file,
		.next_data = next_data,
		.destroy = destroy,
		.arg = arg,
		.fds = { fd },
	};
	return 0;
}

static int refuse(const char *path, const char *why, struct error *err)
{
	return error_set(err, -EINVAL, "%s: %s", path, why);
}

static int check_header(const Elf64_Ehdr *header, const char *path, struct error *err)
{
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64)
		return refuse(path, "a core of another kind of machine; x86-64 is read", err);
	if (header->e_type != ET_CORE)
		return refuse(path, "an ELF file, but not a core", err);
	/* With more, their number would be elsewhere. */
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == PN_XNUM ||
	    header->e_phnum > PARTS_MAX)
		return refuse(path, "its headers are damaged", err);
	return 0;
}

/* What is said to be in the file, and is not there, is not memory. */
static int add_part(struct mem *mem, const Elf64_Phdr *part, uint64_t size, const char *path,
		    struct error *err)
{
	const struct mem_segment segment = {
		.start = part->p_paddr,
		.size = part->p_filesz,
		.offset = part->p_offset,
	};

	if (part->p_offset > size || part->p_filesz > size - part->p_offset)
		return refuse(path, "is cut off; take the dump again", err);
	return mem_add_segment(mem, &segment, err);
}

static int add_core(struct mem *mem, int fd, const Elf64_Ehdr *header, uint64_t size,
		    const char *path, struct error *err)
{
	int i, fd_copy = fd, r = check_header(header, path, err);

	for (i = 0; r == 0 && i < header->e_phnum; i++) {
		Elf64_Phdr part;
		uint64_t at = header->e_phoff + (uint64_t)i * sizeof(part);

		if (header->e_phoff > size || read_file(&fd_copy, at, &part, sizeof(part)) < 0)
			return refuse(path, "its headers are damaged", err);
		if (part.p_type == PT_LOAD)
			r = add_part(mem, &part, size, path, err);
	}
	return r;
}

static int add_file(struct mem *mem, int fd, uint64_t size, const char *path,
		    struct error *err)
{
	const struct mem_segment all = { .size = size };
	Elf64_Ehdr header;

	if (size >= sizeof(header) && read_file(&fd, 0, &header, sizeof(header)) == 0 &&
	    memcmp(header.e_ident, ELFMAG, SELFMAG) == 0)
		return add_core(mem, fd, &header, size, path, err);
	return mem_add_segment(mem, &all, err);
}

static int open_file(const char *path, uint64_t *ret_size, struct error *err)
{
	/* A FIFO must not make us wait. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	if (fstat(fd, &st) < 0) {
		r = error_errno(err, -errno, "%s", path);
		close(fd);
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return error_set(err, -ENOTSUP, "%s: not an ordinary file", path);
	}
	*ret_size = (uint64_t)st.st_size;
	return fd;
}

int mem_open_dump(struct mem **ret, const char *path, struct error *err)
{
	struct mem_backing backing;
	uint64_t size = 0;
	struct mem *mem;
	int r, fd = open_file(path, &size, err);

	if (fd < 0)
		return fd;
	r = mem_file_backing(&backing, fd, err);
	if (r < 0)
		return r;
	mem = mem_create();
	if (!mem) {
		backing.destroy(backing.arg);
		return error_errno(err, -ENOMEM, "%s", path);
	}
	r = mem_add_backing(mem, &backing, err);
	if (r >= 0)
		r = add_file(mem, fd, size, path, err);
	if (r < 0) {
		mem_destroy(mem);
		return r;
	}
	*ret = mem;
	return 0;
}
