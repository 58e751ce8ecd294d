#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab under -icount: page-cache work, with the module absent and
# loaded in turn.  Prints a line a run:
#   run ROUND absent|loaded LABEL WORK PAGES NANOSECONDS
# and leaves the symbols of the kernel in $OUT/kallsyms, of the module in
# $OUT/module.ROUND.
#   cost.sh MB ROUNDS [cgroup|root]
# With the last, without the module, and in a cgroup of its own or not.
set -eu
here=$(dirname "$0")
# shellcheck source=handlers.sh
. "$here/handlers.sh"
mb=$1
rounds=$2
cgroup=${3:-}
pages=$((mb * 256))
label=0

# A RAM disk, because waiting for a virtual disk would count as idle time.
modprobe brd rd_nr=1 rd_size=$(((mb * 2 + 32) * 1024)) 2>/dev/null || modprobe brd
mkfs.ext4 -q -F -E lazy_itable_init=0 -O ^has_journal /dev/ram0
mkdir -p /mnt/bench /mnt/tmpfs
mount /dev/ram0 /mnt/bench
mount -t tmpfs -o size="$((mb * 2))m" bench /mnt/tmpfs
dd if=/dev/zero of=/mnt/bench/data bs=1M count="$mb" status=none
sync
if [ "$cgroup" = cgroup ]; then
	mkdir -p /sys/fs/cgroup/bench
	echo $$ >/sys/fs/cgroup/bench/cgroup.procs
fi

work() {
	line=$("$here/pagework" "$label" "$@")
	# The first round warms up what is not being measured.
	[ "$round" -eq 0 ] || echo "run $round $state $line"
	label=$((label + 1))
}

measure() {
	state=$1
	work cold-read /mnt/bench/data
	work random-read /mnt/bench/data
	work write-unlink /mnt/bench/new "$pages"
	work tmpfs-write /mnt/tmpfs/new "$pages"
}

# In turn, so that what changes slowly (the allocator, the file system) does
# not come to lie on one side.
cat /proc/kallsyms >"$OUT/kallsyms"
for round in $(seq 0 "$rounds"); do
	measure absent
	[ -z "$cgroup" ] || continue
	modprobe filecache
	count_handlers "$OUT/module.$round"
	measure loaded
	rmmod filecache
	"$here/pagework" entries
done
