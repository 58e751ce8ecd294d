#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In dom0 of the Xen lab under -icount, where a nanosecond is an instruction: what a look
# of balloon-sync at one group and one guest costs, and one of a shell that asks xl and awk.
#   samples.sh LOOKS
# Prints lines: value balloon-sync|shell INSTRUCTIONS, the hypervisor's part included.
set -eu
looks=$1
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../balloon-sync:$PATH
group=/sys/fs/cgroup/bench
place=$PWD
log=$place/log.csv
TIMEFORMAT='%U %S'

run_ns() { # PID: what it has run
	cut -d ' ' -f 1 "/proc/$1/schedstat"
}

rows() {
	wc -l <"$log"
}

modprobe filecache
mkdir $group
mkfifo "$place/hog"
sh -c 'echo 0 >"$0/cgroup.procs"; exec memhog' $group <"$place/hog" >"$place/held" &
exec 9>"$place/hog"
echo 40 >&9

balloon-sync --guest u1 --group cgroup=$group --interval 0.5 --log "$log" >"$place/said" 2>&1 9>&- &
service=$!
# What it holds is moved, and all is at rest.
for ((n = 0; n < 120; n++)); do
	! tail -n 1 "$log" 2>/dev/null | grep -q ',settled$' || break
	sleep 1
done
sleep 5
at=$(rows) before=$(run_ns $service)
while [ $(($(rows) - at)) -lt "$looks" ]; do sleep 1; done
echo "value balloon-sync $((($(run_ns $service) - before) / ($(rows) - at)))"
kill -TERM $service
wait $service

# What people write: the group's use, the guest's size.
{ time for ((n = 0; n < looks; n++)); do
	awk '$1 == "anon" || $1 == "file" { n += $2 } END { print n }' $group/memory.stat >/dev/null
	xl list u1 | awk 'NR == 2 { print $3 }' >/dev/null
done; } 2>"$place/times"
awk -v looks="$looks" '{ printf "value shell %d\n", ($1 + $2) * 1e9 / looks }' "$place/times"
