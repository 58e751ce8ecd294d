// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include "fuzz.h"
#include "guest/buffer.h"
#include "guest/cache.h"
#include "guest/check.h"
#include "guest/dentry.h"
#include "guest/file.h"
#include "guest/inode.h"
#include "guest/log.h"
#include "guest/module-types.h"
#include "guest/module.h"
#include "guest/mount.h"
#include "guest/namespace.h"
#include "guest/pid.h"
#include "guest/socket.h"
#include "guest/superblock.h"
#include "guest/task.h"
#include "walks.h"

#define ARGUMENTS_ROOM	300
/* Of each file system that many inodes and names, and of each inode that many ranges. */
#define INODES_MOST	40u
#define NAMES_MOST	40u
#define RANGES_MOST	10u
/* Has next to no types. */
#define SMALL_MODULE	"crc32c_generic"

/* In place of the library's (--wrap), between the looks of guest_check(). */
int __wrap_clock_sleep(uint64_t ns);

int __wrap_clock_sleep(uint64_t ns)
{
	return 0;
}

/* A text of the guest's has an end. */
#define FUZZ_TEXT(array) FUZZ_ASSERT(memchr(array, '\0', sizeof(array)))

/**
 * struct walk - while walking
 * @guest: whose
 * @told: of it
 * @places: of the processes
 * @left: that may still come of what has a most
 */
struct walk {
	struct guest *guest;
	struct walks *told;
	struct guest_places places;
	unsigned int left;
};

static int take_file(const struct guest_file *file, void *data)
{
	struct walk *w = data;
	struct guest_socket socket;

	FUZZ_TEXT(file->path);
	FUZZ_ASSERT(file->path[0] && file->fd < GUEST_FILES_MAX);
	w->told->files++;
	if (guest_socket_of(w->guest, file, &socket) == 1) {
		FUZZ_TEXT(socket.name);
		w->told->sockets++;
	}
	return 0;
}

static int take_thread(const struct guest_task *task, void *data)
{
	FUZZ_TEXT(task->comm);
	((struct walk *)data)->told->threads++;
	return 0;
}

static int take_process(const struct guest_task *task, void *data)
{
	struct walk *w = data;
	char arguments[ARGUMENTS_ROOM];

	FUZZ_TEXT(task->comm);
	FUZZ_ASSERT(task->state >= ' ' && task->state < 0x7f);
	w->told->processes++;
	FUZZ_ASSERT(guest_arguments(w->guest, task, arguments, sizeof(arguments)) <=
		    ARGUMENTS_ROOM);
	FUZZ_ASSERT(guest_threads(w->guest, task, take_thread, w, &w->told->doubts) == 0);
	return 0;
}

static int take_opener(const struct guest_task *task, void *data)
{
	struct walk *w = data;

	FUZZ_ASSERT(guest_files(w->guest, task, take_file, w, &w->told->doubts) == 0);
	return 0;
}

static int take_number(const struct guest_task *task, bool own, void *data)
{
	FUZZ_TEXT(task->comm);
	((struct walk *)data)->told->numbers++;
	return 0;
}

static int take_module(const struct guest_module *module, void *data)
{
	FUZZ_TEXT(module->name);
	((struct walk *)data)->told->modules++;
	return 0;
}

/* Of an image they do not fit to the kernel's, which are only those that are needed. */
static void read_module_types(struct guest *guest, struct guest_doubts *doubts)
{
	struct error err = { 0 };
	struct types *types;

	if (guest_module_types(guest, SMALL_MODULE, &types, doubts, &err) == 0)
		types_free(types);
	else
		FUZZ_ASSERT(err.code < 0 && err.text[0]);
}

static int take_mount(const struct guest_mount *mount, void *data)
{
	FUZZ_TEXT(mount->type);
	FUZZ_TEXT(mount->source);
	FUZZ_TEXT(mount->root);
	FUZZ_TEXT(mount->path);
	FUZZ_ASSERT(mount->root[0] == '/' && mount->path[0] == '/');
	((struct walk *)data)->told->mounts++;
	return 0;
}

static int take_finding(const struct guest_finding *finding, void *data)
{
	FUZZ_TEXT(finding->name);
	((struct walk *)data)->told->findings++;
	return 0;
}

static int take_record(const struct guest_log_record *record, void *data)
{
	FUZZ_TEXT(record->text);
	FUZZ_TEXT(record->subsystem);
	FUZZ_TEXT(record->device);
	((struct walk *)data)->told->records++;
	return 0;
}

static int take_buffer(const struct guest_buffer *buffer, void *data)
{
	FUZZ_ASSERT(buffer->size > 0);
	((struct walk *)data)->told->buffers++;
	return 0;
}

