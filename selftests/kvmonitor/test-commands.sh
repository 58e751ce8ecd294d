#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor as its users have it: a real guest, a dump of it, and what is no guest.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=kvmonitor-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

every_command_has_help() {
	for command in $("$tool" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
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
		refused 2 "--fast" "$tool" ps --fast x &&
		refused 2 "wants one VM" "$tool" watch &&
		refused 2 "--interval" "$tool" watch --interval soon x &&
		refused 2 "--top" "$tool" cache --top 0 x
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
	begin_in_guest sleep 'sleep 5000' >/dev/null && "$tool" ps --json "$vm" >"$work/ps" &&
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

# That they are right is test-view's to see.
types_of_kernel_and_modules() {
	"$tool" type "$vm" list_head list_head.prev >"$work/type" &&
		grep -q '^list_head  *0  *16  *1  *0  *0$' "$work/type" &&
		grep -q '^list_head.prev  *8  *8  *1  *0  *0$' "$work/type" &&
		[ "$("$tool" type --json --module virtio-net "$vm" virtnet_info.vdev |
			jq -r '.types[].size_bytes')" = 8 ] &&
		refused 1 "no structure virtnet_info" "$tool" type "$vm" virtnet_info &&
		refused 1 "list_head.third" "$tool" type "$vm" list_head.third &&
		refused 1 "a structure has a name" "$tool" type "$vm" "" &&
		refused 1 "a structure has a name" "$tool" type "$vm" .next &&
		refused 1 "a structure has a name" "$tool" type --module virtio-net "$vm" "" &&
		refused 1 "module no_such" "$tool" type --module no_such "$vm" list_head &&
		refused 2 "wants a VM and structures" "$tool" type "$vm"
}

# The list is not whole: its first link back leads elsewhere.
doubts_are_told_below_the_table() {
	qmp pmemsave '{"val": 0, "size": 268435456, "filename": "'"$work"'/raw"}' >/dev/null ||
		return 1
	back=$("$tool" read --json "$work/raw" btf_modules 8 | jq -r '.rows[0].hex' | python3 -c '
import sys
print(hex(int.from_bytes(bytes.fromhex(sys.stdin.read()), "little") + 8))')
	python3 - "$work/raw" "$("$tool" xaddr --json "$work/raw" "$back" |
		jq -r '.addresses[0].physical')" <<-'EOF'
		import sys
		with open(sys.argv[1], 'r+b') as memory:
		    memory.seek(int(sys.argv[2], 0))
		    memory.write(b'A' * 8)
	EOF
	"$tool" type --module virtio-net "$work/raw" virtnet_info >"$work/type" &&
		[ "$(wc -l <"$work/type")" -eq 3 ] &&
		sed -n 3p "$work/type" | grep -q "^in doubt: [1-9]" && return
	sed 's/^/# /' "$work/type"
	return 1
}

nothing_is_found_where_nothing_is() {
	"$tool" check "$vm" | grep -q "nothing found" &&
		[ "$("$tool" check --json "$vm" | jq '.findings | length')" -eq 0 ]
}

# What it prints is more than fits into a FIFO that nobody reads, so it can be looked at.
it_is_confined() {
	mkfifo "$work/fifo" || return 1
	exec 9<>"$work/fifo"
	"$tool" read "$vm" _stext 65536 >"$work/fifo" 9>&- &
	pid=$!
	until_confined $pid
	grep -E '^(Uid|Groups|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status |
		tr '\n\t' '  ' >"$work/confined"
	kill $pid
	wait $pid 2>/dev/null
	exec 9<&-
	grep -qE 'NoNewPrivs: 1 .*Seccomp: 2 ' "$work/confined" &&
		{ [ "$(id -u)" -ne 0 ] || grep -qE \
			'Uid: 6[1-5][0-9]{3} .*Groups:  *CapPrm: 0{16} CapBnd: 0{16} ' "$work/confined"; } &&
		return
	echo "# $(cat "$work/confined")"
	return 1
}

modules_are_the_guests() {
	[ "$("$tool" modules --json "$vm" | jq -r '.modules[].name')" = \
		"$(in_guest 'cut -d " " -f 1 /proc/modules')" ]
}

places_are_the_guests() {
	pid=$(begin_in_guest sleep 'unshare -u -n sleep 5003')
	inode=$(in_guest "readlink /proc/$pid/ns/net" | tr -dc 0-9)
	[ -n "$inode" ] && [ "$inode" != "$(in_guest 'readlink /proc/1/ns/net' | tr -dc 0-9)" ] &&
		"$tool" ps --json "$vm" >"$work/ps" &&
		jq -e --argjson net "$inode" '.processes[] | select(.arguments == "sleep 5003" and
			.net_namespace == $net)' "$work/ps" >/dev/null &&
		"$tool" ps --wide "$vm" | grep -q "PID INSIDE"
}

# Of a file of 3 MB all is there, and none of it on a disk.
the_cache_is_the_guests() {
	in_guest 'dd if=/dev/urandom of=/tmp/cached bs=1M count=3 2>/dev/null' &&
		"$tool" cache --json "$vm" >"$work/cache" &&
		jq -e '.files[] | select(.path == "/tmp/cached") |
			.cached_bytes == 3145728 and .dirty_bytes == 3145728 and
			.size_bytes == 3145728 and .swapped_bytes == 0' "$work/cache" >/dev/null &&
		[ "$("$tool" cache --json --top 1 "$vm" | jq '.files | length')" -eq 1 ] &&
		[ "$("$tool" cache --json "$vm" /tmp/cached |
			jq '[.ranges[] | select(.state == "cached") | .length_bytes] | add')" -eq 3145728 ] &&
		"$tool" cache "$vm" | grep -q " /tmp/cached" &&
		refused 1 "nothing of it" "$tool" cache "$vm" /tmp/none
}

the_log_is_the_guests() {
	in_guest 'echo "<3>something broke" >/dev/kmsg' &&
		"$tool" dmesg "$vm" | grep -qE '^\[ *[0-9]+\.[0-9]{6}\]  *err  *something broke$' &&
		"$tool" dmesg --json "$vm" | jq -e '.records[] | select(.level == "err" and
			.facility == 1 and .text == "something broke")' >/dev/null &&
		[ "$("$tool" dmesg "$vm" | grep -c 'Linux version')" -eq 1 ]
}

