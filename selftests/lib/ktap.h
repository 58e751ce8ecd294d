/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small KTAP harness: a test program is a list of TEST functions and
 * KTAP_MAIN.
 *
 *	#include "ktap.h"
 *
 *	TEST(sum_of_two)
 *	{
 *		EXPECT_U64(1 + 1, 2);
 *	}
 *
 *	TEST(needs_root)
 *	{
 *		if (geteuid() != 0)
 *			SKIP("not root");
 *		ASSERT(chroot("/") == 0);
 *	}
 *
 *	KTAP_MAIN()
 *
 * EXPECT notes a failure and goes on, ASSERT leaves the test.  Every test
 * runs in a process of its own, so a crash or a sanitizer's report is a
 * failure of that test alone, and no state is shared.  With names as
 * arguments, only those tests run.
 */
#ifndef SELFTESTS_KTAP_H
#define SELFTESTS_KTAP_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KTAP_EXIT_FAIL 1
#define KTAP_EXIT_SKIP 4

/**
 * struct ktap_test - one test, in the order of definition
 * @name: of the function
 * @run: the function
 * @next: the test after it
 */
struct ktap_test {
	const char *name;
	void (*run)(void);
	struct ktap_test *next;
};

/*
 * Weak: one of each for all files of a program, so that what is expected in a
 * file beside the tests' own counts too.
 */
#define KTAP_SHARED __attribute__((weak))

extern struct ktap_test *ktap_first, **ktap_last;
extern bool ktap_failed;
extern int ktap_reason_fd;

KTAP_SHARED struct ktap_test *ktap_first;
KTAP_SHARED struct ktap_test **ktap_last = &ktap_first;
KTAP_SHARED bool ktap_failed;
/* The reason for a skip travels from the test's process to the parent. */
KTAP_SHARED int ktap_reason_fd = -1;

#define TEST(test_name)							\
	static void test_##test_name(void);				\
	static struct ktap_test ktap_##test_name = {			\
		.name = #test_name, .run = test_##test_name,		\
	};								\
	__attribute__((constructor)) static void add_##test_name(void)	\
	{								\
		*ktap_last = &ktap_##test_name;				\
		ktap_last = &ktap_##test_name.next;			\
	}								\
	static void test_##test_name(void)

#define KTAP_SAY(...) do {						\
	ktap_failed = true;						\
	printf("# %s:%d: ", __FILE__, __LINE__);			\
	printf(__VA_ARGS__);						\
	putchar('\n');							\
	fflush(stdout);							\
} while (0)

#define EXPECT(condition) do {						\
	if (!(condition))						\
		KTAP_SAY("expected: %s", #condition);			\
} while (0)

#define ASSERT(condition) do {						\
	if (!(condition)) {						\
		KTAP_SAY("expected: %s", #condition);			\
		exit(KTAP_EXIT_FAIL);					\
	}								\
} while (0)

#define EXPECT_INT(got, want) do {					\
	long long ktap_got = (got), ktap_want = (want);			\
	if (ktap_got != ktap_want)					\
		KTAP_SAY("%s is %lld, expected %lld", #got, ktap_got, ktap_want); \
} while (0)

#define EXPECT_U64(got, want) do {					\
	uint64_t ktap_got = (got), ktap_want = (want);			\
	if (ktap_got != ktap_want)					\
		KTAP_SAY("%s is %" PRIu64 ", expected %" PRIu64, #got,	\
			 ktap_got, ktap_want);				\
} while (0)

#define EXPECT_STR(got, want) do {					\
	const char *ktap_got = (got), *ktap_want = (want);		\
	if (!ktap_got || strcmp(ktap_got, ktap_want) != 0)		\
		KTAP_SAY("%s is \"%s\", expected \"%s\"", #got,		\
			 ktap_got ? ktap_got : "(null)", ktap_want);	\
} while (0)

/* That @text holds @part. */
#define EXPECT_HAS(text, part) do {					\
	const char *ktap_text = (text), *ktap_part = (part);		\
	if (!ktap_text || !strstr(ktap_text, ktap_part))		\
		KTAP_SAY("%s is \"%s\", expected \"%s\" in it", #text,	\
			 ktap_text ? ktap_text : "(null)", ktap_part);	\
} while (0)

#define SKIP(reason) do {						\
	if (ktap_reason_fd >= 0)					\
		dprintf(ktap_reason_fd, "%s", (reason));		\
	exit(KTAP_EXIT_SKIP);						\
} while (0)

/* A test that takes so long, on whatever machine, never ends. */
#define KTAP_HANGS_S 600

/* Return: exit status of the test; @reason is filled in for a skip. */
static int ktap_fork(const struct ktap_test *test, char *reason, size_t room)
{
	int pipefd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return KTAP_EXIT_FAIL;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return KTAP_EXIT_FAIL;
	if (pid == 0) {
		close(pipefd[0]);
		ktap_reason_fd = pipefd[1];
		alarm(KTAP_HANGS_S);
		test->run();
		exit(ktap_failed ? KTAP_EXIT_FAIL : 0);
	}
	close(pipefd[1]);
	n = read(pipefd[0], reason, room - 1);
	reason[n > 0 ? n : 0] = '\0';
	close(pipefd[0]);
	if (waitpid(pid, &status, 0) != pid)
		return KTAP_EXIT_FAIL;
	if (WIFSIGNALED(status)) {
		printf("# killed by signal %d\n", WTERMSIG(status));
		return KTAP_EXIT_FAIL;
	}
	return WEXITSTATUS(status);
}

static bool ktap_wanted(const struct ktap_test *test, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], test->name) == 0)
			return true;
	return argc < 2;
}

static inline int ktap_main(int argc, char **argv)
{
	const struct ktap_test *test;
	int number = 0, count = 0;
	bool failed = false;

	for (test = ktap_first; test; test = test->next)
		count += ktap_wanted(test, argc, argv);
	printf("KTAP version 1\n1..%d\n", count);

	for (test = ktap_first; test; test = test->next) {
		char reason[200];
		int status;

		if (!ktap_wanted(test, argc, argv))
			continue;
		status = ktap_fork(test, reason, sizeof(reason));
		number++;
		if (status == KTAP_EXIT_SKIP)
			printf("ok %d %s # SKIP %s\n", number, test->name, reason);
		else
			printf("%s %d %s\n", status ? "not ok" : "ok", number,
			       test->name);
		failed |= status && status != KTAP_EXIT_SKIP;
	}
	return failed || count == 0 ? KTAP_EXIT_FAIL : 0;
}

#define KTAP_MAIN()							\
	int main(int argc, char **argv)					\
	{								\
		return ktap_main(argc, argv);				\
	}

#endif
