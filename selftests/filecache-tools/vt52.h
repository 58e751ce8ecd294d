/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program on a terminal that is read here: a VT52, of which ncurses knows all
 * and which is a page of code.
 */
#ifndef FILECACHE_TOOLS_VT52_H
#define FILECACHE_TOOLS_VT52_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VT52_MAX 200

/**
 * struct vt52 - a terminal and the program on it
 * @columns: of the screen
 * @lines: of the screen
 * @x: of the cursor
 * @y: of the cursor
 * @pending: bytes of an escape sequence so far
 * @pending_len: how many
 * @cells: what is on the screen; one byte for a character of several
 * @fd: master of the pty
 * @child: the program, 0 when it has been waited for
 * @gone: the program has closed the terminal
 * @bad: a byte that no VT52 knows, 0 for none
 */
struct vt52 {
	size_t columns;
	size_t lines;
	size_t x;
	size_t y;
	char pending[4];
	size_t pending_len;
	char cells[VT52_MAX][VT52_MAX + 1];
	int fd;
	pid_t child;
	bool gone;
	char bad;
};

/** vt52_start() - Run a program on a terminal. Return: 0 or negative errno. */
int vt52_start(struct vt52 *vt, size_t columns, size_t lines, char **argv);

/** vt52_resize() - Make the terminal another size, as a window would. */
void vt52_resize(struct vt52 *vt, size_t columns, size_t lines);

/** vt52_type() - Type keys. */
void vt52_type(struct vt52 *vt, const char *keys);

/**
 * vt52_wait() - Wait until a text is on the screen, or is not.
 * @vt: terminal
 * @text: the text, within one line
 * @there: which of the two
 *
 * Return: false when a minute has passed or the program has ended.
 */
bool vt52_wait(struct vt52 *vt, const char *text, bool there);

/** vt52_line() - The first line that has this text, or NULL. */
const char *vt52_line(const struct vt52 *vt, const char *text);

/** vt52_end() - Wait for the program's end. Return: its wait status, -1. */
int vt52_end(struct vt52 *vt);

/** vt52_dump() - Print the screen as KTAP comments. */
void vt52_dump(const struct vt52 *vt);

#endif
