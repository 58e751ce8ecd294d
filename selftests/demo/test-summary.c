// SPDX-License-Identifier: GPL-2.0-or-later
/* Unit tests of the demo's recordings, their summary and its goals. */
#include <errno.h>

#include "base/macros.h"
#include "demo/summary.h"
#include "ktap.h"

#define GUEST_KB	500000
#define DOM0_KB		700000

static const struct goals easy = { 0, 1024, 0, 0 };

static struct sample samples[64];
static struct event events[16];
static char missed_text[1024];

static struct series series = { .samples = samples, .events = events };

/* One more second; memory moves from guest to dom0 as a whole. */
static void add(long used_kb, long added_kb)
{
	struct sample *s = &samples[series.count];

	*s = (struct sample){
		.time_s = series.count, .anon_kb = used_kb, .used_kb = used_kb,
		.added_kb = added_kb, .guest_kb = GUEST_KB - added_kb,
		.dom0_kb = DOM0_KB + added_kb,
	};
	series.count++;
	s->settled = series_settled(samples, series.count);
}

static void add_times(int times, long used_kb, long added_kb)
{
	while (times--)
		add(used_kb, added_kb);
}

static void happen(const char *text)
{
	struct event *e = &events[series.event_count++];

	/* Between the last sample and the next one. */
	e->time_s = series.count - 0.5;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

static void tell(void *arg, const char *text)
{
	size_t len = strlen(missed_text);

	snprintf(missed_text + len, sizeof(missed_text) - len, "%s\n", text);
}

static unsigned int check(const struct goals *goals)
{
	const struct missed missed = { tell, NULL };
	struct summary summary;

	summary_make(&series, &summary);
	return summary_check(&series, &summary, goals, &missed);
}

/* A recording without a fault: one step of 100 MB. */
static void good_run(void)
{
	add_times(4, 0, 0);
	happen("start");
	happen("step 1");
	add(102400, 0);
	add(102400, 50000);
	add_times(4, 102400, 102400);
	happen("step 2");
	add(0, 102400);
	add_times(4, 0, 0);
	happen("stop");
	add_times(3, 0, 0);
}

TEST(settled_needs_two_quiet_intervals)
{
	add(0, 0);
	EXPECT(!samples[0].settled);
	add(0, 0);
	EXPECT(!samples[1].settled);
	add(0, 0);
	EXPECT(samples[2].settled);
	add(300, 0);
	EXPECT(!samples[3].settled);
	add(300, 0);
	EXPECT(!samples[4].settled);
	add(300, 0);
	EXPECT(samples[5].settled);
}

TEST(settled_allows_small_changes_of_use_only)
{
	add(0, 0);
	add(100, 0);
	add(255, 0);
	EXPECT(samples[2].settled);
	/* Under 256 in each interval, but not over both. */
	add(400, 0);
	EXPECT(!samples[3].settled);
}

TEST(settled_allows_no_page_to_move)
{
	add_times(3, 0, 0);
	add(0, 4);
	EXPECT(!samples[3].settled);
	add_times(2, 0, 4);
	EXPECT(samples[5].settled);
	samples[6] = samples[5];
	samples[6].guest_kb -= 4;
	EXPECT(!series_settled(samples, 7));
}

TEST(error_is_over_settled_samples)
{
	struct summary s;

	add_times(3, 1000, 400);
	add_times(2, 50000, 400);
	add_times(3, 50000, 49800);
	summary_make(&series, &s);
	EXPECT_INT(s.samples, 8);
	EXPECT_INT(s.settled, 2);
	EXPECT_INT(s.max_error_kb, 600);
	EXPECT(s.mean_error_kb > 399.9 && s.mean_error_kb < 400.1);
}

TEST(sizes_and_peaks)
{
	struct summary s;

	good_run();
	samples[5].cache_kb = 77;
	summary_make(&series, &s);
	EXPECT_INT(s.max_moved_kb, 102400);
	EXPECT_INT(s.max_anon_kb, 102400);
	EXPECT_INT(s.max_cache_kb, 77);
	EXPECT_INT(s.guest.before, GUEST_KB);
	EXPECT_INT(s.guest.extreme, GUEST_KB - 102400);
	EXPECT_INT(s.guest.after, GUEST_KB);
	EXPECT_INT(s.dom0.extreme, DOM0_KB + 102400);
}

TEST(lag_runs_from_change_to_arrival)
{
	struct summary s;

	good_run();
	summary_make(&series, &s);
	EXPECT_INT(s.changes, 2);
	/* Up: seen at 4, there at 6.  Down: seen at 10, gone at 11. */
	EXPECT_INT(s.p95_lag_s, 2);
}

TEST(lag_of_a_change_that_never_arrives_lasts_to_the_end)
{
	struct summary s;

	add_times(2, 0, 0);
	add_times(10, 50000, 0);
	summary_make(&series, &s);
	EXPECT_INT(s.p95_lag_s, 9);
}

TEST(lag_ends_when_use_comes_back_by_itself)
{
	struct summary s;

	add_times(2, 0, 0);
	add_times(3, 50000, 0);
	add_times(10, 0, 0);
	summary_make(&series, &s);
	EXPECT_INT(s.changes, 2);
	EXPECT_INT(s.p95_lag_s, 3);
}

TEST(good_run_misses_nothing)
{
	const struct goals goals = { 30, 1024, 102400, 2 };

	good_run();
	EXPECT_INT(check(&goals), 0);
	EXPECT_STR(missed_text, "");
}

TEST(too_few_settled_are_missed)
{
	const struct goals goals = { 95, 1024, 0, 0 };

	good_run();
	EXPECT_INT(check(&goals), 1);
	EXPECT_HAS(missed_text, "samples settled");
}

TEST(nothing_settled_is_missed_whatever_the_goal)
{
	add(0, 0);
	happen("stop");
	EXPECT_INT(check(&easy), 1);
	EXPECT_HAS(missed_text, "0 of 1 samples settled");
}

TEST(error_is_missed)
{
	good_run();
	samples[8].used_kb += 2000;
	EXPECT_INT(check(&easy), 1);
	EXPECT_HAS(missed_text, "largest error 2000 kB");
}

TEST(too_little_moved_is_missed)
{
	const struct goals goals = { 0, 1024, 102401, 0 };

	good_run();
	EXPECT_INT(check(&goals), 1);
	EXPECT_HAS(missed_text, "moved 102400 kB");
}

TEST(too_few_steps_are_missed)
{
	const struct goals goals = { 0, 1024, 0, 3 };

	good_run();
	EXPECT_INT(check(&goals), 1);
	EXPECT_HAS(missed_text, "2 steps or runs, wanted 3");
}

TEST(sizes_not_back_are_missed)
{
	good_run();
	samples[series.count - 1].guest_kb -= 2000;
	samples[series.count - 1].dom0_kb += 2000;
	EXPECT_INT(check(&easy), 2);
	EXPECT_HAS(missed_text, "guest ended");
	EXPECT_HAS(missed_text, "dom0 ended");
}

TEST(return_only_after_stop_is_missed)
{
	add_times(3, 0, 0);
	add_times(6, 50000, 50000);
	happen("stop");
	add_times(4, 0, 0);
	EXPECT_INT(check(&easy), 1);
	EXPECT_HAS(missed_text, "not back before balloon-sync was stopped");
}

TEST(no_stop_is_missed)
{
	add_times(5, 0, 0);
	EXPECT_INT(check(&easy), 1);
	EXPECT_HAS(missed_text, "never stopped");
}

TEST(step_without_a_settled_sample_is_missed)
{
	add_times(4, 0, 0);
	happen("step 1");
	add_times(2, 50000, 50000);
	happen("step 2");
	add_times(4, 0, 0);
	happen("stop");
	EXPECT_INT(check(&easy), 1);
	EXPECT_HAS(missed_text, "after 'step 1'");
}

TEST(run_needs_rest_at_both_ends)
{
	add(0, 0);
	happen("begin aide --init");
	add_times(6, 50000, 50000);
	happen("end aide --init");
	add_times(2, 0, 0);
	happen("note the guest wrote");
	happen("stop");
	add_times(1, 0, 0);
	EXPECT_INT(check(&easy), 2);
	EXPECT_HAS(missed_text, "before 'begin aide --init'");
	EXPECT_HAS(missed_text, "after 'end aide --init'");
}

TEST(note_is_no_border)
{
	add_times(4, 0, 0);
	happen("begin aide --check");
	add_times(3, 0, 0);
	happen("end aide --check");
	happen("note the guest wrote");
	add_times(3, 0, 0);
	happen("stop");
	EXPECT_INT(check(&easy), 0);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ASSERT(file);
	fputs(text, file);
	fclose(file);
}

TEST(csv_round_trip)
{
	char path[] = "/tmp/test-summary.XXXXXX";
	struct error err = { 0 };
	struct series back;
	FILE *file;
	size_t i;

	ASSERT(mkstemp(path) >= 0);
	good_run();
	file = fopen(path, "w");
	ASSERT(file);
	fputs(SERIES_HEADER "\n", file);
	for (i = 0; i < series.count; i++)
		EXPECT_INT(series_write(file, &samples[i]), 0);
	fclose(file);
	EXPECT_INT(series_read(path, NULL, &back, &err), 0);
	ASSERT(back.count == series.count);
	for (i = 0; i < series.count; i++) {
		EXPECT_INT(back.samples[i].added_kb, samples[i].added_kb);
		EXPECT_INT(back.samples[i].dom0_kb, samples[i].dom0_kb);
		EXPECT_INT(back.samples[i].settled, samples[i].settled);
	}
	series_free(&back);
	unlink(path);
}

TEST(broken_csv_is_refused_with_its_line)
{
	static const char * const texts[] = {
		"time_s,used\n",
		SERIES_HEADER "\n1,2,3\n",
		SERIES_HEADER "\n1,2,3,4,5,6,7,2\n",
		SERIES_HEADER "\n1,2,3,4,5,6,7,1,9\n",
		"",
	};
	char path[] = "/tmp/test-summary.XXXXXX";
	struct series back = { .count = 7 };
	struct error err;
	size_t i;

	ASSERT(mkstemp(path) >= 0);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		write_text(path, texts[i]);
		err.text[0] = 0;
		EXPECT_INT(series_read(path, NULL, &back, &err), -EINVAL);
		EXPECT_HAS(err.text, path);
		EXPECT_INT(back.count, 7);
	}
	unlink(path);
	EXPECT_INT(series_read(path, NULL, &back, &err), -ENOENT);
}

KTAP_MAIN()
