/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share: input that is taken apart, a guest's memory that counts how
 * often it is read, and assertions that end a target as a crash does.
 *
 * A target is a file fuzz-NAME.c with LLVMFuzzerTestOneInput().  It keeps nothing from one
 * input to the next, and does the same for the same input.
 */
#ifndef SELFTESTS_FUZZ_H
#define SELFTESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What must hold whatever the input is. */
#define FUZZ_ASSERT(condition) do {					\
	if (!(condition)) {						\
		fprintf(stderr, "%s:%d: expected: %s\n", __FILE__, __LINE__, #condition); \
		abort();						\
	}								\
} while (0)

/**
 * struct fuzz_input - what is left of an input
 * @at: next byte
 * @left: bytes
 */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

/** fuzz_take() - So many bytes of it, with zeros where there are none any more. */
void fuzz_take(struct fuzz_input *in, void *ret, size_t len);

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
	uint8_t value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint16_t value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

static inline uint64_t fuzz_u64(struct fuzz_input *in)
{
	uint64_t value;

	fuzz_take(in, &value, sizeof(value));
	return value;
}

/** fuzz_text() - All that is left, with a NUL behind it; to be freed. */
char *fuzz_text(struct fuzz_input *in);

/**
 * struct fuzz_region - bytes that an input may change
 * @bytes: the first one
 * @size: how many
 */
struct fuzz_region {
	uint8_t *bytes;
	size_t size;
};

/**
 * fuzz_change() - Overwrite regions as the rest of an input says.
 * @in: up to its end
 * @regions: as if they followed each other
 * @count: of them
 *
 * Each change is three bytes of where, one of how long (1 to 8), and what is there then.
 */
void fuzz_change(struct fuzz_input *in, const struct fuzz_region *regions, size_t count);

/**
 * struct fuzz_memory - a guest's memory
 * @bytes: of it
 * @size: how many
 * @reads: how often it was read
 * @most: how often it may be
 */
struct fuzz_memory {
	uint8_t *bytes;
	size_t size;
	uint64_t reads;
	uint64_t most;
};

/** fuzz_mem() - That memory from physical address 0 on. Return: for mem_destroy(). */
struct mem *fuzz_mem(struct fuzz_memory *memory);

/** fuzz_file() - The path of a file of ours that has all of an input. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
