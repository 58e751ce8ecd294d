#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A mutant that does not fit the source any more, or that waits for a test that
# nobody has, shows nothing; `make check-mutants` would say so hours later.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# Whether a file of the tests has a test of this name.
has_test() {
	grep -rqwF --include='*.c' --include='*.sh' -- "$1" "$top/selftests"
}

# What it patches, in a copy, so that the source stays as it is.
applies() {
	sed -n 's|^--- a/||p' "$1" | while read -r file; do
		mkdir -p "$tree/$(dirname "$file")"
		cp "$top/$file" "$tree/$file" || return 1
	done && patch -s -p1 -F0 -d "$tree" <"$1" >&2
}

set -- "$here"/*.patch
failed=0
n=0
echo "KTAP version 1"
echo "1..$#"
for patch in "$@"; do
	n=$((n + 1))
	name=$(basename "$patch" .patch)
	red=$(sed -n 's/^# red: //p' "$patch")
	if ! grep -q '^# suites: ' "$patch"; then
		echo "not ok $n $name does not say which suite notices it"
	elif [ -z "$red" ] || ! has_test "$red"; then
		echo "not ok $n $name waits for '$red', which is no test"
	elif ! applies "$patch"; then
		echo "not ok $n $name does not fit the source"
	else
		echo "ok $n $name"
		continue
	fi
	failed=1
done
exit $failed
