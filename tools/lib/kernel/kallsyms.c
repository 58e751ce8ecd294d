// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Made by scripts/kallsyms.c of Linux, read as by kernel/kallsyms.c.  In memory there are
 *
 *	kallsyms_num_syms	u32, how many
 *	kallsyms_names		of each symbol the number of its tokens (one byte, or two when
 *				the first has its high bit), and the tokens
 *	kallsyms_token_table	256 texts, each with a NUL
 *	kallsyms_token_index	256 u16: where each of them begins
 *	kallsyms_offsets	of each symbol an s32
 *
 * By the age of the kernel, an offset is:
 *
 *	before 6.15	when not negative an address as it is (of a variable of each processor),
 *			else kallsyms_relative_base - 1 - offset
 *	before 7.0	as u32, what is to be added to kallsyms_relative_base
 *	from 7.0 on	what is to be added to the place where it is itself
 *
 * Which of them is told by _stext, whose address VMCOREINFO has.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kallsyms.h"
#include "name-hash.h"

/* A Debian kernel has 170,000; with fewer it is none, with more it is a lie. */
#define SYMBOLS_MIN	1000
#define SYMBOLS_MAX	2000000
#define NAME_MAX_LEN	1024
#define TOKENS		256
#define TOKEN_TABLE_MAX	16384
#define NAMES_MAX	(64u << 20)
/* With its type and NUL a name has 25 bytes on the average. */
#define NAME_GUESS	32u
#define CHUNK		65536
/* Names of one hash: of a million that nobody has chosen, ten at most. */
#define ALIKE_MAX	64
/* No function or variable is so long. */
#define BEYOND_MAX	(64u << 20)

/**
 * struct later - a table that has not been read
 * @space: of the kernel
 * @info: says where it is
 * @memo: what is known of it
 */
struct later {
	struct space *space;
	struct vmcoreinfo info;
	struct kernel_memo memo;
};

/**
 * struct kallsyms - all symbols
 * @later: what is to be read when it is wanted; NULL when it was
 * @count: of them
 * @names: of all, each with its type before it and a NUL behind
 * @names_len: how long that is
 * @at: of each symbol, where its name is
 * @addresses: of each symbol
 * @by_address: numbers of symbols
 * @buckets: a number and 1 for each value of the hash, 0 for none
 * @next: of each symbol, the next one of the same hash, likewise
 * @bucket_count: a power of two
 */
struct kallsyms {
	struct later *later;
	size_t count;
	char *names;
	size_t names_len;
	uint32_t *at;
	uint64_t *addresses;
	uint32_t *by_address;
	uint32_t *buckets;
	uint32_t *next;
	size_t bucket_count;
};

/**
 * struct table - where the parts of the table are, and those that are needed whole
 * @names: virtual address
 * @offsets: virtual address
 * @relative_base: value, 0 without one
 * @stext: address of _stext
 * @count: of symbols
 * @tokens: the texts of all tokens
 * @index: where each one begins
 * @lengths: of each
 */
struct table {
	uint64_t names;
	uint64_t offsets;
	uint64_t relative_base;
	uint64_t stext;
	uint32_t count;
	char tokens[TOKEN_TABLE_MAX + 1];
	uint16_t index[TOKENS];
	uint16_t lengths[TOKENS];
};

/**
 * struct stream - memory that is read from one address on
 * @space: of the kernel
 * @address: of what is read next into the buffer
 * @buf: what has been read
 * @at: next byte of it
 * @len: bytes in it
 */
struct stream {
	struct space *space;
	uint64_t address;
	unsigned char buf[CHUNK];
	size_t at;
	size_t len;
};

static int makes_no_sense(const char *what, struct error *err)
{
	return error_set(err, -EPROTO,
			 "the guest's kallsyms: %s; its kernel is too old, too new, or hides something",
			 what);
}

/* Up to the end of a page at least, since what follows need not be mapped. */
static int fill(struct stream *s)
{
	size_t len = CHUNK - s->address % MEM_PAGE;
	int r = space_read(s->space, s->address, s->buf, len);

	if (r < 0) {
		len = MEM_PAGE - s->address % MEM_PAGE;
		r = space_read(s->space, s->address, s->buf, len);
	}
	if (r < 0)
		return r;
	s->address += len;
	s->at = 0;
	s->len = len;
	return 0;
}

static int next_byte(struct stream *s)
{
	if (s->at == s->len) {
		int r = fill(s);

		if (r < 0)
			return r;
	}
	return s->buf[s->at++];
}

