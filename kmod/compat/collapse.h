/* SPDX-License-Identifier: GPL-2.0-only */
/* Huge pages of files, as far as kernels differ in them. */
#ifndef FILECACHE_COMPAT_COLLAPSE_H
#define FILECACHE_COMPAT_COLLAPSE_H

#include <linux/kconfig.h>
#include <linux/types.h>

#include "probes.h"

/**
 * compat_collapses_files() - Whether regular files' pages may become huge ones.
 *
 * By khugepaged or MADV_COLLAPSE; those of shmem may everywhere.
 */
static inline bool compat_collapses_files(void)
{
#ifdef HAVE_MAPPING_PMD_FOLIO
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE);
#else
	return IS_ENABLED(CONFIG_READ_ONLY_THP_FOR_FS);
#endif
}

#endif
