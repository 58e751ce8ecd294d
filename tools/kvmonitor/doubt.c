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
