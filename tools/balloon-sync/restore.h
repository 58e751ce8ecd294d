/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing sizes back after a crash. */
#ifndef BALLOON_SYNC_RESTORE_H
#define BALLOON_SYNC_RESTORE_H

#include "hv/hv.h"
#include "options.h"
#include "report.h"

/**
 * restore_run() - Carry out `balloon-sync restore`.
 * @options: checked
 * @err: why it failed
 *
 * Return: 0, also when nothing is to be done; negative errno.
 */
int restore_run(const struct options *options, struct error *err);

/**
 * restore_one() - Bring sizes back to those in one state file, and remove it.
 * @hv: the hypervisor; NULL for a file without guests
 * @path: of the state file, locked
 * @patience_ns: see struct move
 * @report: for what is done
 * @err: what is not back
 *
 * Return: 0 or negative errno; then the state file is still there.
 */
int restore_one(struct hv *hv, const char *path, uint64_t patience_ns,
		struct report *report, struct error *err);

/** restore_file() - Likewise, with the hypervisor that the file names. */
int restore_file(const char *path, uint64_t patience_ns, struct report *report,
		 struct error *err);

/**
 * restore_none_left() - See that no earlier run left anything.
 * @err: which file it left
 *
 * Return: 0; -EEXIST when one did; other negative errno.
 */
int restore_none_left(struct error *err);

#endif
