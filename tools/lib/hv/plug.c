// SPDX-License-Identifier: GPL-2.0-or-later
/* Hypervisors whose libraries are loaded only where they are asked for. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "plug.h"

/* From the program's own folder: where it was built, or is installed to. */
static const char *const folders[] = { ".", "../lib/ids-offload" };

/* Return: the path of its file, to be freed; NULL where there is none. */
static char *find(const char *program, const char *name)
{
	int len = (int)(strrchr(program, '/') - program);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		char *path;

		if (asprintf(&path, "%.*s/%s/hv-%s.so", len, program, folders[i], name) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static int load(const char *path, const char *name, hv_plug_create_fn **ret,
		struct error *err)
{
	/* It stays: threads of its libraries may be at work until the end. */
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (library)
		*ret = (hv_plug_create_fn *)dlsym(library, HV_PLUG_SYMBOL);
	if (library && *ret)
		return 0;
	return error_set(err, -ENOPKG, "%s: %s; install what is missing", name, dlerror());
}

int hv_plug(const char *name, const char *address, struct hv **ret, struct error *err)
{
	__free_mem char *program = realpath("/proc/self/exe", NULL);
	__free_mem char *path = program ? find(program, name) : NULL;
	hv_plug_create_fn *create;
	int r;

	if (!path)
		return error_set(err, -ENOPKG,
				 "%s: hv-%s.so is neither beside the program nor in ../lib/ids-offload; install it again",
				 name, name);
	r = load(path, name, &create, err);
	return r < 0 ? r : create(address, ret, err);
}
