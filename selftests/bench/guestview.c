// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long it takes to see into a guest that runs: "NAME VALUE" a line, in nanoseconds or in
 * numbers; of translations, for a thousand of them.  Each is the best of several rounds, since
 * what others do on this machine only adds to it.
 *
 *	guestview QMP-SOCKET
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/u64.h"
#include "guest/cache.h"
#include "guest/field.h"
#include "guest/inode.h"
#include "guest/memo.h"
#include "guest/superblock.h"
#include "guest/task.h"
#include "mem/qemu.h"
#include "random.h"

#define ROUNDS		7
#define TRANSLATIONS	1000000u
#define WALKS		20000u
#define COPIED		(256ull << 20)
#define CHUNK		1048576u
#define ARGUMENTS_ROOM	512
#define WHOSE		"bench"

static struct mem *mem;
static struct guest *guest;
static struct guest_doubts doubts;
static char *chunk, *other;
static void *memo;

static uint64_t now(void)
{
	return clock_now_ns(CLOCK_MONOTONIC);
}

static void end_with(const char *what, const struct error *err)
{
	fprintf(stderr, "guestview: %s: %s\n", what, err->text);
	exit(1);
}

static void see_into(const char *path)
{
	struct error err;

	if (mem_open_qmp(&mem, "guest", path, &err) < 0 || guest_open(&guest, mem, &err) < 0)
		end_with(path, &err);
}

static void look_away(void)
{
	guest_close(guest);
	mem_destroy(mem);
}

/* Best of rounds, each of which returns how long it took. */
static uint64_t best(uint64_t (*round)(void *data), void *data)
{
	uint64_t least = UINT64_MAX;
	int i;

	for (i = 0; i < ROUNDS; i++)
		least = u64_min(least, round(data));
	return least;
}

static void say(const char *name, uint64_t value)
{
	printf("%s %llu\n", name, (unsigned long long)value);
}

/* --- from nothing ----------------------------------------------------------------------- */

static uint64_t attach(void *path)
{
	uint64_t begin = now();

	see_into(path);
	begin = now() - begin;
	look_away();
	return begin;
}

static uint64_t attach_cpu(void *path)
{
	uint64_t begin = clock_now_ns(CLOCK_PROCESS_CPUTIME_ID);

	see_into(path);
	begin = clock_now_ns(CLOCK_PROCESS_CPUTIME_ID) - begin;
	look_away();
	return begin;
}

/* As it was found before, which is verified. */
static uint64_t attach_again(void *path)
{
	uint64_t begin = now();
	struct error err;

	if (mem_open_qmp(&mem, "guest", path, &err) < 0 ||
	    guest_recall(&guest, mem, WHOSE, memo, guest_memo_bytes(), &err) < 0)
		end_with(path, &err);
	begin = now() - begin;
	look_away();
	return begin;
}

static void remember(const char *path)
{
	memo = malloc(guest_memo_bytes());
	see_into(path);
	if (!memo || guest_remember(guest, WHOSE, memo) < 0)
		exit(1);
	look_away();
}

/* Of that, what QEMU is asked for. */
static uint64_t find_memory(void *path)
{
	uint64_t begin = now();
	struct error err;

	if (mem_open_qmp(&mem, "guest", path, &err) < 0)
		end_with(path, &err);
	begin = now() - begin;
	mem_destroy(mem);
	return begin;
}

/* --- processes -------------------------------------------------------------------------- */

static int read_process(const struct guest_task *task, void *data)
{
	char text[ARGUMENTS_ROOM];

	(*(uint64_t *)data)++;
	return guest_arguments(guest, task, text, sizeof(text)) < -1000;
}

static uint64_t list_processes(void *count)
{
	uint64_t begin = now();

	guest_refresh(guest);
	*(uint64_t *)count = 0;
	guest_processes(guest, read_process, count, &doubts);
	return now() - begin;
}

/* --- addresses -------------------------------------------------------------------------- */

static uint64_t addresses[1000];

