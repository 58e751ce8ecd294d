// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A memo is a struct in a file of the host's, for the same program on the same host until the
 * virtual machine has ended.  What it is good for is checked in the guest's memory; here, that each
 * number in it could have come from layout_find().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/sha2.h>

#include "field.h"
#include "memo.h"

/**
 * struct memo - as in the file; all of it counts, what is between members is zero
 * @form: what this program means by the rest
 * @whose: the virtual machine's
 * @kernel: of it
 * @layout: of the kernel's structures
 * @sum: SHA-256 of all before it, against damage
 */
struct memo {
	uint8_t form[SHA256_DIGEST_SIZE];
	char whose[GUEST_WHOSE_MAX];
	struct kernel_memo kernel;
	struct guest_layout layout;
	uint8_t sum[SHA256_DIGEST_SIZE];
};

size_t guest_memo_bytes(void)
{
	return sizeof(struct memo);
}

/* Another version of this program has other members, or has them elsewhere. */
static void make_form(uint8_t ret[SHA256_DIGEST_SIZE])
{
	const uint64_t bytes = sizeof(struct memo);
	const char *const *names = memo_symbols();
	struct sha256_ctx context;
	size_t i;

	sha256_init(&context);
	sha256_update(&context, sizeof(bytes), (const uint8_t *)&bytes);
	for (i = 0; i < MEMO_SYMBOLS; i++)
		sha256_update(&context, strlen(names[i]) + 1, (const uint8_t *)names[i]);
	layout_describe(&context);
	sha256_digest(&context, SHA256_DIGEST_SIZE, ret);
}

static void make_sum(const struct memo *memo, uint8_t ret[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, offsetof(struct memo, sum), (const uint8_t *)memo);
	sha256_digest(&context, SHA256_DIGEST_SIZE, ret);
}

int guest_remember(const struct guest *guest, const char *whose, void *ret)
{
	struct memo *memo;

	if (guest->kernel.memo.seal.count == 0 || strlen(whose) >= GUEST_WHOSE_MAX)
		return -ENODATA;
	memo = calloc(1, sizeof(*memo));
	if (!memo)
		return -ENOMEM;
	make_form(memo->form);
	memcpy(memo->whose, whose, strlen(whose));
	memo->kernel = guest->kernel.memo;
	memo->layout = guest->layout;
	make_sum(memo, memo->sum);
	memcpy(ret, memo, sizeof(*memo));
	free(memo);
	return 0;
}

/* Without looking at the guest. */
static int check(const struct memo *memo, const char *whose, struct error *err)
{
	uint8_t form[SHA256_DIGEST_SIZE], sum[SHA256_DIGEST_SIZE];

	make_sum(memo, sum);
	if (memcmp(sum, memo->sum, sizeof(sum)) != 0)
		return error_set(err, -EPROTO, "what is remembered: is damaged");
	make_form(form);
	if (memcmp(form, memo->form, sizeof(form)) != 0)
		return error_set(err, -ESTALE, "what is remembered: another program's");
	if (strnlen(memo->whose, GUEST_WHOSE_MAX) == GUEST_WHOSE_MAX ||
	    strcmp(memo->whose, whose) != 0)
		return error_set(err, -ESTALE, "what is remembered: another VM's");
	return layout_check(&memo->layout, err);
}

static int recall(struct guest **ret, const struct mem *mem, const struct memo *memo,
		  struct error *err)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int r;

	if (!guest)
		return error_errno(err, -ENOMEM, "the guest");
	guest->layout = memo->layout;
	r = kernel_recall(&guest->kernel, mem, &memo->kernel, err);
	if (r == 0)
		r = guest_begin(guest, err);
	if (r < 0) {
		guest_close(guest);
		return r;
	}
	*ret = guest;
	return 0;
}

int guest_recall(struct guest **ret, const struct mem *mem, const char *whose, const void *bytes,
		 size_t len, struct error *err)
{
	struct memo *memo;
	int r;

	if (len != sizeof(*memo))
		return error_set(err, -EPROTO, "what is remembered: is damaged");
	memo = malloc(sizeof(*memo));
	if (!memo)
		return error_errno(err, -ENOMEM, "the guest");
	memcpy(memo, bytes, sizeof(*memo));
	r = check(memo, whose, err);
	if (r == 0)
		r = recall(ret, mem, memo, err);
	free(memo);
	return r;
}
