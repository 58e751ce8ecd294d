/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeping the number of dead owners down. */
#ifndef FILECACHE_FOLD_H
#define FILECACHE_FOLD_H

#include <linux/types.h>

bool filecache_fold(void);

#endif
