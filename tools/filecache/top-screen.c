// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache top on a terminal: keys and curses. */
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/macros.h"
#include "top.h"
#include "top-mark.h"

enum {
	PAIR_GROWS = 1,
	PAIR_SHRINKS,
};

/**
 * enum mode - what is on the screen
 * @MODE_ROWS: rows
 * @MODE_HELP: the help
 * @MODE_FILES: files of a row
 * @MODE_PROMPT: rows, and the user types what to filter by
 */
enum mode {
	MODE_ROWS,
	MODE_HELP,
	MODE_FILES,
	MODE_PROMPT,
};

/**
 * struct screen - what the user sees
 * @top: what is shown
 * @mode: what of it
 * @page: the place in it
 * @mark: the row that the user has chosen
 * @files: of MODE_FILES
 * @files_first: first one on the screen
 * @title: whose they are
 * @filter: as it was before the prompt
 * @note: what became of the last key
 * @next_ns: when to look again, CLOCK_MONOTONIC
 * @done: the user has enough
 */
struct screen {
	struct top *top;
	enum mode mode;
	struct top_page page;
	struct top_mark mark;
	struct file_list files;
	size_t files_first;
	char *title;
	char filter[sizeof(((struct top_view *)0)->filter)];
	struct error note;
	uint64_t next_ns;
	bool done;
};

static void set_note(struct screen *screen, const char *text)
{
	error_set(&screen->note, 0, "%s", text);
}

static attr_t attributes(enum frame_style style)
{
	switch (style) {
	case FRAME_STRONG:
		return A_BOLD;
	case FRAME_FAINT:
		return A_DIM;
	case FRAME_GROWS:
		return (attr_t)COLOR_PAIR(PAIR_GROWS);
	case FRAME_SHRINKS:
		return (attr_t)COLOR_PAIR(PAIR_SHRINKS);
	case FRAME_TITLE:
		return A_REVERSE;
	case FRAME_PLAIN:
		break;
	}
	return A_NORMAL;
}

static void paint_line(int y, const struct frame_line *line)
{
	const char *text = line->text;
	size_t i;

	move(y, 0);
	for (i = 0; i < line->count; i++) {
		attr_t on = line->chosen ? A_REVERSE :
					   attributes(line->spans[i].style);

		attrset((int)on);
		addnstr(text, (int)line->spans[i].len);
		text += line->spans[i].len;
	}
	attrset(A_NORMAL);
	if (line->chosen)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
}

static void paint(const struct frame *frame)
{
	size_t i;

	erase();
	for (i = 0; i < frame->count && (int)i < LINES; i++)
		paint_line((int)i, &frame->lines[i]);
	refresh();
}

static void settle(struct screen *screen)
{
	top_mark_settle(&screen->mark, &screen->page, &screen->top->model,
			&screen->top->view, top_room((size_t)LINES));
}

static int draw(struct screen *screen, struct error *err)
{
	struct top *top = screen->top;
	struct top_page page = screen->page;
	char clock[TOP_CLOCK_MAX];
	struct frame frame;
	bool failed;

	page.columns = (size_t)COLS;
	page.lines = (size_t)LINES;
	page.clock = top_clock(clock);
	page.delay_ns = top->delay_ns;
	page.memory = top->memory;
	page.note = screen->note.text;
	if (screen->mode == MODE_HELP) {
		top_draw_help(&frame, &page);
	} else if (screen->mode == MODE_FILES) {
		page.first = screen->files_first;
		top_draw_files(&frame, &screen->files, screen->title, &page,
			       top->model.now.stats.page_size);
	} else {
		page.prompt = screen->mode == MODE_PROMPT ? top->view.filter :
							    NULL;
		top_draw(&frame, &top->model, &top->view, &page, &top->names);
	}
	paint(&frame);
	failed = frame.failed;
	frame_exit(&frame);
	return failed ? error_errno(err, -ENOMEM, "top") : 0;
}

