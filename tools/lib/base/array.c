// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "array.h"

#define FIRST	16

void *array_room(void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : FIRST;

	if (count < *room)
		return list;
	list = reallocarray(list, more, size);
	if (list)
		*room = more;
	return list;
}
