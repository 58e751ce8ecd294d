#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A real guest whose list of processes has an end, or lacks the first one, as somebody would do it
# who hides: what kvmonitor cannot see it says, to programs too, and goes on.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=doubts-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

# As it is written in memory, and as an address.
word_at() { # ADDRESS
	"$tool" read --json "$vm" "$1" 8 | jq -r '.rows[0].hex' | tr -d ' '
}

pointer_at() { # ADDRESS
	echo "0x$(word_at "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/')"
}

write_to() { # ADDRESS BYTES
	change_memory "$("$tool" xaddr --json "$vm" "$1" | jq -r '.addresses[0].physical')" "$2"
}

# Sets head, first and second: links of the list, of the first process and of the next one.
find_links() {
	offset=$("$tool" type --json "$vm" task_struct.tasks | jq '.types[0].offset_bytes')
	head=init_task+$offset
	first=$(pointer_at "$head")
	second=$(pointer_at "$first")
	[ "$(pointer_at "$(beyond "$second" 8)")" = "$first" ]
}

# In the background; sets watch.
begin_watch() { # OPTION...
	"$tool" watch --interval 100ms "$@" "$vm" >"$work/events" 2>"$work/err" &
	watch=$!
	until_confined $watch
	sleep 1
}

end_watch() {
	kill -INT $watch
	wait $watch && return
	sed 's/^/# /' "$work/events" "$work/err"
	return 1
}

nothing_is_in_doubt() {
	for command in ps files sockets modules mounts cache dmesg check; do
		"$tool" $command --json "$vm" | jq -e '.doubts | (.bad == 0 and .cut == 0 and
			(.torn | type) == "number")' >/dev/null || { echo "# $command"; return 1; }
	done
}

a_pause_is_told_to_programs() {
	"$tool" ps --json --pause 10 "$vm" | jq -e '.pause | .was_stopped == false and
		.too_short == false and .stood_still_ns > 0' >/dev/null &&
		"$tool" check --json --pause 1ms "$vm" | jq -e '.pause.too_short' >/dev/null
}

# The second one leads back to the beginning, and nobody else is seen.
a_list_that_ends_early() {
	find_links && kept=$(word_at "$second") && write_to "$second" "$(word_at "$(beyond "$first" 8)")" ||
		return 1
	"$tool" ps --json "$vm" >"$work/ps"
	begin_watch --json
	watch_told '"event":"doubts"'
	result=$?
	write_to "$second" "$kept"
	[ $result -eq 0 ] && watch_told 'no longer in doubt' && end_watch &&
		jq -se '[.[] | select(.event == "doubts")][0].doubts.torn > 0' "$work/events" >/dev/null &&
		jq -e '(.processes | length) == 2 and .doubts.torn > 0' "$work/ps" >/dev/null
}

# For a while it is listed no more.
a_first_process_that_hides() {
	find_links && begin_watch || return 1
	kept=$(word_at "$head")
	kept_back=$(word_at "$(beyond "$second" 8)")
	write_to "$head" "$(word_at "$first")"
	write_to "$(beyond "$second" 8)" "$(word_at "$(beyond "$first" 8)")"
	watch_told '  !  mounts cannot be seen'
	result=$?
	write_to "$head" "$kept"
	write_to "$(beyond "$second" 8)" "$kept_back"
	[ $result -eq 0 ] && watch_told '  +  process 1  ' && watch_told 'no longer in doubt' && end_watch &&
		! grep -q '  [-+]  mount' "$work/events"
}

tests="nothing_is_in_doubt a_pause_is_told_to_programs a_list_that_ends_early
       a_first_process_that_hides"
# shellcheck disable=SC2086 # words
set -- $tests
ktap_plan $#
start_guest --memory 256 && vm=$folder/qmp
run_tests "$@"
ktap_end
