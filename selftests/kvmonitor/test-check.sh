#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Somebody hides in real guests of each series of kernels, by a module of ours, and changes
# what was enrolled: kvmonitor check finds it, and nothing where nothing is.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=check-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

store=$work/store

# Sets vm.
boot() { # KERNEL [PROCESSORS [PARAMETERS]]
	start_guest --memory 256 --cpus "${2:-1}" --kernel "stock-$1" --append "${3:-}" \
		--file "$work/$1/hider.ko" --file "$work/$1/ghost.ko" \
		--file "$work/$1/wraith.ko" --file "$work/attach" &&
		vm=$folder/qmp
}

# The module refuses to stay where nothing of it is needed afterwards.
hide() { # MODULE PARAMETER...
	module=$1
	shift
	in_guest "insmod /root/$module.ko $* 2>&1 | grep -v 'temporarily unavailable'"
}

address_of() { # SYMBOL
	in_guest "grep ' $1\$' /proc/kallsyms" | head -n 1 | sed 's/^\([0-9a-f]*\) .*/0x\1/'
}

look() {
	"$tool" check --json --store "$store" "$vm" >"$work/found"
}

nothing_is_found() {
	look && [ "$(jq '.findings | length' "$work/found")" -eq 0 ] &&
		[ "$(jq -r .enrolment.enrolled "$work/found")" = yes ] && return
	jq -c '.findings[]' "$work/found" | sed 's/^/# /'
	return 1
}

# found FINDING NAME: some, by its kind and a pattern of its name; and by the exit status.
found() {
	look
	status=$?
	[ $status -eq 3 ] && jq -e --arg kind "$1" --arg name "$2" \
		'.findings[] | select(.finding == $kind and (.name | test($name)))' \
		"$work/found" >/dev/null && return
	echo "# status $status"
	jq -c '.findings[]' "$work/found" | sed 's/^/# /'
	return 1
}

# Not even looked is not the same.
not_found() { # FINDING
	look
	status=$?
	{ [ $status -eq 0 ] || [ $status -eq 3 ]; } && [ "$(jq --arg kind "$1" \
		'[.findings[] | select(.finding == $kind)] | length' "$work/found")" -eq 0 ] && return
	echo "# status $status"
	jq -c '.findings[]' "$work/found" | sed 's/^/# /'
	return 1
}

not_enrolled_is_told() {
	"$tool" check --store "$work/store" "$vm" >"$work/out" &&
		grep -q "^Enrolled: no" "$work/out" || return 1
	"$tool" check --enrolled --store "$work/store" "$vm" >"$work/out"
	[ $? -eq 3 ] && grep -q "not enrolled" "$work/out"
}

enrolled_once() {
	"$tool" enrol --store "$work/store" "$vm" | grep -q "first time" &&
		"$tool" enrol --store "$work/store" "$vm" | grep -q "nothing is different" &&
		[ "$(stat -c %a "$work/store"/*.json | sort -u)" = 600 ] && nothing_is_found
}

# All that it changes in its own text, which is tens of thousands of places.
tracing_is_no_finding() {
	in_guest 'mount -t tracefs t /sys/kernel/tracing && cd /sys/kernel/tracing &&
		echo function >current_tracer && sysctl -w kernel.sched_schedstats=1' >/dev/null &&
		nothing_is_found &&
		in_guest 'cd /sys/kernel/tracing && echo nop >current_tracer &&
			echo "p:one do_sys_openat2" >kprobe_events &&
			echo 1 >events/kprobes/enable' && nothing_is_found &&
		in_guest 'cd /sys/kernel/tracing && echo 0 >events/kprobes/enable &&
			echo >kprobe_events' && nothing_is_found
}

# A program for the scheduler's tracepoint, and one that is called at a function's beginning.
bpf_is_no_finding() {
	in_guest '/root/attach >/tmp/attached 2>&1 &
		until [ ! -e /proc/$! ] || [ -s /tmp/attached ]; do usleep 10000; done
		cat /tmp/attached' >"$work/out"
	grep -q "^tracepoint [0-9]*, function [0-9]*$" "$work/out" || {
		sed 's/^/# /' "$work/out"
		return 1
	}
	nothing_is_found
}

# KASLR puts it elsewhere; or nowhere else than where it is linked to, and it was moved by 0.
another_boot_is_the_same() {
	before=$(address_of _text)
	stop_guest
	boot "$kernel" 1 nokaslr && nothing_is_found || return 1
	linked=$(address_of _text)
	"$tool" enrol --store "$work/linked" "$vm" | grep -q "first time" || return 1
	stop_guest
	boot "$kernel" || return 1
	echo "# $before, $linked, $(address_of _text)"
	nothing_is_found && store=$work/linked && nothing_is_found
	result=$?
	store=$work/store
	rm -r "$work/linked"
	return $result
}

