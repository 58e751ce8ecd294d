// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a QEMU tells of itself: its command line, which it may write over, and what its monitor
 * answers about networks and processors.  These are read by who is not confined.
 */
#include "base/macros.h"
#include "fuzz.h"
#include "hv/qemu-arguments.h"
#include "kvmonitor/nic.h"
#include "mem/processor.h"

static const char *const options[] = { "name", "uuid", "m", "qmp", "mon", "chardev", "drive" };
static const char *const keys[] = { "", "id", "path", "guest", "file.filename", "size" };

static void read_arguments(char *text, size_t len)
{
	const struct qemu_arguments arguments = { text, len };
	size_t i, n, k;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		for (n = 0; n < 4; n++) {
			const char *value = qemu_argument(&arguments, options[i], n);
			char part[16];

			if (!value)
				break;
			FUZZ_ASSERT(value >= text && value <= text + len);
			for (k = 0; k < ARRAY_SIZE(keys); k++)
				if (qemu_property(value, keys[k], part, sizeof(part)))
					FUZZ_ASSERT(strlen(part) < sizeof(part));
		}
	}
	qemu_memory(&arguments);
}

static void read_networks(const char *text)
{
	struct nic list[4];
	size_t i, count = nic_parse(text, list, ARRAY_SIZE(list));

	FUZZ_ASSERT(count <= ARRAY_SIZE(list));
	for (i = 0; i < count; i++)
		FUZZ_ASSERT(list[i].user && list[i].name[0] &&
			    strlen(list[i].name) < NIC_NAME_MAX);
}

static void read_processors(const char *text)
{
	uint64_t roots[4];

	FUZZ_ASSERT(processors_parse(text, roots, ARRAY_SIZE(roots)) <= ARRAY_SIZE(roots));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const uint8_t which = fuzz_u8(&in) % 3;
	const size_t len = in.left;
	char *text = fuzz_text(&in);

	if (which == 0)
		read_arguments(text, len);
	else if (which == 1)
		read_networks(text);
	else
		read_processors(text);
	free(text);
	return 0;
}
