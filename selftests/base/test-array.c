// SPDX-License-Identifier: GPL-2.0-or-later
/* A list keeps what is in it while it grows. */
#include "base/array.h"
#include "ktap.h"

TEST(it_grows_and_keeps)
{
	uint64_t *list = NULL;
	size_t i, room = 0;

	for (i = 0; i < 1000; i++) {
		list = array_room(list, i, &room, sizeof(*list));
		ASSERT(list && room > i);
		list[i] = i * i;
	}
	for (i = 0; i < 1000; i++)
		EXPECT_U64(list[i], i * i);
	EXPECT_U64(room, 1024);
	free(list);
}

TEST(with_room_nothing_is_done)
{
	size_t room = 0;
	char *list = array_room(NULL, 0, &room, 1);
	size_t had = room;

	ASSERT(list && had > 1);
	EXPECT(array_room(list, had - 1, &room, 1) == list);
	EXPECT_U64(room, had);
	free(list);
}

KTAP_MAIN()
