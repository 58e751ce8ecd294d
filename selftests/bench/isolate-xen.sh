#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In dom0 of the Xen lab: two guests compute, and an IDS looks into the first one again and again.
# First that guest has a cap and nobody counts its IDS, then both have the same one together.
#   isolate-xen.sh SECONDS PERCENT
# Prints lines: sample as-it-is|isolated T IDS U1 U2, in seconds; cpus N
set -eu
seconds=$1 percent=$2
here=$(cd "$(dirname "$0")" && pwd)
root=/sys/fs/cgroup
cpus=$(xl info | awk '$1 == "nr_cpus" { print $3 }')
place=$PWD
loop="echo \$\$ >$place/ids; while :; do kvmonitor check xen:u1 >/dev/null 2>&1 || :; done"

samples() { # RUN CGROUP
	sleep 8
	"$here/domtimes" "$seconds" "$2/cpu.stat" "$(xl domid u1)" "$(xl domid u2)" |
		sed "s/^/sample $1 /"
}

wait_for_ids() {
	until [ -s "$place/ids" ]; do sleep 0.2; done
}

# The shell, and what it is just running.
end_ids() {
	pkill -P "$(cat "$place/ids")" || :
	kill "$(cat "$place/ids")" || :
	rm "$place/ids"
}

for n in 1 2; do
	lab-domu exec $n -- sh -c '(while :; do :; done) >/dev/null 2>&1 &' </dev/null
done
echo "cpus $cpus"

mkdir $root/bench
xl sched-credit2 -d u1 -c $((percent * cpus))
sh -c "echo 0 >$root/bench/cgroup.procs; $loop" &
wait_for_ids
samples as-it-is $root/bench
end_ids
wait || :
xl sched-credit2 -d u1 -c 0

kvmonitor isolate xen:u1 --cap "$percent" -- sh -c "$loop" &
kvmonitor=$!
wait_for_ids
samples isolated "$root/kvmonitor-$kvmonitor"
end_ids
wait || :
