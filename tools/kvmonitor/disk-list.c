// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "disk-list.h"
#include "disk-serve.h"
#include "disk/content.h"
#include "disk/partition.h"
#include "ext4/ext4.h"
#include "sandbox/sandbox.h"

#define DOUBTS_ROOM	200

static const struct out_column disk_columns[] = {
	{ .key = "disk", .title = "DISK" },
	{ .key = "device", .title = "DEVICE" },
	{ .key = "node", .title = "NODE" },
	{ .key = "format", .title = "FORMAT" },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "read_only", .title = "READ-ONLY" },
	{ .key = "table", .title = "TABLE" },
	{ .key = "doubts", .title = "IN DOUBT" },
};

static const struct out_column partition_columns[] = {
	{ .key = "disk", .title = "DISK" },
	{ .key = "partition", .title = "PARTITION", .right = true },
	{ .key = "start_bytes" },
	{ .key = "size_bytes", .title = "SIZE", .right = true },
	{ .key = "type" },
	{ .key = "uuid" },
	{ .key = "name", .title = "NAME" },
	{ .key = "content", .title = "CONTENT" },
	{ .key = "label", .title = "LABEL" },
	{ .key = "mounted_at", .title = "MOUNTED AT" },
	{ .key = "file_system_uuid" },
	{ .key = "journal_to_recover" },
	{ .key = "file_system_errors" },
	{ .key = "doubts", .title = "IN DOUBT" },
};

/**
 * struct found - what the confined process found, a message for each part
 * @err: why there is no more
 * @table: of the disk
 * @table_doubts: about it
 * @partition: of number 0 for the whole disk
 * @content: name of what it holds
 * @about: what its file system says of itself
 * @known: there is one, and @about is filled in
 */
struct found {
	struct error err;
	enum partition_table table;
	unsigned int table_doubts;
	struct partition partition;
	char content[24];
	struct ext4_about about;
	bool known;
};

/**
 * struct listing - while disks are listed
 * @source: has them
 * @found: of all disks, in their order
 * @owner: of each, which disk
 * @count: of them
 * @heads: of each disk, its table
 */
struct listing {
	const struct disk_source *source;
	struct found *found;
	size_t *owner;
	size_t count;
	struct found heads[EXPORT_DISKS_MAX];
};

/* In the confined process: what a part holds. */
static void look(const struct disk *part, struct found *found)
{
	const struct content *content;
	struct ext4 *ext4;

	if (content_find(part, &content, NULL) < 0) {
		strcpy(found->content, "unreadable");
		return;
	}
	snprintf(found->content, sizeof(found->content), "%s", content->name);
	if (!content->readable || ext4_open(&ext4, part, NULL) < 0)
		return;
	ext4_about(ext4, &found->about);
	found->known = true;
	ext4_close(ext4);
}

static int send_found(int socket, const struct found *found)
{
	return write(socket, found, sizeof(*found)) == sizeof(*found) ? 0 : -EPIPE;
}

static int look_at_all(const struct disk *disk, const struct partitions *all, int socket)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < all->count; i++) {
		struct found found = { .partition = all->list[i] };
		struct disk *part;

		if (!found.partition.extended && found.partition.size &&
		    disk_slice(&part, disk, found.partition.start, found.partition.size,
			       NULL) == 0) {
			look(part, &found);
			disk_destroy(part);
		}
		r = send_found(socket, &found);
	}
	return r;
}

static int work(int socket, void *data)
{
	struct partitions *all = malloc(sizeof(*all));
	struct found head = { 0 };
	struct disk *disk;
	int r = all ? disk_handle_disk(data, &disk, &head.err) : -ENOMEM;

	if (r == 0)
		r = partitions_read(disk, all, &head.err);
	if (r == 0) {
		head.table = all->table;
		head.table_doubts = all->doubts;
	}
	r = send_found(socket, &head) < 0 || r < 0 ? EXIT_FAILURE : 0;
	if (r == 0 && head.table == PARTITION_TABLE_NONE) {
		struct found whole = { .partition.size = disk->size };

		look(disk, &whole);
		return send_found(socket, &whole) < 0 ? EXIT_FAILURE : 0;
	}
	if (r == 0)
		r = look_at_all(disk, all, socket) < 0 ? EXIT_FAILURE : 0;
	return r;
}

/* It may be made up: all texts have an end, all numbers are ones that we know. */
static void bound(struct found *found)
{
	found->err.text[sizeof(found->err.text) - 1] = '\0';
	if ((unsigned int)found->table > PARTITION_TABLE_GPT)
		found->table = PARTITION_TABLE_NONE;
	found->partition.type[sizeof(found->partition.type) - 1] = '\0';
	found->partition.uuid[sizeof(found->partition.uuid) - 1] = '\0';
	found->partition.name[sizeof(found->partition.name) - 1] = '\0';
	found->content[sizeof(found->content) - 1] = '\0';
	found->about.label[sizeof(found->about.label) - 1] = '\0';
	found->about.uuid[sizeof(found->about.uuid) - 1] = '\0';
	found->about.mounted_at[sizeof(found->about.mounted_at) - 1] = '\0';
}

