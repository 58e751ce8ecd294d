// SPDX-License-Identifier: GPL-2.0-or-later
/* State files of balloon-sync: what it will give back is in there. */
#include "balloon-sync/state.h"
#include "fuzz.h"

static bool ends(const char *text, size_t room)
{
	return memchr(text, '\0', room);
}

static void check(const struct state *state)
{
	size_t i;

	FUZZ_ASSERT(ends(state->hypervisor, sizeof(state->hypervisor)));
	FUZZ_ASSERT(state->limit_count <= STATE_LIMITS_MAX);
	for (i = 0; i < state->count; i++) {
		const struct state_guest *guest = &state->guests[i];

		FUZZ_ASSERT(ends(guest->address, sizeof(guest->address)));
		FUZZ_ASSERT(ends(guest->base.domain.name, HV_NAME_MAX));
		/* No two have the same. */
		FUZZ_ASSERT(state_find(state, guest->base.domain.uuid) == guest);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state state = { 0 };
	struct error err = { 0 };

	if (state_load(fuzz_file(data, size), &state, &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
		return 0;
	}
	check(&state);
	state_free(&state);
	return 0;
}
