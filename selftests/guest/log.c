// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of real guests' kernels, held against their own dmesg. */
#include "guest/log.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define NSEC_PER_SEC	1000000000ull

static struct guest_doubts doubts;
static char *seen;
static size_t seen_size;
static uint64_t last_number;
static size_t count;

/* As the kernel gives it out: of each line the level and the time. */
static int note(const struct guest_log_record *record, void *data)
{
	FILE *to = data;
	const char *at;

	if (count)
		EXPECT_U64(record->number, last_number + 1);
	last_number = record->number;
	count++;
	for (at = record->text; at; at = strchr(at, '\n')) {
		at += at != record->text;
		fprintf(to, "<%u>[%5llu.%06llu] %.*s\n", record->facility << 3 | record->level,
			(unsigned long long)(record->time_ns / NSEC_PER_SEC),
			(unsigned long long)(record->time_ns % NSEC_PER_SEC / 1000),
			(int)strcspn(at, "\n"), at);
	}
	return 0;
}

static void look(void)
{
	FILE *to = open_memstream(&seen, &seen_size);

	ASSERT(to);
	count = 0;
	guest_refresh(view_guest);
	EXPECT_INT(guest_log(view_guest, note, to, &doubts), 0);
	fclose(to);
}

/* What it says, it says after we have looked: the end of it may be more. */
static void compare(void)
{
	char *told = view_ask("dmesg -r -s 4000000", NULL);
	const char *a = seen, *b = told;
	size_t lines = 0;

	while (*a && *b) {
		size_t len = strcspn(a, "\n"), told_len = strcspn(b, "\r\n");

		if (len != told_len || memcmp(a, b, len) != 0)
			KTAP_SAY("line %zu is '%.*s', expected '%.*s'", lines, (int)len, a,
				 (int)told_len, b);
		a += len + (a[len] == '\n');
		b += told_len;
		b += strspn(b, "\r");
		b += *b == '\n';
		lines++;
	}
	EXPECT_STR(a, "");
	EXPECT(strlen(b) < 1000);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	printf("# %zu records, %zu lines\n", count, lines);
	free(told);
	free(seen);
}

TEST(log)
{
	vm_start(VIEWED);
	view_open();
	look();
	EXPECT(count > 200);
	compare();
	/* Of other levels, of a process, with bytes that are none of a text's, and long. */
	vm_run("/dev/null", "echo '<3>an error' >/dev/kmsg; echo '<30>by a process' >/dev/kmsg; "
			    "echo 'two words' >/dev/kmsg; printf 'a\\nb\\tc\\\\d' >/dev/kmsg; "
			    "yes long | head -c 900 | tr '\\n' ' ' >/dev/kmsg");
	look();
	compare();
	view_close();
}

/* More than there is room for: several times around. */
TEST(log_that_wraps)
{
	char *told;
	uint64_t bytes;

	vm_start(VIEWED);
	vm_run("/dev/null", "echo on >/proc/sys/kernel/printk_devkmsg; exec 3>/dev/kmsg; i=0; "
			    "while [ $i -lt 12000 ]; do "
			    "echo line $i of many that are of many lengths $((i % 7 * 1111111)) >&3; "
			    "i=$((i+1)); done");
	view_open();
	look();
	told = view_ask("dmesg -r -s 4000000 | wc -c", NULL);
	bytes = strtoull(told, NULL, 10);
	free(told);
	EXPECT(last_number > count);
	printf("# %zu records are left of %llu, %llu bytes\n", count,
	       (unsigned long long)last_number + 1, (unsigned long long)bytes);
	compare();
	view_close();
}
