// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration file of libconfig's syntax, in which nothing goes unnoticed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "settings.h"

#define NUMBER_DIGITS	9
#define WORD_CHARACTERS	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

/* Lines as libconfig counts them begin at 1. */
static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EISDIR, "%s: is not a file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, -EINVAL,
				 "%s: belongs to another user; run 'chown root %s'",
				 path, path);
	if (st.st_mode & (0022))
		return error_set(err, -EINVAL,
				 "%s: others than its owner may write to it; run 'chmod go-w %s'",
				 path, path);
	return 0;
}

/*
 * What libconfig would do with these is not what is wanted: end at a NUL, open
 * any file.  It knows a directive by its being the first thing in a line.
 */
static int check_text(const char *text, size_t len, const char *path,
		      struct error *err)
{
	const char *line = text;

	if (strlen(text) != len)
		return error_set(err, -EINVAL,
				 "%s:%d: has a NUL in it; this is no text file",
				 path, line_of(text, text + strlen(text)));
	while (line) {
		const char *p = line + strspn(line, " \t\r\f\v");

		if (*p == '@')
			return error_set(err, -EINVAL,
					 "%s:%d: other files cannot be included; write it all into this one",
					 path, line_of(text, p));
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return 0;
}

/* Behind the comment or text that begins at @p; @p itself when none does. */
static const char *skip_untold(const char *p)
{
	const char *end;

	if (*p == '#' || strncmp(p, "//", 2) == 0)
		return p + strcspn(p, "\n");
	if (strncmp(p, "/*", 2) == 0) {
		end = strstr(p + 2, "*/");
		return end ? end + 2 : p + strlen(p);
	}
	if (*p != '"')
		return p;
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/*
 * Of a number that does not fit libconfig keeps some of the bits.  None of
 * ours has more than NUMBER_DIGITS, so a longer one is refused.
 */
static int check_numbers(const char *text, const char *path, struct error *err)
{
	const char *p = text, *next;
	size_t digits;

	while (*p) {
		next = skip_untold(p);
		if (next != p) {
			p = next;
			continue;
		}
		digits = strspn(p, "0123456789abcdefABCDEFxX");
		if (digits > NUMBER_DIGITS && *p >= '0' && *p <= '9')
			return error_set(err, -EINVAL,
					 "%s:%d: no number here has so many digits; write sizes as text like \"512M\"",
					 path, line_of(text, p));
		/* A key may have digits in it, and is no number. */
		digits = strspn(p, WORD_CHARACTERS);
		p += digits ? digits : 1;
	}
	return 0;
}

static int parse(struct settings *settings, const char *text, struct error *err)
{
	const char *reason;

	config_init(&settings->tree);
	if (config_read_string(&settings->tree, text))
		return 0;
	reason = config_error_text(&settings->tree);
	error_set(err, -EINVAL,
		  "%s:%d: %s; write settings as 'key = value;', see balloon-sync.conf(5)",
		  settings->path, config_error_line(&settings->tree),
		  reason ? reason : "not understood");
	config_destroy(&settings->tree);
	return -EINVAL;
}

/* What is checked is what is read, whatever happens to the name meanwhile. */
static int read_trusted(const char *path, char **ret, size_t *ret_len,
			struct error *err)
{
	__free_fd int fd = -1;
	int r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, -errno, "%s", path);
	r = check_owner(fd, path, err);
	if (r < 0)
		return r;
	r = file_read_fd(fd, path, SETTINGS_FILE_MAX, ret, ret_len, err);
	if (r == -EFBIG)
		r = error_set(err, -EINVAL,
			      "%s: has more than %d bytes; such a configuration is a mistake",
			      path, SETTINGS_FILE_MAX);
	return r;
}

int settings_open(struct settings *settings, const char *path,
		  struct error *err)
{
	__free_mem char *text = NULL;
	size_t len;
	int r = read_trusted(path, &text, &len, err);

