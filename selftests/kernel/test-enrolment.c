// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of enrolments: what is written is read again; what somebody else has written is refused. */
#include <errno.h>

#include "base/macros.h"
#include "kernel/enrolment.h"
#include "ktap.h"
#include "random.h"

#define TEXT_LEN	100000u

static void fill(uint8_t *bytes, size_t len, struct random *rnd)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)random_next(rnd);
}

static size_t hashes_of(size_t len)
{
	return (len + MEM_PAGE - 1) / MEM_PAGE * ENROLMENT_HASH;
}

/* One that no kernel has, but might. */
static struct enrolment *make(void)
{
	static const size_t lens[IMAGE_AREAS] = { TEXT_LEN, 5000, 4096, 1, 0 };
	struct enrolment *e = calloc(1, sizeof(*e));
	struct random rnd = { 1 };
	size_t i;

	ASSERT(e);
	strcpy(e->build_id, "0123456789abcdef0123456789abcdef01234567");
	strcpy(e->release, "6.1.0-99-amd64");
	e->base = 0xffffffff9a000000;
	fill(e->types, ENROLMENT_HASH, &rnd);
	fill(e->symbols, ENROLMENT_HASH, &rnd);
	fill(e->processor, ENROLMENT_HASH, &rnd);
	for (i = 0; i < 3000; i++)
		ASSERT(sites_add(&e->sites, (enum site_kind)(i % SITE_KINDS),
				 (uint32_t)random_below(&rnd, TEXT_LEN)) == 0);
	sites_sort(&e->sites);
	for (i = 0; i < IMAGE_AREAS; i++) {
		e->areas[i].len = lens[i];
		e->areas[i].pages = malloc(hashes_of(lens[i]) + 1);
		ASSERT(e->areas[i].pages);
		fill(e->areas[i].pages, hashes_of(lens[i]), &rnd);
	}
	return e;
}

TEST(what_is_written_is_read)
{
	struct enrolment *e = make(), *again;
	struct error err = { 0 };
	size_t len, i;
	char *text;

	ASSERT(enrolment_format(e, &text, &len) == 0);
	if (enrolment_parse(&again, text, len, &err) < 0) {
		KTAP_SAY("%s", err.text);
		exit(KTAP_EXIT_FAIL);
	}
	EXPECT_STR(again->build_id, e->build_id);
	EXPECT_STR(again->release, e->release);
	EXPECT_U64(again->base, e->base);
	EXPECT(memcmp(again->types, e->types, ENROLMENT_HASH) == 0);
	EXPECT(memcmp(again->symbols, e->symbols, ENROLMENT_HASH) == 0);
	EXPECT(memcmp(again->processor, e->processor, ENROLMENT_HASH) == 0);
	for (i = 0; i < SITE_KINDS; i++) {
		const struct site_list *a = &again->sites.lists[i], *b = &e->sites.lists[i];

		EXPECT_U64(a->count, b->count);
		EXPECT(a->count == b->count &&
		       memcmp(a->offsets, b->offsets, a->count * sizeof(*a->offsets)) == 0);
	}
	for (i = 0; i < IMAGE_AREAS; i++) {
		EXPECT_U64(again->areas[i].len, e->areas[i].len);
		EXPECT(memcmp(again->areas[i].pages, e->areas[i].pages,
			      hashes_of(e->areas[i].len)) == 0);
	}
	enrolment_free(again);
	enrolment_free(e);
	free(text);
}

static void expect_refused(const char *text, size_t len, const char *why)
{
	struct enrolment *e;
	struct error err = { 0 };

	EXPECT_INT(enrolment_parse(&e, text, len, &err), -EINVAL);
	if (why && !strstr(err.text, why))
		KTAP_SAY("said '%s', expected '%s'", err.text, why);
}

TEST(what_is_no_enrolment)
{
	struct enrolment *e = make();
	size_t len;
	char *text;

	expect_refused("", 0, "no JSON");
	expect_refused("[]", 2, "format");
	expect_refused("{}", 2, "format");
	expect_refused("{\"format\": 1}", 13, "another version");
	expect_refused("{\"format\": 2}", 13, "build_id");
	ASSERT(enrolment_format(e, &text, &len) == 0);
	/* Cut off anywhere. */
	expect_refused(text, len / 2, "no JSON");
	expect_refused(text, len - 3, "no JSON");
	free(text);
	enrolment_free(e);
}

/* A file in which somebody has changed single bytes is refused or read, and that is all. */
TEST(changed_bytes_do_no_harm)
{
	struct enrolment *e = make(), *again;
	struct random rnd = { 2 };
	size_t n, i, len, read = 0;
	char *text, *copy;

	ASSERT(enrolment_format(e, &text, &len) == 0);
	copy = malloc(len);
	ASSERT(copy);
	for (n = 0; n < 3000; n++) {
		memcpy(copy, text, len);
		for (i = 0; i < 1 + n % 4; i++)
			copy[random_below(&rnd, (uint32_t)len)] = (char)random_next(&rnd);
		if (enrolment_parse(&again, copy, len, NULL) == 0) {
			read++;
			enrolment_free(again);
		}
	}
	printf("# %zu of %zu were read\n", read, n);
	free(copy);
	free(text);
	enrolment_free(e);
}

KTAP_MAIN()
