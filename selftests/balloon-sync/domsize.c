// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sizes by the hypervisor's own count, for tests to compare with: a line
 * "DOMID ACTUAL_KB MAX_KB" for each domain, and "free KB".
 */
#include <stdio.h>
#include <xenctrl.h>

int main(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_dominfo_t info[64];
	xc_physinfo_t host = { 0 };
	int n, i;

	n = xc ? xc_domain_getinfo(xc, 0, 64, info) : -1;
	if (n < 0 || xc_physinfo(xc, &host) < 0) {
		perror("domsize");
		return 1;
	}
	for (i = 0; i < n; i++)
		printf("%u %lu %lu\n", info[i].domid, info[i].nr_pages * 4,
		       info[i].max_memkb);
	printf("free %llu\n", (unsigned long long)host.free_pages * 4);
	xc_interface_close(xc);
	return 0;
}
