/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a kernel stays the same from boot to boot, once what does not is taken out: its
 * text and its constants.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "kernel.h"
#include "sites.h"

/** enum image_area - parts of a kernel that are not to change */
enum image_area {
	/* _stext to _etext */
	IMAGE_TEXT,
	/* Constants, before and behind those that are set while it boots. */
	IMAGE_CONSTANTS,
	IMAGE_MORE_CONSTANTS,
	/* Where the text has jumps and calls that are changed while it runs, and to where. */
	IMAGE_JUMPS,
	IMAGE_CALLS,
	IMAGE_AREAS,
};

/**
 * struct image_part - an area as it was
 * @start: virtual address
 * @len: bytes; 0 for one that this kernel has not
 * @bytes: of it
 */
struct image_part {
	uint64_t start;
	size_t len;
	uint8_t *bytes;
};

/* Runtime constants of a kernel, at most. */
#define IMAGE_CONSTANTS_MAX	32

/**
 * struct image - a kernel's text and constants
 * @kernel: of the guest
 * @base: virtual address of _text, where its image begins
 * @end: of _end
 * @return_thunk: of __x86_return_thunk, which a return may be a jump to; 0 without one
 * @parts: by area
 * @constants: values that are in the text since the boot, of variables
 * @constant_count: of them
 * @unnamed: whether there are such of variables that have no symbol
 * @shifts: likewise, by how much is shifted
 * @shift_count: of them
 */
struct image {
	const struct kernel *kernel;
	uint64_t base;
	uint64_t end;
	uint64_t return_thunk;
	struct image_part parts[IMAGE_AREAS];
	uint64_t constants[IMAGE_CONSTANTS_MAX];
	size_t constant_count;
	bool unnamed;
	uint8_t shifts[IMAGE_CONSTANTS_MAX];
	size_t shift_count;
};

/**
 * image_read() - Read it, as it is in memory.
 * @ret: to be given to image_free()
 * @kernel: of the guest, must outlive it
 * @err: why it failed
 *
 * Return: 0; -ENOENT when the kernel lacks a symbol; -EPROTO when an area makes no sense;
 * see space_read().
 */
int image_read(struct image **ret, const struct kernel *kernel, struct error *err);

/** image_free() - NULL is allowed. */
void image_free(struct image *image);

/**
 * image_moves() - Whether a number is one that moves with the kernel.
 * @image: of the kernel
 * @value: extended to 64 bits by its sign
 *
 * So does 0 where the kernel was linked to, since by that much it was moved.
 */
bool image_moves(const struct image *image, uint64_t value);

/**
 * image_is_constant() - Whether that is a runtime constant of 64 bits.
 * @image: of the kernel
 * @value: what a variable has; of one without a symbol, any address outside of the kernel that is
 *	   mapped and cannot be executed
 */
bool image_is_constant(const struct image *image, uint64_t value);

/**
 * image_is_elsewhere() - Whether that leads to something outside of the kernel: then it is no
 * number that looks like an address by chance.
 */
bool image_is_elsewhere(const struct image *image, uint64_t value);

/** image_add_32() - Add to a number of 32 bits, which need not be aligned. */
void image_add_32(uint8_t *at, uint64_t what);

/**
 * image_place() - What an address among constants becomes, wherever the kernel is.
 * @image: of the kernel
 * @base: where it is, or was
 * @value: 8 bytes
 *
 * Return: a number that is no address; @value when it is none of the kernel at @base.
 */
uint64_t image_place(const struct image *image, uint64_t base, uint64_t value);

/** image_unplace() - What it was, where the kernel is now. Return: @value when it was none. */
uint64_t image_unplace(const struct image *image, uint64_t value);

/** image_is_physical() - Whether that is where its image would be without page tables. */
bool image_is_physical(const struct image *image, uint64_t value);

/** image_name() - What an area is called, in words. */
const char *image_name(enum image_area area);

/**
 * struct image_judge - who knows which code is somebody's
 * @may_call: whether code may be called there by a place where functions are traced
 * @is_code: whether there is code of the kernel or of somebody that is known
 * @take: is given each place that has been changed to something that it must not be;
 *	  returns 0 or a negative errno
 * @data: for all
 */
struct image_judge {
	bool (*may_call)(uint64_t target, void *data);
	bool (*is_code)(uint64_t target, void *data);
	int (*take)(uint64_t address, uint64_t target, void *data);
	void *data;
};

/**
 * image_settle() - Take out what the kernel changes in its own text while it runs.
 * @image: whose text gets the same bytes there whatever they were
 * @traced: places where functions can be traced (SITE_TRACE)
 * @judge: what is allowed, and who hears of what is not
 * @err: why it failed
 *
 * Of jump labels (__jump_table) a jump to where the table has it, or nothing; of static
 * calls a call or jump to what their key has, a return, or nothing; of traced functions a
 * call of a tracer that is known, or nothing.
 *
 * Return: 0; -ENOENT; what @judge returned.
 */
int image_settle(struct image *image, const struct site_list *traced,
		 const struct image_judge *judge, struct error *err);

/**
 * image_traced() - Where functions can be traced, as the kernel has it.
 * @kernel: of the guest
 * @start: of the text
 * @len: of it
 * @ret: gets them as SITE_TRACE
 * @err: why it failed
 *
 * Return: 0; -ENOMEM; -EPROTO.
 */
int image_traced(const struct kernel *kernel, uint64_t start, size_t len, struct sites *ret,
		 struct error *err);

/**
 * image_find_sites() - What of the text depends on where it is and when it was booted.
 * @image: settled
 * @ret: gets them, of all kinds but SITE_TRACE
 * @err: why it failed
 *
 * Instructions are told from each other by a disassembler, beginning at each symbol.
 *
 * Return: 0; -ENOMEM.
 */
int image_find_sites(const struct image *image, struct sites *ret, struct error *err);

/**
 * image_normalise() - Take out what depends on where the kernel is and when it was booted.
 * @image: settled; text is what it would be at address 0, constants are by image_place()
 * @sites: of its text
 * @enrolled_base: where the kernel was when @sites were found
 *
 * What was taken for an address then and is not where the kernel is now is a number: it
 * is what it was.  An address that leads elsewhere stays as it is.
 */
void image_normalise(struct image *image, const struct sites *sites, uint64_t enrolled_base);

#endif
