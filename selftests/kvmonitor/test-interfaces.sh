#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor tap, where interfaces go, come and change their names: a program that is called like
# QEMU has a macvtap open, in a namespace that stands for the host's network.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

host=kvmonitor-if-$$
made=
stranger=
kvmonitor=

undo() {
	[ -z "$kvmonitor" ] || kill -KILL "$kvmonitor" 2>/dev/null
	[ ! -s "$work/pid" ] || kill -KILL "$(cat "$work/pid")" 2>/dev/null
	[ -z "$stranger" ] || kill "$stranger"
	[ -z "$made" ] || ip netns del $host
}

in_host() {
	ip netns exec $host "$@"
}

add_macvtap() { # NAME
	in_host ip link add link below name "$1" type macvtap mode bridge &&
		in_host ip link set dev "$1" up
}

device_of() { # MACVTAP
	in_host sh -c 'echo /dev/$(basename /sys/class/net/'"$1"'/macvtap/tap*)'
}

# By its program, it is QEMU; sets $stranger.
start_stranger() { # MACVTAP
	rm -f "$work/is-open"
	# Not by a function, whose shell would have the number.
	ip netns exec $host "$work/qemu-system-x86_64" -c 'exec 5<>"$1" && touch "$2/is-open"
		read -r _ <>"$2/never"' - "$(device_of "$1")" "$work" &
	stranger=$!
	until_true test -e "$work/is-open"
}

stop_stranger() {
	kill "$stranger"
	wait "$stranger" 2>/dev/null
	stranger=
}

# Sets $kvmonitor; the number of its command is in $work/pid.
start_tap() {
	rm -f "$work/pid"
	"$tool" tap "pid:$stranger" -- sh -c 'echo $$ >"$1"; exec sleep 1000' - "$work/pid" &
	kvmonitor=$!
	until_true test -s "$work/pid"
}

end_of_tap() {
	wait "$kvmonitor" 2>/dev/null
	set -- $?
	kvmonitor=
	return "$1"
}

# And its command, with its interface, goes on.
kill_tap() {
	kill -KILL "$kvmonitor"
	end_of_tap
	in_host ip -br link | grep -q kvmon
}

is_as_before() {
	! in_host ip -br link | grep -q kvmon && ! in_host tc qdisc show | grep -q clsact &&
		! ls /run/kvmonitor/tap-* >/dev/null 2>&1 && return
	in_host ip -br link | sed 's/^/# /'
	in_host tc qdisc show | sed 's/^/# /'
	find /run/kvmonitor -name 'tap-*' | sed 's/^/# /'
	return 1
}

a_macvtap_is_known_by_its_descriptor() {
	add_macvtap mv0 && start_stranger mv0 || return 1
	"$tool" tap "pid:$stranger" --interface mv0 -- true && is_as_before
	status=$?
	stop_stranger
	in_host ip link del mv0
	return $status
}

# It gets the number that the device of the other one had; so there is no interface.
the_next_macvtap_is_not_taken_for_it() {
	add_macvtap mv0 && start_stranger mv0 || return 1
	number=$(in_host sh -c 'cat /sys/class/net/mv0/macvtap/*/dev')
	in_host ip link del mv0
	add_macvtap mv1 || return 1
	echo "# both are $number"
	[ "$(in_host sh -c 'cat /sys/class/net/mv1/macvtap/*/dev')" = "$number" ] &&
		refused 125 "no socket for QMP" \
			"$tool" tap "pid:$stranger" -- true
	status=$?
	stop_stranger
	in_host ip link del mv1
	return $status
}

another_name_is_no_way_out() {
	add_macvtap mv0 && start_stranger mv0 && start_tap || return 1
	in_host ip link set dev mv0 down && in_host ip link set dev mv0 name mv9 &&
		in_host ip link set dev mv9 up && in_host tc qdisc show dev mv9 | grep -q clsact &&
		kill -TERM "$kvmonitor"
	end_of_tap
	[ $? -eq 143 ] && is_as_before
	status=$?
	stop_stranger
	in_host ip link del mv9
	return $status
}

# Who is refused for a filter leaves that where it is.
a_filter_in_the_first_place_stays() {
	add_macvtap mv0 && start_stranger mv0 || return 1
	in_host tc qdisc add dev mv0 clsact &&
		in_host tc filter add dev mv0 ingress pref 1 protocol all u32 match u32 0 0 \
			action mirred egress mirror dev below &&
		refused 125 "somebody else's in the first place" \
			"$tool" tap "pid:$stranger" -- true &&
		in_host tc filter show dev mv0 ingress | grep -q "pref 1 u32.*fh"
	status=$?
	in_host tc qdisc del dev mv0 clsact
	stop_stranger
	in_host ip link del mv0
	[ $status -eq 0 ] && is_as_before
}

end_ids() {
	kill "$(cat "$work/pid")" 2>/dev/null
	rm "$work/pid"
}

# As a domain's vif does with the domain; nobody taps that name again.
what_is_left_of_one_that_is_gone() {
	add_macvtap mv0 && start_stranger mv0 && start_tap && kill_tap || return 1
	stop_stranger
	in_host ip link del mv0
	add_macvtap mv1 && start_stranger mv1 &&
		"$tool" tap "pid:$stranger" -- true && is_as_before
	status=$?
	end_ids
	stop_stranger
	in_host ip link del mv1
	return $status
}

what_is_left_under_the_old_name() {
	add_macvtap mv0 && start_stranger mv0 && start_tap && kill_tap || return 1
	in_host ip link set dev mv0 down && in_host ip link set dev mv0 name mv9 &&
		in_host ip link set dev mv9 up &&
		"$tool" tap "pid:$stranger" -- true && is_as_before
	status=$?
	end_ids
	stop_stranger
	in_host ip link del mv9
	return $status
}

# Its IDS may go on.
what_is_left_of_another_one_stays() {
	add_macvtap mv0 && start_stranger mv0 && start_tap && kill_tap || return 1
	other=$stranger
	add_macvtap mv1 && start_stranger mv1 && "$tool" tap "pid:$stranger" -- true &&
		in_host ip -br link | grep -q kvmon &&
		in_host tc filter show dev mv0 ingress | grep -q "pref 1" &&
		ls /run/kvmonitor/tap-*-mv0.json >/dev/null &&
		"$tool" tap "pid:$other" -- true && is_as_before
	status=$?
	end_ids
	stop_stranger
	stranger=$other
	stop_stranger
	in_host ip link del mv0
	in_host ip link del mv1
	return $status
}

# Return: why not, in $reason.
prepare() {
	[ "$(id -u)" -eq 0 ] || { reason="not root"; return; }
	ip netns add $host 2>/dev/null || { reason="no namespace of networks"; return; }
	made=yes
	in_host sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	in_host ip link add below type veth peer name beside 2>/dev/null &&
		in_host ip link set below up && in_host ip link set beside up &&
		add_macvtap mv 2>/dev/null && [ -c "$(device_of mv)" ] ||
		reason="no macvtap, or no device of it in /dev"
	in_host ip link del mv 2>/dev/null
	mkfifo "$work/never" && cp /bin/bash "$work/qemu-system-x86_64"
}

prepare
set -- a_macvtap_is_known_by_its_descriptor the_next_macvtap_is_not_taken_for_it \
	another_name_is_no_way_out a_filter_in_the_first_place_stays \
	what_is_left_of_one_that_is_gone what_is_left_under_the_old_name \
	what_is_left_of_another_one_stays
ktap_plan $#
run_tests "$@"
ktap_end
