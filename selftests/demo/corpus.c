// SPDX-License-Identifier: GPL-2.0-or-later
/* Fill a folder with the files of a small server, the same for the same seed. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "random.h"

/* One time for everything, so that the image depends on the seed alone. */
#define FILE_TIME	1672531200

enum content { CONTENT_PROGRAM, CONTENT_TEXT, CONTENT_LOG };

/**
 * struct kind - files of one sort
 * @dir: folder; a %u in it is replaced by the number of the group
 * @name: name of a file; %u is its number
 * @content: what is in it
 * @count: how many files
 * @per_dir: how many of them share a folder
 * @min: smallest size in bytes
 * @max: largest size in bytes; sizes are spread evenly over their logarithm,
 *	 which gives the many small and few large files of a real system
 */
struct kind {
	const char *dir;
	const char *name;
	enum content content;
	unsigned int count;
	unsigned int per_dir;
	unsigned int min;
	unsigned int max;
};

static const struct kind kinds[] = {
	{ "usr/bin", "prog%u", CONTENT_PROGRAM, 220, 220, 15000, 600000 },
	{ "usr/lib", "lib%u.so", CONTENT_PROGRAM, 460, 460, 8000, 300000 },
	{ "usr/share/doc/package%u", "file%u", CONTENT_TEXT, 2200, 5, 500, 20000 },
	{ "usr/share/man/man%u", "page%u.8", CONTENT_TEXT, 1200, 150, 1000, 12000 },
	{ "etc", "conf%u", CONTENT_TEXT, 500, 500, 100, 4000 },
	{ "var/log", "log%u", CONTENT_LOG, 60, 60, 10000, 900000 },
	{ "home/user%u", "note%u", CONTENT_TEXT, 760, 95, 1000, 100000 },
};

static const char * const words[] = {
	"the", "guest", "page", "cache", "memory", "is", "read", "by", "of",
	"a", "file", "system", "and", "host", "when", "kernel", "written",
	"block", "service", "started", "for", "user", "session", "closed",
	"option", "value", "default", "network", "device", "see", "also",
};

struct totals {
	unsigned int files;
	uint64_t bytes;
};

static int make_dirs(const char *path)
{
	char part[256];
	size_t i;

	for (i = 1; ; i++) {
		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		if (!path[i])
			return 0;
	}
}

static size_t put_word(struct random *rnd, char *buf, size_t left)
{
	const char *word = words[random_below(rnd, ARRAY_SIZE(words))];
	size_t len = strlen(word);

	if (len > left)
		len = left;
	memcpy(buf, word, len);
	return len;
}

static void fill_text(struct random *rnd, char *buf, size_t size)
{
	size_t pos = 0, column = 0, len;

	while (pos < size) {
		len = put_word(rnd, buf + pos, size - pos);
		pos += len;
		column += len + 1;
		if (pos < size)
			buf[pos++] = column > 68 ? '\n' : ' ';
		if (column > 68)
			column = 0;
	}
}

static void fill_log(struct random *rnd, char *buf, size_t size)
{
	unsigned int second = 0;
	char stamp[64];
	size_t pos = 0, len;
	int i;

	while (pos < size) {
		second += random_below(rnd, 30);
		len = snprintf(stamp, sizeof(stamp), "Jan  1 %02u:%02u:%02u server daemon[%u]: ",
			       second / 3600 % 24, second / 60 % 60, second % 60,
			       (unsigned int)random_below(rnd, 32768));
		if (len > size - pos)
			len = size - pos;
		memcpy(buf + pos, stamp, len);
		pos += len;
		for (i = 0; i < 8 && pos < size; i++) {
			pos += put_word(rnd, buf + pos, size - pos);
			if (pos < size)
				buf[pos++] = i == 7 ? '\n' : ' ';
		}
	}
}

static void fill_program(struct random *rnd, char *buf, size_t size)
{
	static const char elf[] = "\177ELF\2\1\1";
	uint64_t word;
	size_t pos;

	for (pos = 0; pos < size; pos += sizeof(word)) {
		word = random_next(rnd);
		/* A program has long runs of zeros, too. */
		if (word % 4 == 0)
			word = 0;
		memcpy(buf + pos, &word,
		       size - pos < sizeof(word) ? size - pos : sizeof(word));
	}
	memcpy(buf, elf, sizeof(elf) < size ? sizeof(elf) : size);
}

static void fill(struct random *rnd, enum content content, char *buf, size_t size)
{
	switch (content) {
	case CONTENT_PROGRAM:
		fill_program(rnd, buf, size);
		break;
	case CONTENT_TEXT:
		fill_text(rnd, buf, size);
		break;
	case CONTENT_LOG:
		fill_log(rnd, buf, size);
		break;
	}
}

static int write_file(const char *path, const char *buf, size_t size, bool program)
{
	const struct timespec times[2] = {
		{ .tv_sec = FILE_TIME }, { .tv_sec = FILE_TIME },
	};
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, program ? 0755 : 0644);
	if (fd < 0)
		return -errno;
	if (write(fd, buf, size) != (ssize_t)size)
		ret = -EIO;
	if (!ret && futimens(fd, times))
		ret = -errno;
	close(fd);
	return ret;
}

static size_t pick_size(struct random *rnd, const struct kind *kind)
{
	double share = random_below(rnd, 1 << 20) / (double)(1 << 20);

	return kind->min * pow((double)kind->max / kind->min, share);
}

static void file_path(const struct kind *kind, unsigned int i, char *path, size_t size)
{
	int len = snprintf(path, size, kind->dir, i / kind->per_dir + 1);

	path[len] = '/';
	snprintf(path + len + 1, size - len - 1, kind->name, i + 1);
}

static int make_kind(struct random *rnd, const struct kind *kind, char *buf,
		     struct totals *totals)
{
	char path[256], dir[256];
	unsigned int i;
	size_t size;
	int ret;

	for (i = 0; i < kind->count; i++) {
		file_path(kind, i, path, sizeof(path));
		snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
		if (i % kind->per_dir == 0) {
			ret = make_dirs(dir);
			if (ret)
				return ret;
		}
		size = pick_size(rnd, kind);
		fill(rnd, kind->content, buf, size);
		ret = write_file(path, buf, size, kind->content == CONTENT_PROGRAM);
		if (ret)
			return ret;
		totals->files++;
		totals->bytes += size;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };
	struct random rnd;
	char *buf;
	size_t i;
	int ret;

	if (argc != 3) {
		fprintf(stderr, "usage: corpus FOLDER SEED\n");
		return 2;
	}
	if (chdir(argv[1])) {
		fprintf(stderr, "corpus: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	random_init(&rnd, strtoull(argv[2], NULL, 10));
	buf = malloc(1 << 20);
	if (!buf)
		return 1;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ret = make_kind(&rnd, &kinds[i], buf, &totals);
		if (ret) {
			fprintf(stderr, "corpus: %s: %s\n", argv[1], strerror(-ret));
			return 1;
		}
	}
	free(buf);
	printf("%u %llu\n", totals.files, (unsigned long long)totals.bytes);
	return 0;
}
