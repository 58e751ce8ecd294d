// SPDX-License-Identifier: GPL-2.0-or-later
/* Configurations of balloon-sync. */
#include "balloon-sync/config.h"
#include "fuzz.h"

/* libconfig 1.5 forgets the text that it has begun to read when a file ends within it. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static void check(const struct config *config)
{
	size_t i, j;

	FUZZ_ASSERT(config->guest_count <= CONFIG_LIST_MAX);
	FUZZ_ASSERT(config->group_count <= CONFIG_LIST_MAX);
	for (i = 0; i < config->guest_count; i++)
		FUZZ_ASSERT(strlen(config->guests[i].name) <= CONFIG_NAME_MAX);
	for (i = 0; i < config->group_count; i++) {
		const struct config_group *group = &config->groups[i];

		FUZZ_ASSERT(group->member_count > 0 && group->member_count <= CONFIG_MEMBERS_MAX);
		for (j = 0; j < group->share_count; j++)
			FUZZ_ASSERT(group->shares[j].guest < config->guest_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct config *config;

	if (config_load(fuzz_file(data, size), &config, &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
		return 0;
	}
	check(config);
	config_free(config);
	return 0;
}
