// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks of which each may see, or miss, something else: what of them is told in the end. */
#include "forge.h"
#include "guest/finding.h"
#include "ktap.h"

static struct guest_doubts doubts;
static const char *next;
static unsigned int told;

static void see(struct findings *ret, uint64_t address)
{
	const struct guest_finding finding = { .kind = GUEST_POINTER_ASTRAY, .address = address };

	ASSERT(findings_add(ret, &finding) == 0);
}

/* By a letter: s sees it, m misses something, b does both, f sees a flood of others. */
static int look(struct guest *guest, struct findings *ret, void *data, struct guest_doubts *now)
{
	static uint64_t other;
	unsigned int i;

	for (i = 0; *next == 'f' && i < 2 * FINDINGS_MAX; i++)
		see(ret, ++other);
	if (*next == 's' || *next == 'b' || *next == 'f')
		see(ret, UINT64_MAX);
	now->bad += *next == 'm' || *next == 'b';
	next += *next != '\0';
	return 0;
}

static int take(const struct guest_finding *finding, void *data)
{
	told++;
	return 0;
}

static unsigned int tell(const char *looks)
{
	next = looks;
	told = 0;
	doubts = (struct guest_doubts){ 0 };
	EXPECT_INT(findings_repeat(&forge_guest, look, NULL, take, NULL, &doubts), 0);
	return told;
}

static void begin(void)
{
	forge_begin();
	forge_guest.kernel.levels = 4;
	ASSERT(guest_begin(&forge_guest, NULL) == 0);
}

static void end(void)
{
	space_destroy(forge_guest.user);
	forge_end();
}

TEST(what_is_seen_each_time)
{
	begin();
	EXPECT_INT(tell("sss"), 1);
	EXPECT_INT(tell("bbb"), 1);
	EXPECT_U64(doubts.bad, 1);
	EXPECT_INT(tell("s.s"), 0);
	EXPECT_INT(tell("..."), 0);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	end();
}

/* Or one would make itself unreadable for a moment. */
TEST(who_missed_something_acquits_nobody)
{
	begin();
	EXPECT_INT(tell("msss"), 1);
	EXPECT_INT(tell("ssms"), 1);
	EXPECT_INT(tell("m.ss"), 0);
	EXPECT_U64(doubts.bad, 0);
	EXPECT_INT(tell("mmmm"), 0);
	EXPECT_U64(doubts.bad, 1);
	end();
}

TEST(a_flood_of_findings_hides_nothing)
{
	begin();
	EXPECT_INT(tell("ffffff"), 0);
	EXPECT(doubts.cut > 0);
	end();
}

KTAP_MAIN()
