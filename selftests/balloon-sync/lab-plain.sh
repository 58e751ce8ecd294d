#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync where the module is loaded and Xen is not there: the plain lab.
set -u
out=$(mktemp)
trap 'rm -f "$out"' EXIT
echo "KTAP version 1"
echo "1..1"
modprobe filecache
balloon-sync --guest u1 --group "pid=$$" >"$out" 2>&1
status=$?
rmmod filecache
if [ $status -eq 1 ] && [ "$(wc -l <"$out")" -eq 1 ] &&
   grep -q "boot this host under Xen" "$out"; then
	echo "ok 1 no_xen"
	exit 0
fi
echo "# status $status:"
sed 's/^/# /' "$out"
echo "not ok 1 no_xen"
exit 1
