/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a program with libraries that are loaded only where they are asked for. */
#ifndef BASE_PLUG_H
#define BASE_PLUG_H

#include "error.h"

/**
 * plug_load() - Load such a part.
 * @file: its name, without ".so"; beside the program, or in ../lib/ids-offload
 * @symbol: of the function that is wanted of it
 * @ret: the function; it stays until the end, as threads of its libraries may
 * @err: why it failed
 *
 * Return: 0; -ENOPKG when it, or a library of it, is not there.
 */
int plug_load(const char *file, const char *symbol, void **ret, struct error *err);

#endif
