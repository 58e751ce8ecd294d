#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor isolate on a domain of Xen's, run in dom0: the domain pays for what its IDS uses, and
# has its own cap and weight again afterwards, however that ends.  What both have had is read
# from xl and from the IDS' cgroup.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
work=$(mktemp -d) || exit 1
root=/sys/fs/cgroup
cpus=$(xl info | awk '$1 == "nr_cpus" { print $3 }')
burner=

# In the guest, as long as a test wants it.
start_burning() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	burner=$(lab-domu exec 1 -- sh -c '(while :; do :; done) >/dev/null 2>&1 & echo $!' </dev/null |
		tr -d '\r')
}

stop_burning() {
	[ -z "$burner" ] || lab-domu exec 1 -- kill "$burner" </dev/null
	burner=
}

cleanup() {
	stop_burning
	xl sched-credit2 -d u1 -w 256 -c 0
	rm -rf "$work"
}
trap cleanup EXIT

# Of a domain: its weight and cap.
parameters() { # DOMAIN
	xl sched-credit2 -d "$1" | awk -v name="$1" '$1 == name { print $3, $4 }'
}

# Until it is so, or has not been for long enough.
wait_for() { # COMMAND...
	for _ in $(seq 120); do
		"$@" && return
		sleep 0.5
	done
	return 1
}

are_parameters() { # DOMAIN WEIGHT CAP
	[ "$(parameters "$1")" = "$2 $3" ]
}

# What kvmonitor itself uses is charged as well, and is something on an emulated processor.
cap_is() { # DOMAIN FROM TO
	cap=$(parameters "$1" | cut -d ' ' -f 2)
	[ "$cap" -ge "$2" ] && [ "$cap" -le "$3" ]
}

# At one moment: of a processor, and of half of the usual weight.
costs_little() { # DOMAIN
	parameters "$1" | {
		read -r weight cap
		[ "$weight" -ge 110 ] && [ "$weight" -le 128 ] && [ "$cap" -ge 90 ] &&
			[ "$cap" -le 100 ]
	}
}

groups() {
	find $root -mindepth 1 -type d -name 'kvmonitor-*'
}

notes() {
	find /run/kvmonitor -name 'schedule-*' -o -name 'isolate-*' 2>/dev/null
}

is_as_before() { # WEIGHT CAP
	are_parameters u1 "$1" "$2" && [ -z "$(groups)$(notes)" ] && return
	echo "# u1 has $(parameters u1); left: $(groups) $(notes)"
	return 1
}

# Runs a command in the background and waits until it goes: sets kvmonitor, ids.
start_isolated() { # DOMAIN OPTION... -- COMMAND...
	rm -f "$work/ids"
	kvmonitor isolate "$@" 2>"$work/err" &
	kvmonitor=$!
	until [ -s "$work/ids" ]; do
		kill -0 $kvmonitor 2>/dev/null || { sed 's/^/# /' "$work/err"; return 1; }
		sleep 0.1
	done
	ids=$(cat "$work/ids")
}

stop_isolated() {
	kill "$ids"
	wait $kvmonitor
	status=$?
}

# What the IDS does: works half of the time until there is a file, and then nothing.
at_work="echo \$\$ >$work/ids
	until [ -e $work/enough ]; do
		timeout 0.3 sh -c 'while :; do :; done'
		sleep 0.3
	done
	exec sleep 1000"

domain_s() {
	xl list u1 | awk 'NR == 2 { print $NF }'
}

ids_s() {
	awk '$1 == "usage_usec" { print $2 / 1000000 }' "$root/kvmonitor-$kvmonitor/cpu.stat"
}

# Both in ten seconds, in percent of a processor: not more than it says.
ten_seconds() { # NUMBER
	begin=$(cut -d ' ' -f 1 /proc/uptime)
	domain=$(domain_s)
	theirs=$(ids_s)
	sleep 10
	echo "$1 $theirs $(ids_s) $domain $(domain_s) $begin $(cut -d ' ' -f 1 /proc/uptime)" |
		awk '{ s = ($7 - $6) / 100; print $1, ($3 - $2) / s, ($5 - $4) / s, ($3 - $2 + $5 - $4) / s }'
}

both_stay_within_their_cap() {
	rm -f "$work/enough"
	start_burning
	start_isolated xen:u1 --cap 40% -- sh -c "$at_work" || return 1
	whole=$((40 * cpus))
	wait_for cap_is u1 1 $((whole * 8 / 10))
	falls=$?
	sleep 3
	for n in 1 2 3; do ten_seconds $n; done >"$work/windows"
	touch "$work/enough"
	wait_for cap_is u1 $((whole * 9 / 10)) $whole
	rises=$?
	stop_isolated
	stop_burning
	sed 's/^/# window, IDS, u1, both: /' "$work/windows"
	# A tenth of a second of xl's on either side; the IDS' share is what shall not be nothing.
	[ $falls -eq 0 ] && [ $rises -eq 0 ] && is_as_before 256 0 &&
		awk -v whole=$whole '$4 > whole + 2 || $2 < 3 || $3 < 3 { bad = 1 }
			END { exit bad || NR != 3 }' "$work/windows"
}

