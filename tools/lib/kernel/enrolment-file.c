// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An enrolment as a file: one JSON object, whose format is in
 * Documentation/design/guest-memory.rst.  Bytes are in base 64.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "enrolment.h"

#define FORMAT	2

static const char *const site_keys[SITE_KINDS] = {
	[SITE_MOVED32] = "moved32",
	[SITE_MOVED64] = "moved64",
	[SITE_DISTANCE32] = "distance32",
	[SITE_CONSTANT64] = "constant64",
	[SITE_CONSTANT8] = "constant8",
	[SITE_TRACE] = "trace",
};

static const char *const area_keys[IMAGE_AREAS] = {
	[IMAGE_TEXT] = "text",
	[IMAGE_CONSTANTS] = "constants",
	[IMAGE_MORE_CONSTANTS] = "more_constants",
	[IMAGE_JUMPS] = "jump_labels",
	[IMAGE_CALLS] = "static_calls",
};

/* --- writing ------------------------------------------------------------------------- */

static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

static int set_bytes(json_t *object, const char *key, const uint8_t *bytes, size_t len)
{
	__free_mem char *text = malloc(BASE64_ENCODE_RAW_LENGTH(len) + 1);

	if (!text)
		return -ENOMEM;
	base64_encode_raw(text, len, bytes);
	return set(object, key, json_stringn(text, BASE64_ENCODE_RAW_LENGTH(len)));
}

static int set_sites(json_t *object, const struct sites *sites)
{
	json_t *all = json_object();
	enum site_kind kind;
	int r = set(object, "sites", all);

	for (kind = 0; r == 0 && kind < SITE_KINDS; kind++) {
		__free_mem uint8_t *bytes = NULL;
		size_t len;

		r = sites_pack(&sites->lists[kind], &bytes, &len);
		if (r == 0)
			r = set_bytes(all, site_keys[kind], bytes, len);
	}
	return r;
}

static int set_areas(json_t *object, const struct enrolment *e)
{
	json_t *all = json_object();
	enum image_area area;
	int r = set(object, "areas", all);

	for (area = 0; r == 0 && area < IMAGE_AREAS; area++) {
		const struct enrolment_area *from = &e->areas[area];
		json_t *one = json_object();

		r = set(all, area_keys[area], one);
		if (r == 0)
			r = set(one, "bytes", json_integer((json_int_t)from->len));
		if (r == 0)
			r = set_bytes(one, "sha256", from->pages,
				      (from->len + MEM_PAGE - 1) / MEM_PAGE * ENROLMENT_HASH);
	}
	return r;
}

int enrolment_format(const struct enrolment *e, char **ret, size_t *ret_len)
{
	__free_json json_t *object = json_object();
	char *text;
	int r = set(object, "format", json_integer(FORMAT));

	if (r == 0)
		r = set(object, "build_id", json_text(e->build_id));
	if (r == 0)
		r = set(object, "release", json_text(e->release));
	if (r == 0)
		r = set(object, "base", json_u64(e->base));
	if (r == 0)
		r = set_bytes(object, "types", e->types, sizeof(e->types));
	if (r == 0)
		r = set_bytes(object, "symbols", e->symbols, sizeof(e->symbols));
	if (r == 0)
		r = set_bytes(object, "processor", e->processor, sizeof(e->processor));
	if (r == 0)
		r = set_sites(object, &e->sites);
	if (r == 0)
		r = set_areas(object, e);
	text = r == 0 ? json_dumps(object, JSON_INDENT(1)) : NULL;
	if (!text)
		return -ENOMEM;
	*ret = text;
	*ret_len = strlen(text);
	return *ret_len > ENROLMENT_FILE_MAX ? -EFBIG : 0;
}

/* --- reading ------------------------------------------------------------------------- */

/* Return: how many bytes, in @ret, to be freed; -EINVAL, -ENOMEM. */
static int64_t get_bytes(const json_t *object, const char *key, uint8_t **ret, struct error *err)
{
	struct base64_decode_ctx decoder;
	const char *text;
	size_t len;
	uint8_t *bytes;
	int r = json_get_string(object, key, &text, err);

	if (r < 0)
		return r;
	len = BASE64_DECODE_LENGTH(strlen(text)) + 1;
	bytes = malloc(len);
	if (!bytes)
		return error_errno(err, -ENOMEM, "enrolment");
	base64_decode_init(&decoder);
	if (!base64_decode_update(&decoder, &len, bytes, strlen(text), text) ||
	    !base64_decode_final(&decoder)) {
		free(bytes);
		return error_set(err, -EINVAL, "enrolment: %s: is no base 64", key);
	}
	*ret = bytes;
	return (int64_t)len;
}

