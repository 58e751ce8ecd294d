#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In dom0 of the Xen lab or on the host of the KVM lab, with two guests: what an IDS that scans u1's disk does
# to its neighbour u2, to u1 and to itself, under one of four regimes.
#   neighbour.sh ROUND REGIME SLACK_MB
# The host has SLACK_MB free when the IDS begins; a hog has the rest.  Writes lines to
# $OUT/runs: ROUND REGIME NAME NUMBER...
set -euo pipefail

round=$1
regime=$2
slack_mb=$3
here=$(cd "$(dirname "$0")" && pwd)
tree=/mnt/guest
state=/var/lib/ids-demo
group=/sys/fs/cgroup/ids
# Where the lab has put us.
place=$PWD
conf=$place/conf
work=/mnt/guestwork
# What the IDS may have under memory.high: its program and little more.
high=$((48 << 20))
read -r watched_disk _ <<<"$LAB_DISKS"
service=
hog=
keeper=

cleanup() {
	local status=$? guest
	trap - EXIT
	# For whoever has to find out why.
	if [ $status -ne 0 ]; then
		dmesg >"$OUT/dmesg"
		for guest in u1 u2; do
			cat "/run/lab/$guest/log" "/run/lab/$guest/console" \
				"/var/log/xen/console/guest-$guest.log" >"$OUT/$guest.log" 2>&1 || true
		done
	fi
	[ -z "$service" ] || kill "$service" 2>/dev/null || true
	[ -z "$service" ] || wait "$service" || true
	[ -z "$hog" ] || kill "$hog" 2>/dev/null || true
	[ -z "$keeper" ] || kill "$keeper" 2>/dev/null || true
}
trap cleanup EXIT

die() {
	echo "neighbour: $*" >&2
	exit 1
}

in_guest() { # N COMMAND...
	local n=$1
	shift
	if [ "$LAB_TYPE" = xen ]; then
		lab-domu exec "$n" -- "$@" </dev/null
	else
		lab-domu at "/run/lab/u$n/agent" exec -- "$@" </dev/null
	fi
}

field() { # NAME FILE: in kB
	awk -v name="$1:" '$1 == name { print $2 }' "$2"
}

# u1's by its own count: what is in the balloon is not in it.
guest_size() {
	in_guest 1 cat /proc/meminfo | awk '/^MemTotal:/ { print $2 }'
}

# Works until it finds its mark, and its guest answers meanwhile.
begin_work() { # N WHAT PLACE
	in_guest "$1" sh -c "rm -f /tmp/mark.*; $work $2 $3 /tmp/mark >/tmp/out 2>&1 &"
}

wait_ready() { # N
	local n status
	for ((n = 0; n < 240; n++)); do
		status=0
		in_guest "$1" test -e /tmp/mark.ready || status=$?
		[ $status -ne 0 ] || return 0
		[ $status -eq 1 ] || die "u$1: has ended"
		sleep 1
	done
	die "u$1: $(in_guest "$1" cat /tmp/out)"
}

end_work() { # N PREFIX
	in_guest "$1" sh -c 'touch /tmp/mark.end; while pidof guestwork >/dev/null; do sleep 1; done; cat /tmp/out' |
		tr -d '\r' | sed "s/^/$2 /" >>"$OUT/runs"
}

# Both guests have had all of their memory, as guests that have run for long.
use_up_guests() {
	local n free
	for n in 1 2; do
		free=$(in_guest $n cat /proc/meminfo | awk '/^MemFree:/ { print int($2 / 1024) }')
		in_guest $n $work touch $((free - 12))
	done
}

# The IDS finds as much free memory each time.
eat_host() {
	local free
	echo 1 >/proc/sys/vm/drop_caches
	free=$(($(field MemFree /proc/meminfo) / 1024))
	[ $free -gt $((slack_mb + 64)) ] || die "only $free MB free; more for the host?"
	mkfifo $place/hog
	"$here/../balloon-sync/memhog" <$place/hog >$place/held &
	hog=$!
	exec 8>$place/hog
	# What u2 works on is in the host's cache as well, and comes after it.
	echo $((free - slack_mb - 56)) >&8
	until grep -q held $place/held; do sleep 0.5; done
}

configure() { # POLICY
	local how=
	[ "$LAB_TYPE" = xen ] || how='hypervisor = "qmp"; socket = "/run/lab/u1/qmp";'
	cat >$conf <<-EOF
		policy = "$1"; interval = "1s"; linger = "5s"; reserve = "32M";
		socket = "$place/socket";
		guests = ( { name = "u1"; $how } );
		groups = ( { name = "ids"; members = ( "cgroup=$group" ); guests = "u1"; } );
	EOF
	chmod 600 $conf
}

begin_regime() {
	mkdir $group
	case $1 in
	nothing) ;;
	memory.high) echo $high >$group/memory.high ;;
	*)
		configure "$1"
		balloon-sync --config $conf --state $place/state --log "$OUT/log.csv" \
			>"$OUT/said" 2>&1 8>&- &
		service=$!
		;;
	esac
}

# What the guest gave comes back before its disk goes.
end_regime() {
	if [ -n "$service" ]; then
		kill -TERM "$service"
		wait "$service" || die "balloon-sync ended with status $?"
		service=
	fi
	umount $tree
	rmdir $group
}

ids_run() { # PREFIX NAME
	local status=0 began
	began=$(date +%s%N)
	(
		echo "$BASHPID" >$group/cgroup.procs
		exec aide --config="$here/../demo/aide.conf" "--$2" 8>&-
	) >"$OUT/aide.log" 2>&1 || status=$?
	[ $status -le 7 ] || die "aide --$2: status $status: $(tail -n 1 "$OUT/aide.log")"
	echo "$1 ids $(($(date +%s%N) - began))" >>"$OUT/runs"
	# Dirty pages cannot be dropped.
	sync
	# For balloon-sync to see the whole of it.
	sleep 3
}

one() { # ROUND REGIME
	local whole
	whole=$(guest_size)
	mount -t ext4 -o ro,noload,nodev,nosuid "$watched_disk" $tree
	begin_regime "$2"
	begin_work 1 reread /mnt/usr
	begin_work 2 commit /mnt/data
	wait_ready 1
	wait_ready 2
	echo "$1 $2 free $(field MemFree /proc/meminfo)" >>"$OUT/runs"
	in_guest 1 touch /tmp/mark.begin
	in_guest 2 touch /tmp/mark.begin
	# An IDS that will run again: what it has read is of use.
	sleep infinity 8>&- &
	keeper=$!
	echo $keeper >$group/cgroup.procs
	ids_run "$1 $2" init
	ids_run "$1 $2" check
	echo "$1 $2 taken $((whole - $(guest_size)))" >>"$OUT/runs"
	kill $keeper
	wait $keeper 2>/dev/null || true
	keeper=
	end_work 1 "$1 $2"
	end_work 2 "$1 $2"
	end_regime
}

mkdir -p $tree $state
modprobe filecache || die "filecache: module does not load"
use_up_guests
eat_host
one "$round" "$regime"
