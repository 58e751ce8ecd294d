#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor isolate --charge on the host of the KVM lab, with the module: the guest pays for the
# memory of what is isolated with it, by its own view of itself, and has all of it back afterwards.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"

root=/sys/fs/cgroup
# Not on the disk: what is written there is in the cache as well.
work=$(mktemp -d -p /run) || exit 1
kvmonitor=

cleanup() {
	[ -z "$kvmonitor" ] || kill $kvmonitor 2>/dev/null
	rm -rf "$work" /var/tmp/charged
}
trap cleanup EXIT

# What the guest says that it has, in kB.
has() { # GUEST
	lab-domu at "/run/lab/$1/agent" exec -- cat /proc/meminfo |
		awk '/^MemTotal:/ { print $2 }'
}

# Whether so much of a guest is gone, and no more than the program's own memory besides.
gone() { # GUEST KB MORE
	missing=$((before - $(has "$1")))
	[ $missing -ge "$2" ] && [ $missing -le $(($2 + $3)) ]
}

is_whole() { # GUEST
	[ "$(has "$1")" -eq "$before" ]
}

# Reads a file of 48 MB that nobody has in the cache, and stays.
start_ids() { # GUEST OPTION...
	vm=$1
	shift
	rm -f "$work/ids"
	echo 3 >/proc/sys/vm/drop_caches
	kvmonitor isolate --charge "$@" "$vm" -- sh -c \
		"echo \$\$ >$work/ids; cat /var/tmp/charged >/dev/null; exec sleep 1000" \
		2>"$work/said" &
	kvmonitor=$!
	until [ -s "$work/ids" ]; do
		kill -0 $kvmonitor 2>/dev/null || { sed 's/^/# /' "$work/said"; return 1; }
		sleep 0.1
	done
}

told() {
	echo "# has $(has "$1") of $before kB, $2 kB are to be gone"
	sed 's/^/# /' "$work/said"
	return 1
}

end_ids() { # SIGNAL
	kill "-$1" $kvmonitor
	wait $kvmonitor
	status=$?
	kvmonitor=
	return $status
}

the_guest_pays_for_its_cache() {
	before=$(has u1)
	start_ids u1 || return 1
	until_true gone u1 49152 8192 || { told u1 49152; return 1; }
	echo "# gone: $missing kB"
}

and_has_it_back() {
	end_ids TERM
	[ $? -eq 143 ] && is_whole u1 || { told u1 0; return 1; }
	! ls -d $root/kvmonitor-* 2>/dev/null
}

# With who started it, balloon-sync ends, and gives back.
killed_by_9() {
	before=$(has u2)
	start_ids u2 || return 1
	until_true gone u2 49152 8192 || { told u2 49152; return 1; }
	end_ids KILL
	until_true is_whole u2 || { told u2 0; return 1; }
	! pidof balloon-sync && kvmonitor isolate u2 --release && kill "$(cat "$work/ids")"
}

what_runs_already_is_charged() {
	before=$(has u1)
	echo 3 >/proc/sys/vm/drop_caches
	sh -c "exec 3<$work/go; read -r _ <&3; cat /var/tmp/charged >/dev/null; exec sleep 1000" &
	ids=$!
	kvmonitor isolate --charge --pid $ids u1 2>"$work/said" &
	kvmonitor=$!
	until_true grep -q '/ids$' /proc/$ids/cgroup || { told u1 0; return 1; }
	echo go >"$work/go"
	until_true gone u1 49152 8192
	status=$?
	[ $status -eq 0 ] || told u1 49152
	kill $ids
	wait $kvmonitor
	kvmonitor=
	[ $status -eq 0 ] && is_whole u1
}

head -c 48M /dev/urandom >/var/tmp/charged
mkfifo "$work/go"
sync
set -- the_guest_pays_for_its_cache and_has_it_back killed_by_9 what_runs_already_is_charged
ktap_plan $#
modprobe filecache || exit 2
for test in "$@"; do
	check "$test" "$test"
done
ktap_end
