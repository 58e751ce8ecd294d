#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor as its users have it: a real guest, a dump of it, and what is no guest.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
tool=${BUILD:-$top/build}/tools/kvmonitor/kvmonitor
lab=$top/selftests/lab/lab
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

work=$(mktemp -d) || exit 1
name=kvmonitor-$$
guest=

cleanup() {
	[ -z "$guest" ] || "$lab" guest stop $name
	rm -rf "$work"
}
trap cleanup EXIT

# Exit status, and one line on the standard error output that has a text in it.
refused() { # STATUS TEXT COMMAND...
	wanted=$1
	text=$2
	shift 2
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq "$wanted" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -qF -- "$text" "$work/err" && return
	echo "# status $status; said: $(cat "$work/err")"
	return 1
}

in_guest() {
	"$lab" guest exec $name -- sh -c "$1" | tr -d '\r'
}

every_command_has_help() {
	for command in info ps files sockets modules mounts check xaddr read symbol; do
		"$tool" $command --help | grep -q "^Usage: kvmonitor $command " &&
			"$tool" $command --help | grep -q "^Example" || return 1
	done
	"$tool" --help | grep -q "^  ps "
}

mistakes_are_usage_errors() {
	refused 2 "no such command" "$tool" fly &&
		refused 2 "wants one VM" "$tool" ps &&
		refused 2 "wants one VM" "$tool" ps a b &&
		refused 2 "wants a VM" "$tool" xaddr "$work" &&
		refused 2 "--fast" "$tool" ps --fast x
}

what_is_no_guest() {
	head -c 1M /dev/zero >"$work/zeros"
	refused 1 "No such file" "$tool" ps /nowhere/qmp &&
		refused 1 "not an ordinary file" "$tool" ps /dev/null &&
		refused 1 "no kernel" "$tool" ps "$work/zeros" &&
		refused 1 "no kernel" "$tool" info /etc/passwd
}

it_is_in_the_manual() {
	page=$top/Documentation/man/kvmonitor.8
	man -l --warnings -E UTF-8 "$page" 2>&1 >/dev/null | grep . && return 1
	for command in $("$tool" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		grep -q "^\.It Cm $command" "$page" || { echo "# lacks $command"; return 1; }
	done
}

info_is_the_guests() {
	"$tool" info --json "$vm" >"$work/info" &&
		[ "$(jq -r .kernel "$work/info")" = "$(in_guest 'uname -r')" ] &&
		[ "$(jq -r .version "$work/info")" = "$(in_guest 'cat /proc/version')" ]
}

processes_are_the_guests() {
	in_guest 'sleep 5000 >/dev/null 2>&1 &' && "$tool" ps --json "$vm" >"$work/ps" &&
		jq -e '.processes[] | select(.comm == "sleep" and .arguments == "sleep 5000")' \
			"$work/ps" >/dev/null &&
		"$tool" ps "$vm" | grep -q " sleep 5000"
}

physical() { # ADDRESS
	printf '%d' "$("$tool" xaddr --json "$vm" "$1" | jq -r '.addresses[0].physical')"
}

addresses_and_symbols() {
	address=0x$(in_guest "grep ' linux_banner$' /proc/kallsyms" | cut -d ' ' -f 1)
	"$tool" symbol "$vm" linux_banner | grep -q "^$address  *[RD]  *linux_banner" &&
		"$tool" symbol "$vm" "$address" | grep -q " linux_banner  *0$" &&
		[ "$("$tool" xaddr --json "$vm" linux_banner | jq -r '.addresses[0].virtual')" = \
			"$address" ] &&
		[ "$(physical linux_banner+4)" -eq $(($(physical linux_banner) + 4)) ] &&
		"$tool" read "$vm" linux_banner 16 | grep -q "Linux version " &&
		refused 1 "no_such" "$tool" symbol "$vm" no_such &&
		refused 1 "nothing is mapped" "$tool" xaddr "$vm" 0x1000 &&
		refused 1 "no address" "$tool" xaddr "$vm" 0x1000000000000000 &&
		refused 1 "no number" "$tool" read "$vm" linux_banner many
}

nothing_is_found_where_nothing_is() {
	"$tool" check "$vm" | grep -q "nothing found" &&
		[ "$("$tool" check --json "$vm" | jq '.findings | length')" -eq 0 ]
}

modules_are_the_guests() {
	[ "$("$tool" modules --json "$vm" | jq -r '.modules[].name')" = \
		"$(in_guest 'cut -d " " -f 1 /proc/modules')" ]
}

# What QEMU has written is as good as the guest.
a_dump_is_a_guest_too() {
	python3 - "$vm" "$work/core" <<-'EOF' || return 1
		import json, socket, sys
		qemu = socket.socket(socket.AF_UNIX)
		qemu.connect(sys.argv[1])
		lines = qemu.makefile('rw')
		for command in ({'execute': 'qmp_capabilities'},
		                {'execute': 'dump-guest-memory',
		                 'arguments': {'paging': False, 'protocol': 'file:' + sys.argv[2]}}):
		    print(json.dumps(command), file=lines, flush=True)
		    while True:
		        answer = json.loads(lines.readline())
		        if 'error' in answer:
		            sys.exit(str(answer))
		        if 'return' in answer:
		            break
	EOF
	"$tool" info "$work/core" | grep -q "Linux version" &&
		"$tool" ps "$work/core" | grep -q " sleep 5000"
}

ktap_plan 10
check every_command_has_help every_command_has_help
check mistakes_are_usage_errors mistakes_are_usage_errors
check what_is_no_guest what_is_no_guest
check it_is_in_the_manual it_is_in_the_manual
folder=$("$lab" guest start $name --memory 256 --memory-kind anonymous 2>"$work/lab")
status=$?
reason=
if [ $status -eq 77 ]; then
	reason="no kernel for a guest"
elif [ $status -ne 0 ]; then
	sed 's/^/# /' "$work/lab"
else
	guest=$name
fi
vm=$folder/qmp
for test in info_is_the_guests processes_are_the_guests modules_are_the_guests \
	    nothing_is_found_where_nothing_is addresses_and_symbols \
	    a_dump_is_a_guest_too; do
	if [ -n "$reason" ]; then
		result 0 $test "$reason"
	else
		check $test $test
	fi
done
ktap_end
