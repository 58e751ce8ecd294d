/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a guest that is bytes of the test's. */
#ifndef SELFTESTS_RAM_H
#define SELFTESTS_RAM_H

#include <stddef.h>

#include "mem/mem.h"

/**
 * ram_create() - Such memory, from address 0 on; ends the test on failure.
 * @bytes: what is read is what is there then
 * @size: of it, pages
 *
 * Return: to be given to mem_destroy().
 */
struct mem *ram_create(void *bytes, size_t size);

#endif
