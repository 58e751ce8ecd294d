#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line of balloon-sync where there is neither the module nor Xen.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
tool=${BUILD:-$top/build}/tools/balloon-sync/balloon-sync
out=$(mktemp)
trap 'rm -f "$out"' EXIT
number=0
failures=0

try() { # NAME STATUS PATTERN ARGUMENT...: that status, and one line with it
	name=$1
	status=$2
	pattern=$3
	shift 3
	number=$((number + 1))
	"$tool" "$@" >"$out" 2>&1
	got=$?
	if [ "$got" -eq "$status" ] && [ "$(wc -l <"$out")" -eq 1 ] &&
	   grep -q "$pattern" "$out"; then
		echo "ok $number $name"
		return
	fi
	echo "# status $got, expected $status and one line with '$pattern':"
	sed 's/^/# /' "$out"
	echo "not ok $number $name"
	failures=$((failures + 1))
}

echo "KTAP version 1"
echo "1..32"
try no_arguments 2 "guest: is missing"
try two_hypervisors 2 "one of them" --guest u1 --group pid=1 --qmp /a --libvirt b
try no_address 2 "too short" --guest u1 --group pid=1 --qmp ""
try service_with_a_hypervisor 2 "leave --guest" --config /a --qmp /b
try no_group 2 "group: is missing" --guest u1
try no_value 2 "value is missing" --guest
try unknown_option 2 "unknown option" --gest u1
try unknown_word 2 "not understood" recover
try bad_group 2 "none of cgroup" --guest u1 --group name=aide
try empty_cgroup 2 "none of cgroup" --guest u1 --group cgroup=
try bad_pid 2 "whole number" --guest u1 --group pid=aide
try comm_without_uid 2 "needs ,uid=" --guest u1 --group comm=aide
try comm_too_long 2 "1 to 15" --guest u1 --group comm=abcdefghijklmnop,uid=0
try unknown_user 2 "no user" --guest u1 --group comm=aide,uid=nobody-at-all
try bad_interval 2 "interval" --guest u1 --group pid=1 --interval 0
try bad_floor 2 "floor" --guest u1 --group pid=1 --floor -1
try bad_linger 2 "linger" --guest u1 --group pid=1 --linger soon
try module_not_loaded 1 "modprobe filecache" --guest u1 --group "pid=$$"
try no_state_to_restore 0 "nothing to restore" restore --state /nonexistent/x.state
try log_cannot_be_made 1 "nonexistent" --guest u1 --group pid=1 --log /nonexistent/x.csv

quiet() { # NAME ARGUMENT...: status 0 and nothing said
	name=$1
	shift
	number=$((number + 1))
	if "$tool" "$@" >"$out" 2>&1 && ! [ -s "$out" ]; then
		echo "ok $number $name"
		return
	fi
	sed 's/^/# /' "$out"
	echo "not ok $number $name"
	failures=$((failures + 1))
}

conf=$(mktemp)
trap 'rm -f "$out" "$conf"' EXIT
cp "$top/tools/balloon-sync/balloon-sync.conf" "$conf"
try configuration_without_guests 2 "^$conf: guests: there are none" --check "$conf"
sed -i 's/^#\(.*name = "web1"\)/ \1/' "$conf"
quiet right_configuration --check "$conf"
quiet right_configuration_by_option --config "$conf" --check
echo 'polcy = "mirror";' >>"$conf"
try wrong_configuration 2 "^$conf:$(wc -l <"$conf"): .*polcy" --check "$conf"
try no_configuration 1 "^/nonexistent/x.conf: " --check /nonexistent/x.conf
try too_many_configurations 2 "not understood" --check "$conf" "$conf"
try service_with_a_guest 2 "leave --guest" --config "$conf" --guest u1
try service_once 2 "runs until it is ended" --config "$conf" --once
try service_wrong_configuration 1 "polcy" --config "$conf"
cp "$top/tools/balloon-sync/balloon-sync.conf" "$conf"
try service_without_guests 1 "guests: there are none" --config "$conf"
try status_without_service 1 "no service answers" status --socket "$conf.none"
try status_of_no_socket 1 "$conf" status --socket "$conf"
[ $failures -eq 0 ]
