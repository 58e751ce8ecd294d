// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces and logs: what is written is read again, and nothing else is. */
#include <errno.h>

#include "balloon-sync/log.h"
#include "balloon-sync/series.h"
#include "balloon-sync/synthetic.h"
#include "balloon-sync/trace.h"
#include "base/macros.h"
#include "ktap.h"
#include "random.h"

static char path[64];

static void remove_file(void)
{
	unlink(path);
}

static FILE *new_file(void)
{
	int fd;

	strcpy(path, "/tmp/test-trace.XXXXXX");
	fd = mkstemp(path);

	ASSERT(fd >= 0);
	atexit(remove_file);
	return fdopen(fd, "w");
}

static void write_file(const char *data, size_t len)
{
	FILE *file = fopen(path, "we");

	ASSERT(file && fwrite(data, 1, len, file) == len);
	fclose(file);
}

#define HOST "\"policy\":\"mirror\",\"host\":{\"size_kb\":9,\"room_kb\":8,\"reserve_kb\":7}"
#define G1 "{\"name\":\"a\",\"rest_kb\":100,\"floor_kb\":50}"
#define K1 "{\"name\":\"k\",\"guests\":[{\"guest\":\"a\",\"weight\":1}]}"
#define HEAD "{\"trace\":1," HOST ",\"guests\":[" G1 "],\"groups\":[" K1 "]}\n"
/* A first line with these guests, or with no guest but these groups, or both. */
#define GUESTS(list) "{\"trace\":1," HOST ",\"guests\":[" list "],\"groups\":[]}\n"
#define GROUPS(list) "{\"trace\":1," HOST ",\"guests\":[" G1 "],\"groups\":[" list "]}\n"
#define CHARGE(weight) "{\"guest\":\"a\",\"weight\":" weight "}"
#define SAMPLE "{\"time_ms\":1,\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[4]}\n"

struct bad {
	const char *name;
	const char *text;
	const char *error;
};

/* In each, one thing is wrong. */
static const struct bad bad_heads[] = {
	{ "empty", "", "not a trace" },
	{ "no JSON", "trace\n", "line 1" },
	{ "a list", "[1]\n", "not a JSON object" },
	{ "another version", "{\"trace\":2}\n", "version 1" },
	{ "no guests", "{\"trace\":1," HOST ",\"groups\":[]}\n", "'guests'" },
	{ "guests of another type", "{\"trace\":1," HOST ",\"guests\":{},\"groups\":[]}\n",
	  "'guests'" },
	{ "no host", "{\"trace\":1,\"policy\":\"mirror\",\"guests\":[],\"groups\":[]}\n",
	  "'size_kb'" },
	{ "no policy", "{\"trace\":1,\"host\":{},\"guests\":[],\"groups\":[]}\n", "'policy'" },
	{ "a policy that is none",
	  "{\"trace\":1,\"policy\":\"all\",\"host\":{\"size_kb\":1,\"room_kb\":1,\"reserve_kb\":1},"
	  "\"guests\":[],\"groups\":[]}\n",
	  "neither mirror" },
	{ "a guest without a name",
	  GUESTS("{\"rest_kb\":1,\"floor_kb\":1}"),
	  "'name'" },
	{ "a guest that is a number", "{\"trace\":1," HOST ",\"guests\":[1],\"groups\":[]}\n",
	  "'name'" },
	{ "a size below 0",
	  GUESTS("{\"name\":\"a\",\"rest_kb\":-1,\"floor_kb\":1}"),
	  "'rest_kb'" },
	{ "a size that is too large",
	  GUESTS("{\"name\":\"a\",\"rest_kb\":4398046511105,\"floor_kb\":1}"),
	  "'rest_kb'" },
	{ "a size with a fraction",
	  GUESTS("{\"name\":\"a\",\"rest_kb\":1.5,\"floor_kb\":1}"),
	  "'rest_kb'" },
	{ "a quantum that is no page",
	  GUESTS("{\"name\":\"a\",\"rest_kb\":1,\"floor_kb\":1,\"quantum_kb\":6}"),
	  "multiple of 4" },
	{ "a quantum of nothing",
	  GUESTS("{\"name\":\"a\",\"rest_kb\":1,\"floor_kb\":1,\"quantum_kb\":0}"),
	  "multiple of 4" },
	{ "two guests of one name",
	  "{\"trace\":1," HOST ",\"guests\":[" G1 "," G1 "],\"groups\":[]}\n", "one name" },
	{ "two groups of one name",
	  "{\"trace\":1," HOST ",\"guests\":[" G1 "],\"groups\":[" K1 "," K1 "]}\n", "one name" },
	{ "a guest that is not there",
	  "{\"trace\":1," HOST ",\"guests\":[],\"groups\":[" K1 "]}\n", "not there" },
	{ "a guest twice",
	  GROUPS("{\"name\":\"k\",\"guests\":[" CHARGE("1") "," CHARGE("2") "]}"),
	  "twice" },
	{ "a weight that is too large",
	  GROUPS("{\"name\":\"k\",\"guests\":[" CHARGE("4294967296") "]}"),
	  "'weight'" },
	{ "a limit that is a number",
	  GROUPS("{\"name\":\"k\",\"limit\":1,\"guests\":[]}"),
	  "'limit'" },
	{ "a member twice", "{\"trace\":1,\"trace\":1}\n", "line 1" },
};

