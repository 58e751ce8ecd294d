#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor tap: tcpdump, as it is, sees all that a real guest sends and gets, and nothing that
# is sent beside it comes out.  The guest has a tap and a macvtap, in a namespace that stands for
# the host's network, and an interface of QEMU's own network.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=tap-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"
vm=$name
# shellcheck source=packets.sh
. "$top/selftests/kvmonitor/packets.sh"

chmod 755 "$work"
host=kvmonitor-$$
made=
# There is a macvtap.
below=

# It is the guest's that goes first.
undo() {
	stop_guest
	[ -z "$made" ] || ip netns del $host
}

in_host() {
	ip netns exec $host "$@"
}

# Of an interface, in both directions; /sys would show the namespace that it was mounted in.
frames() { # INTERFACE
	in_host ip -j -s link show dev "$1" |
		jq '.[0].stats64 | .rx.packets + .tx.packets'
}

has_seen() {
	[ "$(seen)" -ge "$1" ]
}

# Nothing of ours is left at the tap.
is_as_before() {
	! in_host ip -br link | grep -q kvmon && ! in_host tc qdisc show | grep -q clsact &&
		! ls /run/kvmonitor/tap-* /run/kvmonitor/relay-* >/dev/null 2>&1 && return
	in_host ip -br link | sed 's/^/# /'
	in_host tc qdisc show | sed 's/^/# /'
	find /run/kvmonitor | sed 's/^/# /'
	return 1
}

all_is_seen_and_counted() {
	head -c 200000 /dev/urandom | base64 -w 60 | sed 's/^/KVMONITOR-TEST /' >"$work/sent"
	in_host python3 - "$work/sent" <<-'EOF' &
		import socket, sys
		server = socket.create_server(('10.9.8.1', 9000))
		connection, _ = server.accept()
		connection.sendall(open(sys.argv[1], 'rb').read())
		connection.close()
	EOF
	server=$!
	start_tcpdump tap0 || return 1
	before=$(frames tap0)
	ping_from_guest 10.9.8.1 || return 1
	until_true in_guest 'nc 10.9.8.1 9000 </dev/null >/got; test -s /got' || return 1
	wait $server
	in_guest 'md5sum </got' | grep -q "$(md5sum <"$work/sent" | cut -d ' ' -f 1)" || return 1
	until_true all_are_seen tap0 "$before"
	wanted=$(($(frames tap0) - before))
	stop_tcpdump || return 1
	echo "# the tap counts $wanted frames, tcpdump $(seen)"
	[ "$(seen)" -eq $wanted ] && [ $wanted -gt 100 ] &&
		pings_are_seen &&
		[ "$(grep -ac KVMONITOR-TEST "$work/seen")" -gt 100 ] && is_as_before
}

# From the IDS' namespace: to the guest, to the host, to everybody.
nothing_comes_out() {
	mac=$(in_guest 'cat /sys/class/net/eth0/address')
	own=$(in_host ip -j link show dev tap0 | jq -r '.[0].address')
	rm -f "$work/go" "$work/done"
	"$tool" tap $name --interface tap0 -- python3 - "$work" "$mac" "$own" <<-'EOF' &
		import os, socket, sys, time
		work, *macs = sys.argv[1:]
		out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		out.bind(('guest', 0))
		while not os.path.exists(f'{work}/go'):
		    time.sleep(0.05)
		for _ in range(50):
		    for mac in macs + ['ff:ff:ff:ff:ff:ff']:
		        frame = bytes.fromhex(mac.replace(':', '')) + b'\x02\0\0\0\0\x09'
		        out.send(frame + b'\x88\xb5' + b'KVMONITOR-ESCAPED' * 4)
		open(f'{work}/done', 'w').close()
		while os.path.exists(f'{work}/go'):
		    time.sleep(0.05)
	EOF
	kvmonitor=$!
	until_true sh -c "ip netns exec $host ip -br link | grep -q kvmon"
	# All that the host's network sees, from all of its interfaces.
	# Not by a function, whose shell would be killed in place of the program.
	ip netns exec $host tcpdump -Z root -n -U -i any -w "$work/host" ether proto 0x88b5 \
		2>"$work/said" &
	watcher=$!
	until_true grep -q "listening on any" "$work/said"
	watched=$?
	before=$(frames tap0)
	got=$(in_guest 'cat /sys/class/net/eth0/statistics/rx_packets')
	touch "$work/go"
	until_true test -e "$work/done"
	sent=$?
	sleep 0.5
	after=$(frames tap0)
	now=$(in_guest 'cat /sys/class/net/eth0/statistics/rx_packets')
	kill -TERM $watcher
	wait $watcher
	rm "$work/go"
	wait $kvmonitor || return 1
	escaped=$(tcpdump -n -r "$work/host" 2>/dev/null | wc -l)
	echo "# tap: $before, $after; guest: $got, $now; on the host: $escaped"
	[ $watched -eq 0 ] && [ $sent -eq 0 ] && [ "$before" -eq "$after" ] &&
		[ "$got" -eq "$now" ] && [ "$escaped" -eq 0 ] && is_as_before
}

