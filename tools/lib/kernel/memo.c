// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "memo.h"

static const char *const names[MEMO_SYMBOLS] = {
	"linux_banner", "max_pfn", "init_task", "init_pid_ns", "modules",
	"super_blocks", "shmem_aops", "vmemmap_base", "tcp_hashinfo", "prb",
};

const char *const *memo_symbols(void)
{
	return names;
}

int memo_find(const struct kernel_memo *memo, const char *name, uint64_t *ret)
{
	size_t i;

	for (i = 0; i < MEMO_SYMBOLS; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		if (!(memo->has & BIT_ULL(i)))
			return -ENOENT;
		*ret = memo->addresses[i];
		return 0;
	}
	return -EAGAIN;
}
