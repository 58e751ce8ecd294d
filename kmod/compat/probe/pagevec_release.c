// SPDX-License-Identifier: GPL-2.0-only
/* Up to 6.4: batches of pages are pagevecs. */
#include <linux/pagevec.h>

void probe(struct pagevec *pvec);
void probe(struct pagevec *pvec)
{
	pagevec_init(pvec);
	__pagevec_release(pvec);
}
