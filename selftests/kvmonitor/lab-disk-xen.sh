#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor disk on a guest of Xen's, run in dom0: what it shows is what the guest says,
# on blkback over loop devices; a guest that it stops goes on in any case.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
work=$(mktemp -d)
tool=kvmonitor
# A guest of its own, which it may end.
number=3
vm=xen:u$number
# shellcheck source=disk.sh
. "$here/disk.sh"
# shellcheck disable=SC2034 # fill_folders() has them: all of it is slow
far=2000000 many=20
whole=
parted=
first=

cleanup() {
	disks_undo
	[ -z "$first" ] || kill "$first" 2>/dev/null
	xl destroy u$number 2>/dev/null
	for device in $whole $parted; do losetup -d "$device"; done
	rm -rf "$work"
}
trap cleanup EXIT

in_guest() {
	lab-domu exec $number -- sh -c "$1" </dev/null
}

# The table by hand: 48 MiB of Linux from 1 MiB on, and 4 MiB that hold nothing behind it.
make_images() {
	truncate -s 32M "$work/whole" && mke2fs -q -t ext4 -b 1024 -L whole "$work/whole" &&
		truncate -s 64M "$work/parted" &&
		mke2fs -q -t ext4 -L parted -E offset=1048576 "$work/parted" 48M &&
		{
			printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\200\1\0'
			printf '\0\0\0\0\203\0\0\0\0\210\1\0\0\040\0\0'
			head -c 32 /dev/zero
			printf '\125\252'
		} | dd of="$work/parted" bs=1 seek=446 conv=notrunc status=none
}

# As Xen's own script does it, by the host's cache of the image; and the other way.
make_devices() {
	modprobe loop && modprobe fuse && make_images &&
		whole=$(losetup --show -f "$work/whole") &&
		parted=$(losetup --show -f --direct-io=on "$work/parted")
}

start_guest() {
	disk="format=raw,access=rw,backendtype=phy,script=/lab/block"
	{
		sed -e "s/\"u1\"/\"u$number\"/" -e '/^disk/d' -e '/^memory/s/=.*/= 256/' \
			/lab/domu/u1.cfg
		echo "disk = [ '$disk,vdev=xvda,target=$whole', '$disk,vdev=xvdb,target=$parted' ]"
	} >"$work/cfg"
	xl create -q "$work/cfg" && lab-domu wait $number 180
}

it_has_files() {
	in_guest 'mkdir -p /other && mount -t ext4 /dev/xvdb1 /other' &&
		fill_folders /mnt /other
}

state() {
	xl list u$number | awk 'NR == 2 { print $5 }'
}

stands_still() {
	state | grep -q p
}

goes_on() {
	! stands_still && in_guest 'echo lives' | grep -q lives
}

# Nobody but blkback has the devices, and nobody is stopped.
nothing_left() {
	for device in "$whole" "$parted"; do
		fuser -s "$device" && return 1
	done
	goes_on
}

