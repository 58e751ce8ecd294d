// SPDX-License-Identifier: GPL-2.0-or-later
/* What top makes of two looks at the cache, and how that looks at any size. */
#include <errno.h>
#include <locale.h>

#include <linux/filecache.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/text.h"
#include "filecache/top-mark.h"
#include "filecache/top-view.h"
#include "ktap.h"

#define PAGE 4096
#define MIB (1048576 / PAGE)

static struct top_model model;
static struct names names;
static struct top_view view = { .order = "cache", .dead = true };

static struct filecache_owner owner(uint64_t id, const char *comm,
				    uint64_t pages, uint64_t added,
				    uint64_t removed, uint32_t flags)
{
	struct filecache_owner o = {
		.id = id, .pid = (uint32_t)id * 10, .owners = 1,
		.flags = flags, .file_pages = pages, .added = added,
		.removed = removed, .birth_ns = 1, .uid = 0,
		.cgroup_id = UINT64_MAX,
	};

	snprintf(o.comm, sizeof(o.comm), "%s", comm);
	return o;
}

static void look(const struct filecache_owner *list, size_t count, unsigned int second)
{
	struct owners owners = { .count = count, .stats.page_size = PAGE };
	size_t i;

	owners.list = calloc(count + 1, sizeof(*list));
	ASSERT(owners.list);
	memcpy(owners.list, list, count * sizeof(*list));
	for (i = 0; i < count; i++) {
		if (list[i].flags & FILECACHE_OWNER_FLAG_UNKNOWN)
			owners.stats.unknown_file += list[i].file_pages;
		else
			owners.stats.owned_file += list[i].file_pages;
	}
	owners.stats.owners_live = 5;
	owners.stats.owners_dead = 3;
	owners.stats.blind = FILECACHE_BLIND_SHMEM;
	if (!view.by)
		view.by = grouping_find("owner");
	ASSERT(top_model_update(&model, &owners, second * NSEC_PER_SEC) == 0);
	top_model_arrange(&model, &view, &names);
}

static void two_looks(void)
{
	struct filecache_owner first[] = {
		owner(1, "", 100 * MIB, 0, 0, FILECACHE_OWNER_FLAG_UNKNOWN),
		owner(2, "aide", 40 * MIB, 40 * MIB, 0, 0),
		owner(3, "cat", 30 * MIB, 30 * MIB, 0, FILECACHE_OWNER_FLAG_DEAD),
		owner(4, "kswapd0", 1 * MIB, 1 * MIB, 0, FILECACHE_OWNER_FLAG_KTHREAD),
		owner(5, "sh", 0, 1, 1, 0),
	};
	struct filecache_owner second[] = {
		first[0],
		owner(2, "aide", 60 * MIB, 62 * MIB, 2 * MIB, 0),
		owner(3, "cat", 20 * MIB, 30 * MIB, 10 * MIB, FILECACHE_OWNER_FLAG_DEAD),
		first[3], first[4],
		owner(6, "aide", 4 * MIB, 4 * MIB, 0, 0),
	};

	second[5].birth_ns = 11 * NSEC_PER_SEC;
	look(first, 5, 10);
	look(second, 6, 12);
}

TEST(a_first_look_has_no_rates)
{
	struct filecache_owner list[] = { owner(2, "aide", 40, 40, 7, 0) };

	look(list, 1, 10);
	EXPECT(!top_model_has_rates(&model));
	EXPECT_U64(model.count, 1);
	EXPECT(model.rows[0].added == 0 && model.rows[0].removed == 0);
	top_model_exit(&model);
}