# With one, the kernel has no locks; that it is another is told, and of the text one line.  Where it
# is linked to, numbers among its constants look like addresses.
another_processor_is_told() {
	stop_guest
	boot "$kernel" 2 nokaslr || return 1
	found "processor not as enrolled" "" && found "text not as enrolled" "" || return 1
	[ "$(jq '.findings | length' "$work/found")" -eq 2 ] || {
		jq -c '.findings[]' "$work/found" | sed 's/^/# /'
		return 1
	}
	stop_guest
	boot "$kernel"
}

# What leads nowhere may hide somebody.  The kernel looks there when a probe is met only.
what_cannot_be_read_is_no_success() {
	at=$("$tool" xaddr --json "$vm" kprobe_table | jq -r '.addresses[0].physical')
	change_memory "$at" 4141414141414141
	"$tool" check --store "$work/store" "$vm" >"$work/out"
	status=$?
	change_memory "$at" 0000000000000000
	[ $status -eq 4 ] && grep -q "nothing found, but not all" "$work/out" && nothing_is_found &&
		return
	echo "# status $status"
	sed 's/^/# /' "$work/out"
	return 1
}

a_hidden_process() {
	pid=$(begin_in_guest sleep 'sleep 5000')
	hide hider deed=process "pid=$pid"
	# And can be looked at.
	found "process that is not listed" "^sleep$" &&
		"$tool" xaddr --pid "$pid" "$vm" linux_banner >"$work/out"
}

a_changed_system_call() {
	hide hider deed=pointer "address=$(beyond "$(address_of sys_call_table)" 496)"
	found "system call outside of the kernel" "" &&
		found "constants not as enrolled" "" || return 1
	in_guest "rmmod hider"
	not_found "system call outside of the kernel"
}

# What is the same wherever the kernel is, as what an address becomes for comparing.
a_distance_in_place_of_an_address() {
	hide hider deed=distance "address=$(beyond "$(address_of sys_call_table)" 496)" \
		"from=$(address_of _text)"
	found "constants not as enrolled" "" || return 1
	in_guest "rmmod hider"
	not_found "constants not as enrolled"
}

a_hooked_function_pointer() {
	hide hider deed=pointer "address=$(address_of tcp4_seq_ops)"
	found "pointer to unknown code" "^tcp4_seq_ops" || return 1
	in_guest "rmmod hider"
	not_found "pointer to unknown code"
}

changed_text() {
	hide hider deed=byte "address=$(address_of kernel_halt)"
	found "text not as enrolled" ""
}