/* Return: the number of tokens of the next name, negative errno. */
static int next_length(struct stream *s)
{
	int low = next_byte(s), high;

	if (low < 0 || !(low & 0x80))
		return low;
	high = next_byte(s);
	return high < 0 ? high : (low & 0x7f) | high << 7;
}

static int read_tokens(struct table *t, struct space *space, const struct vmcoreinfo *info,
		       struct error *err)
{
	uint64_t table, index;
	size_t i, len;
	int r;

	if (vmcoreinfo_hex(info, "SYMBOL", "kallsyms_token_table", &table) < 0 ||
	    vmcoreinfo_hex(info, "SYMBOL", "kallsyms_token_index", &index) < 0)
		return -ENOENT;
	r = space_read(space, index, t->index, sizeof(t->index));
	if (r < 0)
		return r;
	/* The last one ends where all do, but that is not said. */
	len = t->index[TOKENS - 1] + 1u;
	if (len > TOKEN_TABLE_MAX - MEM_PAGE)
		return makes_no_sense("tokens without end", err);
	r = space_read(space, table, t->tokens, len);
	for (i = 0; r == 0 && (i == 0 || t->tokens[len - 1] != '\0'); i++, len++) {
		if (i == NAME_MAX_LEN)
			return makes_no_sense("a token without an end", err);
		r = space_read(space, table + len, t->tokens + len, 1);
	}
	if (r < 0)
		return r;
	t->tokens[len] = '\0';
	for (i = 0; i < TOKENS; i++) {
		if (t->index[i] > len)
			return makes_no_sense("a token is nowhere", err);
		t->lengths[i] = (uint16_t)strlen(t->tokens + t->index[i]);
	}
	return 0;
}

static int read_table(struct table *t, struct space *space, const struct vmcoreinfo *info,
		      struct error *err)
{
	uint64_t count, base;

	if (vmcoreinfo_hex(info, "SYMBOL", "kallsyms_names", &t->names) < 0 ||
	    vmcoreinfo_hex(info, "SYMBOL", "kallsyms_num_syms", &count) < 0 ||
	    vmcoreinfo_hex(info, "SYMBOL", "kallsyms_offsets", &t->offsets) < 0 ||
	    vmcoreinfo_hex(info, "SYMBOL", "_stext", &t->stext) < 0)
		return -ENOENT;
	if (vmcoreinfo_hex(info, "SYMBOL", "kallsyms_relative_base", &base) == 0) {
		int r = space_read(space, base, &t->relative_base, sizeof(t->relative_base));

		if (r < 0)
			return r;
	}
	if (space_read(space, count, &t->count, sizeof(t->count)) < 0)
		return -EFAULT;
	if (t->count < SYMBOLS_MIN || t->count > SYMBOLS_MAX)
		return makes_no_sense("no kernel has so many symbols", err);
	return read_tokens(t, space, info, err);
}

/* Append a name of @tokens tokens. Return: 0, -EPROTO, -ENOMEM, negative errno. */
static int add_name(struct kallsyms *k, const struct table *t, struct stream *s, int tokens,
		    size_t *room)
{
	size_t begin = k->names_len;

	for (; tokens > 0; tokens--) {
		int token = next_byte(s);
		const char *text;
		size_t len;

		if (token < 0)
			return token;
		text = t->tokens + t->index[token];
		len = t->lengths[token];
		/* Of nothing there could be any number. */
		if (len == 0)
			return -EPROTO;
		if (k->names_len - begin + len > NAME_MAX_LEN)
			return -EPROTO;
		if (k->names_len + len + 2 > *room) {
			char *names = *room < NAMES_MAX ? realloc(k->names, 2 * *room) : NULL;

			if (!names)
				return -ENOMEM;
			k->names = names;
			*room *= 2;
		}
		memcpy(k->names + k->names_len, text, len);
		k->names_len += len;
	}
	/* A type and a name. */
	if (k->names_len - begin < 2)
		return -EPROTO;
	k->names[k->names_len++] = '\0';
	return 0;
}

static int read_names(struct kallsyms *k, const struct table *t, struct space *space)
{
	struct stream *s = calloc(1, sizeof(*s));
	size_t i, room = k->count * NAME_GUESS;
	int r = 0;

	k->names = malloc(room);
	if (!s || !k->names)
		r = -ENOMEM;
	else
		*s = (struct stream){ .space = space, .address = t->names };
	for (i = 0; r == 0 && i < k->count; i++) {
		int tokens = next_length(s);

		k->at[i] = (uint32_t)k->names_len;
		r = tokens < 0 ? tokens : add_name(k, t, s, tokens, &room);
	}
	free(s);
	return r;
}

