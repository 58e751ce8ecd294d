// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading: each test reads in a process in a cgroup of its own, and we and the
 * memory cgroup's memory.stat, which is the oracle, must agree to the page.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "box.h"
#include "ktap.h"

#define FILE_A "/var/tmp/filecache-a"

static struct client client;

static void cold_read(int n)
{
	read_file(FILE_A);
}

TEST(cold_read)
{
	struct box box;
	struct sums live, dead;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "cold-read", cold_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 40 * MB / PAGE));
	live = box_sums(&client, &box);
	EXPECT_INT(live.dead, 0);
	EXPECT_U64(live.file, 40 * MB / PAGE);
	box_end(&box);

	/* The process is gone and its cache is not. */
	EXPECT(box_agrees(&client, &box, 40 * MB / PAGE));
	dead = box_sums(&client, &box);
	EXPECT_U64(dead.pages, live.pages);
	EXPECT_INT(dead.dead, dead.owners);
	EXPECT(dead.owners > 0);
	box_remove(&box);
}

#define READS 500
#define FILE_PAGES (40 * MB / PAGE)

static int random_page(void)
{
	return rand() % (int)FILE_PAGES;
}

static void random_reads(int n)
{
	int i, fd = open(FILE_A, O_RDONLY);
	char byte;

	/* Nothing but what is asked for is to be brought in. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	srand(1);
	for (i = 0; i < READS; i++)
		if (pread(fd, &byte, 1, random_page() * PAGE) != 1)
			_exit(1);
	close(fd);
}

/* How many different pages that are: some of the reads fall on the same one. */
static unsigned int random_pages(void)
{
	static bool read[FILE_PAGES];
	unsigned int i, n = 0;

	srand(1);
	for (i = 0; i < READS; i++)
		read[random_page()] = true;
	for (i = 0; i < FILE_PAGES; i++)
		n += read[i];
	return n;
}

TEST(random_reads)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 40 * MB);
	box_start(&box, "random-reads", random_reads);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, random_pages()));
	EXPECT_U64(box_sums(&client, &box).file, random_pages());
	box_end(&box);
	box_remove(&box);
}

static void mapped_read(int n)
{
	int fd = open(FILE_A, O_RDONLY);
	const char *map = mmap(NULL, 20 * MB, PROT_READ, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		_exit(1);
	touch_pages(map, 20 * MB);
	close(fd);
}

TEST(mapped_read)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 20 * MB);
	box_start(&box, "mapped-read", mapped_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 20 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 20 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

/* Every other 64 kB past the cache, the rest through it. */
static void direct_and_buffered(int n)
{
	static char block[64 * 1024] __attribute__((aligned(4096)));
	int direct = open(FILE_A, O_RDWR | O_DIRECT);
	int cached = open(FILE_A, O_RDWR);
	size_t at;

	posix_fadvise(cached, 0, 0, POSIX_FADV_RANDOM);
	for (at = 0; at < 16 * MB; at += sizeof(block)) {
		int fd = at / sizeof(block) % 2 ? cached : direct;
		ssize_t done;

		if (n == 0)
			done = pread(fd, block, sizeof(block), at);
		else
			/* Now the cached ones directly: they must leave the cache. */
			done = fd == direct ? (ssize_t)sizeof(block) :
				pwrite(direct, block, sizeof(block), at);
		if (done != (ssize_t)sizeof(block))
			_exit(1);
	}
	close(direct);
	close(cached);
}

TEST(direct_mixed_with_buffered)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 16 * MB);
	box_start(&box, "direct", direct_and_buffered);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 8 * MB / PAGE);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 0));
	EXPECT_U64(box_sums(&client, &box).file, 0);
	box_end(&box);
	box_remove(&box);
}

static void drain(int fd, size_t bytes)
{
	static char block[64 * 1024];

	while (bytes) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n <= 0)
			_exit(1);
		bytes -= n;
	}
}

/* The file's own pages are sent, by sendfile() and then by splice(). */
static void send_and_splice(int n)
{
	int fd = open(FILE_A, O_RDONLY), pair[2];
	size_t piece = 32 * 1024, at;
	off_t from = n * 8 * MB;
	loff_t splice_from = from;

	if (n == 0 ? socketpair(AF_UNIX, SOCK_STREAM, 0, pair) : pipe(pair))
		_exit(1);
	for (at = 0; at < 8 * MB; at += piece) {
		ssize_t done = n == 0 ?
			sendfile(pair[1], fd, &from, piece) :
			splice(fd, &splice_from, pair[1], NULL, piece, 0);

		if (done != (ssize_t)piece)
			_exit(1);
		drain(pair[0], piece);
	}
	close(pair[0]);
	close(pair[1]);
	close(fd);
}