# Has the enrolment say that the kernel was where a place of the text that now leads to CODE would
# be the same as it is; prints where that place is, what is there, and what leads to CODE.
move_enrolment() { # TEXT STEXT CODE
	python3 - "$tool" "$vm" "$work"/store/*.json "$@" <<-'EOF'
		import base64, json, subprocess, sys
		tool, vm, store = sys.argv[1:4]
		text, stext, code = (int(n, 0) for n in sys.argv[4:])
		def tell(*command):
		    return json.loads(subprocess.check_output([tool, command[0], '--json', vm, *command[1:]]))
		def sites(packed):
		    at = number = shift = 0
		    for byte in base64.b64decode(packed):
		        number |= (byte & 127) << shift
		        shift += 7
		        if byte < 128:
		            at += number
		            yield at
		            number = shift = 0
		with open(store) as file:
		    known = json.load(file)
		for site in sites(known['sites']['moved32']):
		    place = tell('xaddr', hex(stext + site))['addresses'][0]['physical']
		    with open(vm.replace('qmp', 'memory'), 'rb') as memory:
		        memory.seek(int(place, 0))
		        before = memory.read(4)
		    far = int.from_bytes(before, 'little') + 0xffffffff00000000 - text
		    if 0 < far < 1 << 25:
		        break
		code = (code & ~4095) + (far & 4095)
		known['base'] = str(code - far)
		with open(store, 'w') as file:
		    json.dump(known, file)
		print(place, before.hex(), (code & 0xffffffff).to_bytes(4, 'little').hex(),
		      hex(stext + site & ~4095))
	EOF
}

# Whether the text of a page is not as enrolled: 0, or 1; 2 when it was not looked at.
page_found() { # ADDRESS
	look
	status=$?
	[ $status -eq 0 ] && return 1
	[ $status -eq 3 ] || { echo "# status $status"; return 2; }
	jq -r '.findings[] | select(.finding == "text not as enrolled") |
		"\(.address) \(.number)"' "$work/found" >"$work/pages"
	# All of it is in the last 4 GiB; more is too much for a shell.
	page=$((0x${1#0xffffffff}))
	while read -r address pages; do
		first=$((0x${address#0xffffffff}))
		[ $page -lt $first ] || [ $page -ge $((first + pages * 4096)) ] || return 0
	done <"$work/pages"
	return 1
}

# An address in the text becomes one that leads elsewhere, as far from where the kernel was when it
# was enrolled as the right one is from where the kernel is.  It stands still meanwhile.  Of other
# pages, some have numbers that were addresses by chance where it really was.
an_address_by_another_base() {
	cp -r "$work/store" "$work/before"
	module=$(in_guest 'head -n 1 /proc/modules' | sed 's/.* \(0x[0-9a-f]*\).*/\1/')
	place=$(move_enrolment "$(address_of _text)" "$(address_of _stext)" "$module")
	# shellcheck disable=SC2086 # four words
	set -- $place
	if [ $# -eq 4 ]; then
		qmp stop >/dev/null
		page_found "$4"
		before=$?
		change_memory "$1" "$3" && page_found "$4"
		is_found=$?
		change_memory "$1" "$2"
		qmp cont >/dev/null
	fi
	rm -rf "$work/store"
	mv "$work/before" "$work/store"
	[ $# -eq 4 ] && [ $before -eq 1 ] && [ $is_found -eq 0 ] && nothing_is_found
}

changed_types() {
	hide hider deed=byte "address=$(beyond "$(address_of __start_BTF)" 3000000)"
	found "types (BTF) not as enrolled" ""
}

# Names are where VMCOREINFO says; the second token of the first one becomes another.
changed_symbols() {
	names=$(python3 - "$folder/memory" <<-'EOF'
		import re, sys
		memory = open(sys.argv[1], 'rb').read()
		print('0x' + re.search(rb'SYMBOL\(kallsyms_names\)=([0-9a-f]+)', memory).group(1).decode())
	EOF
	)
	hide hider deed=byte "address=$(beyond "$names" 2)"
	found "symbols (kallsyms) not as enrolled" ""
}

a_hidden_module() {
	hide hider deed=module
	found "module that is not listed" "^hider$"
}

a_module_hidden_from_sysfs_too() {
	hide ghost deed=kobject
	[ -z "$(in_guest 'ls /sys/module | grep ghost')" ] &&
		found "module that is not listed" "^ghost$"
}

# Two at one place, behind one that is the kernel's own; and one of a return.
probes_of_a_hidden_module() {
	hide wraith deed=probes
	found "pointer to unknown code" "" || return 1
	[ "$(jq '[.findings[] | select(.finding == "pointer to unknown code")] | length' \
		"$work/found")" -eq 3 ] && return
	jq -c '.findings[]' "$work/found" | sed 's/^/# /'
	return 1
}

it_is_not_learned_again() {
	"$tool" enrol --store "$work/store" "$vm" >"$work/out"
	[ $? -eq 3 ] && grep -q "text not as enrolled" "$work/out" && found "text not as enrolled" "" &&
		"$tool" enrol --again --store "$work/store" "$vm" | grep -q "again" &&
		not_found "text not as enrolled"
}

# Whoever can write to the store is not believed either.
a_damaged_enrolment() {
	for file in "$work/store"/*.json; do
		cp "$file" "$work/kept"
		head -c 1000 "$work/kept" >"$file"
		"$tool" check --store "$work/store" "$vm" >/dev/null 2>"$work/err"
		[ $? -eq 1 ] && grep -q "enrolment: is no JSON" "$work/err" || return 1
		jq '.areas.text.bytes = 1e15' "$work/kept" >"$file"
		"$tool" check --store "$work/store" "$vm" >/dev/null 2>"$work/err"
		[ $? -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] || return 1
		jq '.sites.moved32 = "/////////////w=="' "$work/kept" >"$file"
		"$tool" check --store "$work/store" "$vm" >/dev/null 2>"$work/err"
		[ $? -eq 1 ] && grep -q "make no sense" "$work/err" || return 1
		chmod 666 "$file"
		"$tool" check --store "$work/store" "$vm" >/dev/null 2>"$work/err"
		[ $? -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] || return 1
		rm "$file"
	done
}

tests="not_enrolled_is_told enrolled_once bpf_is_no_finding tracing_is_no_finding another_boot_is_the_same
       another_processor_is_told
       what_cannot_be_read_is_no_success an_address_by_another_base a_hidden_process
       a_changed_system_call
       a_distance_in_place_of_an_address a_hooked_function_pointer changed_text changed_types
       changed_symbols a_hidden_module a_module_hidden_from_sysfs_too
       probes_of_a_hidden_module it_is_not_learned_again
       a_damaged_enrolment"
kernels=${KERNELS:-6.1 6.12 7.2}
# shellcheck disable=SC2086 # words
set -- $tests
ktap_plan $(($# * $(echo "$kernels" | wc -w)))
# Static, since guests have no libraries.
${CC:-gcc} -O1 -static -s -o "$work/attach" "$top/selftests/guest/hider/attach.c" -lbpf -lelf -lz \
	2>"$work/lab" || sed 's/^/# /' "$work/lab"
for kernel in $kernels; do
	of=$kernel
	reason=
	rm -rf "$store"
	"$top/selftests/guest/hider/build" "stock-$kernel" "$work/$kernel" >"$work/lab" 2>&1
	case $? in
	0) boot "$kernel" ;;
	77) reason="no kernel for a guest" ;;
	*) sed 's/^/# /' "$work/lab" ;;
	esac
	run_tests "$@"
	stop_guest
done
ktap_end
