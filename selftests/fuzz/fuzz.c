// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"

void fuzz_take(struct fuzz_input *in, void *ret, size_t len)
{
	size_t part = len < in->left ? len : in->left;

	memset(ret, 0, len);
	if (part)
		memcpy(ret, in->at, part);
	in->at += part;
	in->left -= part;
}

char *fuzz_text(struct fuzz_input *in)
{
	char *text = malloc(in->left + 1);

	FUZZ_ASSERT(text);
	text[in->left] = '\0';
	fuzz_take(in, text, in->left);
	return text;
}

static void put(const struct fuzz_region *regions, size_t count, size_t at, uint8_t byte)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (at < regions[i].size) {
			regions[i].bytes[at] = byte;
			return;
		}
		at -= regions[i].size;
	}
}

void fuzz_change(struct fuzz_input *in, const struct fuzz_region *regions, size_t count)
{
	size_t i, all = 0;

	for (i = 0; i < count; i++)
		all += regions[i].size;
	while (in->left > 0) {
		size_t at = fuzz_u16(in), len;

		at = (at | (size_t)fuzz_u8(in) << 16) % all;
		len = fuzz_u8(in) % 8 + 1;
		for (i = 0; i < len; i++)
			put(regions, count, at + i, fuzz_u8(in));
	}
}

static int read_memory(void *arg, uint64_t offset, void *buf, size_t len)
{
	struct fuzz_memory *memory = arg;

	memory->reads++;
	FUZZ_ASSERT(memory->reads <= memory->most);
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

struct mem *fuzz_mem(struct fuzz_memory *memory)
{
	const struct mem_backing backing = { .read = read_memory, .arg = memory };
	const struct mem_segment all = { .size = memory->size };
	struct mem *mem = mem_create();

	FUZZ_ASSERT(mem && mem_add_backing(mem, &backing, NULL) == 0);
	FUZZ_ASSERT(mem_add_segment(mem, &all, NULL) == 0);
	return mem;
}

static char path[64];

static void remove_file(void)
{
	unlink(path);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	int fd;

	if (!path[0]) {
		snprintf(path, sizeof(path), "/dev/shm/fuzz-%d-XXXXXX", getpid());
		fd = mkostemp(path, O_CLOEXEC);
		atexit(remove_file);
	} else {
		fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	}
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(write(fd, data, size) == (ssize_t)size);
	close(fd);
	return path;
}
