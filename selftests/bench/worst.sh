#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab under -icount: folios of 512 pages leave the page cache.
# Prints a line for each that this kernel can have:
#   event LABEL NAME
# and leaves the module's symbols in $OUT/module.0.
set -eu
here=$(dirname "$0")
# shellcheck source=handlers.sh
. "$here/handlers.sh"
label=0

modprobe brd rd_nr=1 rd_size=$((320 * 1024)) 2>/dev/null || modprobe brd
mkfs.xfs -q -f /dev/ram0
mkdir -p /mnt/xfs /mnt/tmpfs
mount /dev/ram0 /mnt/xfs
mount -t tmpfs -o size=64m,huge=advise bench /mnt/tmpfs

work() {
	name=$1
	shift
	if "$here/hugework" "$label" "$@"; then
		echo "event $label $name"
	else
		echo "# $name: this kernel has no such folio" >&2
	fi
	label=$((label + 1))
}

modprobe filecache
count_handlers "$OUT/module.0"
work one-owner fault /mnt/xfs/file
work one-owner-tmpfs collapse /mnt/tmpfs/file
work 512-owners-tmpfs collapse /mnt/tmpfs/file 512
work 512-owners collapse /mnt/xfs/file 512
