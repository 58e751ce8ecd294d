#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual: in order, and with every option that the help knows.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
filecache=${BUILD:-$top/build}/tools/filecache/filecache
man=$top/Documentation/man
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

lint() {
	if ! command -v mandoc >/dev/null; then
		result 0 "lint $1" "no mandoc"
		return
	fi
	found=$(mandoc -T lint -W warning "$man/$1" 2>&1)
	[ -z "$found" ] || echo "$found" | sed 's/^/# /'
	[ -z "$found" ]
	result $? "lint $1"
}

# Options of the help that the page does not have, in mdoc's spelling.
undocumented() {
	page=$man/filecache-$1.8
	[ -f "$page" ] || page=$man/filecache.8
	"$filecache" "$1" --help | grep -oE -- '^ {2,6}(-[a-z], )?--[a-z]+' |
		grep -oE -- '--[a-z]+' | sort -u |
	while read -r option; do
		grep -q -- "Fl -${option#--}\|, -${option#--}" "$page" ||
			echo "# filecache $1 $option is not in ${page##*/}"
	done
}

set -- "$man"/*.[58]
commands=$("$filecache" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
# shellcheck disable=SC2086 # a list of words
ktap_plan $(($(set -- $commands; echo $#) + $#))
for page in "$@"; do
	lint "${page##*/}"
done
for command in $commands; do
	found=$(undocumented $command)
	[ -z "$found" ] || echo "$found"
	[ -z "$found" ]
	result $? "every option of $command is in the manual"
done
ktap_end
