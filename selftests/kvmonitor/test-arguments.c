// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's command line, by whoever has written it. */
#include "hv/qemu-arguments.h"
#include "ktap.h"
#include "random.h"

#define ROUNDS	200000

static struct qemu_arguments line(char *text, size_t size)
{
	return (struct qemu_arguments){ .text = text, .len = size - 1 };
}

/* Each word has its NUL; the array's own is none of them. */
#define LINE(text) line((char []){ text }, sizeof(text))

static const char *property(const char *value, const char *key)
{
	static char text[32];

	return qemu_property(value, key, text, sizeof(text)) ? text : "(none)";
}

TEST(options_are_found_by_name_and_number)
{
	struct qemu_arguments a = LINE("qemu\0-m\0half\0--name\0web1\0-qmp\0one\0-qmp\0two\0");

	EXPECT_STR(qemu_argument(&a, "m", 0), "half");
	EXPECT_STR(qemu_argument(&a, "name", 0), "web1");
	EXPECT_STR(qemu_argument(&a, "qmp", 1), "two");
	EXPECT(!qemu_argument(&a, "qmp", 2));
	EXPECT(!qemu_argument(&a, "mem", 0));
	/* The last word has no value. */
	a = LINE("qemu\0-m\0");
	EXPECT(!qemu_argument(&a, "m", 0));
	a = LINE("");
	EXPECT(!qemu_argument(&a, "m", 0));
}

TEST(parts_of_a_value)
{
	EXPECT_STR(property("socket,id=mon,path=/run/a,,b,server=on", "path"), "/run/a,b");
	EXPECT_STR(property("socket,id=mon,path=/run/a,,b,server=on", "server"), "on");
	EXPECT_STR(property("socket,id=mon", ""), "socket");
	EXPECT_STR(property("guest=web1,debug-threads=on", "guest"), "web1");
	EXPECT_STR(property("a,,id=x,b", "id"), "(none)");
	EXPECT_STR(property("idx=1", "id"), "(none)");
	EXPECT_STR(property("id=", "id"), "");
	EXPECT_STR(property("id=0123456789012345678901234567890", "id"),
		   "0123456789012345678901234567890");
	EXPECT_STR(property("id=01234567890123456789012345678901", "id"), "(none)");
}

TEST(values_that_are_json)
{
	EXPECT_STR(property("{\"qom-type\":\"sev-guest\",\"id\":\"x\"}", ""), "sev-guest");
	EXPECT_STR(property("{\"qom-type\":\"m\",\"size\":1073741824}", "size"), "1073741824");
	EXPECT_STR(property("{\"id\":[1]}", "id"), "(none)");
	EXPECT_STR(property("{\"id\":", "id"), "(none)");
}

TEST(sizes)
{
	EXPECT_U64(qemu_size("512", 1 << 20), 512ULL << 20);
	EXPECT_U64(qemu_size("4G", 1 << 20), 4ULL << 30);
	EXPECT_U64(qemu_size("1048576k", 1 << 20), 1ULL << 30);
	EXPECT_U64(qemu_size("77b", 1 << 20), 77);
	EXPECT_U64(qemu_size("", 1), 0);
	EXPECT_U64(qemu_size("-1", 1), 0);
	EXPECT_U64(qemu_size("1GG", 1), 0);
	EXPECT_U64(qemu_size("99999999999999999999", 1), 0);
	EXPECT_U64(qemu_size("18446744073709551615T", 1), 0);
}

TEST(memory_of_the_guest)
{
	struct qemu_arguments a = LINE("qemu\0-m\0size=1048576k,slots=2,maxmem=8G\0");

	EXPECT_U64(qemu_memory(&a), 1ULL << 30);
	a = LINE("qemu\0--m\0size=2G\0");
	EXPECT_U64(qemu_memory(&a), 2ULL << 30);
	a = LINE("qemu\0-name\0m\0");
	EXPECT_U64(qemu_memory(&a), 0);
}

/* Bytes of all kinds, under the sanitizers. */
TEST(nonsense_does_no_harm)
{
	static const char some[] = "-m=,{}\":gk0 \0id";
	struct random rnd;
	int i, j;

	random_init(&rnd, 1);
	for (i = 0; i < ROUNDS; i++) {
		size_t len = 1 + random_below(&rnd, 40);
		char *text = malloc(len);
		struct qemu_arguments a = { .text = text, .len = len };
		const char *value;
		char part[8];

		ASSERT(text);
		for (j = 0; j < (int)len; j++)
			text[j] = some[random_below(&rnd, sizeof(some))];
		text[len - 1] = '\0';
		qemu_memory(&a);
		value = qemu_argument(&a, "m", random_below(&rnd, 2));
		if (value) {
			qemu_property(value, "id", part, sizeof(part));
			qemu_property(value, "", part, sizeof(part));
		}
		free(text);
	}
}

KTAP_MAIN()
