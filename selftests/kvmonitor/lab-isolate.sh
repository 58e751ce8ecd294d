#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor isolate with cgroups of version 2, in the lab: what it does to groups, with a program
# that is QEMU by its name (a guest is of no use for that).
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"

root=/sys/fs/cgroup
work=$(mktemp -d) || exit 1
vm=

# Sets $vm: in a group of its own, which it may share.
start_vm() { # GROUP
	cp /bin/bash "$work/qemu-system-x86_64"
	"$work/qemu-system-x86_64" -c 'while :; do read -t 1000 <>/dev/zero; done' \
		-name web1 -m 128 &
	vm=$!
	echo $vm >"$root$1/cgroup.procs"
}

stop_vm() {
	kill $vm
	wait $vm 2>/dev/null
}

place_of() { # PID
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}

state() {
	find $root -type d | sort
	find $root -name cgroup.subtree_control -exec cat {} +
	find $root \( -name cpu.weight -o -name cpu.max \) -exec grep -H . {} + | sort
}

# What a command in the group sees of it; all is as before afterwards.
isolated() { # OPTION... -- COMMAND...
	state >"$work/before"
	was=$(place_of $vm)
	"$tool" isolate web1 "$@" >"$work/out" || return 1
	state >"$work/after"
	[ "$(place_of $vm)" = "$was" ] && cmp -s "$work/before" "$work/after" && return
	diff "$work/before" "$work/after" | sed 's/^/# /'
	return 1
}

