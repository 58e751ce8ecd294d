// SPDX-License-Identifier: GPL-2.0-or-later
/* Types by their names: a hash of what has members, and a list of what has constants. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "btf-index.h"
#include "name-hash.h"

/**
 * struct btf_index - types by their names
 * @btf: libbpf's
 * @first: number of the first type
 * @ids: of structures, unions and other names
 * @next: of each of these, the next one of the same hash and 1; 0 for none
 * @buckets: the first one of each hash, likewise
 * @bucket_count: a power of two
 * @count: of @ids
 * @enums: numbers of enumerations
 * @enum_count: of them
 */
struct btf_index {
	const struct btf *btf;
	uint32_t first;
	uint32_t *ids;
	uint32_t *next;
	uint32_t *buckets;
	size_t bucket_count;
	size_t count;
	uint32_t *enums;
	size_t enum_count;
};

static bool has_members(const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_typedef(type);
}

static void count_types(struct btf_index *index)
{
	uint32_t id, count = btf__type_cnt(index->btf);

	for (id = index->first; id < count; id++) {
		const struct btf_type *type = btf__type_by_id(index->btf, id);

		index->count += has_members(type);
		index->enum_count += btf_is_any_enum(type);
	}
}

static const char *name_of(const struct btf_index *index, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(index->btf, id);
	const char *name = btf__name_by_offset(index->btf, type->name_off);

	return name ? name : "";
}

static bool allocate(struct btf_index *index)
{
	for (index->bucket_count = 1; index->bucket_count < index->count;)
		index->bucket_count *= 2;
	/* Of nothing there is NULL, or not. */
	index->ids = calloc(index->count + 1, sizeof(*index->ids));
	index->next = calloc(index->count + 1, sizeof(*index->next));
	index->enums = calloc(index->enum_count + 1, sizeof(*index->enums));
	index->buckets = calloc(index->bucket_count, sizeof(*index->buckets));
	return index->ids && index->next && index->enums && index->buckets;
}

/* From the last on, so that the first of a name is found first. */
static void fill(struct btf_index *index)
{
	size_t left = index->count, enums_left = index->enum_count;
	uint32_t id;

	for (id = btf__type_cnt(index->btf) - 1; id >= index->first; id--) {
		const struct btf_type *type = btf__type_by_id(index->btf, id);
		uint32_t *bucket;

		if (btf_is_any_enum(type))
			index->enums[--enums_left] = id;
		if (!has_members(type))
			continue;
		bucket = &index->buckets[name_hash(name_of(index, id)) &
					 (index->bucket_count - 1)];
		index->ids[--left] = id;
		index->next[left] = *bucket;
		*bucket = (uint32_t)left + 1;
	}
}

struct btf_index *btf_index_create(const struct btf *btf, uint32_t first)
{
	struct btf_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	index->btf = btf;
	index->first = first;
	count_types(index);
	if (!allocate(index)) {
		btf_index_free(index);
		return NULL;
	}
	fill(index);
	return index;
}

void btf_index_free(struct btf_index *index)
{
	if (!index)
		return;
	free(index->ids);
	free(index->next);
	free(index->buckets);
	free(index->enums);
	free(index);
}

/* The lowest comes first. */
static int rank(const struct btf_type *type)
{
	if (btf_is_struct(type))
		return 0;
	return btf_is_union(type) ? 1 : 2;
}

uint32_t btf_index_structure(const struct btf_index *index, const char *name)
{
	uint32_t at = index->buckets[name_hash(name) & (index->bucket_count - 1)], found = 0;
	int best = 3;

	for (; at && best > 0; at = index->next[at - 1]) {
		uint32_t id = index->ids[at - 1];
		int one = rank(btf__type_by_id(index->btf, id));

		if (one < best && strcmp(name_of(index, id), name) == 0) {
			best = one;
			found = id;
		}
	}
	return found;
}

size_t btf_index_enums(const struct btf_index *index, const uint32_t **ret)
{
	*ret = index->enums;
	return index->enum_count;
}