TEST(sendfile_and_splice)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 16 * MB);
	box_start(&box, "splice", send_and_splice);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 8 * MB / PAGE));
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 16 * MB / PAGE));
	EXPECT_U64(box_sums(&client, &box).file, 16 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

static void read_part(size_t from, size_t bytes)
{
	char block[PAGE];
	int fd = open(FILE_A, O_RDONLY);
	size_t at;

	/* No readahead into another's part. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (at = from; at < from + bytes; at += PAGE)
		if (pread(fd, block, PAGE, at) != (ssize_t)PAGE)
			_exit(1);
	close(fd);
}

/* A third by itself, one by a child, one by a child that is another program. */
static void fork_and_exec(int n)
{
	static const char *const dd[] = { "dd", "if=" FILE_A, "of=/dev/null", "bs=1M",
					  "skip=8", "status=none", NULL };
	pid_t pid;

	read_part(0, 4 * MB);
	pid = fork();
	if (pid == 0) {
		read_part(4 * MB, 4 * MB);
		_exit(0);
	}
	if (waitpid(pid, NULL, 0) != pid || run(dd))
		_exit(1);
}

TEST(fork_and_exec)
{
	struct box box;
	struct attrs a;
	struct sums s;

	need_module(&client);
	make_file(FILE_A, 12 * MB);
	box_start(&box, "fork-exec", fork_and_exec);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 12 * MB / PAGE));
	s = box_sums(&client, &box);
	/* The child that ran dd may have read for itself before, which is another. */
	EXPECT(s.owners == 3 || s.owners == 4);
	EXPECT_INT(s.dead, s.owners - 1);
	/* What children read is not their parent's. */
	ASSERT(client_pid(&client, box.process.pid, &a) == 0);
	EXPECT_U64(a.v[FILECACHE_A_OWNER_FILE_PAGES], 4 * MB / PAGE);
	box_end(&box);
	box_remove(&box);
}

static void *thread_reads(void *arg)
{
	char block[PAGE];
	int i, fd = open(FILE_A, O_RDONLY);

	for (i = 0; i < 2048; i++)
		if (pread(fd, block, PAGE, (i * 4 + (long)arg) * PAGE) != (ssize_t)PAGE)
			_exit(1);
	close(fd);
	return NULL;
}

static void threads_read(int n)
{
	pthread_t thread[4];
	long i;

	for (i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, thread_reads, (void *)i);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
}

TEST(threads_are_one_owner)
{
	struct box box;

	need_module(&client);
	make_file(FILE_A, 32 * MB);
	box_start(&box, "threads", threads_read);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 32 * MB / PAGE));
	EXPECT_INT(box_sums(&client, &box).owners, 1);
	box_end(&box);
	box_remove(&box);
}

/* The smallest ring there is: one request at a time. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
};

static int ring_open(struct ring *r)
{
	size_t sq, cq;

	memset(r, 0, sizeof(*r));
	r->fd = syscall(SYS_io_uring_setup, 1, &r->params);
	if (r->fd < 0)
		return -errno;
	sq = r->params.sq_off.array + r->params.sq_entries * sizeof(unsigned int);
	cq = r->params.cq_off.cqes + r->params.cq_entries * sizeof(struct io_uring_cqe);
	r->sq = mmap(NULL, sq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_SQ_RING);
	r->cq = mmap(NULL, cq, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_CQ_RING);
	r->sqe = mmap(NULL, r->params.sq_entries * sizeof(*r->sqe),
		      PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (r->sq == MAP_FAILED || r->cq == MAP_FAILED || (void *)r->sqe == MAP_FAILED)
		return -errno;
	return 0;
}

/* Return: what read() would. */
static int ring_read(struct ring *r, int file, void *buf, unsigned int len, off_t from)
{
	unsigned int *tail = (void *)(r->sq + r->params.sq_off.tail);
	unsigned int *array = (void *)(r->sq + r->params.sq_off.array);
	unsigned int *head = (void *)(r->cq + r->params.cq_off.head);
	unsigned int mask = *(unsigned int *)(r->cq + r->params.cq_off.ring_mask);
	struct io_uring_cqe *cqe = (void *)(r->cq + r->params.cq_off.cqes);
	int res;

	*r->sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_READ,
		.fd = file,
		.addr = (uintptr_t)buf,
		.len = len,
		.off = from,
		/* By a worker, whose pages are to be the process's all the same. */
		.flags = IOSQE_ASYNC,
	};
	array[*tail & (r->params.sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -errno;
	res = cqe[*head & mask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return res;
}

static void uring_reads(int n)
{
	static char block[64 * 1024];
	int file = open(FILE_A, O_RDONLY);
	struct ring ring;
	size_t at;

	if (ring_open(&ring))
		_exit(1);
	for (at = 0; at < 16 * MB; at += sizeof(block))
		if (ring_read(&ring, file, block, sizeof(block), at) != sizeof(block))
			_exit(1);
	close(ring.fd);
	close(file);
}

TEST(io_uring_and_its_workers)
{
	struct ring ring;
	struct box box;

	need_module(&client);
	if (ring_open(&ring))
		SKIP("no io_uring here");
	close(ring.fd);
	make_file(FILE_A, 16 * MB);
	box_start(&box, "io-uring", uring_reads);
	box_step(&box);
	EXPECT(box_agrees(&client, &box, 16 * MB / PAGE));
	EXPECT_INT(box_sums(&client, &box).owners, 1);
	box_end(&box);
	box_remove(&box);
}

KTAP_MAIN()