enum kind { ABSOLUTE_PERCPU, BASE_RELATIVE, PLACE_RELATIVE, KINDS };

static uint64_t address_of(const struct table *t, enum kind how, size_t number,
			   int32_t offset)
{
	switch (how) {
	case ABSOLUTE_PERCPU:
		return offset >= 0 ? (uint64_t)offset :
				     t->relative_base - 1 - (uint64_t)(int64_t)offset;
	case BASE_RELATIVE:
		return t->relative_base + (uint32_t)offset;
	case PLACE_RELATIVE:
		return t->offsets + 4 * number + (uint64_t)(int64_t)offset;
	default:
		return 0;
	}
}

/* That by which a symbol called _stext is where it must be. */
static enum kind choose(struct kallsyms *k, const struct table *t,
			const int32_t *offsets)
{
	enum kind one;
	size_t i;

	for (i = 0; i < k->count; i++) {
		if (strcmp(k->names + k->at[i] + 1, "_stext") != 0)
			continue;
		for (one = 0; one < KINDS; one++)
			if (address_of(t, one, i, offsets[i]) == t->stext)
				return one;
	}
	return KINDS;
}

static int read_addresses(struct kallsyms *k, const struct table *t, struct space *space,
			  struct error *err)
{
	int32_t *offsets = calloc(k->count, sizeof(*offsets));
	enum kind found;
	size_t i;
	int r;

	if (!offsets)
		return -ENOMEM;
	r = space_read(space, t->offsets, offsets, k->count * sizeof(*offsets));
	found = r == 0 ? choose(k, t, offsets) : KINDS;
	for (i = 0; found != KINDS && i < k->count; i++)
		k->addresses[i] = address_of(t, found, i, offsets[i]);
	free(offsets);
	if (r == 0 && found == KINDS)
		return makes_no_sense("_stext is not where it should be", err);
	return r;
}

static size_t hash(struct kallsyms *k, const char *name)
{
	return name_hash(name) & (k->bucket_count - 1);
}

