#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor isolate with an IDS that has groups of its own in its group: a program that is called
# like QEMU stands for the virtual machine.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"
# shellcheck source=groups.sh
. "$top/selftests/kvmonitor/groups.sh"

stranger=
kvmonitor=

undo() {
	[ -z "$kvmonitor" ] || kill "$kvmonitor" 2>/dev/null
	[ ! -s "$work/pid" ] || kill -KILL "$(cat "$work/pid")" 2>/dev/null
	[ -z "$stranger" ] || kill "$stranger"
}

groups() {
	find "$root" -mindepth 1 -type d -path '*/kvmonitor-*'
}

is_as_before() {
	[ "$(place_of "$stranger")" = "$before" ] && [ -z "$(groups)" ] &&
		! ls /run/kvmonitor/isolate-"$stranger"-* >/dev/null 2>&1 && return
	echo "# QEMU is in $(place_of "$stranger"); $(groups); $(ls /run/kvmonitor)"
	return 1
}

# Has a process in a group of its own, in another one, and an empty one beside that; its number
# is in $work/pid.  Then does what it is told.
write_ids() {
	cat >"$work/ids" <<-'EOF'
		own=$1$(sed -nE 's|.*:([^:]*)/ids$|\1|p' /proc/self/cgroup | head -n 1)/ids
		mkdir -p "$own/one/two" "$own/one/three" || exit 1
		sleep 1000 &
		echo $! >"$own/one/two/cgroup.procs" || exit 1
		echo $! >"$2"
		eval "$3"
	EOF
}

end_ids() {
	kill "$(cat "$work/pid")"
	rm "$work/pid"
}

what_the_ids_leaves_in_them_comes_back() {
	rm -f "$work/pid"
	"$tool" isolate "pid:$stranger" -- sh "$work/ids" "$root" "$work/pid" "exit 7"
	[ $? -eq 7 ] && [ "$(place_of "$(cat "$work/pid")")" = "$(place_of $$)" ] && is_as_before
	status=$?
	end_ids
	return $status
}

# And nobody else has to wait for that.
likewise_after_kill_9() {
	rm -f "$work/pid"
	"$tool" isolate "pid:$stranger" -- \
		sh "$work/ids" "$root" "$work/pid" "exec sleep 1000" &
	kvmonitor=$!
	until_true test -s "$work/pid"
	parent=$(sed -n 's/^PPid:\t//p' "/proc/$(cat "$work/pid")/status")
	kill -KILL "$kvmonitor"
	wait "$kvmonitor" 2>/dev/null
	kvmonitor=
	"$tool" isolate "pid:$stranger" --release && is_as_before &&
		[ "$(place_of "$(cat "$work/pid")")" = "$(place_of $$)" ]
	status=$?
	end_ids
	kill "$parent"
	return $status
}

if [ -z "$reason" ]; then
	mkfifo "$work/never" && cp /bin/bash "$work/qemu-system-x86_64"
	"$work/qemu-system-x86_64" -c 'read -r _ <>"$1"' - "$work/never" &
	stranger=$!
	until [ "$(readlink /proc/$stranger/exe)" = "$work/qemu-system-x86_64" ]; do
		sleep 0.05
	done
	before=$(place_of $stranger)
	write_ids
fi
set -- what_the_ids_leaves_in_them_comes_back likewise_after_kill_9
ktap_plan $#
run_tests "$@"
ktap_end
