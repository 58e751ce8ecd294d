/* SPDX-License-Identifier: GPL-2.0-only */
/* Events lost on purpose, in the build that tests the tests. */
#ifndef FILECACHE_FAULTS_H
#define FILECACHE_FAULTS_H

#include <linux/types.h>

/**
 * enum fault - what can be lost
 * @FAULT_ADD: a page that is added
 * @FAULT_DELETE: a page that is removed
 * @FAULT_MOVE: a page that is migrated
 * @FAULT_OWNER: memory for an owner
 * @FAULT_NR: how many there are
 */
enum fault {
	FAULT_ADD,
	FAULT_DELETE,
	FAULT_MOVE,
	FAULT_OWNER,
	FAULT_NR
};

#ifdef FILECACHE_FAULTS
bool fault_strikes(enum fault fault);
#else
static __always_inline bool fault_strikes(enum fault fault)
{
	return false;
}
#endif

#endif
