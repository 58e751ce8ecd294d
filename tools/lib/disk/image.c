// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/macros.h"
#include "base/u64.h"
#include "image.h"

/* No block is larger, and no memory has to lie on a rounder address. */
#define BLOCK_MAX	4096u
#define ROOM		1048576u

/**
 * struct image - an open file
 * @fd: of it
 * @block_size: of a block device; offsets and lengths of direct reads are multiples of it
 * @room: ROOM bytes that direct reads may go to; NULL for an ordinary file
 */
struct image {
	int fd;
	uint32_t block_size;
	char *room;
};

/* What others write to a block device by its driver never comes to the host's cache of it. */
static int read_direct(const struct image *image, uint64_t offset, char *to, size_t len)
{
	int r = 0;

	while (len > 0 && r == 0) {
		size_t lead = (size_t)(offset % image->block_size);
		size_t n = (size_t)u64_min(len, ROOM - lead);
		size_t whole = lead + n + image->block_size - 1;

		whole -= whole % image->block_size;
		r = fd_read_at(image->fd, offset - lead, image->room, whole);
		if (r == 0)
			memcpy(to, image->room + lead, n);
		to += n;
		offset += n;
		len -= n;
	}
	return r;
}

static int image_read(void *arg, uint64_t offset, void *buf, size_t len)
{
	const struct image *image = arg;
	int r = image->room ? read_direct(image, offset, buf, len) :
			      fd_read_at(image->fd, offset, buf, len);

	/* It has become shorter. */
	return r == -ENODATA ? -ENXIO : r;
}

static void image_destroy(void *arg)
{
	struct image *image = arg;

	close(image->fd);
	free(image->room);
	free(image);
}

static const struct disk_ops image_ops = { .read = image_read, .destroy = image_destroy };

int disk_image_fd(const struct disk *disk)
{
	const struct image *image = disk->arg;

	return image->fd;
}

static int refuse_formats(const struct disk *disk, const char *path, struct error *err)
{
	static const struct {
		const char *magic;
		const char *what;
	} formats[] = {
		{ "\177ELF", "a dump of memory, in which there is no disk" },
		{ "QFI\xfb", "a qcow image; give the socket of the QEMU that runs the guest" },
		{ "KDMV", "a VMDK image; only raw ones can be read" },
		{ "conectix", "a VHD image; only raw ones can be read" },
		{ "vhdxfile", "a VHDX image; only raw ones can be read" },
	};
	char head[8] = { 0 };
	int r = disk_read(disk, 0, head, (size_t)u64_min(sizeof(head), disk->size));
	size_t i;

	if (r < 0)
		return error_errno(err, r, "%s", path);
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (memcmp(head, formats[i].magic, strlen(formats[i].magic)) == 0)
			return error_set(err, -EINVAL, "%s: is %s", path, formats[i].what);
	return 0;
}

/* Size in bytes and block size. */
static int measure(int fd, const char *path, struct disk *ret, bool *ret_device,
		   struct error *err)
{
	struct stat st;
	int block;

	if (fstat(fd, &st) < 0)
		return error_errno(err, -errno, "%s", path);
	ret->block_size = DISK_SECTOR;
	*ret_device = S_ISBLK(st.st_mode);
	if (S_ISREG(st.st_mode)) {
		ret->size = (uint64_t)st.st_size;
		return 0;
	}
	if (!*ret_device)
		return error_set(err, -EINVAL, "%s: is neither an ordinary file nor a block device",
				 path);
	if (ioctl(fd, BLKGETSIZE64, &ret->size) < 0 || ioctl(fd, BLKSSZGET, &block) < 0)
		return error_errno(err, -errno, "%s", path);
	ret->block_size = (uint32_t)block;
	return 0;
}

static int make_direct(struct image *image, const struct disk *disk, const char *path,
		       struct error *err)
{
	if (disk->block_size > BLOCK_MAX)
		return error_set(err, -EINVAL, "%s: has blocks of more than %u bytes", path,
				 BLOCK_MAX);
	image->block_size = disk->block_size;
	image->room = aligned_alloc(BLOCK_MAX, ROOM);
	if (!image->room)
		return error_errno(err, -ENOMEM, "%s", path);
	if (fcntl(image->fd, F_SETFL, O_DIRECT) < 0)
		return error_errno(err, -errno, "%s: cannot be read but by the host's cache", path);
	return 0;
}

/* Return: 0; negative errno, and @image is of no use any more. */
static int measure_image(struct image *image, const char *path, struct disk *disk,
			 struct error *err)
{
	bool is_device;
	int r = measure(image->fd, path, disk, &is_device, err);

	if (r == 0 && is_device)
		r = make_direct(image, disk, path, err);
	if (r < 0)
		image_destroy(image);
	return r;
}

int disk_open_image(struct disk **ret, const char *path, struct error *err)
{
	struct disk like = { .ops = &image_ops }, *disk;
	struct image *image = calloc(1, sizeof(*image));
	int r;

	if (!image)
		return error_errno(err, -ENOMEM, "%s", path);
	like.arg = image;
	image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (image->fd < 0) {
		r = error_errno(err, -errno, "%s", path);
		free(image);
		return r;
	}
	r = measure_image(image, path, &like, err);
	if (r == 0)
		r = disk_create(&disk, &like, err);
	if (r < 0)
		return r;
	r = refuse_formats(disk, path, err);
	if (r < 0)
		disk_destroy(disk);
	else
		*ret = disk;
	return r;
}
