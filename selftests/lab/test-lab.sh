#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab says about a run, each tried on a real boot: statuses, files,
# time-out, silence, kernel warnings, and that nothing stays behind.

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/test-lab.XXXXXX")
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/stage" "$dir/tmp"
number=0
failed=0

# lab OPTION... -- COMMAND: with an empty stage tree; sets code, output.
lab() {
	output=$(TMPDIR=$dir/tmp LAB_STAGE=$dir/stage "$here/lab" run plain --timeout 120 \
		--out "$dir/out" --log "$dir/console" "$@" 2>"$dir/stderr")
	code=$?
}

check() {
	local name=$1
	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number lab: $name"
	else
		echo "not ok $number lab: $name"
		echo "# status $code, output '${output//$'\n'/\\n}'"
		sed 's/^/# /' "$dir/stderr"
		failed=1
	fi
}

code_is() {
	[ "$code" -eq "$1" ]
}

said() {
	grep -q "$1" "$dir/stderr"
}

# Processes whose command line names our folder are ours.
nothing_left() {
	local cmdline
	for cmdline in /proc/[0-9]*/cmdline; do
		if [[ $(readlink "${cmdline%cmdline}exe") == *qemu* ]] &&
		   grep -qa "$dir/" "$cmdline" 2>/dev/null; then
			echo "# left: $cmdline"
			return 1
		fi
	done 2>/dev/null
	[ -z "$(ls -A "$dir/tmp")" ]
}

# What the run was asked to interrupt: wait for its guest to be up, not for time.
interrupted() {
	local pid
	mkfifo "$dir/fifo"
	TMPDIR=$dir/tmp LAB_STAGE=$dir/stage setsid "$here/lab" run plain --timeout 120 \
		--log "$dir/console" -- sh -c 'echo up; sleep 1000' >"$dir/fifo" 2>"$dir/stderr" &
	pid=$!
	read -r output <"$dir/fifo"
	[ "$output" = up ] || return 1
	kill -TERM $pid
	wait $pid
	code=$?
	[ $code -eq 143 ] && nothing_left
}

# One that waits for its turn must not wait on when it is told to end.
ends_while_waiting() {
	local pid
	exec {held}>"$dir/console.lock"
	flock "$held"
	"$here/lab" run plain --log "$dir/console" -- true 2>"$dir/stderr" &
	pid=$!
	until grep -q waiting "$dir/stderr"; do
		kill -0 $pid || return 1
		sleep 0.2
	done
	kill -TERM $pid
	wait $pid
	code=$?
	exec {held}>&-
	[ $code -eq 143 ]
}

without_boot() {
	lab --no-such-option 1 -- true
	check "an unknown option is a usage error" code_is 2
	lab --kernel stock-1.0 -- true
	check "an unknown kernel is a usage error" code_is 2
	lab
	check "no command is a usage error" code_is 2
	lab --file "$dir/no-such-file" -- true
	check "a file that is not there is named" said 'no-such-file: cannot be read'
	output=$("$here/lab" run lxc -- true 2>"$dir/stderr")
	code=$?
	check "a lab type that is not there is refused" said 'lxc: no such lab'
	check "a lab that waits for another can be ended" ends_while_waiting
}

echo "KTAP version 1"
echo "1..20"
without_boot

echo "from the host" >"$dir/given"
mkdir -p "$dir/stage/usr/sbin"
printf '#!/bin/sh\necho staged\n' >"$dir/stage/usr/sbin/staged-tool"
chmod +x "$dir/stage/usr/sbin/staged-tool"
# shellcheck disable=SC2016 # the guest's variables
lab --file "$dir/given" -- sh -c 'cat given; echo "$1" >&2; staged-tool
	echo back >$OUT/file; test -e /sbin/staged-tool -a -L /lib || exit 1
	exit 42' sh 'a  b'
check "the command's status is the lab's" code_is 42
check "files go in, output and stderr come out" \
	test "$output" = $'from the host\na  b\nstaged'
check "files in \$OUT come back" test "$(cat "$dir/out/file")" = back
check "nothing is left after a run" nothing_left

lab -- sh -c 'echo "WARNING: CPU: 0 PID: 1 at x.c:1" >/dev/kmsg'
check "a kernel warning fails a run that succeeded" code_is 125
check "and is quoted" said 'WARNING: CPU: 0 PID: 1'

lab -- sh -c 'echo c >/proc/sysrq-trigger'
check "a panic ends the run" code_is 125
check "and is quoted" said 'sysrq triggered crash\|Kernel panic'

lab -- sh -c 'echo b >/proc/sysrq-trigger; sleep 60'
check "silence is failure" code_is 125
check "and is called so" said 'without a word'

lab --timeout 20 -- sleep 1000
check "a time-out is 124" code_is 124
check "nothing is left after a time-out" nothing_left

output=$(LAB_STAGE=$dir/stage "$here/lab" run plain --nodes 2 --plug 128 --timeout 120 \
	--log "$dir/console" -- sh -c 'blocks=/sys/devices/system/memory
		count() { ls -d $blocks/memory* | wc -l; }
		before=$(count); echo plug 128 >/run/lab-control
		until [ $(count) -gt $before ]; do sleep 0.1; done
		ls -d /sys/devices/system/node/node? | wc -l' 2>"$dir/stderr")
code=$?
check "memory is plugged in, and there are nodes" test "$code $output" = "0 2"

check "nothing is left after SIGTERM" interrupted
exit $failed
