#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab under -icount: guest instructions per page of cold reads and of
# create-write-unlink, with the module absent and loaded.  Prints a line a run:
#   absent|loaded WORK PAGES INSTRUCTIONS
set -eu
here=$(dirname "$0")
mb=${1:-128}
runs=${2:-6}
# A RAM disk, because waiting for a virtual disk would count as idle time.
modprobe brd rd_nr=1 rd_size=$(((mb + 64) * 2048)) 2>/dev/null ||
	modprobe brd
mkfs.ext4 -q -F -E lazy_itable_init=0 -O ^has_journal /dev/ram0
mkdir -p /mnt/bench
mount /dev/ram0 /mnt/bench
dd if=/dev/zero of=/mnt/bench/data bs=1M count="$mb" status=none
sync

measure() {
	for work in "cold-read /mnt/bench/data" \
		    "write-unlink /mnt/bench/new $((mb * 128))"; do
		# shellcheck disable=SC2086 # words of our own
		line=$("$here/pagework" $work)
		# The first round warms up what is not being measured.
		[ $i -eq 0 ] || echo "$state $line"
	done
}

# In turn, so that what changes slowly (the allocator, the file system) does
# not come to lie on one side.
i=0
while [ $i -le "$runs" ]; do
	state=absent
	measure
	modprobe filecache
	state=loaded
	measure
	rmmod filecache
	i=$((i + 1))
done
