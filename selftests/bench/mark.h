/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a program in the guest talks to the plugin in QEMU that counts its
 * instructions: by instructions that do nothing, which the plugin knows.
 * Where there is no such plugin they do just that.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#include <stdint.h>

/* nopl 0x1d5eb0CC(%rax), which touches no memory; CC is the command. */
#define MARK_BYTES 7
#define MARK_PREFIX { 0x0f, 0x1f, 0x80 }
#define MARK_SUFFIX { 0xb0, 0x5e, 0x1d }

/**
 * enum mark - commands to the plugin
 * @MARK_BIT0: shift a 0 into the number that the next command takes
 * @MARK_BIT1: shift a 1 into it
 * @MARK_BEGIN: count from here
 * @MARK_END: write down what was counted; the number is a label
 * @MARK_ENTRY: the number is the address of a function whose calls are counted
 * @MARK_FORGET: forget all such functions
 */
enum mark {
	MARK_BIT0,
	MARK_BIT1,
	MARK_BEGIN,
	MARK_END,
	MARK_ENTRY,
	MARK_FORGET
};

#define mark(command) \
	asm volatile(".byte 0x0f, 0x1f, 0x80, %c0, 0xb0, 0x5e, 0x1d" \
		     : : "i" (command) : "memory")

static inline void mark_number(uint64_t n)
{
	int i;

	for (i = 63; i >= 0; i--)
		if (n >> i & 1)
			mark(MARK_BIT1);
		else
			mark(MARK_BIT0);
}

#endif