static const struct bad bad_samples[] = {
	{ "an empty line", "\n", "line 2: is empty" },
	{ "no JSON", "0 1 2\n", "line 2" },
	{ "no time", "{\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[4]}\n", "'time_ms'" },
	{ "too few", "{\"time_ms\":1,\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[]}\n",
	  "one number for each" },
	{ "too many", "{\"time_ms\":1,\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[4,5]}\n",
	  "one number for each" },
	{ "below 0", "{\"time_ms\":1,\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[-4]}\n",
	  "no amount" },
	{ "a text", "{\"time_ms\":1,\"free_kb\":2,\"arrived_kb\":3,\"used_kb\":[\"4\"]}\n",
	  "no amount" },
	{ "time stands still", SAMPLE SAMPLE, "line 3: 'time_ms'" },
	{ "cut off", "{\"time_ms\":1,\"free_kb\":2,\"arr", "line 2" },
};

TEST(bad_first_lines)
{
	size_t i;

	fclose(new_file());
	for (i = 0; i < ARRAY_SIZE(bad_heads); i++) {
		struct trace_reader *reader = NULL;
		struct error err = { 0 };
		int r;

		write_file(bad_heads[i].text, strlen(bad_heads[i].text));
		r = trace_open(path, &reader, &err);
		if (r != -EINVAL || reader)
			KTAP_SAY("%s: %d, expected -EINVAL", bad_heads[i].name, r);
		EXPECT_HAS(err.text, bad_heads[i].error);
		EXPECT_HAS(err.text, path);
	}
}

TEST(bad_intervals)
{
	size_t i;

	fclose(new_file());
	for (i = 0; i < ARRAY_SIZE(bad_samples); i++) {
		struct trace_reader *reader = NULL;
		struct trace_sample sample;
		struct error err = { 0 };
		char text[1000];
		int r;

		snprintf(text, sizeof(text), "%s%s", HEAD, bad_samples[i].text);
		write_file(text, strlen(text));
		ASSERT(trace_open(path, &reader, &err) == 0);
		do
			r = trace_next(reader, &sample, &err);
		while (r > 0);
		if (r != -EINVAL)
			KTAP_SAY("%s: %d, expected -EINVAL", bad_samples[i].name, r);
		EXPECT_HAS(err.text, bad_samples[i].error);
		trace_close(reader);
	}
}

TEST(no_file)
{
	struct trace_reader *reader = NULL;
	struct error err = { 0 };

	EXPECT_INT(trace_open("/nonexistent/trace", &reader, &err), -ENOENT);
	EXPECT_HAS(err.text, "/nonexistent/trace");
}

TEST(a_nul_hides_nothing)
{
	static const char text[] = HEAD "\0" SAMPLE;
	struct trace_reader *reader = NULL;
	struct trace_sample sample;
	struct error err = { 0 };

	fclose(new_file());
	write_file(text, sizeof(text) - 1);
	ASSERT(trace_open(path, &reader, &err) == 0);
	EXPECT_INT(trace_next(reader, &sample, &err), -EINVAL);
	trace_close(reader);
}

TEST(a_line_without_end)
{
	struct trace_reader *reader = NULL;
	struct error err = { 0 };
	FILE *file = new_file();
	size_t i;

	for (i = 0; i < TRACE_LINE_MAX; i++)
		putc('[', file);
	fclose(file);
	EXPECT_INT(trace_open(path, &reader, &err), -EINVAL);
	EXPECT_HAS(err.text, "longer than");
}

