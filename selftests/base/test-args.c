// SPDX-License-Identifier: GPL-2.0-or-later
/* Options and operands: what is taken, in which order, and what is refused. */
#include <errno.h>

#include "base/args.h"
#include "base/macros.h"
#include "ktap.h"

#define ARGS_MAX 8

static const struct option options[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "quick", no_argument, NULL, 'q' },
	{ "wrong", no_argument, NULL, 'w' },
	{ }
};

/**
 * struct walk - a command line, and what came of it
 * @argv: the program's name first, NULL last
 * @argc: of them
 * @taken: "n=value q " and so on
 * @err: what was wrong
 */
struct walk {
	char *argv[ARGS_MAX];
	int argc;
	char taken[100];
	struct error err;
};

static int take(int option, const char *value, void *data, struct error *err)
{
	struct walk *walk = data;
	size_t len = strlen(walk->taken);

	if (option == 'w')
		return error_set(err, -ERANGE, "--wrong: is too much");
	snprintf(walk->taken + len, sizeof(walk->taken) - len, "%c%s%s ", option,
		 value ? "=" : "", value ? value : "");
	return 0;
}

static int walk_all(struct walk *walk)
{
	while (walk->argv[walk->argc])
		walk->argc++;
	return args_walk(walk->argc, walk->argv, options, take, walk, &walk->err);
}

#define WALK(...) { .argv = { "tool", ##__VA_ARGS__ } }

TEST(nothing_at_all)
{
	struct walk walk = WALK();

	EXPECT_INT(walk_all(&walk), 1);
	EXPECT_STR(walk.taken, "");
}

TEST(options_in_their_order)
{
	struct walk walk = WALK("--quick", "--name", "a", "--name=b");

	EXPECT_INT(walk_all(&walk), walk.argc);
	EXPECT_STR(walk.taken, "q n=a n=b ");
}

TEST(operands_among_options_end_behind_them)
{
	struct walk walk = WALK("x", "--quick", "y", "--name", "a");

	EXPECT_INT(walk_all(&walk), 4);
	EXPECT_STR(walk.taken, "q n=a ");
	EXPECT_STR(walk.argv[4], "x");
	EXPECT_STR(walk.argv[5], "y");
}

TEST(two_dashes_end_the_options)
{
	struct walk walk = WALK("--quick", "--", "--name", "-");

	EXPECT_INT(walk_all(&walk), 3);
	EXPECT_STR(walk.taken, "q ");
	EXPECT_STR(walk.argv[3], "--name");
}

TEST(unknown_options_and_missing_values)
{
	static const char *const bad[] = { "--nonsense", "--quick=1", "-q", "--name" };
	char want[100];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct walk walk = WALK("--quick", (char *)bad[i]);

		EXPECT_INT(walk_all(&walk), -EINVAL);
		EXPECT_INT(walk.err.code, -EINVAL);
		snprintf(want, sizeof(want), "%s: unknown option, or its value is missing",
			 bad[i]);
		EXPECT_STR(walk.err.text, want);
		EXPECT_STR(walk.taken, "q ");
	}
}

TEST(what_is_not_taken_ends_the_walk)
{
	struct walk walk = WALK("--quick", "--wrong", "--name", "a");

	EXPECT_INT(walk_all(&walk), -EINVAL);
	EXPECT_INT(walk.err.code, -ERANGE);
	EXPECT_STR(walk.err.text, "--wrong: is too much");
	EXPECT_STR(walk.taken, "q ");
}

TEST(a_walk_given_up_leaves_nothing_to_the_next)
{
	struct walk first = WALK("x", "--wrong", "--name", "a");
	struct walk second = WALK("--quick", "y");

	EXPECT_INT(walk_all(&first), -EINVAL);
	EXPECT_INT(walk_all(&second), 2);
	EXPECT_STR(second.taken, "q ");
	EXPECT_STR(second.argv[2], "y");
}

KTAP_MAIN()