	if (r == 0)
		r = check_text(text, len, path, err);
	if (r == 0)
		r = check_numbers(text, path, err);
	if (r < 0)
		return r;
	settings->path = path;
	return parse(settings, text, err);
}

void settings_close(struct settings *settings)
{
	config_destroy(&settings->tree);
}

int settings_error(const struct settings *settings,
		   const config_setting_t *setting, struct error *err,
		   const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return error_set(err, -EINVAL, "%s:%u: %s", settings->path,
			 config_setting_source_line(setting), text);
}

/* "a, b and c", as far as it fits. */
static const char *list_words(const char *const *words, char *buf, size_t room)
{
	size_t len = 0;

	*buf = '\0';
	for (; *words && len < room; words++)
		len += (size_t)snprintf(buf + len, room - len, "%s%s",
					len == 0 ? "" : words[1] ? ", " : " and ",
					*words);
	return buf;
}

int settings_known(const struct settings *settings,
		   const config_setting_t *group, const char *what,
		   const char *const *keys, struct error *err)
{
	int i, count;

	if (!config_setting_is_group(group))
		return settings_error(settings, group, err,
				      "%s is written as { key = value; ... }", what);
	count = config_setting_length(group);
	for (i = 0; i < count; i++) {
		const config_setting_t *one;
		const char *const *key;
		char known[200];

		one = config_setting_get_elem(group, (unsigned int)i);
		key = keys;
		while (*key && strcmp(*key, config_setting_name(one)) != 0)
			key++;
		if (!*key)
			return settings_error(settings, one, err,
					      "%s has no '%.64s'; it may have %s",
					      what, config_setting_name(one),
					      list_words(keys, known, sizeof(known)));
	}
	return 0;
}

static config_setting_t *find(const config_setting_t *group, const char *key)
{
	return config_setting_get_member(group, key);
}

/* Return: 1 and the text, 0 without the key, -EINVAL. */
static int get_text(const struct settings *settings,
		    const config_setting_t *group, const char *key,
		    const char *example, const char **ret,
		    const config_setting_t **ret_setting, struct error *err)
{
	const config_setting_t *one = find(group, key);

	if (!one)
		return 0;
	if (config_setting_type(one) != CONFIG_TYPE_STRING)
		return settings_error(settings, one, err,
				      "%s: write it as text, like %s = \"%s\";",
				      key, key, example);
	*ret = config_setting_get_string(one);
	if (!*ret || !**ret)
		return settings_error(settings, one, err,
				      "%s: is empty; write it like %s = \"%s\"; or leave it out",
				      key, key, example);
	*ret_setting = one;
	return 1;
}

int settings_string(const struct settings *settings,
		    const config_setting_t *group, const char *key,
		    const char **ret, struct error *err)
{
	const config_setting_t *one;
	int r = get_text(settings, group, key, "text", ret, &one, err);

	return r < 0 ? r : 0;
}

int settings_size(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  uint64_t min_kb, uint64_t max_kb, uint64_t *ret_kb,
		  struct error *err)
{
	const config_setting_t *one;
	struct error why = { 0 };
	const char *text;
	uint64_t bytes;
	int r = get_text(settings, group, key, "512M", &text, &one, err);

	if (r <= 0)
		return r;
	/* Bytes or megabytes?  Better to ask than to guess. */
	if (text[strspn(text, "0123456789.")] == '\0' && strcmp(text, "0") != 0)
		return settings_error(settings, one, err,
				      "%s: '%.32s' has no unit; write it like %s = \"512M\";",
				      key, text, key);
	if (parse_size(key, text, min_kb << 10, max_kb << 10, &bytes, &why) < 0)
		return settings_error(settings, one, err, "%s", why.text);
	*ret_kb = bytes >> 10;
	return 0;
}

int settings_time(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns,
		  struct error *err)
{
	const config_setting_t *one;
	struct error why = { 0 };
	const char *text;
	int r = get_text(settings, group, key, "10s", &text, &one, err);

	if (r <= 0)
		return r;
	if (parse_duration(key, text, min_ns, max_ns, ret_ns, &why) < 0)
		return settings_error(settings, one, err, "%s", why.text);
	return 0;
}

int settings_number(const struct settings *settings,
		    const config_setting_t *group, const char *key,
		    uint64_t min, uint64_t max, uint64_t *ret,
		    struct error *err)
{
	const config_setting_t *one = find(group, key);
	long long value;

	if (!one)
		return 0;
	if (config_setting_type(one) == CONFIG_TYPE_INT64)
		value = config_setting_get_int64(one);
	else if (config_setting_type(one) == CONFIG_TYPE_INT)
		value = config_setting_get_int(one);
	else
		return settings_error(settings, one, err,
				      "%s: write a whole number without quotes, like %s = %d;",
				      key, key, (int)min);
	if (value < 0 || (uint64_t)value < min || (uint64_t)value > max)
		return settings_error(settings, one, err,
				      "%s: %lld is not within %" PRIu64 " to %" PRIu64,
				      key, value, min, max);
	*ret = (uint64_t)value;
	return 0;
}

int settings_bool(const struct settings *settings,
		  const config_setting_t *group, const char *key, bool *ret,
		  struct error *err)
{
	const config_setting_t *one = find(group, key);

	if (!one)
		return 0;
	if (config_setting_type(one) != CONFIG_TYPE_BOOL)
		return settings_error(settings, one, err,
				      "%s: write true or false, without quotes", key);
	*ret = config_setting_get_bool(one);
	return 0;
}

int settings_word(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  const char *const *words, unsigned int *ret,
		  struct error *err)
{
	const config_setting_t *one;
	const char *text;
	char known[128];
	unsigned int i;
	int r = get_text(settings, group, key, words[0], &text, &one, err);

	if (r <= 0)
		return r;
	for (i = 0; words[i]; i++) {
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}
	return settings_error(settings, one, err,
			      "%s: '%.64s' is none of %s", key, text,
			      list_words(words, known, sizeof(known)));
}
