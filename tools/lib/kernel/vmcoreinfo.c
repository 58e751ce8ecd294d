// SPDX-License-Identifier: GPL-2.0-or-later
/* Found by how it begins, at the beginning of a page (kernel/crash_core.c, 6.1). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "vmcoreinfo.h"

static const char first[] = "OSRELEASE=";

/* Without these it leads nowhere. */
static const char *const needed[] = { "SYMBOL(swapper_pg_dir)=", "NUMBER(phys_base)=" };

#define CHUNK		(64 * MEM_PAGE)
#define FIRST_LEN	(sizeof(first) - 1)

/* Where the value of "KEY(NAME)=" or "KEY=" begins; NULL without it. */
static const char *find(const struct vmcoreinfo *info, const char *key, const char *name)
{
	char want[128];
	const char *at;
	int len = snprintf(want, sizeof(want), name ? "%s(%s)=" : "%s=", key, name);

	if (len < 0 || (size_t)len >= sizeof(want))
		return NULL;
	for (at = info->text; at; at = strchr(at, '\n')) {
		at += at != info->text;
		if (strncmp(at, want, (size_t)len) == 0)
			return at + len;
	}
	return NULL;
}

static int number(const struct vmcoreinfo *info, const char *key, const char *name, int base,
		  bool negative, uint64_t *ret)
{
	const char *at = find(info, key, name);
	bool minus = at && *at == '-';
	uint64_t value;
	char *end;

	if (!at)
		return -ENOENT;
	if (minus && !negative)
		return -EINVAL;
	at += minus;
	/* strtoull() would skip spaces and take signs. */
	if (!strchr("0123456789abcdefABCDEF", *at) || !*at)
		return -EINVAL;
	errno = 0;
	value = strtoull(at, &end, base);
	if (errno || (*end != '\n' && *end != '\0'))
		return -EINVAL;
	*ret = minus ? -value : value;
	return 0;
}

int vmcoreinfo_hex(const struct vmcoreinfo *info, const char *key, const char *name,
		   uint64_t *ret)
{
	return number(info, key, name, 16, false, ret);
}

int vmcoreinfo_decimal(const struct vmcoreinfo *info, const char *key, const char *name,
		       int64_t *ret)
{
	uint64_t value;
	int r = number(info, key, name, 10, true, &value);

	if (r == 0)
		*ret = (int64_t)value;
	return r;
}

void vmcoreinfo_release(const struct vmcoreinfo *info, char *ret, size_t room)
{
	const char *at = info->text + FIRST_LEN;
	size_t len = strcspn(at, "\n");

	snprintf(ret, room, "%.*s", (int)len, at);
}

static bool may_be(const struct vmcoreinfo *info)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!strstr(info->text, needed[i]))
			return false;
	return true;
}

/* Looks at a chunk of whole pages. Return: 1 and the page, 0, negative errno. */
static int look(const struct mem *mem, uint64_t address, size_t len, char *buf,
		struct vmcoreinfo *ret)
{
	size_t at;
	int r = mem_read(mem, address, buf, len);

	if (r < 0)
		return r;
	for (at = 0; at + MEM_PAGE <= len; at += MEM_PAGE) {
		if (memcmp(buf + at, first, FIRST_LEN) != 0)
			continue;
		ret->address = address + at;
		memcpy(ret->text, buf + at, MEM_PAGE);
		ret->text[MEM_PAGE] = '\0';
		if (may_be(ret))
			return 1;
	}
	return 0;
}

/* Memory that cannot be read, a bad page of the host's say, is left out. */
static int look_through(const struct mem *mem, uint64_t start, uint64_t end, char *buf,
			struct vmcoreinfo *ret)
{
	uint64_t at;

	start = (start + MEM_PAGE - 1) & ~(uint64_t)(MEM_PAGE - 1);
	for (at = start; at < end; at += CHUNK) {
		int r = look(mem, at, u64_min(CHUNK, end - at), buf, ret);

		if (r == 1)
			return 1;
	}
	return 0;
}

int vmcoreinfo_next(const struct mem *mem, uint64_t from, struct vmcoreinfo *ret)
{
	char *buf = malloc(CHUNK);
	uint64_t start, end;
	int r;

	if (!buf)
		return -ENOMEM;
	while ((r = mem_next_data(mem, from, &start, &end)) > 0) {
		r = look_through(mem, start, end, buf, ret);
		if (r > 0)
			break;
		from = end;
	}
	free(buf);
	return r;
}
