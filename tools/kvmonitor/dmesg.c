// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor dmesg: what the guest's kernel has to say. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/macros.h"
#include "command.h"
#include "guest/log.h"
#include "vm.h"

static const struct out_column columns[] = {
	{ .key = "number" },
	{ .key = "time_ns", .title = "TIME" },
	{ .key = "facility" },
	{ .key = "level", .title = "LEVEL" },
	{ .key = "subsystem" },
	{ .key = "device" },
	{ .key = "text", .title = "MESSAGE" },
};

/* As dmesg(1) calls them. */
static const char * const levels[] = {
	"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug",
};

static void put_word(struct out *out, const char *key, const char *word)
{
	if (word[0])
		out_text(out, key, word);
	else
		out_null(out, key);
}

static int put(const struct guest_log_record *record, void *data)
{
	struct out *out = data;
	char time[40];

	out_row(out);
	snprintf(time, sizeof(time), "[%5" PRIu64 ".%06" PRIu64 "]",
		 (uint64_t)(record->time_ns / NSEC_PER_SEC),
		 (uint64_t)(record->time_ns % NSEC_PER_SEC / 1000));
	out_u64(out, "number", record->number);
	out_u64_as(out, "time_ns", record->time_ns, time);
	out_u64(out, "facility", record->facility);
	out_text(out, "level", levels[record->level % ARRAY_SIZE(levels)]);
	put_word(out, "subsystem", record->subsystem);
	put_word(out, "device", record->device);
	out_text(out, "text", record->text);
	return 0;
}

static int show(struct vm *vm, struct out *out, char **arguments, size_t count,
		struct error *err)
{
	struct guest_doubts doubts = { 0 };
	int r;

	out_begin(out, OUT_TABLE, "records", columns, ARRAY_SIZE(columns));
	r = guest_log(vm->guest, put, out, &doubts);
	out_end(out);
	vm_note_doubts(out, &doubts);
	return r < 0 ? error_errno(err, r, "the log of the guest's kernel") : 0;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	static const struct vm_show what = { .wants = "one VM", .show = show };

	return vm_run(self, &what, argc, argv, err);
}

const struct command command_dmesg = {
	.name = "dmesg",
	.run = run,
	.brief = "the log of its kernel",
	.help = "kvmonitor dmesg [OPTION]... VM\n\n"
		"Print the log of the guest's kernel, as dmesg(1) does in there.\n"
		HELP_VM "\n"
		HELP_VM_END "\n"
		"Examples:\n"
		"  kvmonitor dmesg web1\n"
		"  kvmonitor dmesg --json web1 | jq '.records[] | select(.level == \"err\")'\n",
};
