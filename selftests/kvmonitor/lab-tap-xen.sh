#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor tap on a domain of Xen's, run in dom0: tcpdump, as it is, sees all that goes over the
# domain's vif, and nothing that is sent beside it comes out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
work=$(mktemp -d) || exit 1
tool=kvmonitor
vm=xen:u1
vif=vif$(xl domid u1).0
# shellcheck source=packets.sh
. "$here/packets.sh"

cleanup() {
	[ -z "$kvmonitor" ] || kill "$kvmonitor" 2>/dev/null
	xl network-detach u1 0 >/dev/null 2>&1
	rm -rf "$work"
}
trap cleanup EXIT

in_guest() {
	lab-domu exec 1 -- sh -c "$1" </dev/null
}

frames() { # INTERFACE
	ip -j -s link show dev "$1" | jq '.[0].stats64 | .rx.packets + .tx.packets'
}

is_as_before() {
	! ip -br link | grep -q kvmon && ! tc qdisc show dev "$vif" | grep -q clsact &&
		! ls /run/kvmonitor/tap-* >/dev/null 2>&1
}

# --- tests -------------------------------------------------------------------

without_a_vif_it_is_told() {
	kvmonitor tap xen:u1 -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "no interface that can be mirrored (a vif" "$work/err" || return 1
	kvmonitor tap xen:no-such -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "no-such: no such" "$work/err"
}

has_vif() {
	ip link show dev "$vif" >/dev/null 2>&1 && in_guest 'test -e /sys/class/net/eth0'
}

a_vif_comes() {
	modprobe xen-netback &&
		xl network-attach u1 type=vif mac=00:16:3e:00:00:01 script=/lab/vif &&
		until_true has_vif || return 1
	echo 1 >"/proc/sys/net/ipv6/conf/$vif/disable_ipv6"
	# For good, so that nobody asks for them while frames are counted.
	ip addr add 10.9.8.1/24 dev "$vif" && ip link set dev "$vif" up &&
		ip neigh replace 10.9.8.2 lladdr 00:16:3e:00:00:01 nud permanent dev "$vif" &&
		in_guest "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
			ifconfig eth0 10.9.8.2 netmask 255.255.255.0 up
			arp -s 10.9.8.1 $(cat "/sys/class/net/$vif/address")" &&
		until_true ping_from_guest 10.9.8.1
}

all_is_seen_and_counted() {
	pings_are_seen_and_counted "$vif" 10.9.8.1
}

# To the guest's own address, and to everybody.
nothing_comes_out() {
	got=$(in_guest 'cat /sys/class/net/eth0/statistics/rx_packets')
	before=$(frames "$vif")
	kvmonitor tap xen:u1 -- sh -c '
		ip addr add 10.9.8.77/24 dev guest
		ip neigh add 10.9.8.2 lladdr 00:16:3e:00:00:01 dev guest
		ping -c 5 -i 0.2 -W 1 10.9.8.2
		ping -b -c 5 -i 0.2 -W 1 10.9.8.255
		ip -j -s link show dev guest' >"$work/sent" 2>&1
	[ "$(tail -n 1 "$work/sent" | jq '.[0].stats64.tx.packets')" -ge 10 ] &&
		[ "$(in_guest 'cat /sys/class/net/eth0/statistics/rx_packets')" = "$got" ] &&
		[ "$(frames "$vif")" -eq "$before" ] && is_as_before && return
	sed 's/^/# /' "$work/sent"
	return 1
}

killed_by_9_the_guest_goes_on() {
	start_tcpdump "$vif" || return 1
	kill -KILL "$kvmonitor"
	wait "$kvmonitor" 2>/dev/null
	kvmonitor=
	kill -KILL "$(cat "$work/pid")"
	until_true sh -c '! ip -br link | grep -q kvmon'
	ping_from_guest 10.9.8.1 && tc qdisc show dev "$vif" | grep -q clsact || return 1
	kvmonitor tap xen:u1 --interface "$vif" -- true && is_as_before && ping_from_guest 10.9.8.1
}

ktap_plan 5
for test in without_a_vif_it_is_told a_vif_comes all_is_seen_and_counted nothing_comes_out \
	    killed_by_9_the_guest_goes_on; do
	check $test $test
done
ktap_end
