#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In dom0: memory that comes from the hypervisor gets tags before it is used.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
file=/var/tmp/filecache-xen

sys() {
	cat "/sys/kernel/filecache/$1"
}

meminfo() { # NAME: in kB
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

identity() {
	for _ in $(seq 100); do
		echo 1 >/proc/sys/vm/stat_refresh
		ours=$(($(sys owned_file) + $(sys owned_blockdev) +
			$(sys unknown_file) + $(sys unknown_blockdev)))
		theirs=$((($(meminfo Cached) + $(meminfo Buffers) - $(meminfo Shmem)) / 4))
		[ "$ours" -eq "$theirs" ] && return 0
		sleep 0.1
	done
	echo "# sum is $ours pages, Cached + Buffers - Shmem $theirs"
	return 1
}

dom0_mb() {
	xl list 0 | awk 'NR == 2 { print $3 }'
}

# Wait until dom0's own memory is within these bounds, in kB.
comes_between() { # LEAST MOST
	for _ in $(seq 300); do
		now=$(meminfo MemTotal)
		[ "$now" -ge "$1" ] && [ "$now" -le "$2" ] && return 0
		sleep 0.1
	done
	echo "# MemTotal is $now kB, not from $1 to $2"
	return 1
}

exact() {
	identity && [ "$(sys untagged_removed)" -eq 0 ] && [ "$(sys stale_tags)" -eq 0 ] &&
		[ "$(sys untaggable)" -eq 0 ]
}

# Beyond what dom0 was started with: memory that it has never had.
grows() {
	tags=$(sys tag_bytes)
	xl mem-set 0 $((before + 400)) && comes_between $((total + 390 * 1024)) 9999999 || return 1
	[ "$(sys tag_bytes)" -ge "$tags" ] || return 1
	echo "# tags took $tags bytes, now $(sys tag_bytes)"
	# More than there was before, so that the new memory must be used.
	dd if=/dev/zero of=$file bs=1M count=$((total / 1024 + 300)) status=none || return 1
	sync
	[ "$(sys owned_file)" -gt $(((total + 100 * 1024) / 4)) ] ||
		{ echo "# $(sys owned_file) pages of files"; return 1; }
	exact
}

shrinks() {
	xl mem-set 0 "$before" && comes_between 0 $((total + 100 * 1024)) || return 1
	exact || return 1
	rm $file
	echo 3 >/proc/sys/vm/drop_caches
	exact
}

ktap_plan 2
[ -e /sys/module/filecache ] || modprobe filecache
before=$(dom0_mb)
total=$(meminfo MemTotal)
grows
result $? counts_in_memory_that_came
shrinks
result $? counts_when_memory_went
rm -f $file
ktap_end
