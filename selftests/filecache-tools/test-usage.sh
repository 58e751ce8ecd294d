#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What bad input gets: one clear line, status 2 for usage, 1 without the module.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
filecache=${BUILD:-$top/build}/tools/filecache/filecache
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

report() { # STATUS NAME
	[ "$1" -eq 0 ] || sed 's/^/# /' "$tmp/out" "$tmp/err"
	result "$1" "$2"
}

run() {
	"$filecache" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
}

# That there is an error of one line with these words in it, and no output.
one_line() { # STATUS WORDS
	[ "$got" -eq "$1" ] && [ ! -s "$tmp/out" ] &&
		[ "$(wc -l <"$tmp/err")" -eq 1 ] &&
		grep -q '^filecache: ' "$tmp/err" &&
		grep -qF -- "$2" "$tmp/err"
}

usage() { # WORDS ARGUMENT...
	words=$1
	shift
	run "$@"
	one_line 2 "$words"
	report $? "usage: filecache $*"
}

unloaded() {
	if [ -d /sys/module/filecache ]; then
		result 0 "without the module: $*" "the module is loaded"
		return
	fi
	run "$@"
	one_line 1 "the module is not loaded; load it with 'modprobe filecache'"
	report $? "without the module: $*"
}

helps() {
	run "$@" --help
	[ "$got" -eq 0 ] && [ ! -s "$tmp/err" ] && grep -q "^Usage: filecache" "$tmp/out" &&
		! awk 'length > 80' "$tmp/out" | grep -q .
	report $? "help: filecache $*"
}

ktap_plan 74

run
[ $got -eq 2 ] && grep -q '^Usage: ' "$tmp/err" && [ ! -s "$tmp/out" ]
report $? "no command"
usage "no such command" nosuch
usage "no such command" lis
usage "is not known" list --nosuch
usage "is not known" list -q
usage "wants a value" list --sort
usage "is no order" list --sort nosuch
usage "is nothing to sum up by" list --by nosuch
usage "is not within" list --limit 0
usage "not a whole number" list --limit many
usage "exclude each other" list --dead --live
usage "is too much" list 1
usage "no process or owner given" show
usage "not a whole number" show 1x
usage "is not within" show 0
usage "not a whole number" show @
usage "not a whole number" show @-1
usage "not a whole number" evict 1 two
usage "is not within" evict 99999999999
usage "not a whole number" stats --check=some
usage "no process or owner given" files
usage "is no order" files --sort nosuch 1
usage "is not within" files --limit 0 1
usage "not a whole number" files 1 @x
usage "is no order" top --sort size
usage "is nothing to sum up by" top --by nosuch
usage "is not within" top --delay 1ms
usage "is not a time" top --delay soon
usage "is not within" top --iterations 0
usage "is too much" top 4711
usage "needs --batch" top --json
usage "longer than 63 bytes" top --filter "$(printf '%070d' 1)"
usage "say --above SIZE before it" watch --cgroup /x
usage "does not begin with" watch --above 1M --cgroup x
usage "is written like @17" watch --above 1M --owner 17
usage "is an owner" watch --above 1M --pid @17
usage "is not a size" watch --above much
usage "is not within" watch --above 0
usage "above what" watch --above 1M
usage "is too much" watch 4711
usage "is nothing to sum up by" export --by nosuch
usage "is not within" export --top 0
usage "is not known" export --json
usage "is not known" watch --bytes
usage "no process or owner given" forget
usage "is no owner" forget 4711
usage "is too much" forget --dead @1
unloaded list
unloaded show 1
unloaded stats --json
unloaded evict 1
unloaded files 1
unloaded forget --dead
unloaded top
unloaded top --once
unloaded watch
unloaded export
cd "$tmp" || exit 1
run run -- touch ran
one_line 125 "filecache'; touch was not run"
report $? "without the module: run"
run run --
one_line 125 "no command given"
report $? "usage: filecache run --"
"$filecache" stats >&- 2>"$tmp/err"
[ $? -eq 1 ] && grep -q 'the module is not loaded' "$tmp/err"
report $? "without the module and a standard output"

run export -o metrics
[ ! -e metrics ]
report $? "metrics that cannot be had are not written"
[ ! -e ran ]
report $? "a command that cannot be followed is not run"

"$top/tools/install.sh" "${BUILD:-$top/build}" "$tmp/dest" /usr/local "" >"$tmp/out" 2>"$tmp/err" &&
	service=$(sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' \
		"$tmp/dest/lib/systemd/system/filecache-export.service") &&
	[ -x "$tmp/dest$service" ]
report $? "the service runs what was installed"
! PKG_CONFIG_LIBDIR=$tmp make -n -C "$top/tools" BUILD="$tmp" >"$tmp/out" 2>"$tmp/err" &&
	grep -q "run 'make deps'" "$tmp/err"
report $? "a library that is missing is told by name, and what to do"

for command in top list show files stats evict forget run watch export; do
	helps "$command"
done
ktap_end
