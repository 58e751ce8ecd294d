#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor isolate: a real guest and a command are in one group of processors' time, and
# everything is as it was afterwards, however that ends.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=isolate-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"
# shellcheck source=groups.sh
. "$top/selftests/kvmonitor/groups.sh"

places() {
	find "$root" -mindepth 1 -type d \( -name 'kvmonitor-*' -o -name vm -o -name ids \)
}

is_as_before() {
	[ "$(place_of "$qemu")" = "$before" ] && [ "$(places)" = "$groups" ] &&
		! ls /run/kvmonitor/isolate-"$qemu"-* >/dev/null 2>&1 && return
	echo "# QEMU is in $(place_of "$qemu"); $(places); $(ls /run/kvmonitor)"
	return 1
}

# Runs a command in the background and waits until it is in the group: sets KVMONITOR, IDS.
start_isolated() { # OPTION... -- COMMAND...
	rm -f "$work/ids"
	"$tool" isolate "$@" &
	KVMONITOR=$!
	until [ -s "$work/ids" ]; do
		kill -0 $KVMONITOR 2>/dev/null || return 1
		sleep 0.05
	done
	IDS=$(cat "$work/ids")
}

both_are_in_one_group() {
	"$tool" isolate $name -- sh -c "cat /proc/self/cgroup; cat /proc/$qemu/cgroup" >"$work/out" &&
		[ "$(grep -cE ":[^:]*:.*/ids$" "$work/out")" -eq 1 ] &&
		[ "$(grep -cE ":[^:]*:.*/vm$" "$work/out")" -eq 1 ] &&
		[ "$(sed -nE 's|.*:([^:]*)/ids$|\1|p' "$work/out")" = \
			"$(sed -nE 's|.*:([^:]*)/vm$|\1|p' "$work/out")" ] && is_as_before
}

all_threads_of_qemu_are_moved() {
	"$tool" isolate $name -- sh -c "cat /proc/$qemu/task/*/cgroup" >"$work/out" &&
		[ "$(grep -cE '/vm$' "$work/out")" -eq "$(find "/proc/$qemu/task" -mindepth 1 \
			-maxdepth 1 | wc -l)" ]
}

its_status_is_the_commands() {
	"$tool" isolate $name -- sh -c 'exit 7'
	[ $? -eq 7 ] || return 1
	"$tool" isolate $name -- sh -c 'kill -KILL $$'
	[ $? -eq 137 ] || return 1
	"$tool" isolate $name -- /no/such/program 2>"$work/err"
	[ $? -eq 127 ] || return 1
	"$tool" isolate nobody -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "no such virtual machine" "$work/err" && is_as_before
}

weight_and_cap_are_set() {
	# shellcheck disable=SC2016 # for the inner shell
	"$tool" isolate $name --weight 200 --cap 25% -- sh -c '
		group=$1$(cat /proc/self/cgroup | sed -nE "s|.*:([^:]*)/ids\$|\1|p")
		cat "$group"/cpu.shares "$group"/cpu.weight "$group"/cpu.max \
			"$group"/cpu.cfs_quota_us 2>/dev/null' - "$root" >"$work/out"
	quota=$(($(nproc) * 25000))
	[ "$(tr '\n' ' ' <"$work/out")" = "2048 $quota " ] ||
		[ "$(tr '\n' ' ' <"$work/out")" = "200 $quota 100000 " ] && is_as_before
}

# Another group that weighs a hundred times the usual, and has somebody in it.
a_guarantee_outweighs_others() {
	other=$root/other-$$
	mkdir "$other"
	sleep 1000 &
	sleeper=$!
	echo $sleeper >"$other/cgroup.procs"
	if [ -e "$other/cpu.weight" ]; then
		echo 5000 >"$other/cpu.weight"
	else
		echo 51200 >"$other/cpu.shares"
	fi
	# shellcheck disable=SC2016
	"$tool" isolate $name --guarantee 50 -- sh -c '
		group=$1$(cat /proc/self/cgroup | sed -nE "s|.*:([^:]*)/ids\$|\1|p")
		cat "$group"/cpu.shares "$group"/cpu.weight 2>/dev/null; true' - "$root" >"$work/out"
	status=$?
	"$tool" isolate $name --guarantee 99 -- true 2>"$work/err"
	refused=$?
	kill $sleeper
	wait $sleeper 2>/dev/null
	rmdir "$other" || return 1
	weight=$(cat "$work/out")
	[ -e "$root/cgroup.controllers" ] || weight=$((weight * 50 / 51200))
	echo "# weighs $weight of 50; $(cat "$work/err")"
	[ $status -eq 0 ] && [ "$weight" -ge 50 ] && [ $refused -eq 125 ] &&
		grep -q "cannot have 99 %" "$work/err" && is_as_before
}