/* Some bytes of a good trace are changed: whatever comes of it, no crash. */
TEST(broken_bytes)
{
	static const char good[] = HEAD SAMPLE;
	struct random rnd;
	int i;

	random_init(&rnd, 20261121);
	fclose(new_file());
	for (i = 0; i < 20000; i++) {
		struct trace_reader *reader = NULL;
		struct trace_sample sample;
		struct error err = { 0 };
		char text[sizeof(good)];
		int n = 1 + random_below(&rnd, 4);

		memcpy(text, good, sizeof(good));
		while (n--)
			text[random_below(&rnd, sizeof(good) - 1)] = random_below(&rnd, 256);
		write_file(text, sizeof(good) - 1 - random_below(&rnd, 20));
		if (trace_open(path, &reader, &err) < 0) {
			EXPECT(err.text[0] != '\0');
			continue;
		}
		while (trace_next(reader, &sample, &err) > 0)
			EXPECT(sample.used_kb[0] <= PLAN_MAX_KB);
		trace_close(reader);
	}
}

static void expect_same(const struct trace *a, const struct trace *b)
{
	size_t i;

	EXPECT_INT(a->policy, b->policy);
	EXPECT_U64(a->size_kb, b->size_kb);
	EXPECT_U64(a->room_kb, b->room_kb);
	EXPECT_U64(a->reserve_kb, b->reserve_kb);
	ASSERT(a->guest_count == b->guest_count && a->group_count == b->group_count &&
	       a->charge_count == b->charge_count);
	for (i = 0; i < a->guest_count; i++) {
		EXPECT_STR(a->guests[i].name, b->guests[i].name);
		EXPECT_U64(a->guests[i].plan.rest_kb, b->guests[i].plan.rest_kb);
		EXPECT_U64(a->guests[i].plan.floor_kb, b->guests[i].plan.floor_kb);
		EXPECT_U64(a->guests[i].plan.able_kb, b->guests[i].plan.able_kb);
		EXPECT_U64(a->guests[i].plan.quantum_kb, b->guests[i].plan.quantum_kb);
		EXPECT_U64(a->guests[i].gives_kb, b->guests[i].gives_kb);
	}
	for (i = 0; i < a->group_count; i++) {
		EXPECT_STR(a->groups[i].name, b->groups[i].name);
		EXPECT_U64(a->groups[i].plan.cap_kb, b->groups[i].plan.cap_kb);
		EXPECT_U64(a->groups[i].plan.least_kb, b->groups[i].plan.least_kb);
		EXPECT_U64(a->groups[i].plan.high_kb, b->groups[i].plan.high_kb);
		EXPECT_INT(a->groups[i].plan.can_limit, b->groups[i].plan.can_limit);
	}
	for (i = 0; i < a->charge_count; i++) {
		EXPECT_U64(a->charges[i].group, b->charges[i].group);
		EXPECT_U64(a->charges[i].guest, b->charges[i].guest);
		EXPECT_U64(a->charges[i].weight, b->charges[i].weight);
	}
}

TEST(written_and_read)
{
	struct synthetic_spec spec = { .guests = 7, .groups = 9, .steps = 50, .seed = 3 };
	struct trace_reader *reader = NULL;
	struct synthetic made, again;
	struct trace_sample sample, read;
	struct error err = { 0 };
	FILE *file = new_file();

	ASSERT(synthetic_init(&made, &spec, &err) == 0);
	strcpy(made.trace->guests[0].name, "a \"guest\", o'clock\n");
	made.trace->groups[8].plan.can_limit = false;
	EXPECT_INT(trace_write_header(file, made.trace), 0);
	while (synthetic_next(&made, &sample) > 0)
		EXPECT_INT(trace_write_sample(file, made.trace, &sample), 0);
	fclose(file);

	ASSERT(trace_open(path, &reader, &err) == 0);
	expect_same(trace_header(reader), made.trace);
	ASSERT(synthetic_init(&again, &spec, &err) == 0);
	while (synthetic_next(&again, &sample) > 0) {
		ASSERT(trace_next(reader, &read, &err) == 1);
		EXPECT_U64(read.time_ms, sample.time_ms);
		EXPECT_U64(read.free_kb, sample.free_kb);
		EXPECT_U64(read.arrived_kb, sample.arrived_kb);
		EXPECT(memcmp(read.used_kb, sample.used_kb, 9 * sizeof(*read.used_kb)) == 0);
	}
	EXPECT_INT(trace_next(reader, &read, &err), 0);
	trace_close(reader);
	synthetic_exit(&made);
	synthetic_exit(&again);
}

