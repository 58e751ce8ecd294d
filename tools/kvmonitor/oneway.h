/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface by which nothing comes in. */
#ifndef KVMONITOR_ONEWAY_H
#define KVMONITOR_ONEWAY_H

#include "base/error.h"

/**
 * oneway_close() - Drop whatever arrives at an interface, before anybody sees it.
 * @name: of the interface, in the namespace of networks of this process
 * @err: why it failed
 *
 * It stays so as long as there is the interface.
 *
 * Return: 0; negative errno.
 */
int oneway_close(const char *name, struct error *err);

/**
 * oneway_plain() - Have frames leave an interface as they would leave a wire's end.
 * @name: of the interface, in the namespace of networks of this process
 * @err: why it failed
 *
 * What a guest hands over in one piece, for a network card to cut and to sum up, is cut and
 * summed up.
 *
 * Return: 0; negative errno.
 */
int oneway_plain(const char *name, struct error *err);

#endif
