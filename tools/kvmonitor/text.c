// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define SYMBOL_MAX	512

int text_number(const char *what, const char *text, uint64_t max, uint64_t *ret,
		struct error *err)
{
	unsigned long long value;
	char *end;

	errno = 0;
	/* It would skip spaces and take signs. */
	value = isdigit((unsigned char)*text) ? strtoull(text, &end, 0) : 0;
	if (!isdigit((unsigned char)*text) || *end || errno)
		return error_set(err, -EINVAL, "%s: '%s' is no number", what, text);
	if (value > max)
		return error_set(err, -EINVAL, "%s: %s is more than %" PRIu64, what, text, max);
	*ret = value;
	return 0;
}

int text_address(const struct guest *guest, const char *text, uint64_t *ret,
		 struct error *err)
{
	size_t len = strcspn(text, "+");
	uint64_t address, more = 0;
	char name[SYMBOL_MAX];
	int r;

	if (len == 0 || len >= sizeof(name))
		return error_set(err, -EINVAL, "'%.80s' is no address", text);
	memcpy(name, text, len);
	name[len] = '\0';
	if (isdigit((unsigned char)name[0]))
		r = text_number("address", name, UINT64_MAX, &address, err);
	else
		r = kernel_symbol(guest_kernel(guest), name, &address, err);
	if (r == 0 && text[len])
		r = text_number("address", text + len + 1, UINT64_MAX, &more, err);
	if (r < 0)
		return r;
	*ret = address + more;
	return 0;
}
