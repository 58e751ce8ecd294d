#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab under -icount: what questions cost when there are many
# owners, whether they hold up page-cache work, and what the books take.
#   scale.sh OWNERS
# Prints lines: value NAME NUMBER, event LABEL NAME; leaves $OUT/kallsyms.
set -eu
here=$(dirname "$0")
owners=$1

modprobe filecache
cat /proc/kallsyms >"$OUT/kallsyms"
# Owners are neither refused nor folded together here.
for limit in /sys/module/filecache/parameters/max_*; do
	echo 1000000 >"$limit"
done
echo "value memory-pages $(awk '$1 == "present" { n += $2 } END { print n }' /proc/zoneinfo)"
filecache stats --json >"$OUT/stats.json"
echo "value tag-bytes $(sed -n 's/.*"tag_bytes": *\([0-9]*\).*/\1/p' "$OUT/stats.json")"
# Holes only: a page for each owner that no disk is needed for.
truncate -s $(((owners + 8192) * 4096)) /root/holes
"$here/ownerwork" /root/holes "$owners"
