// SPDX-License-Identifier: GPL-2.0-or-later
/* Use by process: anonymous memory, and page cache by the filecache module. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source.h"

/**
 * struct filecache_source - the source
 * @source: what others see of it
 * @client: connection to the module
 * @owners: of the last look, sorted by id
 * @count: of @owners
 * @claimed: for each of them, whether it belongs to a group already
 */
struct filecache_source {
	struct source source;
	struct filecache_client *client;
	struct filecache_owner *owners;
	size_t count;
	bool *claimed;
};

static struct filecache_source *cast(struct source *source)
{
	return (struct filecache_source *)source;
}

static uint64_t page_kb(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static uint64_t charged_pages(const struct filecache_owner *owner)
{
	return owner->file_pages + owner->blockdev_pages;
}

static int compare_ids(const void *a, const void *b)
{
	const struct filecache_owner *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int look(struct source *source, struct error *err)
{
	struct filecache_source *s = cast(source);
	struct filecache_owner *owners = NULL;
	size_t count;
	bool torn;
	int r = filecache_dump(s->client, &owners, &count, &torn, err);

	if (r == -ENOENT)
		return error_set(err, r,
				 "the module has been unloaded; load it with 'modprobe filecache'");
	if (r < 0)
		return r;
	free(s->owners);
	free(s->claimed);
	s->owners = owners;
	s->count = count;
	s->claimed = calloc(count + 1, sizeof(*s->claimed));
	if (!s->claimed) {
		s->count = 0;
		return error_errno(err, -ENOMEM, "filecache");
	}
	if (count)
		qsort(owners, count, sizeof(*owners), compare_ids);
	return 0;
}

static int measure(struct source *source, struct group *group,
		   struct census *census, struct usage *ret, struct error *err)
{
	struct filecache_source *s = cast(source);
	struct usage usage = { 0 };
	const pid_t *pids;
	uint64_t pages = 0;
	size_t count, i;
	int r = group_refresh(group, census, &pids, &count, err);

	if (r < 0)
		return r;
	usage_add_anon(&usage, pids, count);
	if (group_adopt(group, s->owners, s->count) < 0)
		return error_errno(err, -ENOMEM, "%s", group_name(group));
	for (i = 0; i < s->count; i++) {
		if (s->claimed[i] || !group_owns(group, &s->owners[i]))
			continue;
		s->claimed[i] = true;
		pages += charged_pages(&s->owners[i]);
	}
	usage.cache_kb = pages * page_kb();
	*ret = usage;
	return 0;
}

static int evict(struct source *source, struct group *group, uint64_t *ret_kb,
		 struct error *err)
{
	__free_mem struct filecache_owner *owners = NULL;
	struct filecache_source *s = cast(source);
	uint64_t pages = 0;
	size_t count, i;
	bool torn;
	int r = filecache_dump(s->client, &owners, &count, &torn, err);

	if (r < 0)
		return r;
	for (i = 0; i < count; i++) {
		struct filecache_evicted evicted;

		if (!group_owns(group, &owners[i]) || !charged_pages(&owners[i]))
			continue;
		r = filecache_evict_owner(s->client, owners[i].id, &evicted, err);
		if (r == 0)
			pages += evicted.evicted;
		/* An owner without pages any more may have gone meanwhile. */
		else if (r != -ENOENT)
			return r;
	}
	*ret_kb = pages * page_kb();
	return 0;
}

static void destroy(struct source *source)
{
	struct filecache_source *s = cast(source);

	filecache_client_destroy(s->client);
	free(s->owners);
	free(s->claimed);
	free(s);
}

static const struct source_ops filecache_ops = {
	.name = "filecache",
	.look = look,
	.measure = measure,
	.evict = evict,
	.destroy = destroy,
};

int source_filecache_create(struct source **ret, struct error *err)
{
	struct filecache_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_errno(err, -ENOMEM, "filecache");
	s->source.ops = &filecache_ops;
	r = filecache_client_create(&s->client, err);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret = &s->source;
	return 0;
}