TEST(synthetic_specs)
{
	static const char *const bad[] = {
		"", "guests", "guests=", "guests=0", "guests=65537", "steps=0", "seed=-1",
		"guests=1,", "guest=1", "guests=1 groups=2", "groups=1000000000000",
	};
	struct synthetic_spec spec = { 0 };
	struct error err = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT(synthetic_parse(bad[i], &spec, &err) < 0);
	EXPECT_U64(spec.guests, 0);
	EXPECT_INT(synthetic_parse("seed=5,groups=0,steps=3,guests=2", &spec, &err), 0);
	EXPECT_U64(spec.guests, 2);
	EXPECT_U64(spec.groups, 0);
	EXPECT_U64(spec.steps, 3);
	EXPECT_U64(spec.seed, 5);
}

static struct log_row guest_row(const char *name, uint64_t time_ms, uint64_t size_kb)
{
	return (struct log_row){
		.time_ms = time_ms,
		.object = LOG_GUEST,
		.name = name,
		.used_kb = LOG_NONE,
		.size_kb = size_kb,
	};
}

TEST(log_written_and_read)
{
	static const char name[] = "a \"guest\", o'clock";
	struct log_row rows[] = {
		guest_row(name, 0, 500), guest_row("b", 0, 7),
		guest_row(name, 1500, 300), guest_row("b", 1500, 8),
	};
	struct series_list list;
	struct error err = { 0 };
	FILE *file = new_file();
	size_t i;

	fputs(LOG_CSV_HEADER, file);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		log_csv(file, &rows[i]);
	/* A row that a killed run did not finish. */
	fputs("2.000,guest,\"a", file);
	fclose(file);
	ASSERT(series_read(path, &list, &err) == 0);
	ASSERT(list.count == 2);
	EXPECT_STR(list.all[0].name, name);
	EXPECT_INT(list.all[0].kind, SERIES_GUEST);
	ASSERT(list.all[0].count == 2);
	EXPECT(list.all[0].times_s[1] == 1.5);
	EXPECT(list.all[0].values_kb[1] == 300);
	EXPECT(list.all[0].peak_kb == 500 && list.all[0].low_kb == 300);
	EXPECT(list.all[1].values_kb[1] == 8);
	series_free(&list);
}

static const struct bad bad_logs[] = {
	{ "empty", "", "not a log" },
	{ "no time", "a,b\n1,2\n", "not a log" },
	{ "nothing to draw", "time_s,b\n1,2\n", "nothing that can be drawn" },
	{ "too few columns", LOG_CSV_HEADER "1,guest,\"a\"\n", "as many columns" },
	{ "a quote too few", LOG_CSV_HEADER "1,guest,\"a,,,,,,,,,5,\n", "line 2" },
	{ "text after a quote", LOG_CSV_HEADER "1,guest,\"a\"b,,,,,,,,,5,\n", "not CSV" },
	{ "not a number", LOG_CSV_HEADER "1,guest,\"a\",,,,,,,,,x,free\n", "not a number" },
	{ "not finite", LOG_CSV_HEADER "1,guest,\"a\",,,,,,,,,inf,free\n", "not a number" },
	{ "time goes back", LOG_CSV_HEADER "2,guest,\"a\",,,,,,,,,1,free\n"
	  "1,guest,\"a\",,,,,,,,,1,free\n", "line 3: is earlier" },
	{ "no name", LOG_CSV_HEADER "1,guest,,,,,,,,,,5,free\n", "name is missing" },
	{ "too many columns", "time_s,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n", "not CSV" },
};

TEST(bad_log_lines)
{
	size_t i;

	fclose(new_file());
	for (i = 0; i < ARRAY_SIZE(bad_logs); i++) {
		struct series_list list;
		struct error err = { 0 };
		int r;

		write_file(bad_logs[i].text, strlen(bad_logs[i].text));
		r = series_read(path, &list, &err);
		if (r != -EINVAL)
			KTAP_SAY("%s: %d, expected -EINVAL", bad_logs[i].name, r);
		EXPECT_HAS(err.text, bad_logs[i].error);
	}
}

KTAP_MAIN()
