/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that grow. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/**
 * array_room() - See to it that one more element has room.
 * @list: of elements, from malloc() or NULL; no longer valid after a success
 * @count: of elements
 * @room: for how many elements there is room; set to twice as many when there is none left
 * @size: of an element, in bytes
 *
 * Return: the list, perhaps elsewhere; NULL without memory, and then nothing has changed.
 */
void *array_room(void *list, size_t count, size_t *room, size_t size);

#endif
