#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor on a guest of Xen's, run in dom0: what it shows is what the guest says itself.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
work=$(mktemp -d)
vm=xen:u1
trap 'rm -rf "$work"' EXIT

in_guest() {
	lab-domu exec 1 -- sh -c "$1" </dev/null
}

# What is in both looks of the guest's must have been seen, and nothing that is in neither.
same() { # BEFORE SEEN AFTER
	sort -u "$1" "$3" >"$work/either"
	sort "$1" >"$work/first"
	sort "$3" | comm -12 "$work/first" - >"$work/both"
	sort "$2" >"$work/seen"
	comm -23 "$work/both" "$work/seen" | sed 's/^/# not seen: /' >"$work/wrong"
	comm -13 "$work/either" "$work/seen" | sed 's/^/# not there: /' >>"$work/wrong"
	cat "$work/wrong"
	[ -s "$work/both" ] && [ ! -s "$work/wrong" ]
}

# Each by a command in the guest and a filter of the tool's answer.
compare() { # GUEST_COMMAND JQ COMMAND...
	said=$1
	filter=$2
	shift 2
	in_guest "$said" >"$work/before" &&
		kvmonitor "$@" --json >"$work/json" &&
		in_guest "$said" >"$work/after" &&
		jq -r "$filter" "$work/json" >"$work/shown" &&
		same "$work/before" "$work/shown" "$work/after"
}

info_is_the_guests() {
	kvmonitor info $vm --json >"$work/info" &&
		[ "$(jq -r .kernel "$work/info")" = "$(in_guest 'uname -r')" ] &&
		[ "$(jq -r .version "$work/info")" = "$(in_guest 'cat /proc/version')" ] &&
		[ "$(jq -r .runs_on_processor "$work/info")" = true ]
}

symbols_are_the_guests() {
	for name in linux_banner init_task sys_call_table __start_BTF; do
		[ "$(kvmonitor symbol $vm $name --json | jq -r '.symbols[0].address')" = \
			"0x$(in_guest "grep ' $name\$' /proc/kallsyms" | cut -d ' ' -f 1)" ] || return 1
	done
}

processes_are_the_guests() {
	sleeper=$(in_guest 'sleep 5000 >/dev/null 2>&1 & echo $!')
	# Of a kernel thread, /proc has what it works at, which is not in its name.
	# shellcheck disable=SC2016 # the guest's shell expands it
	compare 'for p in /proc/[0-9]*; do
			read -r name <$p/comm && echo "${p#/proc/} $name"
		done 2>/dev/null | sed -e "/ kworker/s/[-+].*//" -e "s/ \(.\{15\}\).*/ \1/"' '.processes[] | "\(.pid) \(.comm)"' ps $vm &&
		jq -e '.processes[] | select(.arguments == "sleep 5000")' "$work/json" >/dev/null
	ps_status=$?
	# Whoever comes next has the guest as it was.
	in_guest "kill $sleeper"
	return $ps_status
}

# By its own page tables, which Xen has from the guest.
memory_of_processes_is_the_guests() {
	# shellcheck disable=SC2046 # two words
	set -- $(in_guest "cut -d ' ' -f 48,49 /proc/1/stat")
	kvmonitor read --json --pid 1 $vm "$1" $(($2 - $1)) | jq -r '.rows[].hex' |
		tr -d ' \n' >"$work/hex"
	[ -s "$work/hex" ] &&
		in_guest "od -A n -v -t x1 /proc/1/cmdline" | tr -d ' \r\n' | cmp - "$work/hex"
}

modules_are_the_guests() {
	compare 'cut -d " " -f 1,3 /proc/modules' '.modules[] | "\(.name) \(.references)"' \
		modules $vm
}

mounts_are_the_guests() {
	compare 'cut -d " " -f 1,2,3,5 /proc/1/mountinfo' \
		'.mounts[] | "\(.id) \(.parent_id) \(.device) \(.path)"' mounts $vm
}

files_are_the_guests() {
	# shellcheck disable=SC2016
	compare 'for f in /proc/1/fd/*; do echo "${f##*/} $(readlink $f)"; done' \
		'.files[] | select(.pid == 1) | "\(.fd) \(.path)"' files $vm
}

nothing_is_found_where_nothing_is() {
	kvmonitor check $vm >"$work/findings" || { sed 's/^/# /' "$work/findings"; return 1; }
}

# What a guest gives to Xen while it is looked at is Xen's at once, or a moment later.
what_is_mapped_holds_up_no_balloon() {
	PATH=$here/../balloon-sync:$PATH
	id=$(xl domid u1)
	before=$(domsize | awk -v id="$id" '$1 == id { print $2 }')
	while [ ! -e "$work/enough" ]; do kvmonitor ps $vm >/dev/null; done &
	looking=$!
	xl mem-set u1 $(((before >> 10) - 64))
	for _ in $(seq 60); do
		now=$(domsize | awk -v id="$id" '$1 == id { print $2 }')
		[ "$now" -gt $((before - (60 << 10))) ] || break
		sleep 1
	done
	touch "$work/enough"
	wait $looking
	xl mem-set u1 $((before >> 10))
	[ "$now" -le $((before - (60 << 10))) ]
}

refused() { # TEXT COMMAND...
	text=$1
	shift
	"$@" >"$work/out" 2>"$work/err"
	[ $? -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF "$text" "$work/err"
}

who_is_not_there() {
	refused "no-such: no such guest is running" kvmonitor ps xen:no-such &&
		refused "9999: no such guest is running" kvmonitor ps xen:9999 &&
		refused "is the host's own domain" kvmonitor ps xen:0
}

a_number_is_a_name_too() {
	kvmonitor info "xen:$(xl domid u1)" | grep -q "Linux version"
}

tests="info_is_the_guests symbols_are_the_guests processes_are_the_guests
	memory_of_processes_is_the_guests
	modules_are_the_guests mounts_are_the_guests files_are_the_guests
	nothing_is_found_where_nothing_is what_is_mapped_holds_up_no_balloon
	who_is_not_there a_number_is_a_name_too"
# shellcheck disable=SC2086
set -- $tests
ktap_plan $#
for test; do
	$test
	result $? "$test"
done
ktap_end