TEST(rates_are_per_second_and_of_all)
{
	two_looks();
	EXPECT(top_model_has_rates(&model));
	EXPECT_U64(model.count, 5);
	EXPECT_U64(model.rows[1].owner.id, 2);
	EXPECT_U64((uint64_t)model.rows[1].added, 11 * MIB);
	EXPECT_U64((uint64_t)model.rows[1].removed, 1 * MIB);
	EXPECT_U64((uint64_t)model.rows[2].removed, 5 * MIB);
	/* Born in between: all that it has is new. */
	EXPECT_U64(model.rows[3].owner.id, 6);
	EXPECT_U64((uint64_t)model.rows[3].added, 2 * MIB);
	EXPECT_U64((uint64_t)model.total.added, 13 * MIB);
	EXPECT_U64((uint64_t)model.total.removed, 6 * MIB);
	top_model_exit(&model);
	names_exit(&names);
}

TEST(what_moved_from_owner_to_owner_is_no_traffic)
{
	struct filecache_owner first[] = {
		owner(2, "a", 50, 100, 50, 0),
	};
	struct filecache_owner second[] = {
		/* Less than before, older than the look that lacks it, folded. */
		owner(2, "a", 10, 20, 10, 0), owner(3, "b", 5, 500, 7, 0),
		owner(4, "(folded)", 80, 900, 90, FILECACHE_OWNER_FLAG_FOLDED),
	};

	second[2].birth_ns = 11 * NSEC_PER_SEC;
	look(first, 1, 10);
	look(second, 3, 11);
	EXPECT(model.total.added == 0);
	EXPECT(model.total.removed == 0);
	top_model_exit(&model);
}

TEST(rows_are_grouped_with_their_rates)
{
	view.by = grouping_find("program");
	view.order = "add";
	two_looks();
	EXPECT_U64(model.count, 4);
	EXPECT_STR(model.rows[0].owner.comm, "aide");
	EXPECT_U64(model.rows[0].owner.owners, 2);
	EXPECT_U64(filecache_pages(&model.rows[0].owner), 64 * MIB);
	EXPECT_U64((uint64_t)model.rows[0].added, 13 * MIB);
	view.order = "evict";
	top_model_arrange(&model, &view, &names);
	EXPECT_STR(model.rows[0].owner.comm, "cat");
	top_model_exit(&model);
}

TEST(an_order_is_whole_so_rows_stay_in_place)
{
	struct filecache_owner list[] = {
		owner(9, "x", 5, 5, 0, 0), owner(2, "x", 5, 5, 0, 0),
		owner(5, "x", 5, 5, 0, 0), owner(7, "x", 6, 5, 0, 0),
	};
	size_t number;

	for (number = 0; top_order_name(number); number++) {
		size_t i;

		for (i = 0; i < 4; i++)
			list[i].pid = 1;
		view.order = top_order_name(number);
		EXPECT_U64(top_order_number(view.order), number);
		view.reverse = number & 1;
		look(list, 4, 10 + (unsigned int)number);
		EXPECT_U64(model.rows[0].owner.id, number == 0 ? 7 :
			   model.rows[0].owner.id);
		for (i = 2; i < 4; i++)
			EXPECT(model.rows[i - 1].owner.id < model.rows[i].owner.id);
	}
	EXPECT_U64(number, 7);
	EXPECT_U64(top_order_number("nosuch"), SIZE_MAX);
	top_model_exit(&model);
}

TEST(the_dead_the_idle_and_others_are_left_out)
{
	view.dead = false;
	two_looks();
	EXPECT_U64(model.count, 4);
	view.idle = true;
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 5);
	strcpy(view.filter, "AID");
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 2);
	strcpy(view.filter, "roo");
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 4);
	strcpy(view.filter, "nosuch");
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 0);
	/* The whole is the whole, whatever is shown. */
	EXPECT_U64(filecache_pages(&model.total.owner), 185 * MIB);
	top_model_exit(&model);
	names_exit(&names);
}

TEST(a_row_is_known_again)
{
	struct top_row mark;

	two_looks();
	mark = model.rows[2];
	EXPECT(top_same_row(&view, &mark, &model.rows[2]));
	EXPECT(!top_same_row(&view, &mark, &model.rows[1]));
	view.by = grouping_find("user");
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 2);
	EXPECT(!top_same_row(&view, &model.rows[0], &model.rows[1]));
	mark = model.rows[1];
	mark.owner.id = 99;
	EXPECT(top_same_row(&view, &mark, &model.rows[1]));
	top_model_exit(&model);
}