static void arrange(struct screen *screen)
{
	top_model_arrange(&screen->top->model, &screen->top->view,
			  &screen->top->names);
	settle(screen);
}

/* Another grouping has other rows: what was chosen is none of them. */
static void unmark(struct screen *screen)
{
	screen->mark.set = false;
	screen->page.first = 0;
}

static void set_order(struct screen *screen, const char *order)
{
	screen->top->view.order = order;
	unmark(screen);
	arrange(screen);
}

static void step_order(struct screen *screen, bool right)
{
	size_t number = top_order_number(screen->top->view.order);

	if (right && top_order_name(number + 1))
		set_order(screen, top_order_name(number + 1));
	else if (!right && number > 0)
		set_order(screen, top_order_name(number - 1));
}

static void step_grouping(struct screen *screen, int step)
{
	static const char *const names[] = {
		"owner", "process", "program", "user", "cgroup", "parent",
	};
	size_t i = 0, count = ARRAY_SIZE(names);

	while (i < count - 1 &&
	       strcmp(names[i], screen->top->view.by->name) != 0)
		i++;
	i = (i + count + (size_t)step) % count;
	screen->top->view.by = grouping_find(names[i]);
	unmark(screen);
	arrange(screen);
}

static void move_mark(struct screen *screen, long by)
{
	top_mark_move(&screen->mark, &screen->page, &screen->top->model,
		      &screen->top->view, top_room((size_t)LINES), by);
}

static void leave_files(struct screen *screen)
{
	file_list_exit(&screen->files);
	free(screen->title);
	screen->title = NULL;
	screen->mode = MODE_ROWS;
}

static int load_files(struct screen *screen, const char *target)
{
	int r = file_list_add(&screen->files, screen->top->client, target,
			      &screen->note);

	if (r == 0)
		r = file_list_name(&screen->files, &screen->note);
	return r;
}

static void show_files(struct screen *screen)
{
	const struct filecache_owner *owner = &screen->mark.row.owner;
	const char *by = screen->top->view.by->name;
	char target[FORMAT_MAX];

	if (!screen->mark.set) {
		set_note(screen, "choose a row by the arrows first");
		return;
	}
	if (strcmp(by, "owner") == 0) {
		owner_ref(target, owner);
	} else if (strcmp(by, "process") == 0 && owner_has_process(owner)) {
		format_u64(target, owner->pid);
	} else {
		set_note(screen, "only an owner or a process has files; press g");
		return;
	}
	screen->files_first = 0;
	screen->title = top_row_name(&screen->mark.row, &screen->top->view,
				     &screen->top->names);
	screen->mode = MODE_FILES;
	if (!screen->title || load_files(screen, target) < 0)
		leave_files(screen);
	else
		file_list_sort(&screen->files, file_order_find("cache"));
}

static void key_in_files(struct screen *screen, int key)
{
	size_t room = LINES > 3 ? (size_t)LINES - 3 : 1;
	size_t last = screen->files.count > room ? screen->files.count - room : 0;
	size_t *first = &screen->files_first;

	switch (key) {
	case KEY_UP:
	case 'k':
		*first -= *first > 0;
		break;
	case KEY_DOWN:
	case 'j':
		*first += *first < last;
		break;
	case KEY_PPAGE:
		*first = *first > room ? *first - room : 0;
		break;
	case KEY_NPAGE:
	case ' ':
		*first = *first + room < last ? *first + room : last;
		break;
	case KEY_HOME:
		*first = 0;
		break;
	case KEY_END:
		*first = last;
		break;
	case KEY_RESIZE:
		break;
	default:
		leave_files(screen);
	}
}

