// SPDX-License-Identifier: GPL-2.0-or-later
/* Of which looks a watch says that not all could be seen. */
#include "ktap.h"
#include "kvmonitor/doubt.h"

static struct doubt_watch watch;

static bool news(uint64_t torn, uint64_t bad, uint64_t cut)
{
	const struct guest_doubts now = { .torn = torn, .bad = bad, .cut = cut };

	return doubt_news(&watch, &now, false);
}

TEST(nothing_is_no_news)
{
	EXPECT(!news(0, 0, 0));
	EXPECT(!news(0, 0, 0));
}

TEST(what_could_not_be_read_is_told_once)
{
	EXPECT(news(0, 1, 0));
	EXPECT_U64(watch.told.bad, 1);
	EXPECT(!news(0, 1, 0));
	EXPECT(news(0, 2, 0));
	EXPECT(news(0, 2, 1));
	EXPECT(!news(0, 2, 1));
	/* And that it is over. */
	EXPECT(news(0, 0, 0));
	EXPECT(!doubt_any(&watch.told));
}

/* A task that leads to the beginning of the list, with all others behind it. */
TEST(links_that_never_fit_are_told)
{
	EXPECT(!news(1, 0, 0));
	EXPECT(news(1, 0, 0));
	EXPECT_U64(watch.told.torn, 1);
	EXPECT(!news(1, 0, 0));
	EXPECT(!news(3, 0, 0));
	EXPECT(news(0, 0, 0));
}

/* One that is busy would have a line for each look. */
TEST(links_that_change_now_and_then_are_not)
{
	int i;

	for (i = 0; i < 5; i++) {
		EXPECT(!news(4, 0, 0));
		EXPECT(!news(0, 0, 0));
	}
}

TEST(mounts_that_cannot_be_seen_are_told_once)
{
	const struct guest_doubts none = { 0 };

	EXPECT(doubt_news(&watch, &none, true));
	EXPECT(!doubt_news(&watch, &none, true));
	EXPECT(doubt_news(&watch, &none, false));
}

KTAP_MAIN()