static void draw(struct frame *frame, size_t columns, size_t lines)
{
	struct top_page page = {
		.columns = columns, .lines = lines, .chosen = 1,
		.delay_ns = NSEC_PER_SEC / 2, .memory = 1ULL << 30,
		.clock = "12:34:56",
	};

	top_draw(frame, &model, &view, &page, &names);
}

static char *text_of(const struct frame *frame)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ASSERT(to);
	frame_print(frame, to);
	fclose(to);
	return text;
}

static void expect_to_fit(size_t columns, size_t lines)
{
	struct frame frame;
	size_t i, k, len;

	draw(&frame, columns, lines);
	EXPECT(!frame.failed);
	if (lines > 7)
		EXPECT_U64(frame.count, lines);
	for (i = 0; i < frame.count; i++) {
		const struct frame_line *line = &frame.lines[i];

		if (text_width(line->text) > columns)
			KTAP_SAY("%zux%zu: '%s' is too wide", columns, lines,
				 line->text);
		for (k = 0, len = 0; k < line->count; k++)
			len += line->spans[k].len;
		EXPECT_U64(len, strlen(line->text));
	}
	frame_exit(&frame);
}

static struct top_mark mark;
static struct top_page page = { .chosen = SIZE_MAX };

#define ROOM 4

/* As many owners as @ids has characters, each of a digit, in this order. */
static void rows(const char *ids)
{
	struct filecache_owner list[10];
	size_t count = strlen(ids), i;

	for (i = 0; i < count; i++)
		list[i] = owner((uint64_t)(ids[i] - '0'), "x", 100 - i, 1, 0, 0);
	look(list, count, 10);
	top_mark_settle(&mark, &page, &model, &view, ROOM);
}

static void step(long by)
{
	top_mark_move(&mark, &page, &model, &view, ROOM, by);
}

/* That a row is shown as chosen, and that keys are about just this one. */
static void expect_chosen(uint64_t id)
{
	ASSERT(mark.set && page.chosen < model.count);
	EXPECT_U64(model.rows[page.chosen].owner.id, id);
	EXPECT_U64(mark.row.owner.id, id);
	EXPECT(page.chosen >= page.first && page.chosen < page.first + ROOM);
}

TEST(the_chosen_row_is_kept)
{
	rows("12345678");
	step(1);
	expect_chosen(1);
	step(1);
	expect_chosen(2);
	rows("45678123");
	expect_chosen(2);
	EXPECT_U64(page.chosen, 6);
	top_model_exit(&model);
}

TEST(keys_are_about_the_row_that_is_shown_as_chosen)
{
	rows("1234");
	step(1);
	step(1);
	rows("134");
	expect_chosen(3);
	/* It does not come back when the other one does. */
	rows("1234");
	expect_chosen(3);
	step(1L << 30);
	rows("12");
	expect_chosen(2);
	rows("");
	EXPECT(!mark.set && page.chosen == SIZE_MAX);
	step(1);
	EXPECT(!mark.set);
	top_model_exit(&model);
}

