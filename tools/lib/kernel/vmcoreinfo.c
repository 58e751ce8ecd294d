// SPDX-License-Identifier: GPL-2.0-or-later
/* Found by how it begins, at the beginning of a page (kernel/crash_core.c, 6.1). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "trampoline.h"
#include "vmcoreinfo.h"

static const char first[] = "OSRELEASE=";

/* Without these it leads nowhere. */
static const char *const needed[] = { "SYMBOL(swapper_pg_dir)=", "NUMBER(phys_base)=" };

#define CHUNK		(64 * MEM_PAGE)
#define FIRST_LEN	(sizeof(first) - 1)

/**
 * struct place - where it may be
 * @start: physical address
 * @end: address after it
 */
struct place {
	uint64_t start;
	uint64_t end;
};

#define MIB(n)	((uint64_t)(n) << 20)

/*
 * It is made early, when the page allocator gives out what is left over behind the kernel, or the
 * lowest pages of the highest zone that a small guest and a larger one have: above 16 MiB, above
 * 4 GiB.  That saves reading all that comes before it; if it is not there, it may be anywhere.
 */
static const struct place places[] = {
	{ MIB(4096), MIB(4096 + 64) },
	{ MIB(16), MIB(16 + 64) },
	{ 0, UINT64_MAX },
};

/* Behind the kernel; what is read before it is where the kernel ends. */
#define BEFORE	MIB(4)
#define BEHIND	MIB(16)

/* Where the value of "KEY(NAME)=" or "KEY=" begins; NULL without it. */
static const char *find(const struct vmcoreinfo *info, const char *key, const char *name)
{
	char want[128];
	const char *at;
	int len = snprintf(want, sizeof(want), name ? "%s(%s)=" : "%s=", key, name);

	if (len < 0 || (size_t)len >= sizeof(want))
		return NULL;
	for (at = info->text; strncmp(at, want, (size_t)len) != 0; at++) {
		at = strchr(at, '\n');
		if (!at)
			return NULL;
	}
	return at + len;
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
	uint64_t at, len = MEM_PAGE;

	/* Where one page is it, the next may be as well: what is read beyond it is for nothing. */
	start = (start + MEM_PAGE - 1) & ~(uint64_t)(MEM_PAGE - 1);
	for (at = start; at < end; at += len, len = u64_min(CHUNK, 2 * len)) {
		int r = look(mem, at, u64_min(len, end - at), buf, ret);

		if (r == 1)
			return 1;
	}
	return 0;
}

/* Between two addresses. Return: 1, 0, negative errno. */
static int look_between(const struct mem *mem, uint64_t from, uint64_t to, char *buf,
			struct vmcoreinfo *ret)
{
	uint64_t start, end;
	int r;

	while (from < to && (r = mem_next_data(mem, from, &start, &end)) != 0) {
		if (r < 0)
			return r;
		if (look_through(mem, start, u64_min(end, to), buf, ret))
			return 1;
		from = end;
	}
	return 0;
}

void vmcoreinfo_begin(struct vmcoreinfo_search *search)
{
	*search = (struct vmcoreinfo_search){ .place = 0 };
}

/* The first one is known only when the guest's memory is. */
static void next_place(const struct mem *mem, struct vmcoreinfo_search *search)
{
	uint64_t end;

	search->at = 0;
	search->end = 0;
	if (search->place > 0) {
		search->at = places[search->place - 1].start;
		search->end = places[search->place - 1].end;
	} else if (trampoline_find(mem, &end) && end > BEFORE && end < UINT64_MAX - BEHIND) {
		search->at = end - BEFORE;
		search->end = end + BEHIND;
	}
	search->place++;
}

int vmcoreinfo_next(const struct mem *mem, struct vmcoreinfo_search *search,
		    struct vmcoreinfo *ret)
{
	char *buf = malloc(CHUNK);
	int r;

	if (!buf)
		return -ENOMEM;
	while ((r = look_between(mem, search->at, search->end, buf, ret)) == 0 &&
	       search->place <= ARRAY_SIZE(places))
		next_place(mem, search);
	if (r > 0)
		search->at = ret->address + MEM_PAGE;
	free(buf);
	return r;
}
