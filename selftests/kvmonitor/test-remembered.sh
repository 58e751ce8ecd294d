#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What kvmonitor remembers of a guest: used when it is still so, and only then.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=remembered-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

layouts=/run/kvmonitor/layouts

# A byte of the guest's memory, wherever QEMU has it.
put_byte() { # PHYSICAL BYTE
	address=$(qmp human-monitor-command '{"command-line": "gpa2hva '"$1"'"}' |
		sed -n 's/.* is \(0x[0-9a-f]*\).*/\1/p')
	[ -n "$address" ] || return 1
	# shellcheck disable=SC2059 # it is made of digits
	printf "\\$(printf %03o "$2")" |
		dd of="/proc/$pid/mem" bs=1 seek="$((address))" conv=notrunc status=none
}

# Sets pid, and file: where it is remembered.
find_file() {
	pid=$(cat "$folder/pid") && file=$layouts/$pid-$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)
}

# What is told of the guest is right; whether it was remembered is as it must be.
told() { # true|false [OPTION]
	remembered=$1
	shift
	"$tool" info --json "$@" "$vm" >"$work/info" || return 1
	jq -e --argjson wanted "$remembered" --arg version "$version" \
		'.remembered == $wanted and .version == $version' "$work/info" >/dev/null && return
	echo "# $(cat "$work/info")"
	return 1
}

a_second_command_uses_it() {
	version=$(in_guest 'cat /proc/version')
	find_file && [ ! -e "$file" ] || return 1
	told false && told true && cp "$work/info" "$work/warm" && told false --cold || return 1
	jq 'del(.remembered)' "$work/info" >"$work/one"
	jq 'del(.remembered)' "$work/warm" >"$work/other"
	cmp "$work/one" "$work/other"
}

it_is_roots_alone() {
	[ "$(stat -c %a "$layouts" "$file" | tr '\n' ' ')" = "700 600 " ] &&
		[ "$(stat -c %s "$file")" -le 65536 ]
}

answers_are_the_same() {
	for command in modules mounts; do
		"$tool" $command --json "$vm" >"$work/one" &&
			"$tool" $command --json --cold "$vm" >"$work/other" &&
			cmp "$work/one" "$work/other" || return 1
	done
	told true && begin_in_guest sleep 'sleep 4999' >/dev/null &&
		"$tool" ps --json "$vm" | jq -e '.processes[] | select(.arguments == "sleep 4999")' \
			>/dev/null &&
		"$tool" symbol "$vm" _etext | grep -q " _etext" &&
		"$tool" check "$vm" | grep -q "nothing found"
}

flip() { # OFFSET
	python3 -c 'import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2])); byte = file.read(1)[0]
    file.seek(int(sys.argv[2])); file.write(bytes([byte ^ 1]))' "$file" "$1"
}

a_damaged_file_is_not_used() {
	size=$(stat -c %s "$file")
	for at in 0 40 100 5000 $((size / 2)) $((size - 1)); do
		told true && flip $at && told false || { echo "# byte $at"; return 1; }
	done
	truncate -s 1000 "$file" && told false && : >"$file" && told false &&
		echo x >>"$file" && told false && chmod 666 "$file" && told false &&
		rm "$file" && ln -s /dev/zero "$file" && told false && told true
}

# Of the last name of all: nothing else can be told from it, and BTF is as good as before.
a_guest_with_other_types_is_found_anew() {
	where=$("$tool" xaddr --json "$vm" __stop_BTF | jq -r '.addresses[0].physical') || return 1
	where=$(printf '0x%x' $((where - 2)))
	told true && put_byte "$where" 90 && told false && told true && put_byte "$where" 89 &&
		told false && told true
}

is_new() {
	"$tool" info --json "$vm" >"$work/warm" 2>/dev/null && ! jq -e .remembered "$work/warm" >/dev/null
}

# KASLR has it elsewhere, mostly; VMCOREINFO is new in any case.
a_guest_that_boots_anew_is_found_anew() {
	told true || return 1
	jq -r .kernel_offset "$work/info" >"$work/before"
	"$tool" watch --interval 1 "$vm" >/dev/null 2>"$work/watched" &
	watch=$!
	until_confined $watch
	# The lab's guests end with their kernel.
	qmp set-action '{"reboot": "reset"}' >/dev/null && qmp system_reset >/dev/null || return 1
	until_true is_new || return 1
	wait $watch
	[ $? -eq 1 ] && grep -q " anew" "$work/watched" ||
		{ sed 's/^/# /' "$work/watched"; return 1; }
	echo "# moved by $(cat "$work/before"), now by $(jq -r .kernel_offset "$work/warm")"
	told false --cold || return 1
	jq 'del(.remembered)' "$work/info" >"$work/one"
	jq 'del(.remembered)' "$work/warm" >"$work/other"
	cmp "$work/one" "$work/other" && told true
}

what_is_of_another_vm_is_not_used() {
	version=$(in_guest 'cat /proc/version')
	old=$file
	find_file && [ "$file" != "$old" ] && install -m 600 "$work/old" "$file" && told false &&
		told true
}

what_has_ended_is_forgotten() {
	[ -e "$file" ] && [ ! -e "$old" ] && [ "$old" != "$file" ]
}

ktap_plan 8
[ "$(id -u)" -eq 0 ] || reason="only root's are remembered"
[ -n "$reason" ] || start_guest --memory 256 --memory-kind anonymous
vm=${folder:-}/qmp
run_tests a_second_command_uses_it it_is_roots_alone answers_are_the_same \
	a_damaged_file_is_not_used a_guest_with_other_types_is_found_anew \
	a_guest_that_boots_anew_is_found_anew
[ -n "$reason" ] || { cp "$file" "$work/old"; stop_guest; }
[ -n "$reason" ] || start_guest --kernel stock-6.1 --memory 256
vm=${folder:-}/qmp
run_tests what_is_of_another_vm_is_not_used what_has_ended_is_forgotten
ktap_end
