// SPDX-License-Identifier: GPL-2.0-or-later
/* Types by libbpf's reader of BTF. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "btf-check.h"
#include "btf-index.h"
#include "btf-join.h"
#include "types.h"

/* Debian's kernels have 4 to 6 MB. */
#define BTF_MIN		4096
#define BTF_MAX		(64u << 20)
/* Their largest module has 1 MB. */
#define MODULE_MIN	sizeof(struct btf_header)
#define MODULE_MAX	(16u << 20)
/* Structures in structures, and names for names; deeper is a loop. */
#define DEPTH_MAX	32
#define NAME_ROOM	128
/* Members that are looked at for one; a kernel's largest structure has far below 10,000. */
#define STEPS_MAX	100000
/* No bit field is wider. */
#define BITS_MAX	64

/**
 * struct types - of a kernel, or of a module
 * @base: of the kernel, for those of a module; NULL
 * @space: that they are read by
 * @start: virtual address of the first byte of BTF
 * @size: of it, in bytes
 * @btf: libbpf's; NULL when it has not been read
 * @index: of it
 * @whole: what a module's go on from
 */
struct types {
	struct types *base;
	struct space *space;
	uint64_t start;
	size_t size;
	struct btf *btf;
	struct btf_index *index;
	struct btf_base whole;
};

/* By libbpf, which copies it. */
static int make_btf(struct types *types, const void *data)
{
	__free_mem void *joined = NULL;
	uint32_t size = (uint32_t)types->size;

	if (types->base) {
		joined = btf_join(types->base->btf, data, &size);
		if (!joined)
			return -ENOMEM;
	}
	types->btf = btf__new(joined ? joined : data, size);
	return types->btf ? 0 : -EPROTO;
}

static int parse(struct types *types, const void *data, struct error *err)
{
	static const struct btf_base nothing;
	const struct types *base = types->base;
	uint32_t first = base ? btf__type_cnt(base->btf) : 1;
	int r = btf_check(data, types->size, base ? &base->whole : &nothing, &types->whole);

	if (r == 0)
		r = make_btf(types, data);
	if (r == -ENOMEM)
		return error_errno(err, r, "the guest's BTF");
	if (r < 0)
		return error_set(err, r, "the guest's BTF: is damaged; %s", base ?
				 "the module has gone meanwhile, or hides something" :
				 "its kernel hides something");
	types->index = btf_index_create(types->btf, first);
	if (types->index)
		return 0;
	btf__free(types->btf);
	types->btf = NULL;
	return error_errno(err, -ENOMEM, "the guest's BTF");
}

/* What libbpf says on its own is not for our users. */
static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int types_complete(struct types *types, struct error *err)
{
	__free_mem void *data = NULL;
	int r;

	if (types->btf)
		return 0;
	data = malloc(types->size);
	if (!data)
		return error_errno(err, -ENOMEM, "the guest's BTF");
	r = space_read(types->space, types->start, data, types->size);
	if (r < 0)
		return error_errno(err, r, "the guest's BTF");
	libbpf_set_print(say_nothing);
	return parse(types, data, err);
}

int types_bytes(struct types *types, const void **ret, size_t *ret_len, struct error *err)
{
	uint32_t len;
	int r = types_complete(types, err);

	if (r < 0)
		return r;
	*ret = btf__raw_data(types->btf, &len);
	*ret_len = len;
	return *ret ? 0 : error_errno(err, -ENOMEM, "the guest's BTF");
}

static int create(struct types **ret, const struct types *what, struct error *err)
{
	struct types *types = malloc(sizeof(*types));

	if (!types)
		return error_errno(err, -ENOMEM, "the guest's BTF");
	*types = *what;
	*ret = types;
	return 0;
}

int types_later(struct types **ret, struct space *space, uint64_t start, uint64_t end,
		struct error *err)
{
	const struct types types = { .space = space, .start = start, .size = end - start };

	if (end < start || end - start < BTF_MIN || end - start > BTF_MAX)
		return error_set(err, -EPROTO, "the guest's BTF: 0x%" PRIx64 " to 0x%" PRIx64
				 ": no kernel has so much of it or so little", start, end);
	return create(ret, &types, err);
}

