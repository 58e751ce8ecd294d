// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test-only: lose the next N events of a kind, so that a test can see the
 * checks of the sums fail.  Not part of an ordinary build.
 */
#include <linux/atomic.h>
#include <linux/moduleparam.h>

#include "faults.h"

static int faults_left[FAULT_NR];

module_param_named(drop_adds, faults_left[FAULT_ADD], int, 0644);
MODULE_PARM_DESC(drop_adds, "Test only: lose the next N adds");
module_param_named(drop_deletes, faults_left[FAULT_DELETE], int, 0644);
MODULE_PARM_DESC(drop_deletes, "Test only: lose the next N removals");
module_param_named(drop_moves, faults_left[FAULT_MOVE], int, 0644);
MODULE_PARM_DESC(drop_moves, "Test only: lose the next N migrations");
module_param_named(fail_owners, faults_left[FAULT_OWNER], int, 0644);
MODULE_PARM_DESC(fail_owners, "Test only: fail the next N allocations of owners");

/**
 * fault_strikes() - Whether this event is to be lost.
 * @fault: kind of event
 *
 * Two CPUs at once may lose one more than was asked for.
 */
bool fault_strikes(enum fault fault)
{
	int left = READ_ONCE(faults_left[fault]);

	if (likely(left <= 0))
		return false;
	WRITE_ONCE(faults_left[fault], left - 1);
	return true;
}
