// SPDX-License-Identifier: GPL-2.0-or-later
/* What was not found by each look is in a table of its own, and is not nothing. */
#include "base/cleanup.h"
#include "base/json.h"
#include "ktap.h"
#include "kvmonitor/finding.h"
#include "kvmonitor/vm.h"

static const struct guest_finding sure = {
	.kind = GUEST_HIDDEN_PROCESS, .number = 7, .name = "a", .seen = 3, .looks = 3,
};

static const struct guest_finding unsure = {
	.kind = GUEST_HIDDEN_PROCESS, .number = 8, .name = "b", .seen = 1, .looks = 3,
	.unsure = true,
};

/* In place of vm.c's, which is tested with real guests. */
void vm_note_doubts(struct out *out, const struct guest_doubts *doubts)
{
}

/* Return: the exit status. */
static int put(bool json, const struct guest_finding *one, const struct guest_finding *other,
	       uint64_t bad, char **ret)
{
	struct finding_list list;
	struct out *out;
	size_t len;
	FILE *stream = open_memstream(ret, &len);
	int r;

	ASSERT(stream && out_create(&out, stream, json, OUT_SIZES_HUMAN, 0) == 0);
	finding_begin(&list, out);
	if (one)
		EXPECT_INT(finding_put(one, &list), 0);
	if (other)
		EXPECT_INT(finding_put(other, &list), 0);
	list.doubts.bad = bad;
	r = finding_end(&list, 0);
	EXPECT_INT(out_finish(out, NULL), 0);
	out_destroy(out);
	fclose(stream);
	return r;
}

TEST(it_has_a_status_of_its_own)
{
	__free_mem char *none = NULL, *one = NULL, *both = NULL, *missed = NULL;

	EXPECT_INT(put(false, NULL, NULL, 0, &none), 0);
	EXPECT_STR(none, "nothing found\n");
	EXPECT_INT(put(false, NULL, NULL, 1, &missed), EXIT_UNSURE);
	EXPECT_HAS(missed, "not all could be looked at");
	EXPECT_INT(put(false, &unsure, NULL, 0, &one), EXIT_UNSURE);
	EXPECT_HAS(one, "in 1 of 3 looks");
	EXPECT(!strstr(one, "nothing found"));
	EXPECT_INT(put(false, &unsure, &sure, 0, &both), EXIT_FOUND);
	EXPECT_HAS(both, "in 1 of 3 looks");
}

TEST(programs_have_it_beside_the_findings)
{
	__free_json json_t *json = NULL;
	__free_mem char *text = NULL;
	json_t *one;

	EXPECT_INT(put(true, &unsure, &sure, 0, &text), EXIT_FOUND);
	json = json_loads(text, 0, NULL);
	EXPECT_INT(json_array_size(json_object_get(json, "findings")), 1);
	EXPECT_INT(json_array_size(json_object_get(json, "unsure")), 1);
	one = json_array_get(json_object_get(json, "unsure"), 0);
	EXPECT_INT(json_integer_value(json_object_get(one, "number")), 8);
	EXPECT_INT(json_integer_value(json_object_get(one, "seen")), 1);
	EXPECT_INT(json_integer_value(json_object_get(one, "looks")), 3);
}

KTAP_MAIN()