a_running_ids_is_moved_and_goes_on() {
	sleep 1000 &
	ids=$!
	was=$(place_of $ids)
	"$tool" isolate $name --pid $ids &
	kvmonitor=$!
	until [[ $(place_of $ids) == */ids ]]; do sleep 0.05; done
	kill -TERM $kvmonitor
	wait $kvmonitor
	status=$?
	[ $status -eq 0 ] && [ "$(place_of $ids)" = "$was" ] && is_as_before || return 1
	# And with the end of the IDS all is over as well.
	"$tool" isolate $name --pid $ids &
	kvmonitor=$!
	until [[ $(place_of $ids) == */ids ]]; do sleep 0.05; done
	kill $ids
	wait $kvmonitor && is_as_before
}

sigterm_ends_the_command_and_undoes() {
	start_isolated $name -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -TERM "$KVMONITOR"
	wait "$KVMONITOR"
	[ $? -eq 143 ] && ! kill -0 "$IDS" 2>/dev/null && is_as_before
}

# The IDS goes on where it is; it and QEMU come back later.
kill_9_is_undone_by_the_next() {
	start_isolated $name -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -KILL "$KVMONITOR"
	wait "$KVMONITOR" 2>/dev/null
	[[ $(place_of "$qemu") == */vm ]] && "$tool" isolate $name --release &&
		[ "$(place_of "$IDS")" = "$(place_of $$)" ] && is_as_before || return 1
	kill "$IDS"
	start_isolated $name --cap 50 -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -KILL "$KVMONITOR"
	wait "$KVMONITOR" 2>/dev/null
	"$tool" isolate $name -- true && [ "$(place_of "$IDS")" = "$(place_of $$)" ] && is_as_before
	status=$?
	kill "$IDS"
	return $status
}

only_one_at_a_time() {
	start_isolated $name -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	"$tool" isolate $name -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "process $KVMONITOR" "$work/err" || return 1
	# Who is told to release it does so.
	"$tool" isolate $name --release && is_as_before
}

# It is in its group until its memory is gone, and cannot be moved out of it any more.
who_ends_slowly_is_waited_for() {
	mkfifo "$work/big"
	# shellcheck disable=SC2016 # for the inner shell
	"$tool" isolate $name -- sh -c '
		python3 -c "import time; held = bytearray(1500 << 20); print(1, flush=True)
time.sleep(1000)" >"$1" &
		read -r held <"$1"
		kill -KILL $!' - "$work/big" && is_as_before
}

# As after kill -9, and then the guest has ended as well.
what_a_dead_guest_leaves_is_cleared() {
	start_isolated $name -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -KILL "$KVMONITOR" "$IDS"
	wait "$KVMONITOR" 2>/dev/null
	stop_guest
	start_guest --memory 256 || return 1
	"$tool" isolate $name --release && [ "$(places)" = "$groups" ] &&
		! ls /run/kvmonitor/isolate-"$qemu"-* >/dev/null 2>&1
}

tests="both_are_in_one_group all_threads_of_qemu_are_moved its_status_is_the_commands
	weight_and_cap_are_set a_guarantee_outweighs_others a_running_ids_is_moved_and_goes_on
	sigterm_ends_the_command_and_undoes kill_9_is_undone_by_the_next only_one_at_a_time
	who_ends_slowly_is_waited_for what_a_dead_guest_leaves_is_cleared"
if [ -z "$reason" ]; then
	start_guest --memory 256 && {
		qemu=$(cat "$folder/pid")
		before=$(place_of "$qemu")
		groups=$(places)
	}
fi
# shellcheck disable=SC2086 # a list of names
set -- $tests
ktap_plan $#
run_tests "$@"
ktap_end