static int add(struct listing *listing, size_t disk, const struct found *found)
{
	struct found *all = reallocarray(listing->found, listing->count + 1, sizeof(*all));
	size_t *owner;

	if (!all)
		return -ENOMEM;
	listing->found = all;
	owner = reallocarray(listing->owner, listing->count + 1, sizeof(*owner));
	if (!owner)
		return -ENOMEM;
	listing->owner = owner;
	all[listing->count] = *found;
	owner[listing->count++] = disk;
	return 0;
}

/* Until it has nothing more to tell. */
static int hear_all(struct listing *listing, size_t disk, int socket)
{
	struct found found;
	size_t messages = 0;
	int r = 0;

	while (r == 0 && messages <= PARTITIONS_MAX &&
	       read(socket, &found, sizeof(found)) == sizeof(found)) {
		bound(&found);
		if (messages++ == 0)
			listing->heads[disk] = found;
		else
			r = add(listing, disk, &found);
	}
	if (messages == 0)
		error_set(&listing->heads[disk].err, -EPIPE, "the process that reads it has ended");
	return r;
}

static int read_one(struct listing *listing, size_t disk, struct disk_handle *handle,
		    struct error *err)
{
	const int fd = disk_handle_fd(handle);
	const struct sandbox profile = {
		.fds = &fd, .count = 1, .calls = SANDBOX_SOCKETS,
		.memory_bytes = DISK_MEMORY_BYTES,
	};
	struct sandbox_worker worker;
	struct error why;
	int r = sandbox_spawn(&worker, &profile, work, handle, err);

	if (r < 0)
		return r;
	r = hear_all(listing, disk, worker.socket);
	if (sandbox_wait(&worker, &why) < 0)
		listing->heads[disk].err = why;
	return r < 0 ? error_errno(err, r, "what is on the disk") : 0;
}

static int list_one(struct listing *listing, size_t disk, struct error *err)
{
	struct disk_handle handle;
	struct error why;
	int r = disk_handle_open(&handle, listing->source, &listing->source->disks[disk], &why);

	/* The others may be of another kind. */
	if (r == -EOPNOTSUPP) {
		listing->heads[disk].err = why;
		return 0;
	}
	if (r < 0)
		return error_set(err, r, "%s", why.text);
	r = read_one(listing, disk, &handle, err);
	if (disk_handle_close(&handle, &why) < 0 && r == 0)
		r = error_set(err, why.code, "%s", why.text);
	return r;
}

static void put_disk(struct out *out, const struct export_disk *disk, const struct found *head)
{
	char doubts[DOUBTS_ROOM];

	partition_doubts(head->table_doubts, doubts, sizeof(doubts));
	out_row(out);
	out_text(out, "disk", disk->name);
	out_text(out, "device", disk->device);
	out_text(out, "node", disk->node);
	out_text(out, "format", disk->format);
	out_size(out, "size_bytes", disk->size);
	out_flag(out, "read_only", disk->read_only);
	out_text(out, "table", partition_table_name(head->table));
	out_text(out, "doubts", head->err.code < 0 ? head->err.text : doubts);
}

static void put_part(struct out *out, const struct export_disk *disk, const struct found *found)
{
	const struct partition *partition = &found->partition;
	char doubts[DOUBTS_ROOM];

	partition_doubts(partition->doubts, doubts, sizeof(doubts));
	out_row(out);
	out_text(out, "disk", disk->name);
	if (partition->number)
		out_u64(out, "partition", partition->number);
	else
		out_null(out, "partition");
	out_u64(out, "start_bytes", partition->start);
	out_size(out, "size_bytes", partition->size);
	out_text(out, "type", partition->type);
	out_text(out, "uuid", partition->uuid);
	out_text(out, "name", partition->name);
	out_text(out, "content", partition->extended ? "extended" : found->content);
	if (found->known) {
		out_text(out, "label", found->about.label);
		out_text(out, "mounted_at", found->about.mounted_at);
		out_text(out, "file_system_uuid", found->about.uuid);
		out_flag(out, "journal_to_recover", found->about.recover);
		out_flag(out, "file_system_errors", found->about.errors);
	}
	out_text(out, "doubts", doubts);
}

static void put_all(const struct listing *listing, const struct export_disk *only,
		    struct out *out)
{
	const struct export_disk *disks = listing->source->disks;
	size_t i;

	out_begin(out, OUT_TABLE, "disks", disk_columns, ARRAY_SIZE(disk_columns));
	for (i = 0; i < listing->source->count; i++)
		if (!only || only == &disks[i])
			put_disk(out, &disks[i], &listing->heads[i]);
	out_end(out);
	out_begin(out, OUT_TABLE, "partitions", partition_columns,
		  ARRAY_SIZE(partition_columns));
	for (i = 0; i < listing->count; i++)
		put_part(out, &disks[listing->owner[i]], &listing->found[i]);
	out_end(out);
}

int disk_list(const struct disk_source *source, const struct export_disk *only,
	      struct out *out, struct error *err)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	int r = 0;
	size_t i;

	if (!listing)
		return error_errno(err, -ENOMEM, "%s", source->path);
	listing->source = source;
	for (i = 0; r == 0 && i < source->count; i++)
		if (!only || only == &source->disks[i])
			r = list_one(listing, i, err);
	if (r == 0)
		put_all(listing, only, out);
	free(listing->found);
	free(listing->owner);
	free(listing);
	return r;
}
