#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# After all other tests on a debug kernel: whether memory was lost, and whether
# the kernel has reported anything.  The lab's init has dealt with what was lost
# at boot.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
leaks=/sys/kernel/debug/kmemleak

unload() {
	for _ in $(seq 100); do
		[ -e /sys/module/filecache ] || return 0
		rmmod filecache 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# What is younger than five seconds is not reported, and what moves between two
# places may be missed: only what two scans find is lost.
nothing_is_lost() {
	# It refuses when it has run out of memory itself and is off.
	echo scan >$leaks || return 1
	sleep 6
	echo scan >$leaks || return 1
	sed 's/^/# /' $leaks
	[ "$(wc -c <$leaks)" -eq 0 ]
}

# The emulation itself may stall for long.
nothing_reported() {
	! dmesg | grep -E 'BUG: |WARNING: |KASAN|UBSAN|suspicious RCU|ODEBUG' |
		grep -v 'workqueue lockup' | sed 's/^/# /' | grep .
}

ktap_plan 3
unload
result $? module_unloads
if [ -w $leaks ]; then
	nothing_is_lost
	result $? no_memory_is_lost
else
	result 0 no_memory_is_lost "no kmemleak in this kernel"
fi
nothing_reported
result $? nothing_is_reported
ktap_end
