// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/image.h"
#include "image.h"
#include "ktap.h"

/* Those of this process, which go with it. */
static char *made[16];
static pid_t owner;

static void remove_all(void)
{
	size_t i;

	for (i = 0; getpid() == owner && i < 16 && made[i]; i++) {
		unlink(made[i]);
		free(made[i]);
	}
}

char *image_create(uint64_t size)
{
	char path[] = "/tmp/test-disk.XXXXXX";
	int fd = mkstemp(path);
	size_t i;

	ASSERT(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
	close(fd);
	if (!owner) {
		owner = getpid();
		atexit(remove_all);
	}
	for (i = 0; i < 16 && made[i]; i++)
		;
	ASSERT(i < 16);
	made[i] = strdup(path);
	return strdup(path);
}

void image_needs(const char *program)
{
	char reason[100], command[100];

	snprintf(command, sizeof(command), "PATH=$PATH:/sbin:/usr/sbin command -v %s >/dev/null",
		 program);
	snprintf(reason, sizeof(reason), "no %s", program);
	if (system(command) != 0)
		SKIP(reason);
}

static char *command_line(const char *fmt, va_list args)
{
	char *line, *whole;

	ASSERT(vasprintf(&line, fmt, args) >= 0);
	/* A program that has been linked with the sanitizers has nothing to do with theirs. */
	ASSERT(asprintf(&whole, "export PATH=$PATH:/sbin:/usr/sbin LC_ALL=C.UTF-8; %s",
			line) >= 0);
	free(line);
	return whole;
}

void image_run(const char *fmt, ...)
{
	va_list args;
	char *line;

	va_start(args, fmt);
	line = command_line(fmt, args);
	va_end(args);
	if (system(line) != 0) {
		printf("# failed: %s\n", line);
		ASSERT(!"ran");
	}
	free(line);
}

char *image_output(const char *fmt, ...)
{
	size_t room = 1 << 20, used = 0, n;
	char *line, *ret = malloc(room);
	va_list args;
	FILE *pipe;

	va_start(args, fmt);
	line = command_line(fmt, args);
	va_end(args);
	pipe = popen(line, "r");
	ASSERT(pipe && ret);
	while ((n = fread(ret + used, 1, room - 1 - used, pipe)) > 0)
		used += n;
	ret[used] = '\0';
	ASSERT(pclose(pipe) == 0);
	free(line);
	return ret;
}

char *image_loop(const char *path, const char *options)
{
	char *device;

	if (geteuid() != 0)
		SKIP("loop devices are root's");
	device = image_output("losetup %s -f --show %s 2>/dev/null || true", options, path);
	device[strcspn(device, "\n")] = '\0';
	if (!device[0])
		SKIP("no loop devices");
	return device;
}

struct disk *image_open(const char *path)
{
	struct error err = { 0 };
	struct disk *disk = NULL;

	if (disk_open_image(&disk, path, &err) < 0)
		printf("# %s\n", err.text);
	ASSERT(disk);
	return disk;
}

unsigned char *image_load(const char *path, uint64_t *ret_size)
{
	unsigned char *bytes;
	struct stat st;
	int fd = open(path, O_RDONLY);

	ASSERT(fd >= 0 && fstat(fd, &st) == 0);
	bytes = malloc((size_t)st.st_size + 1);
	ASSERT(bytes && read(fd, bytes, (size_t)st.st_size) == st.st_size);
	close(fd);
	*ret_size = (uint64_t)st.st_size;
	return bytes;
}

static int memory_read(void *arg, uint64_t offset, void *buf, size_t len)
{
	memcpy(buf, (const char *)arg + offset, len);
	return 0;
}

struct disk *image_memory(const void *bytes, uint64_t size)
{
	static const struct disk_ops ops = { .read = memory_read };
	const struct disk like = {
		.size = size, .block_size = DISK_SECTOR, .ops = &ops, .arg = (void *)bytes,
	};
	struct disk *disk;

	ASSERT(disk_create(&disk, &like, NULL) == 0);
	return disk;
}
