// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>

#include "fuzz.h"
#include "guest/check.h"
#include "guest/finding.h"
#include "guest/file.h"
#include "guest/module.h"
#include "guest/mount.h"
#include "guest/pid.h"
#include "guest/socket.h"
#include "guest/task.h"
#include "walks.h"

#define ARGUMENTS_ROOM	300

/* In place of the library's (--wrap), between the looks of guest_check(). */
int __wrap_clock_sleep(uint64_t ns);

int __wrap_clock_sleep(uint64_t ns)
{
	return 0;
}

/* Likewise, where there is an image: it reads all of the kernel's data, which none has. */
int __wrap_hooks_find(struct guest *guest, struct findings *ret, void *data,
		      struct guest_doubts *doubts);

int __wrap_hooks_find(struct guest *guest, struct findings *ret, void *data,
		      struct guest_doubts *doubts)
{
	return 0;
}

/* A text of the guest's has an end. */
#define FUZZ_TEXT(array) FUZZ_ASSERT(memchr(array, '\0', sizeof(array)))

/**
 * struct walk - while walking
 * @guest: whose
 * @told: of it
 */
struct walk {
	struct guest *guest;
	struct walks *told;
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

static int take_number(const struct guest_task *task, void *data)
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
	struct walk w = { guest, ret };

	*ret = (struct walks){ 0 };
	if (which & WALKS_PROCESSES)
		went_well(guest_processes(guest, take_process, &w, doubts));
	if (which & WALKS_FILES)
		went_well(guest_processes(guest, take_opener, &w, doubts));
	if (which & WALKS_NUMBERS)
		went_well(guest_pids(guest, take_number, &w, doubts));
	if (which & WALKS_MODULES)
		went_well(guest_modules(guest, take_module, &w, doubts));
	/* Nor when the first process' namespace cannot be read. */
	if (which & WALKS_MOUNTS)
		FUZZ_ASSERT(guest_mounts(guest, take_mount, &w, doubts) <= 0);
	if (which & WALKS_CHECK)
		went_well(guest_check(guest, take_finding, &w, doubts));
}
