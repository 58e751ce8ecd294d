/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was not as it should be while a guest was looked at, as it is told. */
#ifndef KVMONITOR_DOUBT_H
#define KVMONITOR_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

#include "guest/guest.h"

#define DOUBT_TEXT_MAX	200

/** doubt_any() - Whether there is something to be told. */
bool doubt_any(const struct guest_doubts *doubts);

/** doubt_text() - In words. Return: @ret. */
const char *doubt_text(const struct guest_doubts *doubts, char ret[DOUBT_TEXT_MAX]);

#endif
