// SPDX-License-Identifier: GPL-2.0-or-later
/* What QEMU, or who has taken its place, sends: the input is all of it, then it hangs up. */
#include "fuzz.h"
#include "hv/qmp-client.h"
#include "mem/mtree.h"
#include "peer.h"

/* Nobody is waited for, since the end of the connection has come already. */
#define WAIT_NS		1000000000ull
#define COMMANDS	4
static void look(const json_t *answer)
{
	struct mtree_range ranges[MTREE_RANGES_MAX];
	const char *text = json_string_value(answer);
	uint64_t number;

	if (text) {
		mtree_parse(text, ranges, NULL);
		mtree_parse_address(text, &number);
	}
	if (qmp_u64(answer, "actual", &number) == 0)
		FUZZ_ASSERT(number < 1ull << 53);
}

static void ask(struct qmp_client *client)
{
	struct error err = { 0 };
	json_t *answer = NULL;
	int r = qmp_execute(client, "human-monitor-command",
			    json_pack("{s:s}", "command-line", "info mtree -f"), &answer, &err);

	if (r < 0) {
		FUZZ_ASSERT(!answer && err.text[0]);
		return;
	}
	look(answer);
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmp_client *client;
	int i;

	peer_sends(data, size);
	FUZZ_ASSERT(qmp_client_create(&client, "guest", "/nowhere", WAIT_NS, NULL) == 0);
	for (i = 0; i < COMMANDS && qmp_client_open(client, NULL) == 0; i++)
		ask(client);
	FUZZ_ASSERT(qmp_client_number(client) <= COMMANDS);
	qmp_client_destroy(client);
	peer_hangs_up();
	return 0;
}