static int read_now(struct types **ret, struct types *types, struct error *err)
{
	int r = types_complete(types, err);

	if (r < 0)
		types_free(types);
	else
		*ret = types;
	return r;
}

int types_read(struct types **ret, struct space *space, uint64_t start, uint64_t end,
	       struct error *err)
{
	struct types *types;
	int r = types_later(&types, space, start, end, err);

	return r < 0 ? r : read_now(ret, types, err);
}

int types_read_module(struct types **ret, struct types *base, uint64_t start, uint64_t size,
		      struct error *err)
{
	const struct types of = {
		.base = base, .space = base->space, .start = start, .size = size,
	};
	struct types *types = NULL;
	int r = types_complete(base, err);

	if (r < 0)
		return r;
	if (size < MODULE_MIN || size > MODULE_MAX)
		return error_set(err, -EPROTO, "the guest's BTF: %" PRIu64
				 " bytes: no module has so much of it or so little", size);
	r = create(&types, &of, err);
	return r < 0 ? r : read_now(ret, types, err);
}

void types_free(struct types *types)
{
	if (!types)
		return;
	btf_index_free(types->index);
	btf__free(types->btf);
	free(types);
}

/* What a type is behind its other names. Return: NULL for none. */
static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	int depth;

	for (depth = 0; type && depth < DEPTH_MAX; depth++) {
		if (!btf_is_mod(type) && !btf_is_typedef(type))
			return type;
		type = btf__type_by_id(btf, type->type);
	}
	return NULL;
}

/* What has members. Return: NULL for none. */
static const struct btf_type *find_composite(const struct types *types, const char *name)
{
	uint32_t id = btf_index_structure(types->index, name);
	const struct btf_type *type = id ? resolve(types->btf, id) : NULL;

	if (type && btf_is_composite(type))
		return type;
	return types->base ? find_composite(types->base, name) : NULL;
}

static int find_structure(struct types *types, const char *name, const struct btf_type **ret,
			  struct error *err)
{
	const struct btf_type *type;
	int r = types_complete(types, err);

	if (r < 0)
		return r;
	/* Many have none: one of them would be found. */
	if (!*name)
		return error_set(err, -ENOENT, "the guest's kernel: a structure has a name");
	type = find_composite(types, name);
	if (!type)
		return error_set(err, -ENOENT, "the guest's kernel: has no structure %s", name);
	*ret = type;
	return 0;
}

/* Size of what one element of a type takes, and how many there are. */
static int measure(const struct btf *btf, uint32_t id, struct types_member *ret)
{
	const struct btf_type *type = resolve(btf, id);
	uint64_t elements = 1;
	int depth;
	int64_t size;

	for (depth = 0; type && btf_is_array(type) && depth < DEPTH_MAX; depth++) {
		elements *= btf_array(type)->nelems;
		if (elements > UINT32_MAX)
			return -EPROTO;
		id = btf_array(type)->type;
		type = resolve(btf, id);
	}
	size = btf__resolve_size(btf, id);
	if (!type || size < 0 || size > UINT32_MAX)
		return -EPROTO;
	ret->size = (uint32_t)size;
	ret->elements = (uint32_t)elements;
	return 0;
}

/* The whole bytes that a bit field is in. */
static int place_bits(struct types_member *ret, uint64_t bit, uint32_t bits)
{
	if (bits > BITS_MAX)
		return -EPROTO;
	ret->offset = (uint32_t)(bit / 8);
	ret->shift = (uint8_t)(bit % 8);
	ret->bits = (uint8_t)bits;
	ret->size = (ret->shift + bits + 7) / 8;
	ret->elements = 1;
	return 0;
}

/**
 * struct search - for a member
 * @btf: of the kernel
 * @name: of the member, without what comes behind a dot
 * @bit: offset of the structure that is searched
 * @type: of the member, when it was found
 * @steps: members that may still be looked at: structures that have each other many times
 *	   over are as good as without end
 * @ret: where the member is
 */
struct search {
	const struct btf *btf;
	const char *name;
	uint64_t bit;
	uint32_t type;
	uint32_t steps;
	struct types_member *ret;
};

