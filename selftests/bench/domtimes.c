// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processor time, once a second: of the cgroup whose cpu.stat is named, and of some domains.
 *
 *	domtimes SECONDS CPUSTAT DOMID...
 *
 * A line "T CGROUP DOMAIN..." each, in seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xenctrl.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int print_group(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long long usec;
	int found = file ? fscanf(file, "usage_usec %llu", &usec) : 0;

	if (file)
		fclose(file);
	if (found == 1)
		printf(" %.6f", (double)usec / 1e6);
	return found == 1 ? 0 : -1;
}

static int print_domain(xc_interface *xc, unsigned int id)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(xc, id, 1, &info) != 1 || info.domid != id)
		return -1;
	printf(" %.6f", (double)info.cpu_time / 1e9);
	return 0;
}

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	const struct timespec second = { .tv_sec = 1 };
	int n, i, r = xc && argc > 2 ? 0 : -1;

	for (n = 0; r == 0 && n <= atoi(argv[1]); n++) {
		if (n > 0)
			nanosleep(&second, NULL);
		printf("%.6f", now());
		r = print_group(argv[2]);
		for (i = 3; r == 0 && i < argc; i++)
			r = print_domain(xc, (unsigned int)atoi(argv[i]));
		putchar('\n');
		fflush(stdout);
	}
	if (r < 0)
		perror("domtimes");
	return r < 0;
}
