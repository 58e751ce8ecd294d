// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics: names that are hostile or too many, the two formats, and what a parser
 * that is not ours makes of them.
 */
#include <linux/filecache.h>

#include "base/macros.h"
#include "filecache/families.h"
#include "filecache/series.h"
#include "ktap.h"

static struct names names;

static struct filecache_owner owner(const char *comm, uint64_t pages,
				    uint32_t uid, uint32_t flags)
{
	static uint64_t id;
	struct filecache_owner o = {
		.id = ++id, .uid = uid, .flags = flags, .owners = 1,
		.file_pages = pages, .cgroup_id = UINT64_MAX,
	};

	snprintf(o.comm, sizeof(o.comm), "%s", comm);
	return o;
}

static struct series_list sum(enum series_by by, size_t max,
			      const struct filecache_owner *list, size_t count)
{
	struct series_list series = { 0 };

	ASSERT(series_init(&series, by, list, count, max, &names) == 0);
	return series;
}

static void done(struct series_list *series)
{
	series_exit(series);
	names_exit(&names);
}

TEST(owners_of_a_name_are_one_series)
{
	struct filecache_owner list[] = {
		owner("cat", 10, 0, 0), owner("aide", 50, 0, 0),
		owner("cat", 20, 1, FILECACHE_OWNER_FLAG_DEAD),
		owner("idle", 0, 1, 0),
	};
	struct series_list s = sum(SERIES_PROGRAM, 10, list, 4);

	EXPECT_U64(s.count, 2);
	EXPECT_STR(s.list[0].label, "aide");
	EXPECT_STR(s.list[1].label, "cat");
	EXPECT_U64(s.list[1].pages, 30);
	EXPECT_U64(s.list[1].owners, 2);
	done(&s);
}

TEST(too_many_names_become_others)
{
	struct filecache_owner list[100];
	struct series_list s;
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		char comm[16];

		snprintf(comm, sizeof(comm), "p%zu", i);
		list[i] = owner(comm, i + 1, 0, 0);
	}
	s = sum(SERIES_PROGRAM, 5, list, ARRAY_SIZE(list));
	EXPECT_U64(s.count, 6);
	EXPECT_STR(s.list[0].label, "p99");
	EXPECT_STR(s.list[5].label, "(other)");
	EXPECT_U64(s.list[5].owners, 95);
	for (i = 0; i < s.count; i++)
		total += s.list[i].pages;
	EXPECT_U64(total, 100 * 101 / 2);
	done(&s);

	/* As many as allowed are no others. */
	s = sum(SERIES_PROGRAM, 5, list, 5);
	EXPECT_U64(s.count, 5);
	EXPECT_STR(s.list[4].label, "p0");
	done(&s);
}

