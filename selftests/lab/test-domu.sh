#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# lab-domu against a real guest u1, run in dom0: output, status, recovery.

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"

status_is() {
	want=$1
	shift
	"$@" >/dev/null 2>&1
	got=$?
	[ $got -eq "$want" ] || { echo "# status $got, expected $want"; false; }
}

same_output() {
	[ "$(lab-domu exec 1 -- seq 1 20000 | cksum)" = "$(seq 1 20000 | cksum)" ]
}

arguments_kept() {
	[ "$(lab-domu exec 1 -- printf '[%s]' 'a b' '' '$x')" = '[a b][][$x]' ]
}

# Ctrl-O is the kernel's own on a Xen console (sysrq), and must not get there.
every_byte_passes() {
	all=$(printf '\001\017b\020\021\177')
	[ "$(lab-domu exec 1 -- printf '%s' "$all")" = "$all" ]
}

# A client that was killed must not leave the guest deaf or its command running.
client_killed() {
	timeout 3 lab-domu exec 1 -- sleep 1234
	said=$(lab-domu exec 1 -- echo again 2>&1)
	[ "$said" = again ] || { echo "# said: $said"; return 1; }
	# Others may have left a sleep of theirs.
	said=$(lab-domu exec 1 -- sh -c 'for p in /proc/[0-9]*/cmdline; do
		tr "\\000" " " <$p | grep "^sleep 1234"; done' 2>/dev/null)
	[ -z "$said" ] || { echo "# still there: $said"; return 1; }
}

background_does_not_block() {
	[ "$(timeout 60 lab-domu exec 1 -- sh -c 'sleep 4321 & echo here')" = here ] || return 1
	lab-domu exec 1 -- killall sleep
}

# The guest counts its memory from what Xen gave it, less what boot took.
memory_is_its_own() {
	kb=$(lab-domu exec 1 -- sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	mb=$(xl list u1 | awk '$1 == "u1" { print $3 }')
	[ "$kb" -gt 0 ] && [ "$kb" -le $((mb * 1024)) ]
}

ktap_plan 10
check "lab-domu: passes a command's status" status_is 7 lab-domu exec 1 -- sh -c 'exit 7'
check "lab-domu: passes a signal as 128 + N" status_is 137 lab-domu exec 1 -- sh -c 'kill -9 $$'
check "lab-domu: says 127 for no such command" status_is 127 lab-domu exec 1 -- no-such-command
check "lab-domu: says 125 for no such guest" status_is 125 lab-domu exec 77 -- true
check "lab-domu: passes a long output whole" same_output
check "lab-domu: passes arguments as they are" arguments_kept
check "lab-domu: passes control characters" every_byte_passes
check "lab-domu: survives a killed client" client_killed
check "lab-domu: does not wait for the background" background_does_not_block
check "lab-domu: reaches the guest, not dom0" memory_is_its_own
ktap_end
