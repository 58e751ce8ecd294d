/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk images for tests, made by the system's own tools, and disks in memory. */
#ifndef SELFTESTS_DISK_IMAGE_H
#define SELFTESTS_DISK_IMAGE_H

#include <stdint.h>

#include "disk/disk.h"

/** image_create() - A sparse file of zeros, gone with the test. Return: its path, to be freed. */
char *image_create(uint64_t size);

/** image_needs() - Skip the test where a program is not to be had. */
void image_needs(const char *program);

/** image_run() - Run a command of the shell, which must succeed; skips where there is none. */
void image_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** image_output() - What such a command prints. Return: to be freed. */
char *image_output(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** image_loop() - It as a block device, until "losetup -d"; skips. Return: path, to be freed. */
char *image_loop(const char *path, const char *options);

/** image_open() - Open one as a disk, which must succeed. */
struct disk *image_open(const char *path);

/** image_load() - Read a whole file. Return: to be freed. */
unsigned char *image_load(const char *path, uint64_t *ret_size);

/** image_memory() - A disk of bytes that stay the caller's. */
struct disk *image_memory(const void *bytes, uint64_t size);

#endif
