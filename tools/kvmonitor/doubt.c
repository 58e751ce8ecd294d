// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>

#include "doubt.h"

bool doubt_any(const struct guest_doubts *doubts)
{
	return doubts->torn || doubts->bad || doubts->cut;
}

const char *doubt_text(const struct guest_doubts *doubts, char ret[DOUBT_TEXT_MAX])
{
	snprintf(ret, DOUBT_TEXT_MAX, "in doubt: %" PRIu64 " links changed meanwhile, %" PRIu64
		 " objects could not be read, %" PRIu64 " lists had no end",
		 doubts->torn, doubts->bad, doubts->cut);
	return ret;
}

bool doubt_news(struct doubt_watch *watch, const struct guest_doubts *now, bool blind)
{
	struct guest_doubts tell = *now;
	bool news;

	if (!watch->torn)
		tell.torn = 0;
	watch->torn = now->torn;
	news = !tell.torn != !watch->told.torn || tell.bad != watch->told.bad ||
	       tell.cut != watch->told.cut || blind != watch->blind;
	watch->told = tell;
	watch->blind = blind;
	return news;
}