# Two threads want all of it: a tenth is the domain's.  Its weight goes with its cap.
a_floor_is_left() {
	start_burning
	whole=$((40 * cpus))
	floor=$((whole / 10))
	start_isolated xen:u1 --cap 40% -- sh -c "echo \$\$ >$work/ids
		while :; do :; done & while :; do :; done" || return 1
	limit=$(cat "$root/kvmonitor-$kvmonitor/cpu.max")
	wait_for cap_is u1 $floor $((whole / 2))
	falls=$?
	found=$(parameters u1)
	ten_seconds 1 >"$work/windows"
	pkill -P "$ids"
	stop_isolated
	stop_burning
	echo "# weight and cap were $found; window, IDS, u1, both: $(cat "$work/windows")"
	[ $falls -eq 0 ] && [ "$limit" = "$(((whole - floor) * 1000)) 100000" ] &&
		is_as_before 256 0 &&
		[ "${found% *}" -eq $((256 * ${found#* } / whole)) ] &&
		awk -v whole=$whole '{ exit $4 > whole + 2 || $3 <= 0 }' "$work/windows"
}

what_the_user_had_set_is_the_share() {
	xl sched-credit2 -d u1 -w 512 -c 70
	kvmonitor isolate xen:u1 -- sh -c 'xl sched-credit2 -d u1' >"$work/out" &&
		is_as_before 512 70
	status=$?
	xl sched-credit2 -d u1 -w 256 -c 0
	[ $status -eq 0 ] && awk '$1 == "u1" { seen = 1; bad = $3 > 512 || $4 > 70 }
		END { exit bad || !seen }' "$work/out"
}

# Of one that may have all, it is what its processors come to; weights are the KVM form's.
without_a_cap_it_is_what_it_could_have() {
	start_isolated xen:u1 --weight 50 -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	wait_for costs_little u1
	found=$?
	echo "# weight and cap are $(parameters u1)"
	stop_isolated
	[ $found -eq 0 ] && is_as_before 256 0
}

its_status_is_the_commands() {
	kvmonitor isolate xen:u1 -- sh -c 'exit 7'
	[ $? -eq 7 ] || return 1
	kvmonitor isolate "xen:$(xl domid u1)" -- /no/such/program 2>"$work/err"
	[ $? -eq 127 ] && is_as_before 256 0
}

# Above all nothing that speaks to Xen.
the_ids_inherits_no_files() {
	find /proc/self/fd | wc -l >"$work/plain" &&
		kvmonitor isolate xen:u1 -- sh -c 'find /proc/self/fd | wc -l' >"$work/out" &&
		[ "$(cat "$work/out")" -le "$(cat "$work/plain")" ]
}

sigterm_ends_the_command_and_restores() {
	start_isolated xen:u1 --cap 20% -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -TERM $kvmonitor
	wait $kvmonitor
	[ $? -eq 143 ] && ! kill -0 "$ids" 2>/dev/null && is_as_before 256 0
}

a_running_ids_is_moved() {
	sleep 1000 &
	ids=$!
	kvmonitor isolate xen:u1 --cap 20% --pid $ids &
	kvmonitor=$!
	wait_for grep -q '/ids$' /proc/$ids/cgroup
	moved=$?
	kill -TERM $kvmonitor
	wait $kvmonitor
	status=$?
	place=$(cat /proc/$ids/cgroup)
	kill $ids
	[ $moved -eq 0 ] && [ $status -eq 0 ] && [ "$place" = "$(cat /proc/self/cgroup)" ] &&
		is_as_before 256 0
}

# By --release, and by the next one of another domain.
kill_9_is_restored() {
	for how in "u1 --release" "u2 -- true"; do
		start_isolated xen:u1 --cap 20% -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" ||
			return 1
		kill -KILL $kvmonitor
		wait $kvmonitor 2>/dev/null
		cap_is u1 $((2 * cpus)) $((20 * cpus)) || return 1
		# shellcheck disable=SC2086 # several words
		kvmonitor isolate xen:$how && is_as_before 256 0
		status=$?
		place=$(cat "/proc/$ids/cgroup")
		kill "$ids"
		[ $status -eq 0 ] && [ "$place" = "$(cat /proc/self/cgroup)" ] || return 1
	done
}

# Its cap, and then its weight: the other one is as it was.
who_changes_it_meanwhile_is_obeyed() {
	for change in "-c 33" "-w 300"; do
		start_isolated xen:u1 --cap 20% --weight 50 -- \
			sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
		# shellcheck disable=SC2086 # an option and its value
		xl sched-credit2 -d u1 $change
		wait_for grep -q "somebody else has set" "$work/err"
		told=$?
		now=$(parameters u1)
		stop_isolated
		[ "$change" = "-w 300" ] && wanted="300 0" || wanted="256 33"
		[ $told -eq 0 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ "$now" = "$wanted" ] &&
			is_as_before "${wanted% *}" "${wanted#* }" || return 1
		xl sched-credit2 -d u1 -w 256 -c 0
	done
	# Also who did so after a kill.
	start_isolated xen:u1 --cap 20% --weight 50 -- \
		sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kill -KILL $kvmonitor
	wait $kvmonitor 2>/dev/null
	xl sched-credit2 -d u1 -c 44
	kvmonitor isolate xen:u1 --release
	kill "$ids"
	is_as_before 256 44 && xl sched-credit2 -d u1 -c 0
}

only_one_at_a_time() {
	start_isolated xen:u1 --cap 20% -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	kvmonitor isolate xen:u1 -- true 2>"$work/second"
	[ $? -eq 125 ] && grep -q "process $kvmonitor" "$work/second" || return 1
	# Who is told to release it does so.
	kvmonitor isolate xen:u1 --release && is_as_before 256 0
}

# One that never ran is enough of a domain; its IDS goes on without it.
a_domain_that_goes_is_let_go() {
	sed -e 's/"u2"/"u9"/' -e 's/^memory.*/memory = 128/' -e '/^disk/d' /lab/domu/u2.cfg >"$work/u9.cfg"
	xl create -q -p "$work/u9.cfg" >"$work/out" 2>&1 || { sed 's/^/# /' "$work/out"; return 1; }
	start_isolated xen:u9 --cap 20% -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" || return 1
	xl destroy u9
	wait_for grep -q "u9: the guest is gone" "$work/err"
	told=$?
	stop_isolated
	[ $told -eq 0 ] && [ $status -eq 143 ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		is_as_before 256 0
}

refused() { # TEXT ARGUMENT...
	text=$1
	shift
	kvmonitor isolate "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq 125 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$text" "$work/err" &&
		return
	echo "# status $status; $(cat "$work/err")"
	return 1
}

what_has_no_meaning_is_refused() {
	refused "--guarantee: Xen" xen:u1 --guarantee 50 -- true &&
		refused "no such guest is running" xen:no-such -- true &&
		refused "is the host's own domain" xen:0 -- true && is_as_before 256 0
}

# A pool with another scheduler, and one processor: sets sched.
make_pool() {
	xl cpupool-cpu-remove Pool-0 $((cpus - 1)) || return 1
	for sched in null rtds arinc653; do
		xl cpupool-create "name=\"own\"" "sched=\"$sched\"" "cpus=[\"$((cpus - 1))\"]" \
			>/dev/null 2>&1 && return
	done
	xl cpupool-cpu-add Pool-0 $((cpus - 1))
	sched=
	return 1
}

# Some take a cap of a domain in such a pool, and do nothing.
a_scheduler_without_caps_is_refused() {
	xl cpupool-migrate u2 own || return 1
	refused "scheduler $sched has no caps" xen:u2 --cap 20% -- true
	status=$?
	xl cpupool-migrate u2 Pool-0 && xl cpupool-destroy own &&
		xl cpupool-cpu-add Pool-0 $((cpus - 1)) && [ $status -eq 0 ] && is_as_before 256 0
}

size_of() { # DOMAIN, in kB
	"$here/../balloon-sync/domsize" | awk -v id="$(xl domid "$1")" '$1 == id { print $2 }'
}

is_size() { # DOMAIN FROM TO
	size=$(size_of "$1")
	[ "$size" -ge "$2" ] && [ "$size" -le "$3" ]
}

# What the IDS holds comes from the domain as well, and goes back to it.
memory_is_charged_with_it() {
	modprobe filecache && mkfifo "$work/hold" || return 1
	before=$(size_of u1)
	start_isolated xen:u1 --charge -- sh -c "echo \$\$ >$work/ids
		exec $here/../balloon-sync/memhog <$work/hold >/dev/null" || return 1
	exec 9>"$work/hold"
	echo 60 >&9
	wait_for is_size u1 $((before - (80 << 10))) $((before - (50 << 10)))
	gives=$?
	echo "# u1 had $before kB, and has $(size_of u1)"
	exec 9>&-
	wait $kvmonitor
	status=$?
	sed 's/^/# said: /' "$work/err"
	wait_for is_size u1 $((before - 4096)) $((before + 4096))
	[ $? -eq 0 ] && [ $gives -eq 0 ] && [ $status -eq 0 ] && modprobe -r filecache &&
		is_as_before 256 0
}

set -- both_stay_within_their_cap a_floor_is_left what_the_user_had_set_is_the_share \
	without_a_cap_it_is_what_it_could_have its_status_is_the_commands the_ids_inherits_no_files \
	sigterm_ends_the_command_and_restores a_running_ids_is_moved kill_9_is_restored \
	who_changes_it_meanwhile_is_obeyed only_one_at_a_time a_domain_that_goes_is_let_go \
	what_has_no_meaning_is_refused a_scheduler_without_caps_is_refused memory_is_charged_with_it
ktap_plan $#
for test in "$@"; do
	if [ "$test" = a_scheduler_without_caps_is_refused ] && ! make_pool; then
		result 0 "$test" "this Xen has none"
	else
		check "$test" "$test"
	fi
done
ktap_end
