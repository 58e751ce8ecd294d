// SPDX-License-Identifier: GPL-2.0-or-later
/* The program of figure 4: allocate, touch and free random amounts. */
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "random.h"

#define MB		(1024 * 1024)
#define MAX_BLOCKS	64

/** struct block - one allocation; size 0 is a free place */
struct block {
	char *memory;
	unsigned int mb;
};

/**
 * struct plan - what the user asked for
 * @seed: of the sequence of amounts
 * @steps: how many there are; the last one frees everything
 * @seconds: from one to the next
 * @max_mb: never more than this at once; every seed reaches 3/4 of it
 */
struct plan {
	unsigned long seed;
	unsigned long steps;
	unsigned long seconds;
	unsigned long max_mb;
};

static struct block blocks[MAX_BLOCKS];

static unsigned int total_mb(void)
{
	unsigned int i, sum = 0;

	for (i = 0; i < MAX_BLOCKS; i++)
		sum += blocks[i].mb;
	return sum;
}

/* Different bytes in every page, so that nothing could share or omit them. */
static void touch(char *memory, size_t size)
{
	size_t i, page = sysconf(_SC_PAGESIZE);

	for (i = 0; i < size; i += page)
		*(size_t *)(memory + i) = i + 1;
}

static int grow(unsigned int mb)
{
	unsigned int i;

	for (i = 0; i < MAX_BLOCKS && blocks[i].mb; i++)
		;
	if (i == MAX_BLOCKS)
		return -ENOSPC;
	blocks[i].memory = malloc((size_t)mb * MB);
	if (!blocks[i].memory)
		return -ENOMEM;
	touch(blocks[i].memory, (size_t)mb * MB);
	blocks[i].mb = mb;
	return 0;
}

static void release(struct block *block)
{
	free(block->memory);
	memset(block, 0, sizeof(*block));
}

/* Free blocks in a random order until at most @mb are left. */
static void shrink(struct random *rnd, unsigned int mb)
{
	unsigned int used = total_mb();
	struct block *block;

	while (used > mb) {
		block = &blocks[random_below(rnd, MAX_BLOCKS)];
		used -= block->mb;
		if (block->mb)
			release(block);
	}
}

/* One step in three is near the top, so that a short run shows the range. */
static unsigned int pick_level(struct random *rnd, const struct plan *plan,
			       unsigned long step)
{
	unsigned int quarter = plan->max_mb / 4;

	if (step + 1 == plan->steps)
		return 0;
	if (step % 3 == 2)
		return 3 * quarter + random_below(rnd, quarter + 1);
	return random_below(rnd, 3 * quarter) + 1;
}

static int go_to(struct random *rnd, unsigned int level)
{
	unsigned int part;
	int ret;

	shrink(rnd, level);
	while (total_mb() < level) {
		part = random_below(rnd, level - total_mb()) + 1;
		if (part < 8)
			part = level - total_mb() < 8 ? level - total_mb() : 8;
		ret = grow(part);
		if (ret)
			return ret;
	}
	return 0;
}

static int run(const struct plan *plan)
{
	struct random rnd;
	struct timespec next;
	unsigned int before;
	unsigned long i;
	int ret;

	/* A threshold that was set stays: what is freed goes back to the kernel. */
	mallopt(M_MMAP_THRESHOLD, MB);
	random_init(&rnd, plan->seed);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (i = 0; i < plan->steps; i++) {
		before = total_mb();
		ret = go_to(&rnd, pick_level(&rnd, plan, i));
		if (ret)
			return ret;
		printf("step %lu of %lu: %u MB, now %u MB\n", i + 1, plan->steps,
		       before, total_mb());
		fflush(stdout);
		next.tv_sec += plan->seconds;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}

static bool parse(int argc, char **argv, struct plan *plan)
{
	unsigned long *values[] = {
		&plan->seed, &plan->steps, &plan->seconds, &plan->max_mb,
	};
	char *end;
	int i;

	if (argc != 5)
		return false;
	for (i = 0; i < 4; i++) {
		errno = 0;
		*values[i] = strtoul(argv[i + 1], &end, 10);
		if (errno || end == argv[i + 1] || *end)
			return false;
	}
	return plan->steps && plan->max_mb >= 8 && plan->max_mb < 1 << 20;
}

int main(int argc, char **argv)
{
	struct plan plan;
	int ret;

	if (!parse(argc, argv, &plan)) {
		fprintf(stderr, "usage: steps SEED STEPS SECONDS MAX-MB\n");
		return 2;
	}
	ret = run(&plan);
	if (ret) {
		fprintf(stderr, "steps: %u MB: %s; give dom0 more memory\n",
			total_mb(), strerror(-ret));
		return 1;
	}
	return 0;
}
