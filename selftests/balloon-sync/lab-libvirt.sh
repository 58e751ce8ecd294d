#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync with a guest of a real libvirtd, on the host of the KVM lab: charged,
# through an end of the daemon, while the guest swaps, and when it has no more to give.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
# shellcheck source=/dev/null
. "$here/lab-service.sh"
PATH=$here:$PATH
work=$(mktemp -d)
# shellcheck source=/dev/null
. "$here/../lib/libvirtd.sh"
cgroups=/sys/fs/cgroup
log=$work/log.csv
said=$work/said
place=/run/lab/v1
guest_kb=262144
# Of a guest that is moved by superpages.
off=2560
service=
hog=

cleanup() {
	[ -z "$hog" ] || kill "$hog" 2>/dev/null
	[ -z "$service" ] || kill "$service" 2>/dev/null
	[ -z "$service" ] || wait "$service"
	virsh -q destroy v1 >/dev/null 2>&1
	stop_libvirtd
	rm -rf "$work" /var/tmp/scanned
}
trap cleanup EXIT

# --- the daemon and its guest --------------------------------------------------

# Its disk is for swap.
describe_guest() {
	mkdir -p $place
	truncate -s 128M "$work/disk"
	mkfs.ext4 -q "$work/disk"
	libvirt_guest v1 "$guest_kb" $place "<memballoon model='virtio'><stats period='2'/></memballoon>" \
		"$work/disk" >"$work/v1.xml"
}

in_guest() {
	lab-domu at $place/agent exec -- "$@"
}

memtotal() {
	in_guest cat /proc/meminfo | awk '/^MemTotal:/ { print $2 }'
}

# More than it can have when libvirt does not tell.
by_libvirt() {
	virsh -q dommemstat v1 2>&1 |
		awk '$1 == "actual" { kb = $2 } END { print kb ? kb : 999999999 }'
}

# --- balloon-sync ----------------------------------------------------------------

start_service() { # KEYS OF THE GROUP [KEYS OF THE GUEST]
	cat >"$work/conf" <<-EOF
		interval = "500ms"; linger = "2s"; socket = "$work/socket";
		guests = ( { name = "v1"; hypervisor = "libvirt"; $2 } );
		groups = ( { name = "ids"; members = ( "cgroup=$cgroups/ids" ); guests = "v1"; $1 } );
	EOF
	rm -f "$log"
	balloon-sync --config "$work/conf" --log "$log" >"$said" 2>&1 9>&- &
	service=$!
	wait_for 60 grep -q "v1: is there" "$said" && wait_for 60 test -s "$log"
}

end_service() {
	kill -TERM "$service" && wait "$service"
	status=$?
	service=
	[ $status -eq 0 ] && [ "$(by_libvirt)" -eq $guest_kb ] && [ "$(memtotal)" -eq "$whole" ]
}

start_hog() {
	mkfifo "$work/hog"
	in_group ids memhog <"$work/hog" >/dev/null 2>&1 &
	hog=$!
	exec 9>"$work/hog"
}

# By the log, by libvirt, by the guest itself.
charged() { # MB
	used=$(field group ids used_kb)
	[ "$used" -ge $(($1 * 1024)) ] && near "$used" "$(field group ids charged_kb)" &&
		near "$used" $((guest_kb - $(by_libvirt))) &&
		near "$used" $((whole - $(memtotal)))
}

# --- tests -----------------------------------------------------------------------

libvirtd_runs_the_guest() {
	configure_libvirt && start_libvirtd && describe_guest &&
		virsh -q create "$work/v1.xml" >"$work/created" 2>&1 &&
		lab-domu at $place/agent wait 240 && whole=$(memtotal) && return
	sed 's/^/# /' "$work/libvirtd" "$work/created"
	return 1
}

what_an_ids_holds_is_charged() {
	start_service "" "" && start_hog && echo 60 >&9 && wait_for 60 charged 60
}

# Its guests run on, and so does balloon-sync.
daemon_that_is_killed_and_comes_back() {
	kill -KILL "$(cat /run/libvirtd.pid)"
	echo 100 >&9
	wait_for 30 grep -q "none of them can be reached (.*libvirt" "$said" && sleep 3 &&
		[ "$(memtotal)" -le $((whole - 61440 + off)) ] &&
		start_libvirtd && wait_for 60 charged 100
}

# Memory that it reads back from swap is what it lacks.
guest_that_swaps_gets_memory_back() {
	gave=$((guest_kb - $(by_libvirt)))
	in_guest sh -c 'dd if=/dev/zero of=/mnt/swap bs=1M count=96 && chmod 600 /mnt/swap &&
		mkswap /mnt/swap && swapon /mnt/swap' >"$work/swap" 2>&1 || {
		sed 's/^/# /' "$work/swap"
		return 1
	}
	in_guest sh -c 'dd if=/dev/zero of=/dev/null bs=130M >/dev/null 2>&1 &'
	wait_for 120 grep -q "short of memory" "$said" &&
		wait_for 120 gives_less $((gave * 3 / 4))
	less=$?
	echo "# gave $gave kB, then $((guest_kb - $(by_libvirt))) kB"
	# shellcheck disable=SC2016 # expanded in the guest
	in_guest sh -c 'kill $(pidof dd); swapoff /mnt/swap' && [ $less -eq 0 ]
}

gives_less() { # KB
	[ $((guest_kb - $(by_libvirt))) -le "$1" ]
}

ending_leaves_it_whole() {
	exec 9>&-
	wait "$hog"
	hog=
	end_service
}

# A scanner that reads more than its guest can pay for: its own cache goes.
what_nobody_pays_for_is_limited() {
	head -c 140M /dev/urandom >/var/tmp/scanned
	sync
	echo 1 >/proc/sys/vm/drop_caches
	start_service 'source = "cgroup"; limit = true;' 'floor = "192M";' && start_hog || return 1
	in_group ids cat /var/tmp/scanned >/dev/null
	wait_for 60 grep -q "ids: is limited to" "$said" && wait_for 30 within_limit || return 1
	echo "# memory.high is $(cat $cgroups/ids/memory.high)"
	[ $((guest_kb - $(by_libvirt))) -le 65536 ]
}

within_limit() {
	[ "$(memcg ids)" -le 67584 ]
}

limit_is_lifted_at_the_end() {
	ending_leaves_it_whole && [ "$(cat $cgroups/ids/memory.high)" = max ]
}

mkdir -p "$cgroups/ids"
echo +memory >$cgroups/cgroup.subtree_control
modprobe filecache || exit 2
ktap_plan 7
for test in libvirtd_runs_the_guest what_an_ids_holds_is_charged \
	    daemon_that_is_killed_and_comes_back guest_that_swaps_gets_memory_back \
	    ending_leaves_it_whole what_nobody_pays_for_is_limited \
	    limit_is_lifted_at_the_end; do
	$test
	result $? $test
	rm -f "$work/hog"
done
rmmod filecache
ktap_end
