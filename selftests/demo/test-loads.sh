#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's loads: the same for the same seed, and as large as is promised.
set -u
tools=${BUILD:?}/selftests/demo
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
number=0
failed=0

# result NAME CONDITION... - one KTAP line for a shell test
result() {
	name=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		failed=1
	fi
}

digest() {
	(cd "$1" && find . -type f -printf '%p %T@ %m\n' -exec sha256sum {} +) |
		sort | sha256sum
}

echo "KTAP version 1"
echo "1..7"
mkdir "$work/a" "$work/b" "$work/c"
"$tools/corpus" "$work/a" 1 >"$work/count" || exit 2
"$tools/corpus" "$work/b" 1 >/dev/null || exit 2
"$tools/corpus" "$work/c" 2 >/dev/null || exit 2
read -r files bytes <"$work/count"
result "corpus makes 5000 files or more" [ "$files" -ge 5000 ]
result "corpus makes 100 MB or more" [ "$bytes" -ge $((100 * 1024 * 1024)) ]
result "corpus says how many it made" \
	[ "$files $bytes" = "$(find "$work/a" -type f -printf '%s\n' |
		awk '{ n++; s += $1 } END { printf "%d %d", n, s }')" ]
result "corpus repeats itself for a seed" \
	[ "$(digest "$work/a")" = "$(digest "$work/b")" ]
result "corpus differs for another seed" \
	[ "$(digest "$work/a")" != "$(digest "$work/c")" ]

"$tools/steps" 2 13 0 160 >"$work/steps" || exit 2
result "steps changes every time, reaches 100 MB and ends with nothing" \
	awk '{ if ($(NF - 1) == mb) same = 1; mb = $(NF - 1); if (mb > top) top = mb }
	     END { exit !(NR == 13 && !same && top >= 100 && top <= 160 && mb == 0) }' "$work/steps"
"$tools/steps" 2 13 0 160 >"$work/again" || exit 2
result "steps repeats itself for a seed" cmp -s "$work/steps" "$work/again"
exit $failed
