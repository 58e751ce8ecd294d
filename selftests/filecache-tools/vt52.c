// SPDX-License-Identifier: GPL-2.0-or-later
/* A program on a terminal that is read here: a VT52. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vt52.h"

#define PATIENCE_S 60

static void clear_from(struct vt52 *vt, size_t y, size_t x, bool all)
{
	memset(&vt->cells[y][x], ' ', VT52_MAX - x);
	while (all && ++y < VT52_MAX)
		memset(vt->cells[y], ' ', VT52_MAX);
}

int vt52_start(struct vt52 *vt, size_t columns, size_t lines, char **argv)
{
	struct winsize size = {
		.ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)lines,
	};

	memset(vt, 0, sizeof(*vt));
	vt->columns = columns;
	vt->lines = lines;
	clear_from(vt, 0, 0, true);
	fflush(stdout);
	vt->child = forkpty(&vt->fd, NULL, NULL, &size);
	if (vt->child < 0)
		return -errno;
	if (vt->child > 0)
		return 0;
	setenv("TERM", "vt52", 1);
	unsetenv("COLUMNS");
	unsetenv("LINES");
	execvp(argv[0], argv);
	_exit(127);
}

void vt52_resize(struct vt52 *vt, size_t columns, size_t lines)
{
	struct winsize size = {
		.ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)lines,
	};

	vt->columns = columns;
	vt->lines = lines;
	ioctl(vt->fd, TIOCSWINSZ, &size);
}

void vt52_type(struct vt52 *vt, const char *keys)
{
	if (write(vt->fd, keys, strlen(keys)) < 0)
		vt->gone = true;
}

static void scroll(struct vt52 *vt)
{
	memmove(vt->cells[0], vt->cells[1],
		(vt->lines - 1) * sizeof(vt->cells[0]));
	clear_from(vt, vt->lines - 1, 0, false);
}

static void control(struct vt52 *vt, char c)
{
	switch (c) {
	case '\r':
		vt->x = 0;
		break;
	case '\n':
		if (vt->y + 1 < vt->lines)
			vt->y++;
		else
			scroll(vt);
		break;
	case '\b':
		vt->x -= vt->x > 0;
		break;
	case '\t':
		vt->x = (vt->x | 7) + 1;
		if (vt->x >= vt->columns)
			vt->x = vt->columns - 1;
		break;
	case '\a':
		break;
	default:
		vt->bad = c;
	}
}

/* Return: whether the sequence is complete. */
static bool escape(struct vt52 *vt)
{
	const char *seq = vt->pending;

	if (vt->pending_len < 2)
		return false;
	switch (seq[1]) {
	case 'A':
		vt->y -= vt->y > 0;
		break;
	case 'B':
		vt->y += vt->y + 1 < vt->lines;
		break;
	case 'C':
		vt->x += vt->x + 1 < vt->columns;
		break;
	case 'D':
		vt->x -= vt->x > 0;
		break;
	case 'H':
		vt->x = 0;
		vt->y = 0;
		break;
	case 'J':
		clear_from(vt, vt->y, vt->x, true);
		break;
	case 'K':
		clear_from(vt, vt->y, vt->x, false);
		break;
	case 'Y':
		if (vt->pending_len < 4)
			return false;
		vt->y = (size_t)(unsigned char)seq[2] - ' ';
		vt->x = (size_t)(unsigned char)seq[3] - ' ';
		if (vt->y >= vt->lines || vt->x >= vt->columns) {
			vt->bad = 'Y';
			vt->y = 0;
			vt->x = 0;
		}
		break;
	case '=':
	case '>':
	case 'F':
	case 'G':
		break;
	default:
		vt->bad = seq[1];
	}
	return true;
}

static void take(struct vt52 *vt, char c)
{
	if (vt->pending_len > 0 || c == '\033') {
		vt->pending[vt->pending_len++] = c;
		if (escape(vt))
			vt->pending_len = 0;
	} else if ((unsigned char)c < ' ' || c == 0x7f) {
		control(vt, c);
	} else if (((unsigned char)c & 0xc0) != 0x80) {
		/* A VT52 stays in the last column. */
		vt->cells[vt->y][vt->x] = c;
		vt->x += vt->x + 1 < vt->columns;
	}
}

/* Take what comes within so many milliseconds. */
static void take_some(struct vt52 *vt, int ms)
{
	struct pollfd wait = { .fd = vt->fd, .events = POLLIN };
	char buf[4096];
	ssize_t n, i;

	if (poll(&wait, 1, ms) <= 0)
		return;
	n = read(vt->fd, buf, sizeof(buf));
	/* EIO: nobody has the other side open any more. */
	if (n <= 0)
		vt->gone = true;
	for (i = 0; i < n; i++)
		take(vt, buf[i]);
}

const char *vt52_line(const struct vt52 *vt, const char *text)
{
	size_t y;

	for (y = 0; y < vt->lines; y++)
		if (strstr(vt->cells[y], text))
			return vt->cells[y];
	return NULL;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

bool vt52_wait(struct vt52 *vt, const char *text, bool there)
{
	time_t end = now() + PATIENCE_S;

	while (!vt52_line(vt, text) == there) {
		if (vt->gone || now() > end) {
			vt52_dump(vt);
			return false;
		}
		take_some(vt, 100);
	}
	return true;
}

int vt52_end(struct vt52 *vt)
{
	time_t end = now() + PATIENCE_S;
	int status = -1;

	/* What it still writes must be read, or it would wait for that. */
	while (!vt->gone && now() <= end)
		take_some(vt, 100);
	if (!vt->gone)
		kill(vt->child, SIGKILL);
	close(vt->fd);
	if (waitpid(vt->child, &status, 0) != vt->child)
		status = -1;
	vt->child = 0;
	return status;
}

void vt52_dump(const struct vt52 *vt)
{
	size_t x, y;

	for (y = 0; y < vt->lines; y++) {
		printf("# |");
		for (x = 0; x < vt->columns; x++)
			putchar(vt->cells[y][x] & 0x80 ? '?' : vt->cells[y][x]);
		printf("|\n");
	}
}
