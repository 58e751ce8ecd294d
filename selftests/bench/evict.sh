#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab under -icount: evicting an owner's pages, next to dropping
# as many.  The file has holes only, so that reading it needs no disk.
#   evict.sh MB
# Prints lines: value evict|drop NANOSECONDS.
set -eu
here=$(dirname "$0")
truncate -s "${1}M" /root/holes
echo 1 >/proc/sys/vm/drop_caches
for _ in 0 1 2; do
	"$here/evictwork" drop /root/holes
done
modprobe filecache
for _ in 0 1 2; do
	"$here/evictwork" evict /root/holes
done