killed_by_9_the_guest_goes_on() {
	start_tcpdump tap0 || return 1
	kill -KILL "$kvmonitor"
	wait "$kvmonitor" 2>/dev/null
	ping_from_guest 10.9.8.1 || return 1
	# And without the IDS, and its interface.
	kill -KILL "$(cat "$work/pid")"
	until_true sh -c "! ip netns exec $host ip -br link | grep -q kvmon"
	ping_from_guest 10.9.8.1 && in_host tc qdisc show dev tap0 | grep -q clsact || return 1
	"$tool" tap $name --interface $((${#below} > 0 ? 2 : 1)) -- true && is_as_before && ping_from_guest 10.9.8.1
}

# An IDS that does not take anything.
who_stands_still_holds_nobody_up() {
	for interface in tap0 net2; do
		address=10.9.8.1
		[ $interface = tap0 ] || address=10.0.2.2
		start_tcpdump $interface || return 1
		kill -STOP "$(cat "$work/pid")"
		in_guest "ping -c 200 -i 0.01 -s 1400 -w 300 $address" >"$work/pings"
		kill -CONT "$(cat "$work/pid")"
		stop_tcpdump || return 1
		grep -q " 0% packet loss" "$work/pings" || { sed 's/^/# /' "$work/pings"; return 1; }
	done
	is_as_before
}

others_filters_stay() {
	in_host tc qdisc add dev tap0 clsact
	in_host tc filter add dev tap0 ingress pref 10 protocol all u32 match u32 0 0 \
		action mirred egress mirror dev dummy1
	start_tcpdump tap0 || return 1
	copied=$(in_host ip -j -s link show dev dummy0 | jq '.[0].stats64.rx.packets')
	ping_from_guest 10.9.8.1 || return 1
	until_true has_seen 10
	saw=$?
	stop_tcpdump
	[ $saw -eq 0 ] &&
		[ "$(in_host ip -j -s link show dev dummy0 | jq '.[0].stats64.rx.packets')" -ge \
			$((copied + 5)) ] &&
		in_host tc filter show dev tap0 ingress | grep -q "pref 10 u32" &&
		! in_host tc filter show dev tap0 ingress | grep -q "pref 1 "
	status=$?
	# In the first place nobody else's is touched, nor is the other kind of hook.
	in_host tc filter add dev tap0 ingress pref 1 protocol all u32 match u32 0 0 \
		action mirred egress mirror dev dummy1
	"$tool" tap $name --interface tap0 -- true 2>"$work/err"
	refused=$?
	in_host tc qdisc del dev tap0 clsact
	[ $status -eq 0 ] && [ $refused -eq 125 ] && grep -q "somebody else" "$work/err" || return 1
	in_host tc qdisc add dev tap0 ingress
	"$tool" tap $name --interface tap0 -- true 2>"$work/err"
	refused=$?
	in_host tc qdisc del dev tap0 ingress
	[ $refused -eq 125 ] && grep -q "'ingress' qdisc" "$work/err" && is_as_before
}

mistakes_are_told() {
	"$tool" tap $name -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "several interfaces.*1: ${below:+mv0, 2: }tap0, .: net2" "$work/err" ||
		return 1
	"$tool" tap $name --interface 9 -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "no such interface" "$work/err" || return 1
	"$tool" tap $name --interface tap0 -- sh -c 'exit 9'
	[ $? -eq 9 ] || return 1
	"$tool" tap $name --interface tap0 -- /no/such/program 2>"$work/err"
	[ $? -eq 127 ] || return 1
	start_tcpdump tap0 || return 1
	"$tool" tap $name --interface tap0 -- true 2>"$work/err"
	[ $? -eq 125 ] && grep -q "process $kvmonitor" "$work/err" && stop_tcpdump && is_as_before
}

# What QEMU has of ours: its monitor is free for others meanwhile.
in_qemu() {
	qmp query-chardev && qmp qom-list '{"path": "/objects"}'
}

qemus_own_network_is_seen() {
	start_tcpdump net2 || return 1
	in_qemu | grep -q kvmonitor-filter && ping_from_guest 10.0.2.2 || return 1
	until_true pings_are_seen
	stop_tcpdump || return 1
	pings_are_seen && ! in_qemu | grep -q kvmonitor- && is_as_before || return 1
	start_tcpdump net2 || return 1
	kill -KILL "$kvmonitor"
	wait "$kvmonitor" 2>/dev/null
	kill -KILL "$(cat "$work/pid")"
	ping_from_guest 10.0.2.2 && in_qemu | grep -q kvmonitor-filter || return 1
	"$tool" tap $name --interface net2 -- true && ! in_qemu | grep -q kvmonitor- &&
		ping_from_guest 10.0.2.2 && is_as_before
}

a_macvtap_is_seen_and_counted() {
	pings_are_seen_and_counted mv0 10.9.7.1
}

# The host itself is behind a pair, since a macvtap does not talk to what it is on.
make_macvtap() {
	in_host ip link add below type veth peer name beside 2>/dev/null &&
		in_host ip link add link below name mv0 type macvtap mode bridge 2>/dev/null &&
		in_host sh -c 'test -c /dev/$(basename /sys/class/net/mv0/macvtap/tap*)' || return
	below=yes
	in_host ip addr add 10.9.7.1/24 dev beside
	for interface in below beside mv0; do in_host ip link set $interface up; done
}

# Return: why not, in $reason.
prepare() {
	[ "$(id -u)" -eq 0 ] || { reason="not root"; return; }
	command -v tcpdump >/dev/null || { reason="no tcpdump"; return; }
	ip netns add $host 2>/dev/null || { reason="no namespace of networks"; return; }
	made=yes
	in_host sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_host ip link set lo up
	in_host ip tuntap add mode tap name tap0 2>/dev/null || { reason="no taps"; return; }
	in_host ip link add dummy0 type veth peer name dummy1 || { reason="no veth"; return; }
	in_host ip link set dummy0 up
	in_host ip link set dummy1 up
	in_host ip addr add 10.9.8.1/24 dev tap0
	in_host ip link set tap0 up
	make_macvtap
	start_in=in_host
	start_guest --memory 256 --net tap:tap0 --net user ${below:+--net macvtap:mv0} || return
	in_guest 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; 
		ifconfig eth0 10.9.8.2 netmask 255.255.255.0 up
		ifconfig eth1 10.0.2.15 netmask 255.255.255.0 up
		[ ! -e /sys/class/net/eth2 ] || ifconfig eth2 10.9.7.2 netmask 255.255.255.0 up'
	know_each_other tap0 10.9.8.1 eth0 10.9.8.2
}

# Nobody asks for addresses of the other one's when nothing is to be sent.
know_each_other() { # INTERFACE ADDRESS GUEST'S-INTERFACE ADDRESS
	in_host ip neigh replace "$4" dev "$1" nud permanent \
		lladdr "$(in_guest "cat /sys/class/net/$3/address")" &&
		in_guest "arp -s $2 $(in_host ip -j link show dev "$1" | jq -r '.[0].address')"
}

prepare
set -- all_is_seen_and_counted nothing_comes_out killed_by_9_the_guest_goes_on \
	who_stands_still_holds_nobody_up others_filters_stay mistakes_are_told \
	qemus_own_network_is_seen
ktap_plan $(($# + 1))
run_tests "$@"
[ -n "$below" ] || reason="${reason:-no macvtap, or no device of it in /dev}"
run_tests a_macvtap_is_seen_and_counted
ktap_end