in_the_root_a_group_beside_it() {
	start_vm ""
	# shellcheck disable=SC2016 # for the inner shell
	isolated --weight 300 --cap 50 -- sh -c '
		group=/sys/fs/cgroup$(sed -n "s|^0::\(.*\)/ids$|\1|p" /proc/self/cgroup)
		cat $group/cpu.weight $group/cpu.max; sed -n s/0:://p /proc/'$vm'/cgroup'
	status=$?
	stop_vm
	[ $status -eq 0 ] && [ "$(cat "$work/out")" = "300
$(($(nproc) * 50000)) 100000
/kvmonitor-$vm/vm" ]
}

alone_in_its_group_that_is_the_group() {
	mkdir $root/machine
	start_vm /machine
	echo 250 >$root/machine/cpu.weight
	# shellcheck disable=SC2016
	isolated --weight 300 -- sh -c 'sed -n s/0:://p /proc/self/cgroup /proc/'$vm'/cgroup
		cat /sys/fs/cgroup/machine/cpu.weight'
	status=$?
	stop_vm
	rmdir $root/machine
	[ $status -eq 0 ] && [ "$(cat "$work/out")" = "/machine/ids
/machine/vm
300" ]
}

# What a group above did not hand down it does not afterwards, unless somebody else uses it.
what_others_use_meanwhile_stays() {
	mkdir -p $root/outer/machine
	start_vm /outer/machine
	isolated --weight 300 -- true
	status=$?
	"$tool" isolate web1 --weight 300 -- \
		sh -c "mkdir $root/outer/other && echo 200 >$root/outer/other/cpu.weight" &&
		[ "$(cat $root/outer/other/cpu.weight)" = 200 ]
	kept=$?
	stop_vm
	rmdir $root/outer/other $root/outer/machine $root/outer
	[ $status -eq 0 ] && [ $kept -eq 0 ]
}

memory_of_the_ids_is_limited() {
	mkdir $root/machine
	start_vm /machine
	isolated --memory-high 64M -- cat $root/machine/ids/memory.high
	status=$?
	stop_vm
	rmdir $root/machine
	[ $status -eq 0 ] && [ "$(cat "$work/out")" = $((64 << 20)) ]
}

# Which has memory of its own: the groups above cannot stop to hand that down before it is gone.
groups_of_the_ids_go_with_it() {
	mkdir $root/machine
	start_vm /machine
	# shellcheck disable=SC2016
	isolated --memory-high 64M -- sh -c '
		mkdir -p $1/main $1/limited/deep && echo $$ >$1/main/cgroup.procs &&
			echo +memory >$1/cgroup.subtree_control && echo 32M >$1/limited/memory.high ||
			exit 1
		sleep 1000 >/dev/null &
		echo $! >$1/limited/deep/cgroup.procs && echo $!' - $root/machine/ids
	status=$?
	ids=$(cat "$work/out")
	[ $status -eq 0 ] && [ "$(place_of "$ids")" = "$(place_of $$)" ]
	status=$?
	kill "$ids"
	stop_vm
	rmdir $root/machine
	return $status
}

# As if both kinds of others were there: one group that is heavy, and one that is empty.
a_guarantee_is_worked_out() {
	mkdir $root/heavy $root/empty
	sleep 1000 &
	sleeper=$!
	echo $sleeper >$root/heavy/cgroup.procs
	echo 4000 >$root/heavy/cpu.weight
	echo 10000 >$root/empty/cpu.weight
	start_vm ""
	# shellcheck disable=SC2016
	isolated --guarantee 50 -- sh -c '
		cat /sys/fs/cgroup$(sed -n "s|^0::\(.*\)/ids$|\1|p" /proc/self/cgroup)/cpu.weight'
	status=$?
	"$tool" isolate web1 --guarantee 90 -- true 2>"$work/err"
	refused=$?
	stop_vm
	kill $sleeper
	wait $sleeper 2>/dev/null
	rmdir $root/heavy $root/empty
	echo "# weighs $(cat "$work/out") beside 4000"
	[ $status -eq 0 ] && [ $refused -eq 125 ] && grep -q "cannot have 90 %" "$work/err" &&
		[ "$(cat "$work/out")" -ge 4000 ] && [ "$(cat "$work/out")" -lt 7000 ]
}

# Half of the host for the group above is no more than half for what is in it.
what_is_above_bounds_it() {
	mkdir $root/slice $root/other
	echo +cpu >$root/slice/cgroup.subtree_control
	mkdir $root/slice/machine
	sleep 1000 &
	sleeper=$!
	echo $sleeper >$root/other/cgroup.procs
	start_vm /slice/machine
	isolated --guarantee 30 -- true
	status=$?
	"$tool" isolate web1 --guarantee 60 -- true 2>"$work/err"
	refused=$?
	stop_vm
	kill $sleeper
	wait $sleeper 2>/dev/null
	rmdir $root/slice/machine $root/slice $root/other
	[ $status -eq 0 ] && [ $refused -eq 125 ] && grep -q "above it get [1-5]" "$work/err"
}

kill_9_is_undone() {
	mkdir $root/machine
	start_vm /machine
	before=$(state)
	"$tool" isolate web1 --cap 10 --memory-high 64M -- sh -c "echo \$\$ >$work/ids; exec sleep 1000" &
	kvmonitor=$!
	until [ -s "$work/ids" ]; do sleep 0.05; done
	kill -KILL $kvmonitor
	wait $kvmonitor 2>/dev/null
	"$tool" isolate web1 --release
	status=$?
	after=$(state)
	kill "$(cat "$work/ids")"
	stop_vm
	rmdir $root/machine
	[ $status -eq 0 ] && [ "$before" = "$after" ]
}

systemd_is_asked_first() {
	mkdir -p /run/systemd/system $root/scope
	start_vm /scope
	"$tool" isolate web1 -- true 2>"$work/err"
	refused=$?
	mkdir $root/scope/libvirt
	echo $vm >$root/scope/libvirt/cgroup.procs
	setfattr_delegate $root/scope
	isolated -- sh -c "sed -n s/0:://p /proc/self/cgroup /proc/$vm/cgroup"
	status=$?
	stop_vm
	rmdir $root/scope/libvirt $root/scope /run/systemd/system
	[ $refused -eq 125 ] && grep -q "Delegate=yes" "$work/err" && [ $status -eq 0 ] &&
		[ "$(cat "$work/out")" = "/scope/ids
/scope/libvirt" ]
}

# As systemd does; its own command for that is not in the lab.
setfattr_delegate() { # GROUP
	# setxattr(2) on x86-64
	perl -e 'my ($p, $n, $v) = ($ARGV[0], "trusted.delegate", "1");
		exit(syscall(188, $p, $n, $v, 1, 0) == 0 ? 0 : 1)' "$1"
}

tool=$(command -v kvmonitor)
set -- in_the_root_a_group_beside_it alone_in_its_group_that_is_the_group \
	what_others_use_meanwhile_stays memory_of_the_ids_is_limited groups_of_the_ids_go_with_it \
	a_guarantee_is_worked_out what_is_above_bounds_it \
	kill_9_is_undone systemd_is_asked_first
ktap_plan $#
for test in "$@"; do
	check "$test" "$test"
done
rm -rf "$work"
ktap_end
