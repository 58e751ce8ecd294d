#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync as a service with two real guests, in dom0 of the Xen lab or on the
# host of the KVM lab: u1 pays for Tripwire, u2 for AIDE, which runs again and again
# as from cron.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
# shellcheck source=/dev/null
. "$here/lab-service.sh"
PATH=$here:$PATH
# Not on the disk: each line of a log there dirties the block that its inode is in, which may
# be one that an IDS has read first.
work=$(mktemp -d -p /run)
state=/var/lib/ids-demo
# Where the demo's configuration of AIDE and this one of Tripwire look.
aide_tree=/mnt/guest
tripwire_tree=/var/tmp/tripwire-tree
cgroups=/sys/fs/cgroup
log=$work/log.csv
said=$work/said
service=
# Longer than a slow machine takes to look at what a run has left.
linger=45
# A guest that is moved by superpages may be off by one.
off=1024
[ "$LAB_TYPE" = xen ] && [ "$(xl list -l u1 | grep -c '"type": "pvh"')" -eq 0 ] || off=2560

hog=

cleanup() {
	[ -z "$hog" ] || kill "$hog" 2>/dev/null
	[ -z "$service" ] || kill "$service" 2>/dev/null
	[ -z "$service" ] || wait "$service"
	rm -rf "$work" "$aide_tree" "$tripwire_tree" "$state" /var/tmp/neighbour
}
trap cleanup EXIT

# --- looking -----------------------------------------------------------------

# By Xen's count of pages, or the guest's own.
actual() { # DOMAIN
	if [ "$LAB_TYPE" = xen ]; then
		domsize | awk -v id="$(xl domid "$1")" '$1 == id { print $2 }'
	else
		lab-domu at "/run/lab/$1/agent" exec -- cat /proc/meminfo |
			awk '/^MemTotal:/ { print $2 }'
	fi
}

sizes() {
	if [ "$LAB_TYPE" = xen ]; then
		domsize | grep -v free
	else
		actual u1
		actual u2
	fi
}

# By the log, by the hypervisor, and by the memory cgroup of the group.
charged() { # GUEST SIZE_BEFORE GROUP
	used=$(field group "$3" used_kb)
	near "$used" "$(field group "$3" charged_kb)" &&
		near "$used" "$(($2 - $(actual "$1")))" &&
		near "$used" "$(memcg "$3")"
}

whole() {
	[ "$(sizes)" = "$before" ]
}

# --- doing -------------------------------------------------------------------

make_tree() { # FOLDER MB: files of 200 kB
	mkdir -p "$1"
	head -c "${2}M" /dev/urandom | (cd "$1" && split -b 200k -)
}

aide_run() { # --init or --check
	in_group aide aide --config="$here/../demo/aide.conf" "$1" >"$work/aide" 2>&1
	# What was found is told by the lower three bits.
	[ $? -le 7 ] || { sed 's/^/# /' "$work/aide"; return 1; }
	# Dirty pages cannot be dropped.
	sync
}

tripwire_run() { # OPTION...
	in_group tripwire tripwire "$@" -c "$state/tw.cfg" >"$work/tripwire" 2>&1
	[ $? -le 7 ] || { sed 's/^/# /' "$work/tripwire"; return 1; }
	sync
}

tripwire_setup() {
	sed "s|/mnt/guest|$tripwire_tree|" "$here/../demo/tripwire.pol" >"$work/tripwire.pol"
	twadmin --generate-keys -S $state/site.key -Q demo -L $state/local.key -P demo &&
		twadmin --create-cfgfile -c $state/tw.cfg -S $state/site.key -Q demo \
			"$here/../demo/tripwire.cfg" &&
		twadmin --create-polfile -c $state/tw.cfg -S $state/site.key -Q demo \
			"$work/tripwire.pol"
}

guest() { # NAME
	echo "{ name = \"$1\";"
	[ "$LAB_TYPE" = xen ] || echo "hypervisor = \"qmp\"; socket = \"/run/lab/$1/qmp\";"
	echo "}"
}