static void key_in_prompt(struct screen *screen, int key)
{
	char *filter = screen->top->view.filter;
	size_t len = strlen(filter);

	if (key == '\n' || key == KEY_ENTER) {
		screen->mode = MODE_ROWS;
	} else if (key == 27) {
		strcpy(filter, screen->filter);
		screen->mode = MODE_ROWS;
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		/* A character of several bytes goes as a whole. */
		while (len > 0 && (filter[len - 1] & 0xc0) == 0x80)
			filter[--len] = '\0';
		if (len > 0)
			filter[len - 1] = '\0';
	} else if (key == 'U' - '@') {
		*filter = '\0';
	} else if (key >= ' ' && key < 256 &&
		   len + 1 < sizeof(screen->top->view.filter)) {
		filter[len] = (char)key;
		filter[len + 1] = '\0';
	}
	unmark(screen);
	arrange(screen);
}

static int look(struct screen *screen, struct error *err)
{
	int r = top_look(screen->top, err);

	screen->next_ns = clock_now_ns(CLOCK_MONOTONIC) + screen->top->delay_ns;
	if (r == 0)
		settle(screen);
	return r;
}

static void set_delay(struct screen *screen, uint64_t delay_ns)
{
	if (delay_ns < TOP_DELAY_MIN_NS || delay_ns > TOP_DELAY_MAX_NS)
		return;
	screen->top->delay_ns = delay_ns;
	screen->next_ns = clock_now_ns(CLOCK_MONOTONIC) + delay_ns;
}

/* Return: whether it was a key that moves about. */
static bool key_moves(struct screen *screen, int key)
{
	long page = (long)top_room((size_t)LINES);

	switch (key) {
	case KEY_UP:
	case 'k':
		move_mark(screen, -1);
		return true;
	case KEY_DOWN:
	case 'j':
		move_mark(screen, 1);
		return true;
	case KEY_PPAGE:
		move_mark(screen, -page);
		return true;
	case KEY_NPAGE:
		move_mark(screen, page);
		return true;
	case KEY_HOME:
		move_mark(screen, -(1L << 30));
		return true;
	case KEY_END:
		move_mark(screen, 1L << 30);
		return true;
	default:
		return false;
	}
}

/* Return: whether it was a key that orders, groups or leaves out. */
static bool key_arranges(struct screen *screen, int key)
{
	static const struct {
		int key;
		const char *order;
	} orders[] = {
		{ 'c', "cache" }, { 'a', "add" }, { 'e', "evict" },
		{ 'n', "program" }, { 'i', "pid" }, { 'u', "user" },
	};
	struct top_view *view = &screen->top->view;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (orders[i].key != key)
			continue;
		set_order(screen, orders[i].order);
		return true;
	}
	switch (key) {
	case '<':
	case KEY_LEFT:
	case '>':
	case KEY_RIGHT:
		step_order(screen, key == '>' || key == KEY_RIGHT);
		return true;
	case 'g':
		step_grouping(screen, 1);
		return true;
	case 'G':
		step_grouping(screen, -1);
		return true;
	case 'r':
		view->reverse = !view->reverse;
		break;
	case 'd':
		view->dead = !view->dead;
		set_note(screen, view->dead ? "with those that have ended" :
					      "without those that have ended");
		break;
	case 'z':
		view->idle = !view->idle;
		set_note(screen, view->idle ? "with those that hold nothing" :
					      "without those that hold nothing");
		break;
	default:
		return false;
	}
	arrange(screen);
	return true;
}