TEST(with_none_chosen_the_keys_move_as_far_as_ever)
{
	static const struct {
		long by;
		uint64_t id;
	} keys[] = {
		{ 1, 1 }, { -1, 1 }, { ROOM, 5 }, { -ROOM, 1 },
		{ 1L << 30, 8 }, { -(1L << 30), 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		mark.set = false;
		page.first = 0;
		rows("12345678");
		step(keys[i].by);
		expect_chosen(keys[i].id);
	}
	top_model_exit(&model);
}

TEST(it_fits_on_every_screen)
{
	static const char *const groupings[] = {
		"owner", "process", "program", "user", "cgroup", "parent",
	};
	size_t columns, lines, i;

	setlocale(LC_CTYPE, "C.UTF-8");
	two_looks();
	for (i = 0; i < ARRAY_SIZE(groupings); i++) {
		view.by = grouping_find(groupings[i]);
		top_model_arrange(&model, &view, &names);
		for (columns = 1; columns < 240; columns += columns < 100 ? 3 : 20)
			for (lines = 1; lines < 60; lines += 7)
				expect_to_fit(columns, lines);
	}
	top_model_exit(&model);
	names_exit(&names);
}

TEST(eighty_columns_say_it_all)
{
	struct frame frame;
	char *text;

	two_looks();
	draw(&frame, 80, 24);
	text = text_of(&frame);
	EXPECT_HAS(text, "12:34:56");
	EXPECT_HAS(text, "5 alive, 3 ended");
	EXPECT_HAS(text, "185 MiB");
	EXPECT_HAS(text, "18% of 1.0 GiB");
	EXPECT_HAS(text, "+13.0 MiB/s");
	EXPECT_HAS(text, "-6.0 MiB/s");
	EXPECT_HAS(text, "Unseen  shared memory");
	EXPECT_HAS(text, "(before load)");
	EXPECT_HAS(text, "[kswapd0]");
	EXPECT_HAS(text, "@2");
	EXPECT_HAS(text, "11.0 MiB");
	EXPECT(frame.lines[7].chosen);
	EXPECT_HAS(frame.lines[7].text, "aide");
	free(text);
	frame_exit(&frame);

	/* And forty the most of it. */
	draw(&frame, 40, 24);
	text = text_of(&frame);
	EXPECT_HAS(text, "aide");
	EXPECT_HAS(text, "60.0 MiB");
	EXPECT_HAS(text, "11.0 MiB");
	EXPECT(!strstr(text, "@2"));
	free(text);
	frame_exit(&frame);
	top_model_exit(&model);
	names_exit(&names);
}

TEST(hostile_names_stay_in_their_cell)
{
	struct filecache_owner list[] = {
		owner(2, "\033[2J\n\\x", 40, 40, 7, 0),
	};
	struct frame frame;
	size_t i;

	look(list, 1, 10);
	strcpy(view.filter, "\033[2");
	top_model_arrange(&model, &view, &names);
	EXPECT_U64(model.count, 1);
	draw(&frame, 100, 24);
	for (i = 0; i < frame.count; i++)
		EXPECT(!strpbrk(frame.lines[i].text, "\033\n"));
	EXPECT_HAS(frame.lines[6].text, "\\x1b[2J\\x0a\\\\x");
	EXPECT_HAS(frame.lines[3].text, "only '\\x1b[2'");
	frame_exit(&frame);
	top_model_exit(&model);
	names_exit(&names);
}

TEST(help_and_files_fit_too)
{
	struct file_row rows[30] = { 0 };
	struct file_list list = { .rows = rows, .count = 30, .pages = 30 };
	struct top_page page = { .columns = 40, .lines = 10, .first = 25 };
	struct frame frame;
	size_t i;

	for (i = 0; i < 30; i++)
		rows[i].file = (struct filecache_file){ .pages = 1, .inode_pages = 2 };
	rows[25].path = "/var/lib/a-path/that-is-too-long/for-a-small-screen";
	top_draw_files(&frame, &list, "aide", &page, PAGE);
	EXPECT_U64(frame.count, 10);
	EXPECT_HAS(frame.lines[2].text, "/var/lib");
	EXPECT_HAS(frame.lines[3].text, "(no name)");
	for (i = 0; i < frame.count; i++)
		EXPECT(text_width(frame.lines[i].text) <= 40);
	frame_exit(&frame);
	page.lines = 24;
	page.columns = 80;
	top_draw_help(&frame, &page);
	EXPECT_U64(frame.count, 24);
	for (i = 0; i < frame.count; i++)
		EXPECT(!strchr(frame.lines[i].text, '~'));
	frame_exit(&frame);
}

KTAP_MAIN()
