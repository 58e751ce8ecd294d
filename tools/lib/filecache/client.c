// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to the filecache module that are answered by one message. */
#include <inttypes.h>
#include <stdio.h>

#include <linux/filecache.h>

#include "talk.h"

#define OBJECT_MAX 32

ONE_READER(owner, struct filecache_owner)
ONE_READER(stats, struct filecache_stats)
ONE_READER(evicted, struct filecache_evicted)
ONE_READER(forgotten, struct filecache_forgotten)

static const char *pid_object(char *buf, pid_t pid)
{
	snprintf(buf, OBJECT_MAX, "pid %d", (int)pid);
	return buf;
}

static const char *owner_object(char *buf, uint64_t id)
{
	snprintf(buf, OBJECT_MAX, "owner @%" PRIu64, id);
	return buf;
}

static int ask_owner(struct filecache_client *client, struct request *request,
		     const char *object, struct filecache_owner *ret,
		     struct error *err)
{
	struct filecache_owner owner;
	struct one one = { .read = read_owner, .to = &owner };
	int r = ask_one(client, request, &one, object, err);

	if (r == 0)
		*ret = owner;
	return r;
}

int filecache_get_pid(struct filecache_client *client, pid_t pid,
		      struct filecache_owner *ret, struct error *err)
{
	struct request request;
	char object[OBJECT_MAX];

	request_init(client, &request, FILECACHE_CMD_OWNER_GET, false);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_OWNER_PID, (uint32_t)pid);
	return ask_owner(client, &request, pid_object(object, pid), ret, err);
}

int filecache_get_owner(struct filecache_client *client, uint64_t id,
			struct filecache_owner *ret, struct error *err)
{
	struct request request;
	char object[OBJECT_MAX];

	request_init(client, &request, FILECACHE_CMD_OWNER_GET, false);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_OWNER_ID, id);
	return ask_owner(client, &request, owner_object(object, id), ret, err);
}

int filecache_get_stats(struct filecache_client *client,
			struct filecache_stats *ret, struct error *err)
{
	struct filecache_stats stats;
	struct one one = { .read = read_stats, .to = &stats };
	struct request request;
	int r;

	request_init(client, &request, FILECACHE_CMD_STATS_GET, false);
	r = ask_one(client, &request, &one, "statistics", err);
	if (r == 0)
		*ret = stats;
	return r;
}

static int ask_evict(struct filecache_client *client, struct request *request,
		     const char *object, struct filecache_evicted *ret,
		     struct error *err)
{
	struct filecache_evicted evicted;
	struct one one = { .read = read_evicted, .to = &evicted };
	int r = ask_one(client, request, &one, object, err);

	if (r == 0)
		*ret = evicted;
	return r;
}

int filecache_evict_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_evicted *ret, struct error *err)
{
	struct request request;
	char object[OBJECT_MAX];

	request_init(client, &request, FILECACHE_CMD_EVICT, false);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_EVICT_ID, id);
	return ask_evict(client, &request, owner_object(object, id), ret, err);
}

int filecache_evict_pid(struct filecache_client *client, pid_t pid,
			struct filecache_evicted *ret, struct error *err)
{
	struct request request;
	char object[OBJECT_MAX];

	request_init(client, &request, FILECACHE_CMD_EVICT, false);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_EVICT_PID, (uint32_t)pid);
	return ask_evict(client, &request, pid_object(object, pid), ret, err);
}

static int ask_forget(struct filecache_client *client, struct request *request,
		      const char *object, struct filecache_forgotten *ret,
		      struct error *err)
{
	struct filecache_forgotten forgotten;
	struct one one = { .read = read_forgotten, .to = &forgotten };
	int r = ask_one(client, request, &one, object, err);

	if (r == 0)
		*ret = forgotten;
	return r;
}

int filecache_forget_owner(struct filecache_client *client, uint64_t id,
			   struct filecache_forgotten *ret, struct error *err)
{
	struct request request;
	char object[OBJECT_MAX];

	request_init(client, &request, FILECACHE_CMD_FORGET, false);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_FORGET_ID, id);
	return ask_forget(client, &request, owner_object(object, id), ret, err);
}

int filecache_forget_dead(struct filecache_client *client,
			  struct filecache_forgotten *ret, struct error *err)
{
	struct request request;

	request_init(client, &request, FILECACHE_CMD_FORGET, false);
	mnl_attr_put(request.nlh, FILECACHE_A_FORGET_DEAD, 0, NULL);
	return ask_forget(client, &request, "all dead owners", ret, err);
}
