// SPDX-License-Identifier: GPL-2.0-only
/* No API change: what every probe needs; if this does not compile, none can. */
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <net/genetlink.h>

int probe(struct folio *folio);
int probe(struct folio *folio)
{
	return folio_test_locked(folio);
}
