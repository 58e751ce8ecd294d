// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and names from strangers. */

#include "base/parse.h"
#include "base/text.h"
#include "fuzz.h"

/* On a terminal nothing of it acts. */
static void check_escaped(const char *text, bool plain)
{
	for (; *text; text++)
		FUZZ_ASSERT((unsigned char)*text >= ' ' && *text != 0x7f &&
			    (!plain || (unsigned char)*text < 0x80));
}

static void names(const char *text)
{
	char *escaped = text_escape(text), *utf8 = text_utf8(text),
	     *both = text_escape_utf8(text);

	FUZZ_ASSERT(escaped && utf8 && both);
	/* In the locale "C" there is nothing but ASCII. */
	check_escaped(escaped, true);
	check_escaped(both, false);
	text_cut(escaped, 7);
	FUZZ_ASSERT(text_width(escaped) <= 7);
	free(escaped);
	free(utf8);
	free(both);
}

static void numbers(const char *text)
{
	uint64_t value = 0;

	if (parse_u64("x", text, 3, 1000, &value, NULL) == 0)
		FUZZ_ASSERT(value >= 3 && value <= 1000);
	if (parse_size("x", text, 3, 1ull << 50, &value, NULL) == 0)
		FUZZ_ASSERT(value >= 3 && value <= 1ull << 50);
	if (parse_duration("x", text, 3, 1ull << 60, &value, NULL) == 0)
		FUZZ_ASSERT(value >= 3 && value <= 1ull << 60);
	parse_field(text, "Cached:", &value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *text = fuzz_text(&in);

	names(text);
	numbers(text);
	free(text);
	return 0;
}
