#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a virtual machine can be called, and which there are: a real guest, and strangers that
# say that they are it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=names-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

stranger=

undo() {
	[ -z "$stranger" ] || kill "$stranger"
}

# By its program, it is QEMU; sets $stranger.
start_stranger() { # ARGUMENT...
	cp /bin/bash "$work/qemu-system-x86_64"
	"$work/qemu-system-x86_64" -c 'while :; do read -t 1000 <>/dev/zero; done' "$@" &
	stranger=$!
	until [ "$(readlink /proc/$stranger/exe)" = "$work/qemu-system-x86_64" ]; do
		sleep 0.05
	done
}

stop_stranger() {
	kill "$stranger"
	wait "$stranger" 2>/dev/null
	stranger=
}

not_seen() { # TEXT VM
	refused 1 "$1" "$tool" info "$2"
}

of_list() { # PID FIELD
	"$tool" list --json | jq -r ".machines[] | select(.pid == $1) | .$2"
}

the_list_has_it() {
	[ "$(of_list "$qemu" name)" = $name ] && [ "$(of_list "$qemu" vm)" = $name ] &&
		[ "$(of_list "$qemu" memory_bytes)" -eq $((256 << 20)) ] &&
		[ "$(of_list "$qemu" kind)" = anonymous ] &&
		[ "$(of_list "$qemu" socket)" = "$folder/qmp" ] &&
		[ "$(of_list "$qemu" seen)" = true ] && "$tool" list | grep -q " $name "
}

all_its_names_lead_to_it() {
	release=$("$lab" guest exec $name -- uname -r | tr -d '\r')
	for vm in $name "pid:$qemu" "$folder/qmp"; do
		[ "$("$tool" info --json "$vm" | jq -r .kernel)" = "$release" ] || return 1
	done
	for vm in $name "pid:$qemu"; do
		"$tool" read "$vm" linux_banner 64 | cmp - <("$tool" read "$folder/qmp" linux_banner 64) ||
			return 1
	done
}

# Somebody else is connected to its only socket, for as long as we like.
without_its_monitor() {
	python3 - "$folder/qmp" "$work" <<-'EOF' &
		import os, socket, sys, time
		qemu = socket.socket(socket.AF_UNIX)
		qemu.connect(sys.argv[1])
		qemu.recv(1)
		open(f'{sys.argv[2]}/taken', 'w').close()
		while os.path.exists(f'{sys.argv[2]}/taken'):
		    time.sleep(0.05)
	EOF
	holder=$!
	until [ -e "$work/taken" ]; do sleep 0.05; done
	not_seen "does not greet" "$folder/qmp" &&
		[ "$("$tool" ps --json "pid:$qemu" | jq '.processes | length')" -gt 10 ] &&
		[ "$("$tool" ps --json $name | jq '.processes | length')" -gt 10 ]
	status=$?
	rm "$work/taken"
	wait $holder
	return $status
}

who_has_its_name_makes_it_none() {
	start_stranger -name $name -m 128
	not_seen "pid:$qemu" $name && grep -q "pid:$stranger" "$work/err" &&
		[ "$(of_list "$qemu" vm)" = "pid:$qemu" ] &&
		[ "$(of_list $stranger vm)" = "pid:$stranger" ] &&
		[ "$(of_list $stranger seen)" = false ] &&
		not_seen "not in one piece" "pid:$stranger" &&
		"$tool" info "pid:$qemu" >/dev/null
	status=$?
	stop_stranger
	return $status
}

names_do_no_harm() {
	start_stranger -name "$(printf 'guest=\033[2J/../x\n')" -uuid "$(head -c 4000 /dev/zero |
		tr '\0' x)" -m 99999999999999T -qmp "unix:$(head -c 300 /dev/zero | tr '\0' y)" \
		-object '{"qom-type":' -mon chardev=a,mode=control -chardev socket,id=a,path=
	"$tool" list >"$work/out" && ! grep -q "$(printf '\033')" "$work/out" &&
		"$tool" list --json | jq -e . >/dev/null &&
		[ "$(of_list $stranger vm)" = "pid:$stranger" ] &&
		not_seen "does not say how much memory" "pid:$stranger"
	status=$?
	stop_stranger
	return $status
}

what_cannot_be_is_said() {
	start_stranger -name secret -m 128 -object sev-guest,id=x
	not_seen "encrypted" secret && [ "$(of_list $stranger seen)" = false ]
	answer=$?
	stop_stranger
	not_seen "no such virtual machine" no-such-guest &&
		not_seen "no such virtual machine" "libvirt:$name" &&
		{ not_seen "Xen: no " xen:web1 || not_seen "no such guest" xen:web1; } &&
		not_seen "is no QEMU" "pid:$$" &&
		not_seen "there is none" pid:4194304 && not_seen "not a whole number" pid:x &&
		[ $answer -eq 0 ]
}

# A word is a name even where a file is called so.
a_file_is_no_name() {
	(cd "$work" && : >$name && "$tool" info $name >/dev/null) &&
		(cd "$work" && not_seen "no kernel" "./$name")
}

start_guest --memory 256 --memory-kind anonymous && qemu=$(cat "$folder/pid")
set -- the_list_has_it all_its_names_lead_to_it without_its_monitor \
	who_has_its_name_makes_it_none names_do_no_harm what_cannot_be_is_said a_file_is_no_name
ktap_plan $#
run_tests "$@"
ktap_end
