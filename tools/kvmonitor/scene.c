// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "guest/file.h"
#include "guest/module.h"
#include "guest/mount.h"
#include "guest/socket.h"
#include "guest/task.h"
#include "scene.h"
#include "socket-text.h"

#define ARGUMENTS_ROOM	512

/**
 * struct reading - while a scene is read
 * @scene: gets it
 * @guest: seen into
 * @files: whether open files are wanted
 * @before: an earlier one, or NULL
 * @doubts: counted
 * @task: whose files are told now
 */
struct reading {
	struct scene *scene;
	struct guest *guest;
	bool files;
	const struct scene *before;
	struct guest_doubts *doubts;
	const struct guest_task *task;
};

static int compare(const void *a, const void *b)
{
	const struct scene_thing *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->second != y->second)
		return x->second < y->second ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* The text that it had in the earlier scene. Return: NULL when it is new. */
static const char *known(const struct reading *r, const struct scene_thing *thing)
{
	const struct scene_thing *found = NULL;

	if (r->before && r->before->count)
		found = bsearch(thing, r->before->things, r->before->count, sizeof(*thing),
				compare);
	return found ? found->text : NULL;
}

/* @thing's name and text are copied. */
static int add(struct scene *s, const struct scene_thing *thing)
{
	struct scene_thing *things = array_room(s->things, s->count, &s->room, sizeof(*things));

	if (!things)
		return -ENOMEM;
	s->things = things;
	things = &s->things[s->count++];
	*things = *thing;
	things->name = strdup(thing->name);
	things->text = strdup(thing->text);
	return things->name && things->text ? 0 : -ENOMEM;
}

static void read_arguments(struct guest *guest, const struct guest_task *task,
			   char text[ARGUMENTS_ROOM + 1])
{
	int64_t i, len = guest_arguments(guest, task, text, ARGUMENTS_ROOM);

	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	while (len > 0 && text[len - 1] == ' ')
		len--;
	text[len > 0 ? len : 0] = '\0';
}

static int add_process(struct reading *r, const struct guest_task *task)
{
	char name[GUEST_COMM_MAX], text[ARGUMENTS_ROOM + 1];
	struct scene_thing thing = {
		.kind = SCENE_PROCESS,
		.first = task->pid,
		.second = task->start_ns,
		.name = name,
		.pid = task->pid,
	};
	const char *old;

	memcpy(name, task->comm, sizeof(name));
	old = known(r, &thing);
	if (old)
		snprintf(text, sizeof(text), "%s", old);
	else
		read_arguments(r->guest, task, text);
	thing.text = text;
	return add(r->scene, &thing);
}

static int add_socket(struct reading *r, const struct guest_socket *socket)
{
	char kind[SOCKET_TEXT_MAX], local[SOCKET_TEXT_MAX], remote[SOCKET_TEXT_MAX];
	const char *here = socket_local(socket, local), *there = socket_remote(socket, remote);
	char text[3 * SOCKET_TEXT_MAX];
	struct scene_thing thing = {
		.kind = SCENE_SOCKET,
		.first = socket->inode,
		.second = socket->address,
		.name = (char *)socket_kind(socket, kind),
		.pid = r->task->pid,
		.text = text,
	};

	snprintf(text, sizeof(text), "%s%s%s", here ? here : "-", there ? " to " : "",
		 there ? there : "");
	return add(r->scene, &thing);
}

static int take_file(const struct guest_file *file, void *data)
{
	struct reading *r = data;
	struct scene_thing thing = {
		.kind = SCENE_FILE,
		.first = (uint64_t)r->task->pid << 32 | file->fd,
		.second = file->address,
		.name = (char *)file->path,
		.pid = r->task->pid,
		.text = "",
	};
	struct guest_socket socket;
	int is = guest_socket_of(r->guest, file, &socket);

	if (is < 0)
		r->doubts->bad++;
	if (is > 0)
		return add_socket(r, &socket);
	return is == 0 && r->files ? add(r->scene, &thing) : 0;
}

