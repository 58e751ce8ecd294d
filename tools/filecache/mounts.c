// SPDX-License-Identifier: GPL-2.0-or-later
/* Where file systems are mounted, to make whole paths of what is in them. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "mounts.h"

#define MOUNTINFO_MAX (64 * 1024 * 1024)

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' &&
	       text[1] <= '7' && text[2] >= '0' && text[2] <= '7';
}

/* The kernel writes blanks, newlines and backslashes as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (*text == '\\' && is_octal(text + 1)) {
			*to = (char)((text[1] - '0') << 6 |
				     (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /point options..."; there may be more behind. */
static bool parse_line(char *line, struct mount *ret)
{
	char *fields[5], *rest = line;
	size_t i;

	for (i = 0; i < 5; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i] || !*fields[i])
			return false;
	}
	if (sscanf(fields[2], "%u:%u", &ret->dev_major, &ret->dev_minor) != 2)
		return false;
	ret->root = fields[3];
	ret->point = fields[4];
	unescape(ret->root);
	unescape(ret->point);
	return ret->root[0] == '/' && ret->point[0] == '/';
}

int mounts_parse(struct mounts *mounts, char *text)
{
	char *rest = text, *line;
	size_t lines = 1;

	*mounts = (struct mounts){ .text = text };
	for (line = text; *line; line++)
		lines += *line == '\n';
	mounts->list = calloc(lines, sizeof(*mounts->list));
	if (!mounts->list) {
		mounts_exit(mounts);
		return -ENOMEM;
	}
	while ((line = strsep(&rest, "\n")))
		if (parse_line(line, &mounts->list[mounts->count]))
			mounts->count++;
	return 0;
}

int mounts_read(struct mounts *mounts, struct error *err)
{
	char *text;
	int r = file_read("/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL,
			  err);

	if (r < 0)
		return r;
	r = mounts_parse(mounts, text);
	return r < 0 ? error_errno(err, r, "/proc/self/mountinfo") : 0;
}

void mounts_exit(struct mounts *mounts)
{
	free(mounts->list);
	free(mounts->text);
	*mounts = (struct mounts){ 0 };
}

/* The part of @path below @folder, with its slash, or NULL. */
static const char *below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (strcmp(folder, "/") == 0)
		return path;
	if (strncmp(path, folder, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len;
}

/* Which mount one comes to by that path: the last and deepest on the way. */
static const struct mount *leads_to(const struct mounts *mounts,
				    const char *path)
{
	const struct mount *ret = NULL;
	size_t i;

	for (i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];

		if (below(path, mount->point) &&
		    (!ret || strlen(mount->point) >= strlen(ret->point)))
			ret = mount;
	}
	return ret;
}

static char *join(const struct mount *mount, const char *path)
{
	const char *rest = below(path, mount->root);
	char *ret;

	if (!rest)
		return NULL;
	if (strcmp(rest, "/") == 0)
		rest = "";
	if (asprintf(&ret, "%s%s", strcmp(mount->point, "/") || !*rest ?
		     mount->point : "", rest) < 0)
		return NULL;
	return ret;
}

char *mounts_path(const struct mounts *mounts, uint32_t dev_major,
		  uint32_t dev_minor, const char *path)
{
	const struct mount *best = NULL;
	char *ret = NULL;
	size_t i;

	for (i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		char *joined;

		if (mount->dev_major != dev_major ||
		    mount->dev_minor != dev_minor)
			continue;
		/* The more of the file system is mounted, the more usual. */
		if (best && strlen(mount->root) >= strlen(best->root))
			continue;
		joined = join(mount, path);
		if (joined && leads_to(mounts, joined) == mount) {
			free(ret);
			ret = joined;
			best = mount;
		} else {
			free(joined);
		}
	}
	return ret;
}
