#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of the tests: a build of the module that loses events on purpose,
# and the checks of the sums have to notice.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
file=/var/tmp/filecache-fault

sys() {
	cat "/sys/kernel/filecache/$1"
}

meminfo() {
	awk -v name="$1:" '$1 == name { print $2 / 4 }' /proc/meminfo
}

# How many pages more we have than the kernel; what settles takes a moment.
excess() {
	want=$1
	for _ in $(seq 50); do
		echo 1 >/proc/sys/vm/stat_refresh
		n=$(($(sys owned_file) + $(sys owned_blockdev) + $(sys unknown_file) +
			$(sys unknown_blockdev) + $(meminfo Shmem) - $(meminfo Cached) -
			$(meminfo Buffers)))
		[ "$n" -eq "$want" ] && return 0
		sleep 0.1
	done
	echo "# $n pages more than the kernel has, expected $want"
	return 1
}

lose() { # WHAT HOW MANY
	echo "$2" >"/sys/module/filecache/parameters/$1"
}

load() {
	rmmod filecache 2>/dev/null
	rm -f $file
	insmod "$here/filecache-faults.ko" && excess 0
}

removal_lost() {
	load || return 1
	dd if=/dev/zero of=$file bs=4k count=500 status=none
	sync
	lose drop_deletes 100
	rm $file
	excess 100 || return 1
	# Their places are used again one day: then they are found out.
	dd if=/dev/zero of=$file bs=1M count=$(($(meminfo MemTotal) / 256)) status=none
	rm $file
	[ "$(sys stale_tags)" -gt 0 ] || { echo "# no stale tags"; return 1; }
}

add_lost() {
	load || return 1
	lose drop_adds 100
	dd if=/dev/zero of=$file bs=4k count=500 status=none
	excess -100 || return 1
	rm $file
	# A few of them may have been the directory's, and are still there.
	[ "$(sys untagged_removed)" -ge 90 ] ||
		{ echo "# $(sys untagged_removed) untagged removals"; return 1; }
}

# The sum alone does not notice this one: what is missing here is too many there.
move_lost() {
	load || return 1
	lose drop_moves 1000000
	for _ in $(seq 20); do
		dd if=/dev/urandom of=$file bs=1M count=60 status=none
		dd if=/dev/urandom of=$file.2 bs=1M count=60 status=none
		rm $file.2
		echo 1 >/proc/sys/vm/compact_memory
		left=$(cat /sys/module/filecache/parameters/drop_moves)
		[ "$left" -lt 1000000 ] && break
	done
	[ "$left" -lt 1000000 ] || { echo "# nothing migrated"; return 1; }
	rm $file
	echo 3 >/proc/sys/vm/drop_caches
	[ "$(sys untagged_removed)" -gt 0 ] || { echo "# no untagged removal"; return 1; }
}

owner_lost() {
	load || return 1
	lose fail_owners 100
	dd if=/dev/zero of=$file bs=4k count=50 status=none
	[ "$(sys overflowed)" -ge 50 ] || { echo "# overflowed: $(sys overflowed)"; return 1; }
	excess 0
}

ktap_plan 4
for test in removal_lost add_lost move_lost owner_lost; do
	$test
	result $? $test
done
rmmod filecache
rm -f $file
ktap_end