TEST(nobody_can_call_himself_what_stands_for_something)
{
	struct filecache_owner list[] = {
		owner("(other)", 9, 0, 0), owner("kswapd0", 8, 0, 0),
		owner("[kswapd0]", 7, 0, 0),
		owner("kswapd0", 6, 0, FILECACHE_OWNER_FLAG_KTHREAD),
		owner("x", 5, 0, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner("(before load)", 4, 0, 0),
		owner("\\(other)", 3, 0, 0),
		owner("a\xff", 2, 0, 0), owner("a\\xff", 1, 0, 0),
	};
	static const char *const want[] = {
		"\\(other)", "kswapd0", "\\[kswapd0]", "[kswapd0]",
		"(before load)", "\\(before load)", "\\\\(other)",
		"a\\xff", "a\\\\xff",
	};
	struct series_list s = sum(SERIES_PROGRAM, 100, list, ARRAY_SIZE(list));
	size_t i;

	ASSERT(s.count == ARRAY_SIZE(want));
	for (i = 0; i < s.count; i++)
		EXPECT_STR(s.list[i].label, want[i]);
	done(&s);
}

TEST(users_have_their_number_and_lost_cgroups_are_one)
{
	struct filecache_owner list[] = {
		owner("a", 9, 0, 0), owner("b", 8, 4242424, 0),
		owner("c", 7, 0, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner("d", 6, 0, FILECACHE_OWNER_FLAG_CGROUP),
	};
	struct series_list s = sum(SERIES_USER, 100, list, 4);

	ASSERT(s.count == 4);
	EXPECT_STR(s.list[0].label, "root");
	EXPECT_STR(s.list[0].id, "0");
	EXPECT_STR(s.list[1].label, "4242424");
	EXPECT_STR(s.list[1].id, "4242424");
	EXPECT_STR(s.list[2].label, "(before load)");
	EXPECT_STR(s.list[2].id, "");
	EXPECT_STR(s.list[3].label, "(kernel work)");
	done(&s);

	list[1].cgroup_id = UINT64_MAX - 1;
	s = sum(SERIES_CGROUP, 100, list, 4);
	EXPECT_U64(s.count, 2);
	EXPECT_STR(s.list[0].label, "(removed)");
	EXPECT_U64(s.list[0].pages, 23);
	done(&s);
}

static char *written(bool openmetrics)
{
	struct metrics m = { .openmetrics = openmetrics };
	char *text = NULL;
	size_t len;

	m.to = open_memstream(&text, &len);
	ASSERT(m.to);
	metrics_gauge(&m, "fc_owned_bytes", "bytes", "Owned.");
	metrics_labelled(&m, 5, "program", "a\"b\\c\nd", "uid", "7", NULL);
	metrics_counter(&m, "fc_added_bytes", "bytes", "Added.");
	metrics_value(&m, UINT64_MAX);
	metrics_end(&m);
	fclose(m.to);
	return text;
}

TEST(the_text_format)
{
	char *text = written(false);

	EXPECT_STR(text,
		   "# HELP fc_owned_bytes Owned.\n"
		   "# TYPE fc_owned_bytes gauge\n"
		   "fc_owned_bytes{program=\"a\\\"b\\\\c\\nd\",uid=\"7\"} 5\n"
		   "# HELP fc_added_bytes_total Added.\n"
		   "# TYPE fc_added_bytes_total counter\n"
		   "fc_added_bytes_total 18446744073709551615\n");
	free(text);
}

TEST(openmetrics)
{
	char *text = written(true);

	EXPECT_STR(text,
		   "# HELP fc_owned_bytes Owned.\n"
		   "# TYPE fc_owned_bytes gauge\n"
		   "# UNIT fc_owned_bytes bytes\n"
		   "fc_owned_bytes{program=\"a\\\"b\\\\c\\nd\",uid=\"7\"} 5\n"
		   "# HELP fc_added_bytes Added.\n"
		   "# TYPE fc_added_bytes counter\n"
		   "# UNIT fc_added_bytes bytes\n"
		   "fc_added_bytes_total 18446744073709551615\n"
		   "# EOF\n");
	free(text);
}

#define PARSE "exec /usr/bin/python3 -c '"					\
	"from prometheus_client%s.parser import text_string_to_metric_families\n"	\
	"for family in text_string_to_metric_families(open(0).read()):\n"		\
	"  for s in family.samples:\n"						\
	"    print(family.type, s.name, *s.labels.values(), int(s.value), sep=\"|\")' <%s"

/* Return: "|" between type, name, labels' values and value, a line for each sample. */
static char *parsed(bool openmetrics, const struct owners *owners)
{
	struct metrics m = { .openmetrics = openmetrics };
	char path[] = "/tmp/test-export.XXXXXX";
	unsigned int by = families_by("program") | families_by("user") |
			  families_by("cgroup");
	char *command, *text = NULL;
	size_t room = 0;
	FILE *from;

	m.to = fdopen(mkstemp(path), "w");
	ASSERT(m.to);
	ASSERT(families_put(&m, owners, by, 3) == 0);
	ASSERT(fclose(m.to) == 0);
	ASSERT(asprintf(&command, PARSE, openmetrics ? ".openmetrics" : "", path) > 0);
	from = popen(command, "r");
	ASSERT(from && getdelim(&text, &room, '\0', from) > 0);
	EXPECT_INT(pclose(from), 0);
	unlink(path);
	free(command);
	return text;
}

TEST(others_can_read_it)
{
	struct filecache_owner list[] = {
		owner("q\"\\,}\n", 9, 4242424, 0),
		owner("\xc3\xa9\xff", 8, 0, FILECACHE_OWNER_FLAG_DEAD),
		owner("# EOF", 7, 0, 0), owner("more", 6, 0, 0),
	};
	const struct owners owners = {
		.list = list, .count = ARRAY_SIZE(list),
		.stats = { .page_size = 4096, .owned_file = 30, .added = 50,
			   .notify_lost = 1, .blind = FILECACHE_BLIND_SHMEM },
	};
	static const char *const want[] = {
		"gauge|filecache_owned_bytes|file|122880\n",
		"gauge|filecache_blind|shmem|1\n",
		"gauge|filecache_blind|collapse|0\n",
		"counter|filecache_added_bytes_total|204800\n",
		"counter|filecache_unannounced_exits_total|1\n",
		"gauge|filecache_program_cache_bytes|q\"\\\\,}\\x0a|36864\n",
		"gauge|filecache_program_cache_bytes|\xc3\xa9\\xff|32768\n",
		"gauge|filecache_program_cache_bytes|# EOF|28672\n",
		"gauge|filecache_program_owners|(other)|1\n",
		"gauge|filecache_user_cache_bytes|4242424|4242424|36864\n",
		"gauge|filecache_cgroup_owners|(removed)|4\n",
	};
	char *text = parsed(false, &owners), *openmetrics = parsed(true, &owners);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(want); i++)
		EXPECT_HAS(text, want[i]);
	EXPECT_STR(openmetrics, text);
	free(text);
	free(openmetrics);
}

KTAP_MAIN()
