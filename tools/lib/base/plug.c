// SPDX-License-Identifier: GPL-2.0-or-later
/* Parts of a program with libraries that are loaded only where they are asked for. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "macros.h"
#include "plug.h"

/* From the program's own folder: where it was built, or is installed to. */
static const char *const folders[] = { ".", "../lib/ids-offload" };

/* Return: the path of its file, to be freed; NULL where there is none. */
static char *find(const char *program, const char *file)
{
	int len = (int)(strrchr(program, '/') - program);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		char *path;

		if (asprintf(&path, "%.*s/%s/%s.so", len, program, folders[i], file) < 0)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

int plug_load(const char *file, const char *symbol, void **ret, struct error *err)
{
	__free_mem char *program = realpath("/proc/self/exe", NULL);
	__free_mem char *path = program ? find(program, file) : NULL;
	void *library, *found = NULL;

	if (!path)
		return error_set(err, -ENOPKG,
				 "%s.so is neither beside the program nor in ../lib/ids-offload; install it again",
				 file);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library)
		found = dlsym(library, symbol);
	if (!found)
		return error_set(err, -ENOPKG, "%s; install what is missing", dlerror());
	*ret = found;
	return 0;
}
