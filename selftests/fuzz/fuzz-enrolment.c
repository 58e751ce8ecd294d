// SPDX-License-Identifier: GPL-2.0-or-later
/* Enrolments: what was read is written as it was, whoever wrote it. */
#include "fuzz.h"
#include "kernel/enrolment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct enrolment *one, *again;
	struct error err = { 0 };
	char *text, *text_again;
	size_t len, len_again;

	if (enrolment_parse(&one, (const char *)data, size, &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
		return 0;
	}
	FUZZ_ASSERT(enrolment_format(one, &text, &len) == 0);
	FUZZ_ASSERT(enrolment_parse(&again, text, len, NULL) == 0);
	FUZZ_ASSERT(enrolment_format(again, &text_again, &len_again) == 0);
	FUZZ_ASSERT(len == len_again && memcmp(text, text_again, len) == 0);
	free(text_again);
	free(text);
	enrolment_free(again);
	enrolment_free(one);
	return 0;
}