# A process, a socket and a mount come, and all go.
a_watch_tells() {
	"$tool" watch --interval 100ms "$vm" >"$work/events" 2>"$work/err" &
	watch=$!
	"$tool" watch --json --interval 100ms --count 1 "$vm" >"$work/one" 2>"$work/err" &
	one=$!
	tries=0
	in_guest 'mkdir -p /tmp/w' || return 1
	# Until both have looked once, and see what comes then.
	while [ $tries -lt 50 ] && ! [ -s "$work/one" ]; do
		in_guest 'sleep 1' || return 1
		tries=$((tries + 1))
	done
	wait $one || return 1
	jq -e '.kind == "process" and (.event | test("^(appeared|vanished)$"))' "$work/one" >/dev/null || return 1
	in_guest 'mount -t tmpfs x /tmp/w'
	pid=$(begin_in_guest nc 'nc -l -p 79')
	watch_told '+  mount  /tmp/w' && watch_told '+  process .* nc' &&
		watch_told '+  socket of .* tcp6' || return 1
	in_guest "umount /tmp/w; kill $pid"
	watch_told '-  mount  /tmp/w' && watch_told '-  process .* nc' &&
		watch_told '-  socket of .* tcp6' || return 1
	kill -INT $watch
	wait $watch || return 1
	for event in '+  mount  /tmp/w  tmpfs of x' '-  mount  /tmp/w' '+  process .* nc' \
		     '-  process .* nc' '+  socket of .* tcp6  \[::\]:79' '-  socket of .* tcp6'; do
		grep -q -- "  $event" "$work/events" ||
			{ echo "# lacks $event"; sed 's/^/# /' "$work/events"; return 1; }
	done
}

# It has looked before.
a_process_is_told() {
	in_guest 'sleep 1' && grep -q '  +  process ' "$work/events"
}

# Its memory, a file's, may still be there.
a_watch_ends_with_its_guest() {
	"$tool" watch --interval 100ms "$vm" >"$work/events" 2>"$work/err" &
	watch=$!
	until_true a_process_is_told || return 1
	stop_guest
	wait $watch
	[ $? -eq 1 ] && grep -q "has ended" "$work/err" && return
	sed 's/^/# /' "$work/err"
	return 1
}

# What QEMU has written is as good as the guest.
a_dump_is_a_guest_too() {
	qmp dump-guest-memory '{"paging": false, "protocol": "file:'"$work"'/core"}' >/dev/null ||
		return 1
	"$tool" info "$work/core" | grep -q "Linux version" &&
		"$tool" ps "$work/core" | grep -q " sleep 5000"
}

ktap_plan 18
check every_command_has_help every_command_has_help
check mistakes_are_usage_errors mistakes_are_usage_errors
check what_is_no_guest what_is_no_guest
check it_is_in_the_manual it_is_in_the_manual
start_guest --memory 256 --memory-kind anonymous
vm=$folder/qmp
run_tests info_is_the_guests it_is_confined processes_are_the_guests modules_are_the_guests \
	nothing_is_found_where_nothing_is addresses_and_symbols types_of_kernel_and_modules \
	doubts_are_told_below_the_table places_are_the_guests the_cache_is_the_guests \
	the_log_is_the_guests a_watch_tells a_dump_is_a_guest_too \
	a_watch_ends_with_its_guest
ktap_end