static int get_hash(const json_t *object, const char *key, uint8_t ret[ENROLMENT_HASH],
		    struct error *err)
{
	__free_mem uint8_t *bytes = NULL;
	int64_t len = get_bytes(object, key, &bytes, err);

	if (len < 0)
		return (int)len;
	if (len != ENROLMENT_HASH)
		return error_set(err, -EINVAL, "enrolment: %s: is no hash", key);
	memcpy(ret, bytes, ENROLMENT_HASH);
	return 0;
}

static int get_name(const json_t *object, const char *key, char *ret, size_t room,
		    struct error *err)
{
	const char *text;
	int r = json_get_string(object, key, &text, err);

	if (r < 0)
		return r;
	if (strlen(text) >= room)
		return error_set(err, -EINVAL, "enrolment: %s: is too long", key);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int get_sites(const json_t *object, struct sites *sites, size_t limit, struct error *err)
{
	const json_t *all = json_object_get(object, "sites");
	enum site_kind kind;
	int r = 0;

	for (kind = 0; r == 0 && kind < SITE_KINDS; kind++) {
		__free_mem uint8_t *bytes = NULL;
		int64_t len = get_bytes(all, site_keys[kind], &bytes, err);

		if (len < 0)
			return (int)len;
		r = sites_unpack(sites, kind, bytes, (size_t)len, limit);
	}
	return r < 0 ? error_set(err, -EINVAL, "enrolment: sites: make no sense") : 0;
}

static int get_area(const json_t *all, enum image_area which, struct enrolment_area *ret,
		    struct error *err)
{
	const json_t *one = json_object_get(all, area_keys[which]);
	uint64_t bytes;
	int64_t len;
	int r = json_get_u64(one, "bytes", &bytes, err);

	if (r < 0)
		return r;
	if (bytes > ENROLMENT_FILE_MAX * (uint64_t)MEM_PAGE / ENROLMENT_HASH)
		return error_set(err, -EINVAL, "enrolment: %s: is too long", area_keys[which]);
	len = get_bytes(one, "sha256", &ret->pages, err);
	if (len < 0)
		return (int)len;
	ret->len = bytes;
	if ((uint64_t)len != (bytes + MEM_PAGE - 1) / MEM_PAGE * ENROLMENT_HASH)
		return error_set(err, -EINVAL, "enrolment: %s: not so many hashes",
				 area_keys[which]);
	return 0;
}

static int parse(struct enrolment *e, const json_t *object, struct error *err)
{
	enum image_area area;
	uint64_t format;
	int r = json_get_u64(object, "format", &format, err);

	if (r == 0 && format != FORMAT)
		r = error_set(err, -EINVAL, "enrolment: of another format, by another version");
	if (r == 0)
		r = get_name(object, "build_id", e->build_id, sizeof(e->build_id), err);
	if (r == 0)
		r = get_name(object, "release", e->release, sizeof(e->release), err);
	if (r == 0)
		r = json_get_u64(object, "base", &e->base, err);
	if (r == 0)
		r = get_hash(object, "types", e->types, err);
	if (r == 0)
		r = get_hash(object, "symbols", e->symbols, err);
	if (r == 0)
		r = get_hash(object, "processor", e->processor, err);
	for (area = 0; r == 0 && area < IMAGE_AREAS; area++)
		r = get_area(json_object_get(object, "areas"), area, &e->areas[area], err);
	return r < 0 ? r : get_sites(object, &e->sites, e->areas[IMAGE_TEXT].len, err);
}

int enrolment_parse(struct enrolment **ret, const char *text, size_t len, struct error *err)
{
	__free_json json_t *object = len > ENROLMENT_FILE_MAX ? NULL :
				     json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct enrolment *e;
	int r;

	if (!object)
		return error_set(err, -EINVAL, "enrolment: is no JSON");
	e = calloc(1, sizeof(*e));
	if (!e)
		return error_errno(err, -ENOMEM, "enrolment");
	r = parse(e, object, err);
	if (r < 0) {
		enrolment_free(e);
		return r;
	}
	*ret = e;
	return 0;
}
