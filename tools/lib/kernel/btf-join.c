// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of a module's types go on from the kernel's, and so do offsets of its names: one after
 * the other, they are as if they had been made together.
 */
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "btf-join.h"

static char *put(char *at, const struct btf_header *of, uint32_t offset, uint32_t len)
{
	return (char *)memcpy(at, (const char *)of + of->hdr_len + offset, len) + len;
}

void *btf_join(const struct btf *base, const void *data, uint32_t *ret_size)
{
	uint32_t size;
	const struct btf_header *first = btf__raw_data(base, &size), *second = data;
	struct btf_header header = {
		.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(header),
	};
	char *ret, *at;

	if (!first)
		return NULL;
	header.type_len = first->type_len + second->type_len;
	header.str_off = header.type_len;
	header.str_len = first->str_len + second->str_len;
	size = header.hdr_len + header.type_len + header.str_len;
	ret = malloc(size);
	if (!ret)
		return NULL;
	at = (char *)memcpy(ret, &header, sizeof(header)) + sizeof(header);
	at = put(at, first, first->type_off, first->type_len);
	at = put(at, second, second->type_off, second->type_len);
	at = put(at, first, first->str_off, first->str_len);
	put(at, second, second->str_off, second->str_len);
	*ret_size = size;
	return ret;
}
