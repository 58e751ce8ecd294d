// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hold as much memory as it is told to: each line of standard input is a
 * number of MB to hold from now on; "held N" on standard output says that they
 * have been touched.  The end of the input is the end of the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MB 1048576UL

static char *hold(char *now, size_t now_mb, size_t mb)
{
	size_t at, page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = now;

	if (mb < now_mb)
		munmap(now + mb * MB, (now_mb - mb) * MB);
	if (mb == 0)
		return NULL;
	if (!now) {
		p = mmap(NULL, mb * MB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	} else if (mb > now_mb) {
		p = mremap(now, now_mb * MB, mb * MB, MREMAP_MAYMOVE);
	}
	if (p == MAP_FAILED) {
		perror("memhog");
		exit(1);
	}
	for (at = now_mb * MB; at < mb * MB; at += page)
		p[at] = 1;
	return p;
}

int main(void)
{
	char line[64], *memory = NULL;
	size_t held = 0;

	while (fgets(line, sizeof(line), stdin)) {
		size_t mb = strtoul(line, NULL, 10);

		memory = hold(memory, held, mb);
		held = mb;
		printf("held %zu\n", held);
		fflush(stdout);
	}
	return 0;
}