configure() {
	cat >"$work/conf" <<-EOF
		interval = "500ms"; linger = "${linger}s"; socket = "$work/socket";
		guests = ( $(guest u1), $(guest u2) );
		groups = (
			{ name = "tripwire"; members = ( "cgroup=$cgroups/tripwire" ); guests = "u1"; },
			{ name = "aide"; members = ( "cgroup=$cgroups/aide" ); guests = "u2"; }
		);
	EOF
}

# --- tests -------------------------------------------------------------------

mkdir -p $state "$cgroups/aide" "$cgroups/tripwire"
echo +memory >$cgroups/cgroup.subtree_control
modprobe filecache || exit 2
make_tree $aide_tree 60
make_tree $tripwire_tree 20
head -c 16M /dev/urandom >/var/tmp/neighbour
sync
configure
tripwire_setup >"$work/keys" 2>&1 </dev/null || { sed 's/^/# /' "$work/keys"; exit 2; }
echo 3 >/proc/sys/vm/drop_caches
cat /var/tmp/neighbour >/dev/null

both_guests_are_there() {
	balloon-sync --config "$work/conf" --log "$log" >"$said" 2>&1 &
	service=$!
	wait_for 60 grep -q "u2: is there" "$said" && wait_for 60 test -s "$log"
}

aide_is_charged_to_u2() {
	aide_run --init && wait_for 60 at_least aide 61440 &&
		wait_for 60 charged u2 "$u2_before" aide &&
		[ "$(actual u1)" -ge $((u1_before - off)) ]
}

# Between its runs there is no process: what the dead have read is charged on.
runs_as_from_cron_stay_charged() {
	for _ in 1 2 3; do
		aide_run --check || return 1
		sleep 4
		at_least aide 61440 && wait_for 20 charged u2 "$u2_before" aide || return 1
	done
}

# Tripwire drops what it reads: some memory beside it, by which u1 is told from u2.
tripwire_is_charged_to_u1() {
	mkfifo "$work/hog"
	in_group tripwire memhog <"$work/hog" >/dev/null 2>&1 &
	hog=$!
	exec 9>"$work/hog"
	echo 40 >&9
	tripwire_run --init -P demo 9>&- && tripwire_run --check 9>&- &&
		wait_for 60 at_least tripwire 40960 &&
		wait_for 60 charged u1 "$u1_before" tripwire
	agreed=$?
	exec 9>&-
	wait "$hog"
	hog=
	return $agreed
}

status_tells_both() {
	balloon-sync status --socket "$work/socket" >"$work/status" &&
		grep -q '^u1 ' "$work/status" && grep -q '^u2 ' "$work/status" &&
		grep -q '^aide ' "$work/status"
}

# What of it could not be dropped: of which files.
what_stays() {
	filecache list --dead | awk '$NF == "tripwire" || $NF == "aide" { print $1 }' |
		while read -r owner; do
			filecache files --pages "$owner"
		done
	grep -E '^(Dirty|Writeback):' /proc/meminfo
}

# A block of metadata that an IDS read first is the journal's until the commit after the one
# that wrote it, for drop_caches as well; where nobody writes there is none.
nothing_left_of() { # GROUP
	touch / && sync
	at_most "$1" 0
}

# After the last run: what it read is dropped, and nobody else's.
guests_are_whole_again() {
	wait_for $((linger + 30)) nothing_left_of aide &&
		wait_for 30 nothing_left_of tripwire &&
		wait_for 30 whole && return
	what_stays | sed 's/^/# /'
	return 1
}

others_keep_their_cache() {
	[ "$(fincore -nbo RES /var/tmp/neighbour)" -eq $((16 << 20)) ]
}

ending_leaves_nothing() {
	kill -TERM "$service" && wait "$service"
	status=$?
	service=
	[ $status -eq 0 ] && whole
}

before=$(sizes)
u1_before=$(actual u1)
u2_before=$(actual u2)
ktap_plan 8
for test in both_guests_are_there aide_is_charged_to_u2 runs_as_from_cron_stay_charged \
	    tripwire_is_charged_to_u1 status_tells_both guests_are_whole_again \
	    others_keep_their_cache ending_leaves_nothing; do
	$test
	result $? $test
done
rmmod filecache
ktap_end
