// SPDX-License-Identifier: GPL-2.0-or-later
/* What watch has told and what it missed, and its lines. */
#include <jansson.h>

#include <linux/filecache.h>

#include "base/clock.h"
#include "filecache/event-line.h"
#include "filecache/seen.h"
#include "ktap.h"

static struct seen seen;

static struct filecache_owner ended(uint64_t id, uint64_t second)
{
	return (struct filecache_owner){
		.id = id, .pid = 42, .flags = FILECACHE_OWNER_FLAG_DEAD,
		.exit_ns = second * NSEC_PER_SEC, .comm = "a\nb",
		.file_pages = 256, .added = 512, .owners = 1,
	};
}

TEST(an_end_is_told_once)
{
	EXPECT(seen_add(&seen, 5));
	EXPECT(!seen_add(&seen, 5));
	EXPECT(seen_add(&seen, 6));
}

TEST(what_was_told_or_is_old_was_not_missed)
{
	struct filecache_owner old = ended(5, 90), told = ended(6, 110);
	struct filecache_owner missed = ended(7, 111), alive = ended(8, 112);
	struct filecache_owner folded = ended(9, 113);

	alive.flags = 0;
	folded.flags |= FILECACHE_OWNER_FLAG_FOLDED;
	seen_all(&seen, 100 * NSEC_PER_SEC);
	EXPECT(seen_add(&seen, 6));
	EXPECT(!seen_missed(&seen, &old));
	EXPECT(!seen_missed(&seen, &told));
	EXPECT(!seen_missed(&seen, &alive));
	EXPECT(!seen_missed(&seen, &folded));
	EXPECT(seen_missed(&seen, &missed));
	EXPECT(!seen_missed(&seen, &missed));
	/* An announcement comes a little late. */
	missed = ended(10, 99);
	EXPECT(seen_missed(&seen, &missed));
}

TEST(it_remembers_as_many_as_can_be_in_a_buffer)
{
	uint64_t id;

	for (id = 1; id <= 3 * SEEN_MAX; id++)
		ASSERT(seen_add(&seen, id));
	EXPECT(!seen_add(&seen, 2 * SEEN_MAX + 1));
	EXPECT(seen_add(&seen, 2 * SEEN_MAX));
}

static char *text;
static size_t len;

static struct event_style begin(bool json)
{
	return (struct event_style){
		.to = open_memstream(&text, &len), .json = json,
		.page_size = 4096,
	};
}

TEST(lines_for_people)
{
	struct filecache_threshold t = { .state = 1, .now = 512, .pages = 256 };
	struct event_style style = begin(false);
	struct filecache_owner o = ended(17, 1);
	struct error err;

	setenv("TZ", "UTC", 1);
	EXPECT_INT(event_line_exit(&style, 3661, &o, &err), 0);
	EXPECT_INT(event_line_threshold(&style, 3662, "/a\033b", &t, &err), 0);
	t.state = 0;
	EXPECT_INT(event_line_threshold(&style, 3662, "@17", &t, &err), 0);
	EXPECT_INT(event_line_lost(&style, 3663, &err), 0);
	EXPECT_INT(event_line_gone(&style, 3664, "4711", &err), 0);
	fclose(style.to);
	EXPECT_STR(text,
		   "1970-01-01 01:01:01  ended  @17 a\\x0ab (pid 42) left 1.0 MiB of 2.0 MiB brought in\n"
		   "1970-01-01 01:01:02  above  /a\\x1bb has 2.0 MiB, threshold 1.0 MiB\n"
		   "1970-01-01 01:01:02  below  @17 has 2.0 MiB, threshold 1.0 MiB\n"
		   "1970-01-01 01:01:03  lost   some announcements; what can be made up for follows\n"
		   "1970-01-01 01:01:04  gone   4711 has ended and passes no threshold any more\n");
	free(text);
}

TEST(lines_for_programs)
{
	struct filecache_threshold t = {
		.state = 1, .now = 512, .pages = 256, .cgroup_id = 99,
	};
	struct event_style style = begin(true);
	struct filecache_owner o = ended(17, 1);
	json_t *json;
	struct error err;
	char *next;

	EXPECT_INT(event_line_exit(&style, 3661, &o, &err), 0);
	EXPECT_INT(event_line_threshold(&style, 3662, "/ids", &t, &err), 0);
	EXPECT_INT(event_line_lost(&style, 3663, &err), 0);
	EXPECT_INT(event_line_gone(&style, 3664, "@\xff", &err), 0);
	fclose(style.to);
	EXPECT_HAS(text, "\n");

	/* A line is an object: newlines of names are not newlines of it. */
	json = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	ASSERT(json);
	EXPECT_STR(json_string_value(json_object_get(json, "event")), "exit");
	EXPECT_STR(json_string_value(json_object_get(json, "comm")), "a\nb");
	EXPECT_STR(json_string_value(json_object_get(json, "time")),
		   "1970-01-01T01:01:01Z");
	EXPECT_U64((uint64_t)json_integer_value(json_object_get(json, "cache_bytes")),
		   1048576);
	json_decref(json);
	next = strchr(text, '\n') + 1;
	json = json_loads(next, JSON_DISABLE_EOF_CHECK, NULL);
	ASSERT(json);
	EXPECT_STR(json_string_value(json_object_get(json, "event")), "above");
	EXPECT_U64((uint64_t)json_integer_value(json_object_get(json, "cgroup_id")),
		   99);
	json_decref(json);
	next = strchr(next, '\n') + 1;
	EXPECT_HAS(next, "\"lost\"");
	next = strchr(next, '\n') + 1;
	EXPECT_HAS(next, "{\"event\":\"gone\",\"target\":\"@\\uFFFD\"");
	EXPECT_U64(strlen(strchr(next, '\n')), 1);
	free(text);
}

KTAP_MAIN()
