// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A FUSE server on the bare protocol: its reads are answered with the letter x
 * and its writes thrown away, so that only the kernel's cache is real.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "fuse.h"

#define FILE_NODE 2
#define TRANSFER (128 * 1024)

/* Everything stays valid for longer than a test runs. */
#define VALID_S 3600

struct server {
	int fd;
	int pipe[2];
	bool move;
	uint64_t bytes;
};

static void answer(const struct server *s, const struct fuse_in_header *in, int error,
		   const void *body, size_t len)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + len, .error = error, .unique = in->unique,
	};
	struct iovec parts[] = {
		{ &out, sizeof(out) }, { (void *)body, len },
	};

	/* A request may have been interrupted meanwhile. */
	if (writev(s->fd, parts, 2) < 0 && errno != ENOENT)
		_exit(1);
}

/*
 * Each page must be one of its own and whole: a packet of the pipe.  The kernel
 * takes it out of the pipe and into the file.
 */
static void answer_moving(const struct server *s, const struct fuse_in_header *in,
			  const char *data, size_t len)
{
	struct fuse_out_header out = { .len = sizeof(out) + len, .unique = in->unique };
	size_t at;

	if (write(s->pipe[1], &out, sizeof(out)) != sizeof(out))
		_exit(1);
	for (at = 0; at < len; at += PAGE)
		if (write(s->pipe[1], data + at, PAGE) != (ssize_t)PAGE)
			_exit(1);
	if (splice(s->pipe[0], NULL, s->fd, NULL, out.len, SPLICE_F_MOVE) < 0)
		_exit(1);
}

static void take_read(const struct server *s, const struct fuse_in_header *in,
		      const struct fuse_read_in *read)
{
	static char data[TRANSFER];
	size_t len = read->size;

	memset(data, 'x', sizeof(data));
	if (read->offset >= s->bytes)
		len = 0;
	else if (read->offset + len > s->bytes)
		len = s->bytes - read->offset;
	if (len > sizeof(data))
		_exit(1);
	if (s->move && len && len % PAGE == 0)
		answer_moving(s, in, data, len);
	else
		answer(s, in, 0, data, len);
}

static struct fuse_attr attr_of(const struct server *s, uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == FILE_NODE ? s->bytes : 0,
		.mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755,
		.nlink = 1,
		.blksize = PAGE,
	};
}

static void take_init(const struct server *s, const struct fuse_in_header *in,
		      const struct fuse_init_in *init)
{
	const struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = init->max_readahead,
		.flags = FUSE_ASYNC_READ | FUSE_BIG_WRITES,
		.max_write = TRANSFER,
	};

	answer(s, in, 0, &out, sizeof(out));
}

static void take_lookup(const struct server *s, const struct fuse_in_header *in,
			const char *name)
{
	const struct fuse_entry_out out = {
		.nodeid = FILE_NODE,
		.entry_valid = VALID_S,
		.attr_valid = VALID_S,
		.attr = attr_of(s, FILE_NODE),
	};

	if (strcmp(name, FUSE_FILE))
		answer(s, in, -ENOENT, NULL, 0);
	else
		answer(s, in, 0, &out, sizeof(out));
}

static void take_attr(struct server *s, const struct fuse_in_header *in,
		      const struct fuse_setattr_in *set)
{
	struct fuse_attr_out out = { .attr_valid = VALID_S };

	if (set && set->valid & FATTR_SIZE)
		s->bytes = set->size;
	out.attr = attr_of(s, in->nodeid);
	answer(s, in, 0, &out, sizeof(out));
}

static void take_write(struct server *s, const struct fuse_in_header *in,
		       const struct fuse_write_in *write)
{
	const struct fuse_write_out out = { .size = write->size };

	if (write->offset + write->size > s->bytes)
		s->bytes = write->offset + write->size;
	answer(s, in, 0, &out, sizeof(out));
}

static void take(struct server *s, const struct fuse_in_header *in)
{
	static const struct fuse_open_out opened = { .open_flags = FOPEN_KEEP_CACHE };
	static const struct fuse_statfs_out statfs = { .st = { .bsize = PAGE } };
	const void *body = in + 1;

	switch (in->opcode) {
	case FUSE_INIT:
		take_init(s, in, body);
		break;
	case FUSE_LOOKUP:
		take_lookup(s, in, body);
		break;
	case FUSE_GETATTR:
		take_attr(s, in, NULL);
		break;
	case FUSE_SETATTR:
		take_attr(s, in, body);
		break;
	case FUSE_OPEN:
		answer(s, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		take_read(s, in, body);
		break;
	case FUSE_WRITE:
		take_write(s, in, body);
		break;
	case FUSE_STATFS:
		answer(s, in, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_RELEASE:
	case FUSE_DESTROY:
	case FUSE_FSYNC:
		answer(s, in, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		/* These want no answer. */
		break;
	default:
		answer(s, in, -ENOSYS, NULL, 0);
	}
}

static void serve(struct server *s)
{
	static char request[TRANSFER + 64 * 1024] __attribute__((aligned(8)));

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (read(s->fd, request, sizeof(request)) >= (ssize_t)sizeof(struct fuse_in_header))
			take(s, (void *)request);
		else if (errno == ENODEV)
			_exit(0);
		else if (errno != EINTR && errno != ENOENT && errno != EAGAIN)
			_exit(1);
	}
}

const char *fuse_start(const char *dir, size_t bytes, bool move, pid_t *ret_server)
{
	static const char *const load[] = { "modprobe", "fuse", NULL };
	struct server s = { .bytes = bytes, .move = move };
	char options[128];

	run(load);
	s.fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (s.fd < 0)
		return "no FUSE";
	/* Packets do not share pages. */
	if (pipe2(s.pipe, O_DIRECT | O_CLOEXEC) ||
	    fcntl(s.pipe[1], F_SETPIPE_SZ, 1 << 20) < 0)
		give_up("pipe");
	mkdir(dir, 0755);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", s.fd);
	if (mount("test", dir, "fuse", MS_NOSUID | MS_NODEV, options))
		return "FUSE cannot be mounted";
	fflush(stdout);
	*ret_server = fork();
	if (*ret_server < 0)
		give_up("fork");
	if (*ret_server == 0)
		serve(&s);
	close(s.fd);
	close(s.pipe[0]);
	close(s.pipe[1]);
	return NULL;
}

bool fuse_stop(const char *dir, pid_t server)
{
	bool gone = until(umount(dir) == 0);
	int status;

	if (!gone)
		kill(server, SIGKILL);
	return waitpid(server, &status, 0) == server && gone && status == 0;
}
