// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "field.h"

#define BITS		64

/* Little-endian, as x86-64 is. */
static uint64_t number_of(const struct types_member *member, uint64_t value)
{
	return member->bits ? (value >> member->shift) & (UINT64_MAX >> (BITS - member->bits)) :
			      value;
}

static bool is_number(const struct types_member *member)
{
	return member->size > 0 && member->size <= sizeof(uint64_t) && member->elements == 1;
}

int field_read(const struct guest *guest, uint64_t object, const struct types_member *member,
	       uint64_t *ret)
{
	uint64_t value = 0;
	int r;

	if (!is_number(member))
		return -EPROTO;
	r = space_read(guest->kernel.space, field_address(object, member), &value, member->size);
	if (r < 0)
		return r;
	*ret = number_of(member, value);
	return 0;
}

int field_span(uint32_t bytes, const struct wish *wishes, size_t count, uint32_t *ret_start,
	       uint32_t *ret_end)
{
	uint32_t start = bytes, end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct types_member *m = wishes[i].member;

		if (!is_number(m) || m->offset > bytes || m->size > bytes - m->offset)
			return -EPROTO;
		if (m->offset < start)
			start = m->offset;
		if (m->offset + m->size > end)
			end = m->offset + m->size;
	}
	if (start >= end || end - start > FIELD_SPAN_MAX)
		return -EPROTO;
	*ret_start = start;
	*ret_end = end;
	return 0;
}

void field_take(const unsigned char *copy, uint32_t start, const struct wish *wishes,
		size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct types_member *member = wishes[i].member;
		uint64_t value = 0;

		memcpy(&value, copy + member->offset - start, member->size);
		*wishes[i].ret = number_of(member, value);
	}
}

int field_of_copy(const void *object, uint32_t bytes, const struct wish *wishes, size_t count)
{
	uint32_t start, end;
	int r = field_span(bytes, wishes, count, &start, &end);

	if (r == 0)
		field_take(object, 0, wishes, count);
	return r;
}

int field_read_all(const struct guest *guest, uint64_t object, uint32_t bytes,
		   const struct wish *wishes, size_t count)
{
	unsigned char buf[FIELD_SPAN_MAX];
	uint32_t start, end;
	int r = field_span(bytes, wishes, count, &start, &end);

	if (r == 0)
		r = space_read(guest->kernel.space, object + start, buf, end - start);
	if (r == 0)
		field_take(buf, start, wishes, count);
	return r;
}
