# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Of "kvmonitor tap", for who has $tool, $vm, $work, in_guest COMMAND, frames INTERFACE (what the
# host counts, in both directions) and is_as_before (nothing of ours is left).
# shellcheck disable=SC2154

kvmonitor=

seen() {
	tcpdump -n -r "$work/seen" 2>/dev/null | wc -l
}

# In the background under kvmonitor, whose number it sets; its own one is in $work/pid.
start_tcpdump() { # INTERFACE
	rm -f "$work/seen" "$work/pid" "$work/said"
	"$tool" tap "$vm" --interface "$1" -- sh -c "echo \$\$ >$work/pid
		exec tcpdump -Z root -n -U -i guest -w $work/seen" 2>"$work/said" &
	kvmonitor=$!
	until grep -q "listening on guest" "$work/said" 2>/dev/null; do
		kill -0 $kvmonitor 2>/dev/null || { sed 's/^/# /' "$work/said"; return 1; }
		sleep 0.1
	done
}

stop_tcpdump() {
	kill -TERM "$(cat "$work/pid")"
	wait "$kvmonitor"
	tcpdump_status=$?
	kvmonitor=
	return $tcpdump_status
}

ping_from_guest() { # ADDRESS
	in_guest "ping -c 5 -i 0.2 -w 60 $1" | grep -q " 0% packet loss"
}

# What is under way in the kernel still comes.
all_are_seen() { # INTERFACE FRAMES_BEFORE
	[ "$(seen)" -eq $(($(frames "$1") - $2)) ]
}

# Five, and what they are answered by.
pings_are_seen() {
	[ "$(tcpdump -n -r "$work/seen" icmp 2>/dev/null | wc -l)" -eq 10 ]
}

pings_are_seen_and_counted() { # INTERFACE ADDRESS
	start_tcpdump "$1" || return 1
	before=$(frames "$1")
	ping_from_guest "$2" && until_true all_are_seen "$1" "$before"
	agreed=$?
	stop_tcpdump || return 1
	echo "# $1 counts $(($(frames "$1") - before)) frames, tcpdump $(seen)"
	[ $agreed -eq 0 ] && pings_are_seen && is_as_before
}
