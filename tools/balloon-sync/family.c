// SPDX-License-Identifier: GPL-2.0-or-later
/* A process and its descendants, also those whose parents have ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "family.h"

static int compare(pid_t pid, uint64_t start_ticks, const struct family_kin *kin)
{
	if (pid != kin->pid)
		return pid < kin->pid ? -1 : 1;
	return (start_ticks > kin->start_ticks) - (start_ticks < kin->start_ticks);
}

/* Where it is, or where it would have to be put. */
static size_t place(const struct family *family, pid_t pid, uint64_t start_ticks)
{
	size_t low = 0, high = family->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(pid, start_ticks, &family->list[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct family_kin *find(const struct family *family, pid_t pid,
			       uint64_t start_ticks)
{
	size_t at = place(family, pid, start_ticks);

	if (at == family->count || compare(pid, start_ticks, &family->list[at]) != 0)
		return NULL;
	return &family->list[at];
}

static int add(struct family *family, const struct family_kin *kin)
{
	size_t at = place(family, kin->pid, kin->start_ticks);

	struct family_kin *list = array_room(family->list, family->count, &family->room,
					     sizeof(*list));

	if (!list)
		return -ENOMEM;
	family->list = list;
	memmove(&family->list[at + 1], &family->list[at],
		(family->count - at) * sizeof(*family->list));
	family->list[at] = *kin;
	family->count++;
	return 0;
}

int family_init(struct family *family, pid_t pid, uint64_t start_ticks)
{
	struct family_kin kin = {
		.pid = pid,
		.start_ticks = start_ticks,
		.alive = true,
	};

	*family = (struct family){ 0 };
	return add(family, &kin);
}

void family_exit(struct family *family)
{
	free(family->list);
	*family = (struct family){ 0 };
}

bool family_has(const struct family *family, pid_t pid, uint64_t start_ticks)
{
	return !!find(family, pid, start_ticks);
}

/* A parent that started later than its child is another one of that number. */
static bool is_child(const struct family *family, const struct census *census,
		     const struct census_process *process)
{
	const struct census_process *parent = census_find(census, process->ppid);

	return parent && parent->start_ticks <= process->start_ticks &&
	       family_has(family, parent->pid, parent->start_ticks);
}

int family_update(struct family *family, const struct census *census)
{
	size_t i, before;

	for (i = 0; i < family->count; i++) {
		const struct census_process *now = census_find(census, family->list[i].pid);

		family->list[i].alive = now &&
			now->start_ticks == family->list[i].start_ticks;
	}
	/* Numbers are given in circles, so a child may stand before its parent. */
	do {
		before = family->count;
		for (i = 0; i < census->count; i++) {
			const struct census_process *process = &census->list[i];
			struct family_kin kin = {
				.pid = process->pid,
				.start_ticks = process->start_ticks,
				.alive = true,
			};

			if (family_has(family, kin.pid, kin.start_ticks) ||
			    !is_child(family, census, process))
				continue;
			if (add(family, &kin) < 0)
				return -ENOMEM;
		}
	} while (family->count > before);
	return 0;
}

static void forget(struct family *family)
{
	size_t i, kept = 0;

	for (i = 0; i < family->count; i++)
		if (family->list[i].alive || family->list[i].owns)
			family->list[kept++] = family->list[i];
	family->count = kept;
}

static int compare_ids(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int family_adopt(struct family *family, const struct filecache_owner *owners,
		 size_t count)
{
	__free_mem bool *ours = calloc(count + 1, sizeof(*ours));
	size_t i;

	if (!ours)
		return -ENOMEM;
	for (i = 0; i < family->count; i++)
		family->list[i].owns = false;
	for (i = 0; i < count; i++) {
		struct filecache_owner key = { .id = owners[i].parent_id };
		struct family_kin kin = {
			.pid = (pid_t)owners[i].pid,
			.start_ticks = census_ticks(owners[i].process_start_ns),
			.owns = true,
		};
		struct family_kin *known = find(family, kin.pid, kin.start_ticks);
		const struct filecache_owner *parent;

		if (known) {
			known->owns = true;
			ours[i] = true;
			continue;
		}
		parent = bsearch(&key, owners, i, sizeof(key), compare_ids);
		if (!parent || !ours[parent - owners])
			continue;
		ours[i] = true;
		if (add(family, &kin) < 0)
			return -ENOMEM;
	}
	forget(family);
	return 0;
}
