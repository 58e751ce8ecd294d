/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel has to say: its log, as by dmesg(1). */
#ifndef GUEST_LOG_H
#define GUEST_LOG_H

#include <stdint.h>

#include "guest.h"

/* The kernel makes none with more than 1024. */
#define GUEST_LOG_TEXT_MAX	4096
/* 2 MiB of descriptors, and far more text than any guest is given. */
#define GUEST_LOG_BITS_MAX	24

/**
 * struct guest_log_record - a line of the log, or a few
 * @number: counted from the boot on
 * @time_ns: since the boot, by the kernel's own clock
 * @facility: as by syslog(3), LOG_KERN >> 3 is 0
 * @level: as by syslog(3), LOG_EMERG to LOG_DEBUG
 * @text: may hold any bytes but NUL, which is told as a blank; newlines as well
 * @subsystem: of the device that it is about, such as "pci"; empty for none
 * @device: such as "+pci:0000:00:01.0"; empty for none
 */
struct guest_log_record {
	uint64_t number;
	uint64_t time_ns;
	uint8_t facility;
	uint8_t level;
	char text[GUEST_LOG_TEXT_MAX + 1];
	char subsystem[17];
	char device[49];
};

/**
 * guest_log() - All that is left of the log, the oldest first.
 * @guest: seen into
 * @take: is given each record; returns 0 to go on, another value to end the walk
 * @data: for @take
 * @doubts: what was not as it should be is added there
 *
 * What is being written is not told, as it is not told in the guest.
 *
 * Return: 0; what @take returned; -ENOENT without a log; -EPROTO when it makes no sense;
 * -ENOMEM; -EFAULT and others when it cannot be read.
 */
int guest_log(struct guest *guest,
	      int (*take)(const struct guest_log_record *record, void *data), void *data,
	      struct guest_doubts *doubts);

/**
 * guest_log_ring() - Likewise, of the ring at an address.
 * @guest: seen into
 * @ring: virtual address of a struct printk_ringbuffer
 * @take: see guest_log()
 * @data: for @take
 * @doubts: see guest_log()
 *
 * Return: see guest_log().
 */
int guest_log_ring(struct guest *guest, uint64_t ring,
		   int (*take)(const struct guest_log_record *record, void *data), void *data,
		   struct guest_doubts *doubts);

#endif
