/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel was like while it was trusted: hashes of all that is not to change, kept
 * outside of the guest, by the build-id that its linker gave it.
 */
#ifndef KERNEL_ENROLMENT_H
#define KERNEL_ENROLMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "image.h"
#include "kernel.h"

#define ENROLMENT_HASH		32
/* A build-id in hexadecimal digits, and a NUL. */
#define ENROLMENT_ID_MAX	65
/* No enrolment is longer, in its file. */
#define ENROLMENT_FILE_MAX	(16u << 20)

/**
 * struct enrolment_area - hashes of an area
 * @len: of it, in bytes
 * @pages: of each 4096 bytes from its beginning on the hash, ENROLMENT_HASH bytes each
 */
struct enrolment_area {
	size_t len;
	uint8_t *pages;
};

/**
 * struct enrolment - what is known of a kernel
 * @build_id: in hexadecimal digits
 * @release: as by "uname -r"
 * @base: where it was in memory
 * @types: hash of its BTF
 * @symbols: hash of its symbols: types, names and where they are in the kernel
 * @processor: hash of what the processor was able to do, by which the kernel chooses instructions
 * @sites: places in its text that differ from boot to boot
 * @areas: of its image
 */
struct enrolment {
	char build_id[ENROLMENT_ID_MAX];
	char release[KERNEL_RELEASE_MAX];
	uint64_t base;
	uint8_t types[ENROLMENT_HASH];
	uint8_t symbols[ENROLMENT_HASH];
	uint8_t processor[ENROLMENT_HASH];
	struct sites sites;
	struct enrolment_area areas[IMAGE_AREAS];
};

/** enum enrolment_what - what is different */
enum enrolment_what {
	ENROLMENT_TYPES,
	ENROLMENT_SYMBOLS,
	ENROLMENT_PROCESSOR,
	ENROLMENT_TEXT,
	ENROLMENT_CONSTANTS,
};

/**
 * enrolment_id() - The build-id of a kernel, from its notes.
 * @kernel: of the guest
 * @ret: gets it
 * @err: why it failed
 *
 * Return: 0; -ENOENT without one; see space_read().
 */
int enrolment_id(const struct kernel *kernel, char ret[ENROLMENT_ID_MAX], struct error *err);

/**
 * enrolment_take() - What a kernel is like now.
 * @ret: to be given to enrolment_free()
 * @kernel: of a guest that is trusted
 * @judge: as for image_settle()
 * @err: why it failed
 *
 * Return: 0; what @judge returned; -ENOENT, -EPROTO, -ENOMEM, others.
 */
int enrolment_take(struct enrolment **ret, const struct kernel *kernel,
		   const struct image_judge *judge, struct error *err);

/** enrolment_free() - NULL is allowed. */
void enrolment_free(struct enrolment *enrolment);

/**
 * enrolment_compare() - Hold a kernel against what it was like.
 * @known: of a kernel of the same build-id
 * @kernel: of the guest
 * @judge: as for image_settle()
 * @take: is given each difference: of text and constants the address of each page, of all
 *	  others where it begins; returns 0 or a negative errno
 * @data: for @take
 * @err: why it failed
 *
 * Return: 0; what @take or @judge returned; -ENOENT, -EPROTO, -ENOMEM, others.
 */
int enrolment_compare(const struct enrolment *known, const struct kernel *kernel,
		      const struct image_judge *judge,
		      int (*take)(enum enrolment_what what, uint64_t address, void *data),
		      void *data, struct error *err);

/**
 * enrolment_format() - As a file's contents.
 * @enrolment: that is written
 * @ret: to be freed
 * @ret_len: of it
 *
 * Return: 0; -ENOMEM; -EFBIG.
 */
int enrolment_format(const struct enrolment *enrolment, char **ret, size_t *ret_len);

/**
 * enrolment_parse() - From a file's contents, of which nothing is believed.
 * @ret: to be given to enrolment_free()
 * @text: as by enrolment_format()
 * @len: of it
 * @err: what is wrong with it
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int enrolment_parse(struct enrolment **ret, const char *text, size_t len, struct error *err);

#endif
