// SPDX-License-Identifier: GPL-2.0-or-later
/* Who has the last word on a domain's weight and cap; on Xen itself, lab-isolate-xen.sh does it. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "hv/plug.h"
#include "kvmonitor/schedule.h"
#include "ktap.h"

#define UUID	"00000000-0000-4000-8000-00000000c0de"

/**
 * struct world - a Xen with one domain, shared with processes that are killed
 * @now: of the domain
 * @gone: it is
 * @refuses: to set anything
 * @dies: whoever sets something, right before or after it is done
 */
static struct world {
	struct hv_schedule now;
	bool gone;
	bool refuses;
	enum { LIVES, DIES_BEFORE, DIES_AFTER } dies;
} *world;

static int find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err)
{
	*ret = (struct hv_domain){ .id = 40000, .name = "fake", .uuid = UUID };
	return world->gone ? error_set(err, -ENOENT, "%s: no such guest", name) : 0;
}

static int get(struct hv *hv, const struct hv_domain *domain, struct hv_schedule *ret,
	       struct error *err)
{
	if (world->gone || strcmp(domain->uuid, UUID) != 0)
		return error_set(err, -ENODEV, "%s: the guest is gone", domain->name);
	*ret = world->now;
	return 0;
}

static int set(struct hv *hv, const struct hv_domain *domain, const struct hv_schedule *schedule,
	       struct error *err)
{
	if (world->refuses)
		return error_set(err, -EIO, "%s: refused", domain->name);
	if (world->dies == DIES_BEFORE)
		_exit(0);
	world->now.weight = schedule->weight;
	world->now.cap = schedule->cap;
	if (world->dies == DIES_AFTER)
		_exit(0);
	return 0;
}

static void destroy(struct hv *hv)
{
}

int hv_plug(const char *name, const char *address, struct hv **ret, struct error *err)
{
	static const struct hv_ops ops = {
		.find = find, .schedule = get, .set_schedule = set, .destroy = destroy,
	};
	static struct hv hv = { .ops = &ops };

	*ret = &hv;
	return 0;
}

static bool begin(struct schedule *s, uint64_t percent, uint64_t weight)
{
	struct error err;
	pid_t holder;

	return schedule_connect(s, &err) == 0 && schedule_open(s, "fake", &holder, &err) == 0 &&
	       schedule_begin(s, percent, weight, 0, &err) == 0;
}

static bool is(uint64_t weight, uint64_t cap)
{
	if (world->now.weight == weight && world->now.cap == cap)
		return true;
	printf("# weight %" PRIu64 ", cap %" PRIu64 "\n", world->now.weight, world->now.cap);
	return false;
}

/* After a look, for which time goes on: within a hundredth of what a second is. */
static bool is_about(uint64_t weight, uint64_t cap)
{
	return is(world->now.weight + weight / 50 >= weight &&
		  world->now.weight <= weight + weight / 50 ? world->now.weight : weight,
		  world->now.cap + 2 >= cap && world->now.cap <= cap + 2 ? world->now.cap : cap);
}

/* A second later, in which the IDS had so many percent of a processor, and the domain its cap. */
static int look(struct schedule *s, uint64_t percent)
{
	struct error err;

	s->looked_ns = clock_now_ns(CLOCK_MONOTONIC) - NSEC_PER_SEC;
	return schedule_look(s, s->ids_ns + percent * NSEC_PER_SEC / 100, &err);
}

static void start(uint64_t weight, uint64_t cap)
{
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	*world = (struct world){
		.now = { .weight = weight, .cap = cap, .most = 200, .host = 400 },
	};
	if (geteuid() != 0)
		SKIP("not root: /run/kvmonitor");
}

TEST(a_share_and_its_end)
{
	struct schedule s;

	start(512, 0);
	ASSERT(begin(&s, 25, 0));
	EXPECT(is(512, 100));
	EXPECT(look(&s, 30) == 0);
	EXPECT(is_about(358, 70));
	EXPECT(schedule_ids_most(&s) == 90);
	EXPECT(schedule_restore(&s, NULL) == 0);
	EXPECT(is(512, 0));
	EXPECT(access(s.record.path, F_OK) < 0);
	schedule_close(&s);
}

