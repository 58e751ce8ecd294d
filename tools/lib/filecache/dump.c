// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists that the module answers in many messages: owners, and files of one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/filecache.h>

#include "base/array.h"
#include "talk.h"

/* On a busy machine every dump is interrupted; do not try for ever. */
#define DUMP_TRIES 8

/* Four times what the module keeps; a dump that goes on is a fault. */
#define DUMP_OWNERS_MAX 4194304
#define DUMP_FILES_MAX 1048576

/**
 * struct array - what has been collected so far
 * @at: elements
 * @count: of elements
 * @room: of elements
 */
struct array {
	void *at;
	size_t count;
	size_t room;
};

/* Return: place of the next element, NULL when memory is short. */
static void *array_next(struct array *array, size_t size)
{
	void *more = array_room(array->at, array->count, &array->room, size);

	if (!more)
		return NULL;
	array->at = more;
	return (char *)array->at + array->count * size;
}

static int take_owner(const struct nlmsghdr *nlh, void *data)
{
	struct filecache_owner *owner;
	struct array *array = data;
	int r;

	if (array->count >= DUMP_OWNERS_MAX)
		return -EPROTO;
	owner = array_next(array, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	r = message_owner(nlh, owner);
	if (r < 0)
		return r;
	/* Owners in a dump are addressed by id; one without is no owner. */
	if (owner->id == 0)
		return -EPROTO;
	/* A list that turns in a circle must not fill the memory. */
	if (array->count > 0 && owner->id == owner[-1].id)
		return -EPROTO;
	array->count++;
	return 0;
}

int filecache_dump(struct filecache_client *client,
		   struct filecache_owner **ret, size_t *ret_count,
		   bool *ret_torn, struct error *err)
{
	struct array array = { 0 };
	struct message_reply reply = {
		.family = client->family.id,
		.dump = true,
		.take = take_owner,
		.data = &array,
	};
	struct request request;
	int tries = DUMP_TRIES, r;

	request_init(client, &request, FILECACHE_CMD_OWNER_GET, true);
	do {
		array.count = 0;
		reply.interrupted = false;
		r = talk(client, &request, &reply);
	} while (r == 0 && reply.interrupted && --tries > 0);
	if (r < 0) {
		free(array.at);
		return explain(&reply, r, "all owners", err);
	}
	*ret = array.at;
	*ret_count = array.count;
	*ret_torn = reply.interrupted;
	return 0;
}

/**
 * struct taken - files collected so far
 * @array: of struct filecache_file
 * @truncated: there were more than the module could take in
 */
struct taken {
	struct array array;
	bool truncated;
};

static int take_file(const struct nlmsghdr *nlh, void *data)
{
	struct taken *taken = data;
	struct filecache_file *file;
	int r;

	if (taken->array.count >= DUMP_FILES_MAX)
		return -EPROTO;
	file = array_next(&taken->array, sizeof(*file));
	if (!file)
		return -ENOMEM;
	r = message_file(nlh, file);
	if (r < 0)
		return r;
	taken->truncated |= file->truncated;
	if (file->pages > 0)
		taken->array.count++;
	else
		free(file->path);
	return 0;
}

static int dump_files(struct filecache_client *client, struct request *request,
		      const char *object, struct filecache_files *ret,
		      struct error *err)
{
	struct taken taken = { 0 };
	struct message_reply reply = {
		.family = client->family.id,
		.dump = true,
		.take = take_file,
		.data = &taken,
	};
	struct filecache_files files;
	int r = talk(client, request, &reply);

	files = (struct filecache_files){
		.list = taken.array.at,
		.count = taken.array.count,
		.truncated = taken.truncated,
	};
	if (r < 0) {
		filecache_files_exit(&files);
		return explain(&reply, r, object, err);
	}
	*ret = files;
	return 0;
}

int filecache_files_owner(struct filecache_client *client, uint64_t id,
			  struct filecache_files *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "owner @%" PRIu64, id);
	request_init(client, &request, FILECACHE_CMD_FILES_GET, true);
	mnl_attr_put_u64(request.nlh, FILECACHE_A_FILE_OWNER_ID, id);
	return dump_files(client, &request, object, ret, err);
}

int filecache_files_pid(struct filecache_client *client, pid_t pid,
			struct filecache_files *ret, struct error *err)
{
	struct request request;
	char object[32];

	snprintf(object, sizeof(object), "pid %d", (int)pid);
	request_init(client, &request, FILECACHE_CMD_FILES_GET, true);
	mnl_attr_put_u32(request.nlh, FILECACHE_A_FILE_PID, (uint32_t)pid);
	return dump_files(client, &request, object, ret, err);
}

void filecache_files_exit(struct filecache_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		free(files->list[i].path);
	free(files->list);
	*files = (struct filecache_files){ 0 };
}
