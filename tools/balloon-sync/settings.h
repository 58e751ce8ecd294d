/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of libconfig's syntax, in which nothing goes unnoticed. */
#ifndef BALLOON_SYNC_SETTINGS_H
#define BALLOON_SYNC_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libconfig.h>

#include "base/error.h"

/* A file of this many bytes has more in it than any host can run. */
#define SETTINGS_FILE_MAX (4 << 20)

/**
 * struct settings - a file that has been read
 * @tree: what is in it
 * @path: of the file, for errors; not owned
 */
struct settings {
	config_t tree;
	const char *path;
};

/**
 * settings_open() - Read a file.
 * @settings: to be freed by settings_close(), only on success
 * @path: must outlive @settings; a regular file that nobody but its owner may
 *	write, who is root or who runs this
 * @err: "file:line: ..." where a line can be named
 *
 * It is refused to include other files, of which nobody would know who may
 * write them.
 *
 * Return: 0; -EINVAL for a file that is not as it should be; other negative
 * errno when it cannot be read.
 */
int settings_open(struct settings *settings, const char *path,
		  struct error *err);

/** settings_close() - Free what was read. */
void settings_close(struct settings *settings);

/**
 * settings_error() - Say what is wrong with a setting, and in which line.
 *
 * libconfig gives a value that stands in a list the line of the next word.
 *
 * Return: -EINVAL, always.
 */
int settings_error(const struct settings *settings,
		   const config_setting_t *setting, struct error *err,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/**
 * settings_known() - That a group has no key but those that are known.
 * @settings: the file
 * @group: a group; anything else is an error
 * @what: what it describes, for the error: "a guest"
 * @keys: ends with NULL
 * @err: names the first other key
 *
 * Return: 0 or -EINVAL.
 */
int settings_known(const struct settings *settings,
		   const config_setting_t *group, const char *what,
		   const char *const *keys, struct error *err);

/**
 * settings_string() - A key's text.
 * @settings: the file
 * @group: where the key is
 * @key: its name
 * @ret: belongs to @settings; untouched when the key is missing
 * @err: why it failed
 *
 * Return: 0, also without the key; -EINVAL for another type or empty text.
 */
int settings_string(const struct settings *settings,
		    const config_setting_t *group, const char *key,
		    const char **ret, struct error *err);

/**
 * settings_size() - A key's size in kB, written as text with a unit: "512M".
 * @settings: the file
 * @group: where the key is
 * @key: its name
 * @min_kb: smallest allowed
 * @max_kb: largest allowed
 * @ret_kb: untouched when the key is missing
 * @err: why it failed
 *
 * Return: 0, also without the key; -EINVAL.
 */
int settings_size(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  uint64_t min_kb, uint64_t max_kb, uint64_t *ret_kb,
		  struct error *err);

/** settings_time() - Likewise a time in ns: "250ms", "10s", "2m". */
int settings_time(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns,
		  struct error *err);

/** settings_number() - Likewise a whole number, written without quotes. */
int settings_number(const struct settings *settings,
		    const config_setting_t *group, const char *key,
		    uint64_t min, uint64_t max, uint64_t *ret,
		    struct error *err);

/** settings_bool() - Likewise true or false. */
int settings_bool(const struct settings *settings,
		  const config_setting_t *group, const char *key, bool *ret,
		  struct error *err);

/**
 * settings_word() - A key's text, which is one of a few words.
 * @settings: the file
 * @group: where the key is
 * @key: its name
 * @words: ends with NULL
 * @ret: place among @words; untouched when the key is missing
 * @err: names all words
 *
 * Return: 0, also without the key; -EINVAL.
 */
int settings_word(const struct settings *settings,
		  const config_setting_t *group, const char *key,
		  const char *const *words, unsigned int *ret,
		  struct error *err);

#endif
