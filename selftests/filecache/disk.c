// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks in memory. */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "box.h"
#include "disk.h"

#define RAM_DISK "/dev/ram0"
#define SWAP_DISK "/dev/zram0"

const char *disk_mount(const char *type, const char *dir)
{
	static const char *const brd[] = { "modprobe", "brd", "rd_nr=1",
					   "rd_size=360448", NULL };
	const char *const force = strcmp(type, "ext4") ? "-f" : "-F";
	char program[32];
	const char *const mkfs[] = { program, "-q", force, RAM_DISK, NULL };

	snprintf(program, sizeof(program), "mkfs.%s", type);
	if (run(brd) || access(RAM_DISK, F_OK))
		return "no RAM disk";
	if (run(mkfs))
		return "no program that makes such a file system";
	mkdir(dir, 0755);
	/* Whoever looked at the disk last may still have it. */
	if (!until(mount(RAM_DISK, dir, type, 0, NULL) == 0))
		return "this kernel has no such file system";
	return NULL;
}

bool disk_umount(const char *dir)
{
	return until(umount(dir) == 0);
}

const char *swap_start(void)
{
	static const char *const zram[] = { "modprobe", "zram", NULL };
	static const char *const mkswap[] = { "mkswap", "-q", SWAP_DISK, NULL };

	if (access(SWAP_DISK, F_OK) && run(zram))
		return "no zram";
	/* Its size cannot be set twice. */
	write_text("/sys/block/zram0/reset", "1");
	if (write_text("/sys/block/zram0/disksize", "128M") || run(mkswap))
		return "zram cannot be made a swap device";
	if (swapon(SWAP_DISK, 0))
		return "no swap in this kernel";
	return NULL;
}

bool swap_stop(void)
{
	return until(swapoff(SWAP_DISK) == 0);
}
