#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Both experiments of the paper, in dom0 of the Xen lab or on the host of the KVM lab.
#
#   dom0.sh LABEL FILES FIGURE...
#
# LABEL is that of the guest's disk, FILES how many files are on it, a FIGURE
# one of fig4, fig5, fig5-tripwire.
#
# For each figure a recorder and balloon-sync run beside the load, and write
# their CSV files to $OUT.  What the script does becomes an event of the
# recording: "begin" and "end" of an IDS run, "start" and "stop" of
# balloon-sync, "note" for what only a reader cares about.
set -euo pipefail

label=$1
files=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
guest=u1
state=/var/lib/ids-demo
disk=/mnt/guest

# Seconds.
step=15
linger=10
return_within=90
# Of the length of the run before it.
rest_percent=175

# Its guest's processor is emulated by one that is emulated: 100 MB take it some 15 s.
[ "$LAB_TYPE" = xen ] || step=30

# fig4: a seeded random walk with this many steps, never above this many MB
seed=2
steps=13
max_mb=160

say() {
	echo "demo: $*"
}

die() {
	echo "demo: $*" >&2
	exit 1
}

# Started in the background: to be gone before we are.
recorder=
follower=
keeper=
cleanup() {
	trap - EXIT
	[ -z "$keeper" ] || kill "$keeper" 2>/dev/null || true
	[ -z "$follower" ] || kill "$follower" 2>/dev/null || true
	[ -z "$follower" ] || wait "$follower" || true
	[ -z "$recorder" ] || kill "$recorder" 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT TERM

mark() {
	echo "$*" >&3
}

# In a subshell: become COMMAND, in the group.  The process is there before it
# reads the program, so that the program's own pages belong to the group, too.
enter() {
	echo "$BASHPID" >"$group/cgroup.procs"
	exec 3>&-
	exec "$@"
}

last_row() {
	tail -n 1 "$OUT/$figure.csv"
}

follow() {
	figure=$1
	group=/sys/fs/cgroup/$figure
	mkdir -p "$group"
	rm -f "$state/marks"
	mkfifo "$state/marks"
	"$here/recorder" --name "$figure" --cgroup "$group" --guest "$watched" \
		--csv "$OUT/$figure.csv" --events "$OUT/$figure.events.csv" \
		<"$state/marks" &
	recorder=$!
	exec 3>"$state/marks"
	sleep 4
	kill -0 "$recorder" 2>/dev/null || die "$figure: recorder ended at once"
	balloon-sync --guest "$guest" "${hypervisor[@]}" --group "cgroup=$group" --interval 1 \
		--linger "$linger" --log "$OUT/$figure.balloon-sync.csv" \
		>"$OUT/$figure.balloon-sync.log" 2>&1 3>&- &
	follower=$!
	mark start balloon-sync
	sleep 3
	kill -0 "$follower" 2>/dev/null || {
		cat "$OUT/$figure.balloon-sync.log" >&2
		die "$figure: balloon-sync ended at once"
	}
}

# The load is over.  What it left in the cache goes by give-back alone.
unfollow() {
	local waited=0

	until last_row | awk -F, '{ exit !($5 < 1024 && $5 > -1024 && $8 == 1) }'; do
		[ $waited -lt $return_within ] || break
		sleep 1
		waited=$((waited + 1))
	done
	sleep 3
	mark stop balloon-sync
	kill -TERM "$follower"
	wait "$follower" || die "$figure: balloon-sync ended with status $?; see $figure.balloon-sync.log"
	follower=
	sleep 4
	exec 3>&-
	wait "$recorder" || die "$figure: recorder ended with status $?"
	recorder=
}

# An IDS that comes back is started by somebody who waits meanwhile.  While he
# is there the group is alive, and its cache stays.
ids_begin() {
	enter sleep infinity &
	keeper=$!
}

ids_end() {
	mark "note IDS ends"
	kill "$keeper"
	wait "$keeper" 2>/dev/null || true
	keeper=
}

# While an IDS runs its use changes all the time.  To see use at rest as well,
# rest for longer than it ran, however fast this machine is.
ids_rest() {
	local seconds=$(($1 * rest_percent / 100 + 10))

	[ $seconds -lt 60 ] || seconds=60
	sleep $seconds
}

# One run of an IDS: NAME, highest status that is no failure, COMMAND...
ids_run() {
	local name=$1 worst=$2 log status=0 began=$SECONDS

	shift 2
	log=$OUT/$figure.${name// /}.log
	mark "begin $name"
	(enter "$@") >"$log" 2>&1 || status=$?
	mark "end $name"
	if [ $status -gt "$worst" ]; then
		tail -n 5 "$log" >&2
		die "$name: status $status"
	fi
	# Dirty pages cannot be evicted.
	sync
	ids_rest $((SECONDS - began))
}

in_guest() {
	if [ "$LAB_TYPE" = xen ]; then
		lab-domu exec 1 -- "$@" </dev/null
	else
		lab-domu at "/run/lab/$guest/agent" exec -- "$@" </dev/null
	fi
}

# The guest writes to its disk while dom0 reads it.
guest_writes() {
	sleep 5
	in_guest sh -c "echo '$1' >>/mnt/var/log/log1; sync" ||
		die "u1: cannot write to its disk"
	mark "note guest writes"
}

# A cold start for each figure: what was cached of the disk goes with the mount.
mount_disk() {
	mkdir -p $disk
	mount -t ext4 -o ro,noload,nodev,nosuid "$device" $disk
}

fig4() {
	say "fig4: $((steps - 1)) random amounts up to $max_mb MB, one every $step s"
	follow fig4
	(enter "$here/steps" $seed $steps $step $max_mb) >&3
	unfollow
}

fig5() {
	local writer run

	say "fig5: AIDE on $files files of $guest's disk"
	mount_disk
	follow fig5
	ids_begin
	ids_run "aide --init" 0 aide --config="$here/aide.conf" --init
	for run in 1 2; do
		guest_writes "check $run by aide" &
		writer=$!
		ids_run "aide --check $run" 7 aide --config="$here/aide.conf" --check
		wait $writer
	done
	ids_end
	unfollow
	umount $disk
	scanned=$(sed -n 's/^[^0-9]*Number of entries:[^0-9]*\([0-9]*\).*/\1/p' \
		"$OUT/fig5.aide--init.log" | head -n 1)
	[ "${scanned:-0}" -ge "$files" ] ||
		die "aide looked at ${scanned:-no} entries of $files files"
}

fig5_tripwire() {
	local writer run

	say "fig5-tripwire: Tripwire on $files files of $guest's disk"
	# Most of its use is at rest while it runs.
	rest_percent=75
	wait "$keys" || die "twadmin: no keys; see tripwire-keys.log"
	mount_disk
	follow fig5-tripwire
	ids_begin
	ids_run "tripwire --init" 0 tripwire --init -c $state/tw.cfg -P demo
	for run in 1 2; do
		guest_writes "check $run by tripwire" &
		writer=$!
		ids_run "tripwire --check $run" 7 tripwire --check -c $state/tw.cfg
		wait $writer
	done
	ids_end
	unfollow
	umount $disk
	scanned=$(sed -n 's/^Total objects scanned: *\([0-9]*\).*/\1/p' \
		"$OUT/fig5-tripwire.tripwire--check1.log" | head -n 1)
	[ "${scanned:-0}" -ge "$files" ] ||
		die "tripwire looked at ${scanned:-no} objects of $files files"
}

tripwire_keys() {
	twadmin --generate-keys -S $state/site.key -Q demo -L $state/local.key -P demo
	twadmin --create-cfgfile -c $state/tw.cfg -S $state/site.key -Q demo \
		"$here/tripwire.cfg"
	twadmin --create-polfile -c $state/tw.cfg -S $state/site.key -Q demo \
		"$here/tripwire.pol"
}

main() {
	mkdir -p $state
	modprobe filecache || die "filecache: module does not load"
	grep -qw memory /sys/fs/cgroup/cgroup.controllers ||
		die "cgroup v2 has no memory controller; is it disabled at boot?"
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	hypervisor=()
	if [ "$LAB_TYPE" = xen ]; then
		watched=$(xl domid $guest) || die "$guest: no such guest"
	else
		# In pages, as Xen's, so that figures can be compared.
		hypervisor=(--qmp "/run/lab/$guest/qmp" --quantum 4K)
		watched=/run/lab/$guest/monitor
	fi
	device=$(blkid -L "$label") || die "$label: no disk has this label"
	in_guest grep -q ' /mnt ext4 rw' /proc/mounts ||
		die "$guest: its disk is not mounted for writing"
	# The first figure is under way meanwhile; the keys are not in its group.
	tripwire_keys >"$OUT/tripwire-keys.log" 2>&1 </dev/null &
	keys=$!
	for figure in "$@"; do
		case $figure in
		fig4) fig4 ;;
		fig5) fig5 ;;
		fig5-tripwire) fig5_tripwire ;;
		*) die "$figure: no such figure" ;;
		esac
	done
}

main "$@"
