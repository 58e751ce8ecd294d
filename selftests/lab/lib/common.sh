# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every part of the lab uses: messages, paths, the lock, the clean-up.

LAB_EXIT_TIMEOUT=124
LAB_EXIT_FAILED=125

CACHE=${OFFLOAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ids-offload}
PROJECT=$(cd "$LABDIR/../.." && pwd)
BUILD=${BUILD:-$PROJECT/build}

# All of the lab's own talk goes to stderr: stdout belongs to COMMAND.
say() {
	printf 'lab: %s\n' "$*" >&2
}

# die REASON: the lab itself failed.
die() {
	printf 'lab: %s\n' "$*" >&2
	exit "$LAB_EXIT_FAILED"
}

usage_error() {
	printf "lab: %s; see 'lab help'\n" "$*" >&2
	exit 2
}

need_tools() {
	local tool missing=()
	for tool in "$@"; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} -eq 0 ] ||
		die "${missing[*]}: not installed; run 'make deps' first"
}

# take_lock FILE: hold it until drop_lock or the end.  QEMU gets the
# descriptors closed (see run_qemu), so an orphan could not keep the lock.
LOCK_FDS=()
take_lock() {
	local file=$1 fd
	mkdir -p "$(dirname "$file")" || die "$file: cannot make its folder"
	exec {fd}>"$file"
	LOCK_FDS+=("$fd")
	flock -w 2 "$fd" && return
	say "waiting for another lab ($file)"
	# bash acts on a signal while it waits, but not while a program runs.
	flock "$fd" &
	CLEANUP_PIDS=("$!")
	wait "$!" || die "$file: cannot be locked"
	CLEANUP_PIDS=()
}

# drop_lock: the one that was taken last.
drop_lock() {
	local fd=${LOCK_FDS[-1]}
	exec {fd}>&-
	unset 'LOCK_FDS[-1]'
}

# sbin is missing from the PATH of ordinary users, where mkfs.ext4 lives.
PATH=$PATH:/usr/sbin:/sbin

CLEANUP_DIRS=()
# Only what has not been waited for: a number may be another's after that.
CLEANUP_PIDS=()

cleanup() {
	local pid dir
	for pid in "${CLEANUP_PIDS[@]}"; do
		kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	for dir in "${CLEANUP_DIRS[@]}"; do
		rm -rf "$dir"
	done
}

# Signals become an ordinary exit, whose trap does the work.
arm_cleanup() {
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
}

make_workdir() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/lab.XXXXXX") || die "no temporary folder"
	CLEANUP_DIRS+=("$WORK")
}