static int take_process(const struct guest_task *task, void *data)
{
	struct reading *r = data;
	int result = add_process(r, task);

	r->task = task;
	return result < 0 ? result : guest_files(r->guest, task, take_file, r, r->doubts);
}

static int take_module(const struct guest_module *module, void *data)
{
	const struct scene_thing thing = {
		.kind = SCENE_MODULE,
		.first = module->address,
		.name = (char *)module->name,
		.text = "",
	};

	return add(((struct reading *)data)->scene, &thing);
}

static int take_mount(const struct guest_mount *mount, void *data)
{
	char text[sizeof(mount->type) + sizeof(mount->source) + 8];
	const struct scene_thing thing = {
		.kind = SCENE_MOUNT,
		.first = mount->id,
		.second = mount->address,
		.name = (char *)mount->path,
		.text = text,
	};

	snprintf(text, sizeof(text), "%s of %s", mount->type, mount->source);
	return add(((struct reading *)data)->scene, &thing);
}

/* As far as they were known.  Return: 0, -ENOMEM. */
static int keep_mounts(struct reading *reading)
{
	struct scene *s = reading->scene;
	size_t i, left = 0;
	int r = 0;

	/* What was read of them before it failed is no whole. */
	for (i = 0; i < s->count; i++) {
		if (s->things[i].kind != SCENE_MOUNT) {
			s->things[left++] = s->things[i];
			continue;
		}
		free(s->things[i].name);
		free(s->things[i].text);
	}
	s->count = left;
	s->blind = true;
	for (i = 0; r == 0 && reading->before && i < reading->before->count; i++)
		if (reading->before->things[i].kind == SCENE_MOUNT)
			r = add(s, &reading->before->things[i]);
	return r;
}

static int read_mounts(struct reading *reading)
{
	int r = guest_mounts(reading->guest, take_mount, reading, reading->doubts);

	return r < 0 && r != -ENOMEM ? keep_mounts(reading) : r;
}

/* A socket is there once, however many have it: whoever was met first has it. */
static void sort(struct scene *s)
{
	size_t i, left = 0;

	if (!s->count)
		return;
	qsort(s->things, s->count, sizeof(*s->things), compare);
	for (i = 1; i < s->count; i++) {
		if (compare(&s->things[left], &s->things[i]) != 0) {
			s->things[++left] = s->things[i];
			continue;
		}
		free(s->things[i].name);
		free(s->things[i].text);
	}
	s->count = left + 1;
}

int scene_read(struct scene *scene, struct guest *guest, bool files, const struct scene *before,
	       struct guest_doubts *doubts, struct error *err)
{
	struct reading reading = { scene, guest, files, before, doubts, NULL };
	int r;

	*scene = (struct scene){ 0 };
	guest_refresh(guest);
	r = guest_processes(guest, take_process, &reading, doubts);
	if (r == 0 && !scene->count)
		return error_set(err, -ESRCH,
				 "the guest: no processes are left; it has ended or booted anew");
	if (r == 0)
		r = guest_modules(guest, take_module, &reading, doubts);
	/* A kernel without modules has none. */
	if (r == 0 || r == -ENOENT)
		r = read_mounts(&reading);
	if (r < 0) {
		scene_free(scene);
		return error_errno(err, r, "the guest");
	}
	sort(scene);
	return 0;
}

void scene_free(struct scene *scene)
{
	size_t i;

	for (i = 0; i < scene->count; i++) {
		free(scene->things[i].name);
		free(scene->things[i].text);
	}
	free(scene->things);
	*scene = (struct scene){ 0 };
}

int scene_compare(const struct scene *before, const struct scene *after,
		  int (*take)(const struct scene_thing *thing, bool appeared, void *data),
		  void *data)
{
	size_t i = 0, j = 0;
	int r = 0;

	while (r == 0 && (i < before->count || j < after->count)) {
		int order = i == before->count ? 1 : j == after->count ? -1 :
			    compare(&before->things[i], &after->things[j]);

		if (order < 0)
			r = take(&before->things[i], false, data);
		else if (order > 0)
			r = take(&after->things[j], true, data);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}