static int key_in_rows(struct screen *screen, int key, struct error *err)
{
	set_note(screen, "");
	if (key_moves(screen, key) || key_arranges(screen, key))
		return 0;
	switch (key) {
	case 'q':
		screen->done = true;
		break;
	case 'h':
	case '?':
	case KEY_F(1):
		screen->mode = MODE_HELP;
		break;
	case '/':
		strcpy(screen->filter, screen->top->view.filter);
		screen->mode = MODE_PROMPT;
		break;
	case 27:
		*screen->top->view.filter = '\0';
		unmark(screen);
		arrange(screen);
		break;
	case 'p':
		screen->page.paused = !screen->page.paused;
		screen->next_ns = clock_now_ns(CLOCK_MONOTONIC);
		break;
	case ' ':
		return look(screen, err);
	case '+':
		set_delay(screen, screen->top->delay_ns / 2);
		break;
	case '-':
		set_delay(screen, screen->top->delay_ns * 2);
		break;
	case '\n':
	case KEY_ENTER:
	case 'f':
		show_files(screen);
		break;
	case KEY_RESIZE:
		settle(screen);
		break;
	}
	return 0;
}

static int take_key(struct screen *screen, int key, struct error *err)
{
	switch (screen->mode) {
	case MODE_HELP:
		if (key != KEY_RESIZE)
			screen->mode = MODE_ROWS;
		return 0;
	case MODE_FILES:
		key_in_files(screen, key);
		return 0;
	case MODE_PROMPT:
		key_in_prompt(screen, key);
		return 0;
	case MODE_ROWS:
		break;
	}
	return key_in_rows(screen, key, err);
}

/* A terminal that has gone gives no key, at once and for ever. */
static bool hung_up(void)
{
	struct pollfd poll_in = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&poll_in, 1, 0) > 0 &&
	       poll_in.revents & (POLLHUP | POLLERR | POLLNVAL);
}

/* Wait for a key until it is time to look again. */
static int step(struct screen *screen, struct error *err)
{
	uint64_t now = clock_now_ns(CLOCK_MONOTONIC);
	uint64_t left = screen->next_ns > now ? screen->next_ns - now : 0;
	int key;

	timeout(screen->page.paused ? -1 : (int)(left / NSEC_PER_MSEC) + 1);
	key = getch();
	if (key != ERR)
		return take_key(screen, key, err);
	if (hung_up())
		screen->done = true;
	else if (!screen->page.paused &&
		 clock_now_ns(CLOCK_MONOTONIC) >= screen->next_ns)
		return look(screen, err);
	return 0;
}

static int watch(struct screen *screen, struct error *err)
{
	uint64_t looks = 0;
	int r = look(screen, err);

	while (r == 0 && !screen->done) {
		uint64_t next = screen->next_ns;

		r = draw(screen, err);
		if (r == 0)
			r = step(screen, err);
		looks += screen->next_ns != next;
		if (screen->top->looks && looks >= screen->top->looks)
			break;
	}
	return r;
}

/* Whether the terminal has a capability that is a string. */
static bool has_string(const char *name)
{
	const char *value = tigetstr(name);

	return value && value != (char *)-1;
}

static int begin(struct error *err)
{
	SCREEN *terminal;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(err, -ENOTTY,
				 "top: this is no terminal; use --batch or --once");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return error_set(err, -EINVAL,
				 "top: terminal '%s' is not known; set TERM, or use --batch",
				 getenv("TERM") ?: "");
	/* Such as "dumb": it would get line after line over each other. */
	if (!has_string("cup")) {
		endwin();
		delscreen(terminal);
		return error_set(err, -EINVAL,
				 "top: terminal '%s' cannot move its cursor; set TERM, or use --batch",
				 getenv("TERM") ?: "");
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	/* A lone Escape is a key; do not wait for more of it for a second. */
	set_escdelay(25);
	curs_set(0);
	if (has_colors() && !getenv("NO_COLOR")) {
		start_color();
		use_default_colors();
		init_pair(PAIR_GROWS, COLOR_GREEN, -1);
		init_pair(PAIR_SHRINKS, COLOR_YELLOW, -1);
	}
	return 0;
}

int top_screen_run(struct top *top, struct error *err)
{
	struct screen screen = { .top = top, .page.chosen = SIZE_MAX };
	int r = begin(err);

	if (r < 0)
		return r;
	r = watch(&screen, err);
	endwin();
	leave_files(&screen);
	return r;
}
