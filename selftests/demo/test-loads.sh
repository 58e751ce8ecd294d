#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's loads: the same for the same seed, and as large as is promised.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
tools=${BUILD:?}/selftests/demo
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

digest() {
	(cd "$1" && find . -type f -printf '%p %T@ %m\n' -exec sha256sum {} +) |
		sort | sha256sum
}

ktap_plan 7
mkdir "$work/a" "$work/b" "$work/c"
"$tools/corpus" "$work/a" 1 >"$work/count" || exit 2
"$tools/corpus" "$work/b" 1 >/dev/null || exit 2
"$tools/corpus" "$work/c" 2 >/dev/null || exit 2
read -r files bytes <"$work/count"
check "corpus makes 5000 files or more" [ "$files" -ge 5000 ]
check "corpus makes 100 MB or more" [ "$bytes" -ge $((100 * 1024 * 1024)) ]
check "corpus says how many it made" \
	[ "$files $bytes" = "$(find "$work/a" -type f -printf '%s\n' |
		awk '{ n++; s += $1 } END { printf "%d %d", n, s }')" ]
check "corpus repeats itself for a seed" \
	[ "$(digest "$work/a")" = "$(digest "$work/b")" ]
check "corpus differs for another seed" \
	[ "$(digest "$work/a")" != "$(digest "$work/c")" ]

"$tools/steps" 2 13 0 160 >"$work/steps" || exit 2
check "steps changes every time, reaches 100 MB and ends with nothing" \
	awk '{ if ($(NF - 1) == mb) same = 1; mb = $(NF - 1); if (mb > top) top = mb }
	     END { exit !(NR == 13 && !same && top >= 100 && top <= 160 && mb == 0) }' "$work/steps"
"$tools/steps" 2 13 0 160 >"$work/again" || exit 2
check "steps repeats itself for a seed" cmp -s "$work/steps" "$work/again"
ktap_end