TEST(what_the_share_is)
{
	struct schedule s;

	start(256, 70);
	ASSERT(begin(&s, 0, 50));
	EXPECT(is(128, 70));
	schedule_restore(&s, NULL);
	schedule_close(&s);
	EXPECT(is(256, 70));
	/* No more than its processors; the share may be more. */
	world->now.cap = 0;
	ASSERT(begin(&s, 0, 0));
	EXPECT(is(256, 200));
	schedule_restore(&s, NULL);
	schedule_close(&s);
	ASSERT(begin(&s, 100, 0));
	EXPECT(is(256, 200));
	EXPECT(look(&s, 100) == 0);
	EXPECT(is_about(192, 200));
	schedule_restore(&s, NULL);
	schedule_close(&s);
	EXPECT(is(256, 0));
	world->now.cap = 1;
	EXPECT(!begin(&s, 0, 0));
	EXPECT(schedule_restore(&s, NULL) == 0);
	EXPECT(is(256, 1));
	schedule_close(&s);
}

TEST(somebody_else_has_the_last_word)
{
	struct schedule s;

	start(256, 0);
	ASSERT(begin(&s, 10, 50));
	world->now.cap = 77;
	EXPECT(look(&s, 0) == -ECANCELED);
	EXPECT(is(256, 77));
	EXPECT(look(&s, 20) == 0);
	EXPECT(schedule_restore(&s, NULL) == 0);
	EXPECT(is(256, 77));
	schedule_close(&s);
	/* Unseen until the end. */
	ASSERT(begin(&s, 10, 50));
	world->now.weight = 1000;
	EXPECT(schedule_restore(&s, NULL) == 0);
	EXPECT(is(1000, 77));
	schedule_close(&s);
	/* To what we had set before. */
	ASSERT(begin(&s, 10, 0));
	EXPECT(look(&s, 20) == 0);
	world->now.cap = 40;
	EXPECT(look(&s, 20) == -ECANCELED);
	EXPECT(is(1000, 40));
	schedule_close(&s);
}

TEST(gone_and_refused)
{
	struct schedule s;

	start(256, 0);
	ASSERT(begin(&s, 10, 0));
	world->refuses = true;
	EXPECT(look(&s, 10) == -EIO);
	EXPECT(look(&s, 10) == -EIO);
	world->refuses = false;
	EXPECT(look(&s, 10) == 0);
	EXPECT(is_about(192, 30));
	world->gone = true;
	EXPECT(look(&s, 10) == -ENODEV);
	EXPECT(look(&s, 10) == 0);
	EXPECT(schedule_restore(&s, NULL) == 0);
	EXPECT(access(s.record.path, F_OK) < 0);
	schedule_close(&s);
}

/* Killed when a change was noted, and was or was not made. */
static void kill_at(int dies)
{
	pid_t pid = fork();
	struct schedule s;

	if (pid == 0) {
		begin(&s, 10, 0);
		world->dies = dies;
		look(&s, 20);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	world->dies = LIVES;
}

TEST(killed_ones_are_undone)
{
	struct schedule s;
	int dies;

	start(256, 70);
	for (dies = DIES_BEFORE; dies <= DIES_AFTER; dies++) {
		kill_at(dies);
		EXPECT(is(dies == DIES_BEFORE ? 256 : 128, dies == DIES_BEFORE ? 40 : 20));
		ASSERT(schedule_connect(&s, NULL) == 0);
		EXPECT(is(256, 70));
		schedule_close(&s);
		/* Somebody else was faster. */
		kill_at(dies);
		world->now.cap = 55;
		ASSERT(schedule_connect(&s, NULL) == 0);
		EXPECT(is(256, 55));
		schedule_close(&s);
		world->now.cap = 70;
		/* Nobody is left for whom it would matter. */
		kill_at(dies);
		world->gone = true;
		ASSERT(schedule_connect(&s, NULL) == 0);
		EXPECT(access("/run/kvmonitor/schedule-40000-" UUID ".json", F_OK) < 0);
		schedule_close(&s);
		world->gone = false;
		world->now = (struct hv_schedule){ 256, 70, 200, 400, 0 };
	}
}

TEST(only_one_at_a_time)
{
	struct schedule first, second;
	struct error err;
	pid_t holder;

	start(256, 0);
	ASSERT(begin(&first, 10, 0));
	ASSERT(schedule_connect(&second, &err) == 0);
	EXPECT(is(256, 40));
	EXPECT(schedule_open(&second, "fake", &holder, &err) == -EBUSY);
	EXPECT(holder == getpid());
	schedule_close(&second);
	EXPECT(schedule_restore(&first, &err) == 0);
	schedule_close(&first);
	EXPECT(is(256, 0));
}

KTAP_MAIN()