/* Where the member is that has been found. Return: 1; -EPROTO. */
static int place(struct search *s, const struct btf_type *type, uint32_t i)
{
	uint32_t bits = btf_member_bitfield_size(type, i);
	int r;

	s->type = btf_members(type)[i].type;
	s->ret->offset = (uint32_t)(s->bit / 8);
	s->ret->shift = 0;
	s->ret->bits = 0;
	if (bits)
		r = place_bits(s->ret, s->bit, bits);
	else
		r = measure(s->btf, s->type, s->ret);
	return r < 0 ? r : 1;
}

/* Return: 1 when it is there; 0; -EPROTO. */
static int search(struct search *s, const struct btf_type *type, int depth)
{
	const struct btf_member *member = btf_members(type);
	uint32_t i, count = btf_vlen(type);
	uint64_t base = s->bit;
	int r = 0;

	if (depth == DEPTH_MAX)
		return -EPROTO;
	for (i = 0; i < count && r == 0; i++) {
		const char *name = btf__name_by_offset(s->btf, member[i].name_off);
		const struct btf_type *inner;

		if (!name || s->steps-- == 0)
			return -EPROTO;
		s->bit = base + btf_member_bit_offset(type, i);
		if (strcmp(name, s->name) == 0)
			return place(s, type, i);
		inner = *name ? NULL : resolve(s->btf, member[i].type);
		if (inner && btf_is_composite(inner))
			r = search(s, inner, depth + 1);
	}
	return r;
}

static int missing(const char *structure, const char *path, struct error *err)
{
	return error_set(err, -ENOENT, "the guest's kernel: has no %s.%s", structure, path);
}

int types_member(struct types *types, const char *structure, const char *path,
		 struct types_member *ret, struct error *err)
{
	struct types_member found = { 0 };
	struct search s = { .ret = &found };
	const struct btf_type *type;
	const char *at = path;
	int r = find_structure(types, structure, &type, err);

	if (r < 0)
		return r;
	s.btf = types->btf;
	for (;;) {
		size_t len = strcspn(at, ".");
		char name[NAME_ROOM];

		/* What has no name is not meant by none. */
		if (!type || !btf_is_composite(type) || len == 0 || len >= sizeof(name))
			return missing(structure, path, err);
		memcpy(name, at, len);
		name[len] = '\0';
		s.name = name;
		s.steps = STEPS_MAX;
		r = search(&s, type, 0);
		if (r == -EPROTO)
			return error_set(err, r, "the guest's BTF: %s makes no sense", structure);
		if (r == 0)
			return missing(structure, path, err);
		if (!at[len])
			break;
		at += len + 1;
		type = resolve(types->btf, s.type);
	}
	*ret = found;
	return 0;
}

bool types_has(struct types *types, const char *structure, const char *path)
{
	struct types_member member;

	return types_member(types, structure, path, &member, NULL) == 0;
}

int types_size(struct types *types, const char *structure, uint32_t *ret,
	       struct error *err)
{
	const struct btf_type *type;
	int r = find_structure(types, structure, &type, err);

	if (r == 0)
		*ret = type->size;
	return r;
}

static int find_constant(const struct btf *btf, const struct btf_type *type, const char *name,
			 int64_t *ret)
{
	uint32_t i, count = btf_vlen(type);

	for (i = 0; i < count; i++) {
		const char *one;

		if (btf_is_enum64(type))
			one = btf__name_by_offset(btf, btf_enum64(type)[i].name_off);
		else
			one = btf__name_by_offset(btf, btf_enum(type)[i].name_off);
		if (!one || strcmp(one, name) != 0)
			continue;
		*ret = btf_is_enum64(type) ? (int64_t)btf_enum64_value(&btf_enum64(type)[i]) :
					     btf_enum(type)[i].val;
		return 0;
	}
	return -ENOENT;
}

int types_constant(struct types *types, const char *name, int64_t *ret,
		   struct error *err)
{
	const uint32_t *ids;
	size_t i, count;
	int r = types_complete(types, err);

	if (r < 0)
		return r;
	count = btf_index_enums(types->index, &ids);
	for (i = 0; i < count; i++)
		if (find_constant(types->btf, btf__type_by_id(types->btf, ids[i]), name, ret) == 0)
			return 0;
	if (types->base)
		return types_constant(types->base, name, ret, err);
	return error_set(err, -ENOENT, "the guest's kernel: has no constant %s", name);
}
