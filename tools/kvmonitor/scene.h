/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is in a guest at one time: processes, sockets, modules, mounts, open files. */
#ifndef KVMONITOR_SCENE_H
#define KVMONITOR_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "guest/guest.h"

/** enum scene_kind - what a thing is */
enum scene_kind {
	SCENE_PROCESS,
	SCENE_SOCKET,
	SCENE_MODULE,
	SCENE_MOUNT,
	SCENE_FILE,
};

/**
 * struct scene_thing - one of them
 * @kind: what it is
 * @first: with @second and @name tells it from all others of its kind
 * @second: likewise
 * @name: likewise, any bytes
 * @pid: number of the process that it is, or whose it is; 0 for none
 * @text: what more there is to say, any bytes
 */
struct scene_thing {
	enum scene_kind kind;
	uint64_t first;
	uint64_t second;
	char *name;
	uint32_t pid;
	char *text;
};

/**
 * struct scene - all of them, in an order of their own
 * @things: all
 * @count: of them
 * @room: in @things
 * @blind: its mounts could not be seen, and are those of an earlier one
 */
struct scene {
	struct scene_thing *things;
	size_t count;
	size_t room;
	bool blind;
};

/**
 * scene_read() - See what there is now.
 * @scene: is filled in; to be given to scene_free()
 * @guest: seen into
 * @files: whether open files are wanted too
 * @before: an earlier one, of which texts are kept, and mounts where those of now cannot be seen:
 *	    they are found by the first process; NULL
 * @doubts: what was not as it should be is added there
 * @err: why it failed
 *
 * Return: 0; -ESRCH when there is no process at all, so no guest any more; -ENOMEM; others.
 */
int scene_read(struct scene *scene, struct guest *guest, bool files, const struct scene *before,
	       struct guest_doubts *doubts, struct error *err);

/** scene_free() - Free what it has. */
void scene_free(struct scene *scene);

/**
 * scene_compare() - What is in one and not in the other.
 * @before: earlier
 * @after: later
 * @take: is given each and whether it appeared; returns 0 to go on
 * @data: for @take
 *
 * Return: 0; what @take returned.
 */
int scene_compare(const struct scene *before, const struct scene *after,
		  int (*take)(const struct scene_thing *thing, bool appeared, void *data),
		  void *data);

#endif