static int take_pages(const struct guest_pages *pages, void *data)
{
	struct walk *w = data;

	FUZZ_ASSERT(pages->count > 0);
	w->told->cached++;
	if (pages->kind == GUEST_PAGES_PRESENT)
		FUZZ_ASSERT(guest_buffers(w->guest, pages, take_buffer, w,
					  &w->told->doubts) == 0);
	return --w->left == 0;
}

static int take_name(const struct guest_dentry *dentry, void *data)
{
	struct walk *w = data;

	FUZZ_TEXT(dentry->name);
	FUZZ_ASSERT(dentry->hashed || dentry->inode);
	w->told->names++;
	return --w->left == 0;
}

static int take_inode(const struct guest_inode *inode, void *data)
{
	struct walk *w = data;
	struct walk of = { .guest = w->guest, .told = w->told, .left = RANGES_MOST };
	char path[GUEST_PATH_MAX];
	int r;

	FUZZ_ASSERT(inode->accessed.ns < 1000000000 && inode->modified.ns < 1000000000 &&
		    inode->changed.ns < 1000000000);
	w->told->inodes++;
	r = guest_inode_path(w->guest, inode->address, path);
	if (r >= 0) {
		FUZZ_TEXT(path);
		w->told->names++;
	}
	r = guest_cache(w->guest, inode, take_pages, &of, &w->told->doubts);
	FUZZ_ASSERT(r == 0 || r == 1 || r == -ENOENT);
	return --w->left == 0;
}

static int take_super_block(const struct guest_super_block *sb, void *data)
{
	struct walk *w = data;
	struct walk of = { .guest = w->guest, .told = w->told, .left = INODES_MOST };

	FUZZ_TEXT(sb->type);
	FUZZ_TEXT(sb->name);
	w->told->super_blocks++;
	FUZZ_ASSERT(guest_inodes(w->guest, sb, take_inode, &of, &w->told->doubts) >= 0);
	of.left = NAMES_MOST;
	if (sb->root)
		FUZZ_ASSERT(guest_dentries(w->guest, sb->root, take_name, &of,
					   &w->told->doubts) >= 0);
	return 0;
}

static int take_placed(const struct guest_task *task, void *data)
{
	struct walk *w = data;
	struct guest_namespaces namespaces;
	char cgroup[GUEST_PATH_MAX];

	if (guest_namespaces(w->guest, task, &w->places, &namespaces) < 0 ||
	    guest_cgroup(w->guest, task, &w->places, cgroup) < 0)
		return 0;
	FUZZ_TEXT(cgroup);
	FUZZ_ASSERT(cgroup[0] == '/');
	w->told->placed++;
	return 0;
}

static int take_connection(const struct guest_socket *socket, void *data)
{
	FUZZ_TEXT(socket->name);
	((struct walk *)data)->told->connections++;
	return 0;
}

/* Where the kernel has no such thing, there is nothing. */
static void went_well(int r)
{
	if (r != 0 && r != -ENOENT)
		fprintf(stderr, "a walk ended with %d\n", r);
	FUZZ_ASSERT(r == 0 || r == -ENOENT);
}

void walks_some(struct guest *guest, unsigned int which, struct walks *ret)
{
	struct guest_doubts *doubts = &ret->doubts;
	struct walk w = { .guest = guest, .told = ret };

	*ret = (struct walks){ 0 };
	if (which & WALKS_PROCESSES)
		went_well(guest_processes(guest, take_process, &w, doubts));
	if (which & WALKS_FILES)
		went_well(guest_processes(guest, take_opener, &w, doubts));
	if (which & WALKS_NUMBERS)
		went_well(guest_pids(guest, take_number, &w, doubts));
	if (which & WALKS_MODULES) {
		went_well(guest_modules(guest, take_module, &w, doubts));
		read_module_types(guest, doubts);
	}
	/* Nor when the first process' namespace cannot be read. */
	if (which & WALKS_MOUNTS)
		FUZZ_ASSERT(guest_mounts(guest, take_mount, &w, doubts) <= 0);
	if (which & WALKS_CHECK)
		went_well(guest_check(guest, take_finding, &w, doubts));
	/* What leads to it may be anything. */
	if (which & WALKS_LOG)
		FUZZ_ASSERT(guest_log(guest, take_record, &w, doubts) <= 0);
	if (which & WALKS_DISKS)
		went_well(guest_super_blocks(guest, take_super_block, &w, doubts));
	if (which & WALKS_PLACES)
		went_well(guest_processes(guest, take_placed, &w, doubts));
	if (which & WALKS_CONNECTIONS)
		went_well(guest_tcp_sockets(guest, take_connection, &w, doubts));
}
