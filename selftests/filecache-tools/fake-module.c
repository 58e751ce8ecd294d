// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for the library that talks to the module, so that the whole command
 * can be run here.  What the module would have is in the environment:
 *
 *	FAKE_OWNERS=N	N more owners, each of another user
 *	FAKE_STATS=N	it is unloaded after N requests for statistics
 *	FAKE_GETS=N	owners are freed after N requests for one
 *	FAKE_DEAD=1	the owners that are asked for one by one are dead
 *	FAKE_ENDS=N	N ends are announced
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/filecache.h>

#include "base/macros.h"
#include "filecache/filecache.h"

#define PAGE 4096
/* Of the first of those that FAKE_OWNERS adds. */
#define FIRST_ID 20

struct filecache_client {
	int fd;
	uint64_t stats;
	uint64_t gets;
};

struct filecache_events {
	int ends[2];
	uint64_t left;
};

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static struct filecache_owner owner(uint64_t id, uint32_t uid, const char *comm,
				    uint64_t pages, uint32_t flags)
{
	struct filecache_owner o = {
		.id = id, .pid = (uint32_t)id * 10, .uid = uid, .flags = flags,
		.file_pages = pages, .added = pages, .owners = 1, .birth_ns = id,
		.process_start_ns = id, .cgroup_id = UINT64_MAX,
	};

	strncpy(o.comm, comm, sizeof(o.comm) - 1);
	return o;
}

int filecache_client_create(struct filecache_client **ret, struct error *err)
{
	struct filecache_client *client = calloc(1, sizeof(*client));

	if (!client)
		return error_errno(err, -ENOMEM, "fake");
	/* In the socket's place: whatever is printed there is lost. */
	client->fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	*ret = client;
	return 0;
}

void filecache_client_destroy(struct filecache_client *client)
{
	if (client)
		close(client->fd);
	free(client);
}

int filecache_dump(struct filecache_client *client, struct filecache_owner **ret,
		   size_t *count, bool *torn, struct error *err)
{
	const struct filecache_owner fixed[] = {
		owner(1, 0, "", 512, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner(2, 0, "", 256, FILECACHE_OWNER_FLAG_OVERFLOW),
		owner(3, 0, "(cgroup)", 128, FILECACHE_OWNER_FLAG_CGROUP),
		owner(4, 0, "(before load)", 64, 0),
		owner(5, 4242424, "[kworker]", 32, FILECACHE_OWNER_FLAG_DEAD),
		owner(6, 0, "kworker", 16, FILECACHE_OWNER_FLAG_KTHREAD),
	};
	size_t more = setting("FAKE_OWNERS", 0), i;
	struct filecache_owner *list;

	list = calloc(ARRAY_SIZE(fixed) + more, sizeof(*list));
	if (!list)
		return error_errno(err, -ENOMEM, "fake");
	memcpy(list, fixed, sizeof(fixed));
	for (i = 0; i < more; i++)
		list[ARRAY_SIZE(fixed) + i] = owner(FIRST_ID + i, 0, "many", 1, 0);
	*ret = list;
	*count = ARRAY_SIZE(fixed) + more;
	*torn = false;
	return 0;
}

int filecache_get_stats(struct filecache_client *client,
			struct filecache_stats *ret, struct error *err)
{
	if (client->stats++ >= setting("FAKE_STATS", UINT64_MAX))
		return error_errno(err, -ENOENT, "statistics");
	*ret = (struct filecache_stats){
		.page_size = PAGE, .owned_file = 240, .unknown_file = 512,
	};
	return 0;
}

int filecache_get_owner(struct filecache_client *client, uint64_t id,
			struct filecache_owner *ret, struct error *err)
{
	if (client->gets++ >= setting("FAKE_GETS", UINT64_MAX))
		return error_errno(err, -ENOENT, "owner");
	*ret = owner(id, 0, "sh", 100,
		     setting("FAKE_DEAD", 0) ? FILECACHE_OWNER_FLAG_DEAD : 0);
	return 0;
}

int filecache_get_pid(struct filecache_client *client, pid_t pid,
		      struct filecache_owner *ret, struct error *err)
{
	*ret = owner(7, 0, "sh", 100, 0);
	ret->pid = (uint32_t)pid;
	return 0;
}

int filecache_evict_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_evicted *ret, struct error *err)
{
	*ret = (struct filecache_evicted){ .evicted = 10, .kept = 2 };
	return 0;
}

int filecache_evict_pid(struct filecache_client *client, pid_t pid,
			struct filecache_evicted *ret, struct error *err)
{
	return filecache_evict_owner(client, (uint64_t)pid, ret, err);
}

int filecache_forget_owner(struct filecache_client *client, uint64_t id,
			   struct filecache_forgotten *ret, struct error *err)
{
	*ret = (struct filecache_forgotten){ .pages = 10, .owners = 1 };
	return 0;
}

int filecache_forget_dead(struct filecache_client *client,
			  struct filecache_forgotten *ret, struct error *err)
{
	return filecache_forget_owner(client, 0, ret, err);
}

int filecache_files_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_files *ret, struct error *err)
{
	*ret = (struct filecache_files){ 0 };
	ret->list = calloc(1, sizeof(*ret->list));
	if (!ret->list)
		return error_errno(err, -ENOMEM, "fake");
	ret->list[0] = (struct filecache_file){
		.ino = UINT64_MAX, .pages = 10, .inode_pages = 20,
	};
	ret->count = 1;
	return 0;
}

int filecache_files_pid(struct filecache_client *client, pid_t pid,
			struct filecache_files *ret, struct error *err)
{
	return filecache_files_owner(client, (uint64_t)pid, ret, err);
}

void filecache_files_exit(struct filecache_files *files)
{
	free(files->list);
	*files = (struct filecache_files){ 0 };
}

int filecache_threshold_set(struct filecache_client *client,
			    struct filecache_threshold *threshold,
			    struct error *err)
{
	threshold->id = 1;
	return 0;
}

int filecache_threshold_del(struct filecache_client *client, uint32_t id,
			    struct error *err)
{
	return 0;
}

int filecache_events_create(struct filecache_events **ret, unsigned int kinds,
			    struct error *err)
{
	struct filecache_events *events = calloc(1, sizeof(*events));

	if (!events || pipe(events->ends) < 0) {
		free(events);
		return error_errno(err, -ENOMEM, "fake");
	}
	events->left = setting("FAKE_ENDS", 0);
	if (events->left && write(events->ends[1], "", 1) != 1)
		events->left = 0;
	*ret = events;
	return 0;
}

void filecache_events_destroy(struct filecache_events *events)
{
	if (!events)
		return;
	close(events->ends[0]);
	close(events->ends[1]);
	free(events);
}

int filecache_events_fd(const struct filecache_events *events)
{
	return events->ends[0];
}

int filecache_events_next(struct filecache_events *events,
			  struct filecache_event *ret, struct error *err)
{
	char byte;

	if (events->left == 0)
		return 0;
	if (--events->left == 0 && read(events->ends[0], &byte, 1) < 0)
		return error_errno(err, -errno, "fake");
	*ret = (struct filecache_event){ .kind = FILECACHE_EVENT_EXIT };
	ret->owner = owner(1000 + events->left, 0, "ended", 10,
			   FILECACHE_OWNER_FLAG_DEAD);
	return 1;
}
