// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * balloon-sync plot: a log as a picture.
 *
 * gnuplot gets a script with all numbers in it through a pipe, and writes the
 * picture to a file that is opened here: it knows no name of a file, and no
 * name from the log is more to it than a text in quotes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/args.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "plot.h"
#include "series.h"

#define EXIT_FAIL	1
#define EXIT_USAGE	2
#define EXIT_NOT_FOUND	127
#define KB_PER_MB	1024
#define SVG		"svg size 900,640 dynamic font 'Helvetica,14' background '#ffffff'"
#define PNG		"pngcairo size 1800,1280 font 'Helvetica,14' fontscale 1.8 linewidth 2"
/* As many groups, and guests, as can be told apart in one picture. */
#define CURVES_MAX	6

static const char help[] =
"Usage: balloon-sync plot LOG --output FILE.svg|FILE.png\n"
"\n"
"Draw what --log wrote: what groups use and what was moved above, sizes below.\n"
"Needs gnuplot.\n"
"\n"
"  --output FILE              the picture, SVG or PNG by its name\n"
"\n"
"Exit status: 0; 1 failure; 2 wrong usage.\n";

/**
 * struct plot - the command line
 * @log: to be read
 * @output: to be written
 * @terminal: what makes that kind of picture
 * @help: only say how to use it
 */
struct plot {
	const char *log;
	const char *output;
	const char *terminal;
	bool help;
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), part = strlen(end);

	return len > part && strcmp(text + len - part, end) == 0;
}

static int parse_one(int option, const char *text, void *data, struct error *err)
{
	struct plot *plot = data;

	if (option == 'o')
		plot->output = text;
	else
		plot->help = true;
	return 0;
}

static int parse(int argc, char **argv, struct plot *plot, struct error *err)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int next;

	*plot = (struct plot){ 0 };
	next = args_walk(argc, argv, options, parse_one, plot, err);
	if (next < 0)
		return next;
	if (plot->help)
		return 0;
	if (next + 1 != argc)
		return error_set(err, -EINVAL, "plot: give one log");
	plot->log = argv[next];
	if (!plot->output)
		return error_set(err, -EINVAL, "--output: is missing");
	if (ends_with(plot->output, ".svg"))
		plot->terminal = SVG;
	else if (ends_with(plot->output, ".png"))
		plot->terminal = PNG;
	else
		return error_set(err, -EINVAL,
				 "--output: %s: its name ends neither in .svg nor .png",
				 plot->output);
	return 0;
}

/* By kind, and of one kind those first that changed most. */
static int by_change(const void *a, const void *b)
{
	const struct series *x = a, *y = b;
	double change = (y->peak_kb - y->low_kb) - (x->peak_kb - x->low_kb);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (change != 0)
		return change > 0 ? 1 : -1;
	return strcmp(x->name, y->name);
}

/**
 * struct panel - the upper or the lower half
 * @name: first letter of its data blocks
 * @label: of its axis
 * @what: of which there may be too many: "groups"
 * @many: kind of these
 * @first: its curves
 * @shown: how many of them are drawn
 * @of_many: of @many, drawn or not
 */
struct panel {
	char name;
	const char *label;
	const char *what;
	enum series_kind many;
	const struct series *first;
	size_t shown;
	size_t of_many;
};

/* From curves in the order of kinds.  Return: how many belong to the panel. */
static size_t fill(struct panel *panel, const struct series *first, size_t count)
{
	size_t i;

	panel->first = first;
	for (i = 0; i < count && first[i].kind <= panel->many; i++) {
		panel->of_many += first[i].kind == panel->many;
		panel->shown += panel->of_many <= CURVES_MAX;
	}
	return i;
}

/* Data blocks, $a0 and so on; only numbers are in them. */
static void put_data(FILE *to, const struct panel *panel)
{
	size_t i, j;

	for (i = 0; i < panel->shown; i++) {
		const struct series *series = &panel->first[i];

		fprintf(to, "$%c%zu << EOD\n", panel->name, i);
		for (j = 0; j < series->count; j++)
			fprintf(to, "%.3f %.3f\n", series->times_s[j],
				series->values_kb[j] / KB_PER_MB);
		fputs("EOD\n", to);
	}
}

/*
 * In single quotes, and without any of them, and of what gnuplot replaces
 * before it looks at quotes.
 */
static int put_title(FILE *to, const char *text)
{
	__free_mem char *safe = text_escape_utf8(text);
	const char *c;

	if (!safe)
		return -ENOMEM;
	putc('\'', to);
	for (c = safe; *c; c++) {
		if (strchr("'`@", *c))
			fprintf(to, "\\x%02x", (unsigned int)*c);
		else
			putc(*c, to);
	}
	putc('\'', to);
	return 0;
}