list_is_the_toolstacks() {
	kvmonitor disk --list --json $vm >"$work/list" &&
		[ "$(jq -r '.disks[].device' "$work/list" | sort)" = \
			"$(xl block-list u$number | awk -F/ 'NR > 1 { print $6 "-" $7 "-" $8 }' | sort)" ] &&
		[ "$(jq -r '.disks[] | "\(.disk) \(.size_bytes) \(.read_only)"' "$work/list")" = \
			"$(in_guest 'for d in xvda xvdb; do
				echo $d $(($(cat /sys/block/$d/size) * 512)) false; done')" ] &&
		[ "$(jq -r '.disks[].node' "$work/list" | tr '\n' ' ')" = "$whole $parted " ] && return
	jq -c . "$work/list" | sed 's/^/# /'
	xl block-list u$number | sed 's/^/# /'
	return 1
}

partitions_are_the_guests() {
	[ "$(jq -r '.partitions[] | select(.disk == "xvdb") | "\(.partition) \(.start_bytes) \(.size_bytes)"' \
		"$work/list")" = "$(in_guest 'cd /sys/block/xvdb; for p in 1 2; do
		echo $p $(($(cat xvdb$p/start) * 512)) $(($(cat xvdb$p/size) * 512)); done')" ] &&
		[ "$(jq -r '.partitions[] | "\(.content) \(.label)"' "$work/list" | tr '\n' ',')" = \
			"ext4 whole,ext4 parted,empty null," ] && nothing_left && return
	jq -c .partitions "$work/list" | sed 's/^/# /'
	return 1
}

what_is_meant_must_be_said() {
	refused "say which by --disk" kvmonitor disk $vm "$work/a" &&
		refused "no disk 'none'" kvmonitor disk --disk none $vm "$work/a" &&
		refused "no partition 9" kvmonitor disk --disk xvdb --partition 9 $vm "$work/a" &&
		refused "no such guest is running" kvmonitor disk --list xen:no-such &&
		refused "the host's own domain" kvmonitor disk --list xen:0 && nothing_left
}

refused() { # TEXT COMMAND...
	text=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	[ $? -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$text" "$work/err" &&
		return
	echo "# said: $(cat "$work/err")"
	return 1
}

files_of_a_whole_disk_are_the_guests() {
	show "$work/a" --disk xvda && same "$work/a" /mnt
}

# The host's cache of the device has what was there when somebody read it last.
behind_blkback_it_would_be_stale() {
	sha256sum "$whole" >"$work/cached" &&
		in_guest 'echo later >/mnt/later && sync' &&
		sha256sum "$whole" | cmp -s - "$work/cached" &&
		! dd if="$whole" iflag=direct bs=1M status=none | sha256sum |
		cut -c 1-64 | grep -qF "$(cut -c 1-64 "$work/cached")" &&
		[ "$(cat "$work/a/later")" = later ] && in_guest 'rm /mnt/later; sync' &&
		[ ! -e "$work/a/later" ]
}

who_reads_is_confined() {
	reads_confined "/dev/fuse $whole /dev/null socket "
}

sigterm_ends_it() {
	hide && nothing_left
}

files_of_a_partition_are_the_guests() {
	show "$work/a" --disk xvdb --partition 1 && same "$work/a" /other &&
		umount "$work/a" && ended 0 "$work/a" && nothing_left
}

its_child_is_killed() {
	show "$work/a" --disk xvda && kill -KILL "$(pgrep -P "$shown")" &&
		ended 1 "$work/a" && grep -q "signal 9" "$work/complaint" && nothing_left
}

# What the device holds, past the host's cache of it.
sum_of() { # DEVICE
	dd if="$1" iflag=direct bs=1M status=none | sha256sum
}

# Writes without end: without a pause, no two looks at the disk are the same.
guest_writes() {
	in_guest '(i=0; while [ ! -e /tmp/enough ]; do i=$((i + 1)); echo $i >/mnt/count
		dd if=/dev/urandom of=/mnt/noise bs=4k count=100 conv=fsync 2>/dev/null
		sync; done) >/dev/null 2>&1 &' && until_true changes_by_itself
}

changes_by_itself() {
	sum_of "$whole" >"$work/first"
	! sum_of "$whole" | cmp -s - "$work/first"
}

# Nothing that was under way comes after it was mounted, and all that is read fits together.
# That the guest is held a second time only makes room for a slow lab.
a_pause_is_one_moment() {
	guest_writes && show "$work/a" --disk xvda --pause 10 && stands_still &&
		xl pause u$number || return 1
	sum_of "$whole" >"$work/first"
	count=$(cat "$work/a/count")
	sha256sum <"$work/a/noise" >"$work/noise"
	sum_of "$whole" | cmp -s - "$work/first" && stands_still &&
		[ "$(cat "$work/a/count")" = "$count" ] &&
		sha256sum <"$work/a/noise" | cmp -s - "$work/noise"
	r=$?
	xl unpause u$number
	hide && [ $r -eq 0 ] && grep -q "stood still for .* ms" "$work/log" && goes_on &&
		until_true changes_by_itself && nothing_left
}

a_pause_has_an_end() {
	show "$work/a" --disk xvda --pause 500ms && until_true grep -q "stood still" "$work/log" &&
		goes_on && mounted "$work/a" && hide && nothing_left
}

killed_in_a_pause() {
	show "$work/a" --disk xvda --pause 10 && stands_still || return 1
	child=$(pgrep -P "$shown")
	kill -KILL "$shown"
	wait "$shown" 2>/dev/null
	shown=
	until_true goes_on && until_true test ! -e "/proc/$child" && mounted "$work/a" &&
		! ls "$work/a" >/dev/null 2>&1 && show "$work/a" --disk xvda && hide && nothing_left
}

# That somebody else has stopped it is none of ours to undo.
others_pauses_stay() {
	xl pause u$number && show "$work/a" --disk xvda --pause 10 && hide && stands_still &&
		xl unpause u$number && nothing_left
}

two_at_a_time() {
	in_guest 'touch /tmp/enough; sleep 2; rm -f /mnt/noise /mnt/count; sync' || return 1
	show "$work/a" --disk xvda || return 1
	first=$shown
	show "$work/b" --disk xvdb && same "$work/b" /other && hide && same "$work/a" /mnt ||
		return 1
	shown=$first
	first=
	folder=$work/a
	hide && nothing_left
}

its_guest_ends() {
	show "$work/a" --disk xvda && xl destroy u$number && ended 1 "$work/a" &&
		grep -q "guest has ended" "$work/complaint" || return 1
	for device in "$whole" "$parted"; do
		fuser -s "$device" && return 1
	done
	refused "no such guest is running" kvmonitor disk --list $vm
}

tests="make_devices start_guest it_has_files list_is_the_toolstacks partitions_are_the_guests
	what_is_meant_must_be_said files_of_a_whole_disk_are_the_guests changes_are_seen
	behind_blkback_it_would_be_stale it_cannot_be_written who_reads_is_confined
	sigterm_ends_it files_of_a_partition_are_the_guests its_child_is_killed
	a_pause_is_one_moment a_pause_has_an_end killed_in_a_pause others_pauses_stay
	two_at_a_time its_guest_ends"
# shellcheck disable=SC2086 # a list of names
set -- $tests
ktap_plan $#
for test; do
	check "$test" "$test"
done
ktap_end