/* Of the kernel's symbols, which are in some hundred pages of it. */
static void choose_addresses(void)
{
	struct kallsyms *symbols = guest->kernel.symbols;
	size_t i, chosen = 0, count = kallsyms_count(symbols);
	struct space_page page;
	struct random rnd;

	random_init(&rnd, 1);
	for (i = 0; chosen < ARRAY_SIZE(addresses) && i < 100 * count; i++) {
		uint64_t address = kallsyms_at(symbols, random_below(&rnd, count)).address;

		if (space_translate(guest->kernel.space, address, &page) == 0)
			addresses[chosen++] = address;
	}
}

static uint64_t translate(void *data)
{
	size_t i, count = ARRAY_SIZE(addresses);
	struct space_page page;
	uint64_t begin = now();

	for (i = 0; i < TRANSLATIONS; i++)
		if (space_translate(guest->kernel.space, addresses[i % count], &page) < 0)
			exit(1);
	return now() - begin;
}

/* Everything is forgotten before each; what that takes itself is measured without it. */
static uint64_t walk(void *with)
{
	size_t i, count = ARRAY_SIZE(addresses);
	struct space_page page;
	uint64_t begin = now();

	for (i = 0; i < WALKS; i++) {
		space_forget(guest->kernel.space);
		if (with && space_translate(guest->kernel.space, addresses[i % count], &page) < 0)
			exit(1);
	}
	return now() - begin;
}

/* --- bytes ------------------------------------------------------------------------------ */

/* From 16 MiB on, which the guest has. */
static uint64_t copy_guest(void *data)
{
	uint64_t at, begin = now();

	for (at = 0; at < COPIED; at += CHUNK)
		if (mem_read(mem, (16ull << 20) + at % (192ull << 20), chunk, CHUNK) < 0)
			exit(1);
	return now() - begin;
}

/* From a piece of memory as large as that of the guest which is read. */
static uint64_t copy_own(void *data)
{
	uint64_t at, begin = now();

	for (at = 0; at < COPIED; at += CHUNK) {
		memcpy(chunk, other + at % (192ull << 20), CHUNK);
		/* It is not left out since nobody looks at it. */
		__asm__ volatile("" : : "r"(chunk) : "memory");
	}
	return now() - begin;
}

/* --- the page cache --------------------------------------------------------------------- */

/**
 * struct counts - what was walked
 * @inodes: of them
 * @pages: of them
 */
struct counts {
	uint64_t inodes;
	uint64_t pages;
};

static int count_pages(const struct guest_pages *pages, void *data)
{
	((struct counts *)data)->pages += pages->count;
	return 0;
}

static int count_inode(const struct guest_inode *inode, void *data)
{
	((struct counts *)data)->inodes++;
	return guest_cache(guest, inode, count_pages, data, &doubts);
}

static int count_system(const struct guest_super_block *sb, void *data)
{
	return guest_inodes(guest, sb, count_inode, data, &doubts);
}

static uint64_t walk_cache(void *data)
{
	uint64_t begin = now();

	*(struct counts *)data = (struct counts){ 0 };
	guest_refresh(guest);
	guest_super_blocks(guest, count_system, data, &doubts);
	return now() - begin;
}

int main(int argc, char **argv)
{
	struct counts counts;
	uint64_t processes, forgetting;

	if (argc != 2)
		return 2;
	say("attach", best(attach, argv[1]));
	say("attach-cpu", best(attach_cpu, argv[1]));
	remember(argv[1]);
	say("attach-again", best(attach_again, argv[1]));
	say("find-memory", best(find_memory, argv[1]));
	see_into(argv[1]);
	say("ps", best(list_processes, &processes));
	say("processes", processes);
	choose_addresses();
	say("translate", best(translate, NULL) * 1000 / TRANSLATIONS);
	forgetting = best(walk, NULL);
	say("walk", u64_sub_sat(best(walk, guest), forgetting) * 1000 / WALKS);
	say("cache", best(walk_cache, &counts));
	say("inodes", counts.inodes);
	say("pages", counts.pages);
	chunk = malloc(CHUNK);
	other = malloc(192ull << 20);
	if (!chunk || !other)
		return 1;
	memset(other, 1, 192ull << 20);
	say("copy-guest", best(copy_guest, NULL));
	say("copy-own", best(copy_own, NULL));
	look_away();
	return 0;
}
