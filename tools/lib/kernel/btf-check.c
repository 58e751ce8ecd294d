// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel checks of BTF that it is given (kernel/bpf/btf.c), as far as we read it. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/btf.h>

#include "btf-check.h"

#define KINDS	(BTF_KIND_ENUM64 + 1)
#define WORD	4u
/* As the kernel has it (KSYM_NAME_LEN), with the end: all types may have the same one. */
#define NAME_MOST	512u

/**
 * struct kind - what a type of a kind has behind its struct btf_type
 * @words: always
 * @each: for each of as many as it says
 * @refers: to another type, where others have their size
 * @named: the first word of each is a name
 * @typed: which word of each is a type, from 1 on
 */
struct kind {
	uint8_t words;
	uint8_t each;
	bool refers;
	bool named;
	uint8_t typed;
};

static const struct kind kinds[KINDS] = {
	[BTF_KIND_INT] = { .words = 1 },
	[BTF_KIND_PTR] = { .refers = true },
	[BTF_KIND_ARRAY] = { .words = 3 },
	[BTF_KIND_STRUCT] = { .each = 3, .named = true, .typed = 2 },
	[BTF_KIND_UNION] = { .each = 3, .named = true, .typed = 2 },
	[BTF_KIND_ENUM] = { .each = 2, .named = true },
	[BTF_KIND_FWD] = { .words = 0 },
	[BTF_KIND_TYPEDEF] = { .refers = true },
	[BTF_KIND_VOLATILE] = { .refers = true },
	[BTF_KIND_CONST] = { .refers = true },
	[BTF_KIND_RESTRICT] = { .refers = true },
	[BTF_KIND_FUNC] = { .refers = true },
	[BTF_KIND_FUNC_PROTO] = { .each = 2, .refers = true, .named = true, .typed = 2 },
	[BTF_KIND_VAR] = { .words = 1, .refers = true },
	[BTF_KIND_DATASEC] = { .each = 3, .typed = 1 },
	[BTF_KIND_FLOAT] = { .words = 0 },
	[BTF_KIND_DECL_TAG] = { .words = 1, .refers = true },
	[BTF_KIND_TYPE_TAG] = { .refers = true },
	[BTF_KIND_ENUM64] = { .each = 3, .named = true },
};

/**
 * struct check - while types are gone through
 * @at: next type
 * @left: bytes of types
 * @names_len: bytes of names, those of the base among them
 * @count: types so far, likewise
 * @highest: number of a type that one refers to; those behind it may come yet
 */
struct check {
	const char *at;
	size_t left;
	uint32_t names_len;
	uint32_t count;
	uint32_t highest;
};

static void refer(struct check *c, uint32_t id)
{
	if (id > c->highest)
		c->highest = id;
}

/* What follows a type. Return: 0; -EPROTO. */
static int check_rest(struct check *c, const struct btf_type *type, const struct kind *kind,
		      const uint32_t *words)
{
	uint32_t i, count = kind->each ? BTF_INFO_VLEN(type->info) : 0;

	if (kind->refers)
		refer(c, type->type);
	if (BTF_INFO_KIND(type->info) == BTF_KIND_ARRAY) {
		refer(c, words[0]);
		refer(c, words[1]);
	}
	for (i = 0; i < count; i++) {
		const uint32_t *one = words + (size_t)i * kind->each;

		if (kind->named && one[0] >= c->names_len)
			return -EPROTO;
		if (kind->typed)
			refer(c, one[kind->typed - 1]);
	}
	return 0;
}

static int check_type(struct check *c)
{
	struct btf_type type;
	const struct kind *kind;
	size_t rest;

	if (c->left < sizeof(type))
		return -EPROTO;
	memcpy(&type, c->at, sizeof(type));
	if (BTF_INFO_KIND(type.info) == BTF_KIND_UNKN || BTF_INFO_KIND(type.info) >= KINDS ||
	    type.name_off >= c->names_len || c->count == BTF_MAX_TYPE)
		return -EPROTO;
	kind = &kinds[BTF_INFO_KIND(type.info)];
	rest = WORD * (kind->words + (size_t)kind->each * BTF_INFO_VLEN(type.info));
	if (c->left - sizeof(type) < rest ||
	    check_rest(c, &type, kind, (const uint32_t *)(c->at + sizeof(type))) < 0)
		return -EPROTO;
	c->at += sizeof(type) + rest;
	c->left -= sizeof(type) + rest;
	c->count++;
	return 0;
}

static bool are_short(const char *names, uint32_t len)
{
	while (len > 0) {
		uint32_t one = (uint32_t)strnlen(names, len) + 1;

		if (one > NAME_MOST)
			return false;
		names += one;
		len -= one;
	}
	return true;
}

/*
 * Names begin with an empty one, and the last one has its end.  Where there is a base, the empty
 * one is there, and there may be no others.
 */
static bool names_fit(const char *names, uint32_t len, const struct btf_base *base)
{
	if (!len)
		return base->names_len;
	return (base->names_len || names[0] == '\0') && names[len - 1] == '\0' &&
	       len <= UINT32_MAX - base->names_len && are_short(names, len);
}

int btf_check(const void *data, size_t size, const struct btf_base *base, struct btf_base *ret)
{
	struct btf_header header;
	const char *rest;
	struct check c;
	int r = 0;

	if (size < sizeof(header))
		return -EPROTO;
	memcpy(&header, data, sizeof(header));
	if (header.magic != BTF_MAGIC || header.version != BTF_VERSION ||
	    header.hdr_len < sizeof(header) || header.hdr_len > size ||
	    header.hdr_len % WORD || header.type_off % WORD)
		return -EPROTO;
	rest = (const char *)data + header.hdr_len;
	size -= header.hdr_len;
	if (header.type_off > size || header.type_len > size - header.type_off ||
	    header.str_off > size || header.str_len > size - header.str_off ||
	    (uint64_t)header.type_off + header.type_len > header.str_off ||
	    !names_fit(rest + header.str_off, header.str_len, base))
		return -EPROTO;
	c = (struct check){
		.at = rest + header.type_off, .left = header.type_len,
		.names_len = base->names_len + header.str_len, .count = base->types,
	};
	while (r == 0 && c.left > 0)
		r = check_type(&c);
	if (r < 0 || c.highest > c.count)
		return -EPROTO;
	if (ret)
		*ret = (struct btf_base){ c.count, c.names_len };
	return 0;
}