static int compare(const void *a, const void *b, void *data)
{
	struct kallsyms *k = data;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (k->addresses[i] != k->addresses[j])
		return k->addresses[i] < k->addresses[j] ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* A table that the kernel's own makefiles have made is in the order of addresses. */
static bool is_sorted(struct kallsyms *k)
{
	size_t i;

	for (i = 1; i < k->count; i++)
		if (k->addresses[i - 1] > k->addresses[i])
			return false;
	return true;
}

/* Of several with one name the first is found.  Return: false when a guest has chosen the names. */
static bool index_name(struct kallsyms *k, uint32_t number)
{
	const char *name = k->names + k->at[number] + 1;
	uint32_t *bucket = &k->buckets[hash(k, name)], at;
	int steps = 0;

	for (at = *bucket; at; at = k->next[at - 1], steps++)
		if (steps == ALIKE_MAX || strcmp(k->names + k->at[at - 1] + 1, name) == 0)
			return steps < ALIKE_MAX;
	k->next[number] = *bucket;
	*bucket = number + 1;
	return true;
}

static bool make_indexes(struct kallsyms *k)
{
	uint32_t i;

	for (i = 0; i < k->count; i++) {
		if (!index_name(k, i))
			return false;
		k->by_address[i] = i;
	}
	if (!is_sorted(k))
		qsort_r(k->by_address, k->count, sizeof(*k->by_address), compare, k);
	return true;
}

static struct kallsyms *create(size_t count)
{
	struct kallsyms *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->count = count;
	for (k->bucket_count = 1; k->bucket_count < count;)
		k->bucket_count *= 2;
	k->at = calloc(count, sizeof(*k->at));
	k->addresses = calloc(count, sizeof(*k->addresses));
	k->by_address = calloc(count, sizeof(*k->by_address));
	k->next = calloc(count, sizeof(*k->next));
	k->buckets = calloc(k->bucket_count, sizeof(*k->buckets));
	if (k->at && k->addresses && k->by_address && k->next && k->buckets)
		return k;
	kallsyms_free(k);
	return NULL;
}

static int read_all(struct kallsyms **ret, struct table *t, struct space *space,
		    const struct vmcoreinfo *info, struct error *err)
{
	struct kallsyms *k;
	int r = read_table(t, space, info, err);

	if (r < 0)
		return r;
	k = create(t->count);
	r = k ? read_names(k, t, space) : -ENOMEM;
	if (r == -EPROTO)
		makes_no_sense("a name that is none", err);
	if (r == 0)
		r = read_addresses(k, t, space, err);
	if (r == 0 && !make_indexes(k))
		r = makes_no_sense("too many names have the same hash", err);
	if (r < 0) {
		kallsyms_free(k);
		return r;
	}
	*ret = k;
	return 0;
}

int kallsyms_read(struct kallsyms **ret, struct space *space, const struct vmcoreinfo *info,
		  struct error *err)
{
	struct table *t = calloc(1, sizeof(*t));
	int r = t ? read_all(ret, t, space, info, err) : -ENOMEM;

	free(t);
	switch (r) {
	case 0:
	case -EPROTO:
		return r;
	case -ENOENT:
		return error_set(err, r,
				 "the guest's kallsyms: VMCOREINFO does not say where it is; Linux does from 6.0 on");
	default:
		return error_errno(err, r, "the guest's kallsyms");
	}
}

void kallsyms_free(struct kallsyms *k)
{
	if (!k)
		return;
	free(k->names);
	free(k->at);
	free(k->addresses);
	free(k->by_address);
	free(k->buckets);
	free(k->next);
	free(k->later);
	free(k);
}

int kallsyms_later(struct kallsyms **ret, struct space *space, const struct vmcoreinfo *info,
		   const struct kernel_memo *memo, struct error *err)
{
	struct kallsyms *k = calloc(1, sizeof(*k));
	struct later *later = malloc(sizeof(*later));

	if (!k || !later) {
		free(k);
		free(later);
		return error_errno(err, -ENOMEM, "the guest's kallsyms");
	}
	if (memo->symbol_count < SYMBOLS_MIN || memo->symbol_count > SYMBOLS_MAX) {
		free(k);
		free(later);
		return makes_no_sense("no kernel has so many symbols", err);
	}
	*later = (struct later){ .space = space, .info = *info, .memo = *memo };
	k->later = later;
	k->count = memo->symbol_count;
	*ret = k;
	return 0;
}

int kallsyms_complete(struct kallsyms *k, struct error *err)
{
	struct kallsyms *whole;
	int r;

	if (!k->later)
		return 0;
	r = kallsyms_read(&whole, k->later->space, &k->later->info, err);
	if (r < 0)
		return r;
	free(k->later);
	*k = *whole;
	free(whole);
	return 0;
}

size_t kallsyms_count(struct kallsyms *k)
{
	return k->count;
}

struct kallsyms_symbol kallsyms_at(struct kallsyms *k, size_t number)
{
	const char *name;

	/* Meanwhile there may be less of it. */
	if (kallsyms_complete(k, NULL) < 0 || number >= k->count)
		return (struct kallsyms_symbol){ .name = "", .type = '?' };
	name = k->names + k->at[number];
	return (struct kallsyms_symbol){
		.name = name + 1,
		.address = k->addresses[number],
		.type = name[0],
	};
}

int kallsyms_find(struct kallsyms *k, const char *name, uint64_t *ret)
{
	uint32_t number;
	int r = k->later ? memo_find(&k->later->memo, name, ret) : -EAGAIN;

	if (r != -EAGAIN)
		return r;
	if (kallsyms_complete(k, NULL) < 0)
		return -ENOENT;
	for (number = k->buckets[hash(k, name)]; number; number = k->next[number - 1]) {
		if (strcmp(k->names + k->at[number - 1] + 1, name) == 0) {
			*ret = k->addresses[number - 1];
			return 0;
		}
	}
	return -ENOENT;
}

/* How many symbols there are up to an address, in the order of addresses. */
static size_t count_up_to(struct kallsyms *k, uint64_t address)
{
	size_t low = 0, high = k->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (k->addresses[k->by_address[mid]] <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t kallsyms_after(struct kallsyms *k, uint64_t address)
{
	size_t next;

	if (kallsyms_complete(k, NULL) < 0)
		return UINT64_MAX;
	next = count_up_to(k, address);
	return next < k->count ? k->addresses[k->by_address[next]] : UINT64_MAX;
}

int kallsyms_name(struct kallsyms *k, uint64_t address, struct kallsyms_symbol *ret)
{
	size_t count;

	if (kallsyms_complete(k, NULL) < 0)
		return -ENOENT;
	count = count_up_to(k, address);
	/* Above the last one are modules, or nothing; below the kernel are no addresses. */
	if (count == 0 || count == k->count ||
	    address - k->addresses[k->by_address[count - 1]] > BEYOND_MAX)
		return -ENOENT;
	*ret = kallsyms_at(k, k->by_address[count - 1]);
	return 0;
}