static int put_panel(FILE *to, const struct panel *panel)
{
	size_t i;
	int r = 0;

	if (!panel->shown)
		return 0;
	fprintf(to, "set ylabel '%s'\nset key title ", panel->label);
	if (panel->of_many > CURVES_MAX)
		fprintf(to, "'%d of %zu %s'\n", CURVES_MAX, panel->of_many, panel->what);
	else
		fputs("''\n", to);
	fputs("plot ", to);
	for (i = 0; i < panel->shown && r == 0; i++) {
		fprintf(to, "%s$%c%zu using 1:2 with lines linewidth %s title ",
			i ? ", " : "", panel->name, i,
			panel->first[i].kind == panel->many ? "1.5" : "3");
		r = put_title(to, panel->first[i].name);
	}
	fputs("\n", to);
	return r;
}

static int put_script(FILE *to, const struct plot *plot, const struct series_list *list)
{
	struct panel above = {
		.name = 'a',
		.label = "used and moved (MB)",
		.what = "groups",
		.many = SERIES_GROUP,
	};
	struct panel below = {
		.name = 'b',
		.label = "size (MB)",
		.what = "guests",
		.many = SERIES_GUEST,
	};
	size_t i, middle = fill(&above, list->all, list->count);
	double end = 0;
	int r;

	fill(&below, list->all + middle, list->count - middle);
	for (i = 0; i < list->count; i++)
		if (list->all[i].times_s[list->all[i].count - 1] > end)
			end = list->all[i].times_s[list->all[i].count - 1];
	put_data(to, &above);
	put_data(to, &below);
	fprintf(to,
		"set terminal %s\n"
		"set multiplot layout 2,1\n"
		"set border 3 linecolor '#404040'\n"
		"set tics nomirror out\n"
		"set grid ytics linecolor '#d8d8d8' linetype 1\n"
		"set key outside right top noenhanced\n"
		"set lmargin 13\n"
		"set rmargin 30\n"
		"set xlabel 'time (s)'\n"
		"set xrange [0:%.3f]\n"
		"set yrange [0:*]\n", plot->terminal, end > 0 ? end : 1);
	r = put_panel(to, &above);
	if (r == 0)
		r = put_panel(to, &below);
	fputs("unset multiplot\n", to);
	return r;
}

static void run_gnuplot(int script, int output)
{
	/* What is in the settings of whoever runs this is no part of the picture. */
	static char *const argv[] = { "gnuplot", "--default-settings", "-", NULL };

	if (dup2(script, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0)
		execvp(argv[0], argv);
	_exit(EXIT_NOT_FOUND);
}

static int start_gnuplot(const char *path, pid_t *ret_child, FILE **ret, struct error *err)
{
	__free_fd int output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	__free_fd int from = -1;
	__free_fd int to = -1;
	int pipefd[2];

	if (output < 0)
		return error_errno(err, -errno, "%s", path);
	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return error_errno(err, -errno, "plot");
	from = pipefd[0];
	to = pipefd[1];
	*ret = fdopen(to, "we");
	if (!*ret)
		return error_errno(err, -errno, "plot");
	to = -1;
	/* Should it end early, that is known by its status. */
	signal(SIGPIPE, SIG_IGN);
	*ret_child = fork();
	if (*ret_child == 0) {
		signal(SIGPIPE, SIG_DFL);
		run_gnuplot(from, output);
	}
	if (*ret_child < 0) {
		int r = -errno;

		fclose(*ret);
		return error_errno(err, r, "plot");
	}
	return 0;
}

static int draw(const struct plot *plot, const struct series_list *list, struct error *err)
{
	FILE *script = NULL;
	pid_t child = -1;
	int status = 0, r = start_gnuplot(plot->output, &child, &script, err);

	if (r < 0)
		return r;
	r = put_script(script, plot, list);
	fclose(script);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	unlink(plot->output);
	if (r < 0)
		return error_errno(err, r, "plot");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND)
		return error_set(err, -ENOENT, "gnuplot: not found; install gnuplot-nox");
	return error_set(err, -EIO, "gnuplot: failed; see above");
}

int plot_main(int argc, char **argv)
{
	struct series_list list = { 0 };
	struct error err = { 0 };
	struct plot plot;
	int r = parse(argc, argv, &plot, &err);

	if (r < 0) {
		fprintf(stderr, "balloon-sync: %s; see plot --help\n", err.text);
		return EXIT_USAGE;
	}
	if (plot.help) {
		fputs(help, stdout);
		return 0;
	}
	r = series_read(plot.log, &list, &err);
	if (r == 0) {
		qsort(list.all, list.count, sizeof(*list.all), by_change);
		r = draw(&plot, &list, &err);
	}
	series_free(&list);
	if (r < 0)
		fprintf(stderr, "balloon-sync: %s\n", err.text);
	return r < 0 ? EXIT_FAIL : 0;
}
