#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync with real balloons: run in dom0 of the Xen lab, guest u1.
set -u
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here:$PATH
work=$(mktemp -d)
group=/sys/fs/cgroup/bs-test
log=$work/log.csv
said=$work/said
plan=20
number=0
failures=0
follower=
hog=

ok() { # NAME
	number=$((number + 1))
	if [ -s "$work/why" ]; then
		sed 's/^/# /' "$work/why"
		[ -f "$said" ] && sed 's/^/# said: /' "$said"
		echo "not ok $number $1"
		failures=$((failures + 1))
	else
		echo "ok $number $1"
	fi
	: >"$work/why"
}

fail() {
	echo "$*" >>"$work/why"
}

# --- looking -----------------------------------------------------------------

actual() { # DOMID
	domsize | awk -v id="$1" '$1 == id { print $2 }'
}

memtotal() {
	awk '/^MemTotal:/ { print $2 }' /proc/meminfo
}

guest_memtotal() {
	lab-domu exec 1 -- cat /proc/meminfo | awk '/^MemTotal:/ { print $2 }'
}

sizes() { # of everybody, with limits and the guest's target
	domsize | grep -v free
	xenstore-read "/local/domain/$guest/memory/target"
}

memcg() { # what the kernel itself charges to the group, in kB
	awk '
		$1 == "anon" || $1 == "file" { kb += $2 / 1024 }
		$1 == "shmem" { kb -= $2 / 1024 }
		END { printf "%d\n", kb }' "$group/memory.stat"
}

# Its figures lag behind by seconds.
memcg_agrees() {
	difference=$(($(memcg) - $(field used_kb)))
	[ "${difference#-}" -le 512 ]
}

field() { # NAME: of the last line of the log
	awk -F, -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
		{ last = $at }
		END { print last }' "$log"
}

within() { # WHAT A B LIMIT
	difference=$(($2 - $3))
	[ "${difference#-}" -le "$4" ] || fail "$1: $2 and $3 differ by more than $4"
}

equal() { # WHAT IS SHOULD
	[ "$2" = "$3" ] || fail "$1: is '$2', should be '$3'"
}

# Wait until a command succeeds, at most so many seconds.
wait_for() { # SECONDS WHAT COMMAND...
	tries=$(($1 * 5))
	what=$2
	shift 2
	while ! "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			fail "waited in vain: $what"
			return 1
		fi
		sleep 0.2
	done
}

settled_at() { # LOW_KB HIGH_KB: the latest sample says so
	[ "$(field phase)" = settled ] || return 1
	arrived=$(field arrived_kb)
	[ "$arrived" -ge "$1" ] && [ "$arrived" -le "$2" ]
}

# --- doing -------------------------------------------------------------------

start_hog() {
	rm -f "$work/hog"
	mkfifo "$work/hog"
	: >"$work/held"
	# shellcheck disable=SC2016 # expanded by the inner shell
	sh -c 'echo 0 >"$1/cgroup.procs"; exec memhog <"$2"' - "$group" "$work/hog" \
		>"$work/held" 2>&1 &
	hog=$!
	exec 9>"$work/hog"
}

hold() { # MB
	echo "$1" >&9
	wait_for 30 "the hog to hold $1 MB" grep -qx "held $1" "$work/held"
	: >"$work/held"
}

end_hog() {
	exec 9>&-
	wait "$hog"
	hog=
}

follow() { # OPTION...
	rm -f "$log"
	balloon-sync --guest u1 --log "$log" --interval 0.5 "$@" >"$said" 2>&1 9>&- &
	follower=$!
	wait_for 30 "the first sample" test -s "$log"
}

end_follow() { # SIGNAL STATUS
	kill "-$1" "$follower"
	wait "$follower"
	equal "exit status" $? "$2"
	follower=
}

refused() { # PATTERN COMMAND...: status 1 and one line that says why
	pattern=$1
	shift
	"$@" >"$said" 2>&1 9>&-
	equal "exit status" $? 1
	equal "lines" "$(wc -l <"$said")" 1
	grep -q "$pattern" "$said" || fail "not said: $pattern"
	equal "sizes" "$(sizes)" "$before"
}

# To the page; between two samples another page may be under way.
agreed() {
	moved=$(field arrived_kb)
	[ "$(actual 0)" = $((dom0_before + moved)) ] &&
		[ "$(actual "$guest")" = $((guest_before - moved)) ]
}

totals_agreed() {
	moved=$(field arrived_kb)
	[ "$(memtotal)" = $((memtotal_before + moved)) ] &&
		[ "$(guest_memtotal)" = $((guest_memtotal_before - moved)) ]
}

charged() { # what is moved is what is used, by everybody's count
	within "used and arrived" "$(field used_kb)" "$(field arrived_kb)" 1024
	wait_for 10 "the hypervisor to agree" agreed && return
	equal "dom0, by the hypervisor" "$(actual 0)" $((dom0_before + $(field arrived_kb)))
	equal "guest, by the hypervisor" "$(actual "$guest")" \
		$((guest_before - $(field arrived_kb)))
}

cleanup() {
	[ -z "$follower" ] || kill "$follower" 2>/dev/null
	[ -z "$hog" ] || kill "$hog" 2>/dev/null
	rm -rf "$work"
}

trap cleanup EXIT
echo "KTAP version 1"
echo "1..$plan"
: >"$work/why"
guest=$(xl domid u1)
mkdir -p "$group"
dd if=/dev/zero of=/var/tmp/bs-cache bs=1M count=40 2>/dev/null
sync
echo 3 >/proc/sys/vm/drop_caches

# --- bad input ---------------------------------------------------------------

rmmod filecache 2>/dev/null
before=$(sizes)
refused "modprobe filecache" balloon-sync --guest u1 --group "cgroup=$group"
ok module_not_loaded
modprobe filecache || fail "modprobe failed"

refused "no such guest" balloon-sync --guest nobody --group "cgroup=$group"
refused "own domain" balloon-sync --guest Domain-0 --group "cgroup=$group"
ok unknown_guest

refused "run as root" setpriv --reuid 65534 --clear-groups \
	balloon-sync --guest u1 --group "cgroup=$group"
ok no_permission

refused "lower --floor" balloon-sync --guest u1 --group "cgroup=$group" --floor 4096
ok floor_above_guest

refused "no such cgroup" balloon-sync --guest u1 --group cgroup=/nowhere
refused "no such process" balloon-sync --guest u1 --group pid=4194000
ok unknown_group

start_hog
hold 60
before=$(sizes)
balloon-sync --guest u1 --group "cgroup=$group" --dry-run --once >"$said" 2>&1 9>&-
equal "exit status" $? 0
grep -q "would move" "$said" || fail "not said: what would be moved"
equal "sizes" "$(sizes)" "$before"
balloon-sync --guest u1 --group comm=memhog,uid=root --dry-run --once --json \
	>"$said" 2>&1 9>&-
grep -q '"wanted_kb":6[1-5][0-9][0-9][0-9],' "$said" || fail "not followed by its name"
balloon-sync --guest u1 --group comm=memhog,uid=1 --dry-run --once --json \
	>"$said" 2>&1 9>&-
grep -q '"wanted_kb":0,' "$said" || fail "another user's process is charged"
ok dry_run_moves_nothing

balloon-sync --guest u1 --group "cgroup=$group" --once >"$said" 2>&1 9>&-
equal "exit status" $? 0
once=$(actual "$guest")
[ "$once" -le $((524288 - 61440)) ] || fail "the guest has $once kB"
hold 80
balloon-sync --guest u1 --group "cgroup=$group" --once >"$said" 2>&1 9>&-
equal "exit status of the second" $? 0
[ "$(actual "$guest")" -le $((once - 20480)) ] || fail "the second did not go on"
balloon-sync restore >"$said" 2>&1 9>&-
equal "exit status of restore" $? 0
equal "sizes" "$(sizes)" "$before"
ok once_leaves_it_and_goes_on
hold 0

# --- following ---------------------------------------------------------------

before=$(sizes)
dom0_before=$(actual 0)
guest_before=$(actual "$guest")
memtotal_before=$(memtotal)
guest_memtotal_before=$(guest_memtotal)
xl_before=$(xl list u1 | awk 'NR == 2 { print $3 }')
follow --group "cgroup=$group" --linger 1
hold 100
wait_for 60 "100 MB to arrive" settled_at 102400 106000
charged
wait_for 10 "both kernels to agree" totals_agreed || {
	equal "MemTotal of dom0" "$(memtotal)" $((memtotal_before + moved))
	equal "MemTotal of the guest" "$(guest_memtotal)" $((guest_memtotal_before - moved))
}
within "xl list" "$(xl list u1 | awk 'NR == 2 { print $3 }')" $((xl_before - moved / 1024)) 1
wait_for 10 "the memory cgroup to agree" memcg_agrees
ok allocated_memory_is_charged

balloon-sync --guest u1 --group "cgroup=$group" >"$work/second" 2>&1 9>&-
equal "exit status" $? 1
grep -q "another balloon-sync" "$work/second" || fail "second: $(cat "$work/second")"
balloon-sync restore >"$work/second" 2>&1 9>&-
equal "exit status of restore" $? 1
ok second_instance_is_refused

hold 20
wait_for 60 "memory to return" settled_at 20480 24000
charged
ok freed_memory_returns

# The reader dies at once and its cgroup goes too, its cache stays; the hog
# keeps the group alive.
mkdir "$group/child"
# shellcheck disable=SC2016
sh -c 'echo 0 >"$1/cgroup.procs"; sleep 1; exec cat "$2"' - "$group/child" \
	/var/tmp/bs-cache >/dev/null
rmdir "$group/child" || fail "the child cgroup stays"
wait_for 60 "40 MB of cache to be charged" settled_at 61440 66000
charged
[ "$(field cache_kb)" -ge 40960 ] || fail "cache: $(field cache_kb) kB"
wait_for 10 "the memory cgroup to agree" memcg_agrees
ok cache_of_a_dead_process_is_charged

end_hog
wait_for 60 "all to return" settled_at 0 0
equal "cache left" "$(field cache_kb)" 0
grep -q "has ended" "$said" || fail "not said: that the cache was dropped"
equal "sizes" "$(sizes)" "$before"
kill -0 "$follower" || fail "balloon-sync has ended too"
ok cache_is_dropped_and_memory_returns_at_the_end

start_hog
hold 60
wait_for 60 "60 MB to arrive" settled_at 61440 65000
end_follow TERM 0
equal "sizes" "$(sizes)" "$before"
[ ! -e /run/balloon-sync/u1.state ] || fail "the state file is still there"
ok sigterm_gives_back

follow --group "cgroup=$group" --floor $((guest_before / 1024 - 30))
wait_for 60 "what the floor allows" settled_at 30000 30720
grep -c "at its floor" "$said" | grep -qx 1 || fail "not said once: the floor"
[ "$(actual "$guest")" -ge $((guest_before - 30720)) ] || fail "below the floor"
end_follow INT 0
equal "sizes" "$(sizes)" "$before"
ok floor_is_kept

ceiling=$(domsize | awk '$1 == 0 { print $3 }')
xl mem-max 0 730
before_max=$before
before=$(sizes)
follow --group "cgroup=$group"
wait_for 60 "what the ceiling allows" settled_at 30000 30720
grep -c "at its ceiling" "$said" | grep -qx 1 || fail "not said once: the ceiling"
equal "guest" "$(actual "$guest")" $((guest_before - $(field arrived_kb)))
end_follow INT 0
equal "sizes" "$(sizes)" "$before"
xl mem-max 0 700
before=$(sizes)
refused "at its ceiling" balloon-sync --guest u1 --group "cgroup=$group"
# xl adds one MB of its own.
xl mem-max 0 $((ceiling / 1024 - 1))
before=$before_max
equal "sizes" "$(sizes)" "$before"
ok ceiling_of_dom0_is_kept

follow --group "cgroup=$group"
wait_for 60 "60 MB to arrive" settled_at 61440 65000
rmmod filecache
wait "$follower"
equal "exit status" $? 1
follower=
grep -q "has been unloaded" "$said" || fail "not said: that the module is gone"
equal "sizes" "$(sizes)" "$before"
modprobe filecache
ok module_that_is_unloaded

follow --group "pid=$hog"
wait_for 60 "60 MB to arrive" settled_at 61440 65000
kill -KILL "$follower"
wait "$follower" 2>/dev/null
follower=
[ "$(actual 0)" -gt "$dom0_before" ] || fail "nothing was moved"
balloon-sync --guest u1 --group "cgroup=$group" >"$said" 2>&1 9>&-
equal "exit status of a new run" $? 1
grep -q "restore" "$said" || fail "not said: restore"
balloon-sync restore >"$said" 2>&1 9>&-
equal "exit status of restore" $? 0
equal "sizes" "$(sizes)" "$before"
ok restore_after_kill

follow --group "pid=$hog" --linger 1
wait_for 60 "60 MB to arrive" settled_at 61440 65000
end_hog
wait "$follower"
equal "exit status" $? 0
follower=
equal "sizes" "$(sizes)" "$before"
ok run_ends_with_its_process

# A guest whose memory is in use gives only part of it: its root is in RAM.
start_hog
lab-domu exec 1 -- dd if=/dev/zero of=/fill bs=1M count=300 >/dev/null 2>&1
follow --group "cgroup=$group" --floor 16 --patience 4
hold 300
wait_for 90 "the guest to be found out" grep -q "gives no more than" "$said"
wait_for 30 "a rest" grep -q ",resting$" "$log"
lab-domu exec 1 -- true || fail "the guest is too short of memory to start a program"
given=$((guest_before - $(actual "$guest")))
[ "$given" -lt 300000 ] || fail "it gave all of $given kB"
[ "$(actual 0)" -le $((dom0_before + given)) ] ||
	fail "dom0 has more than the guest gave: $(actual 0) kB"
lab-domu exec 1 -- rm /fill
hold 0
end_follow TERM 0
equal "sizes" "$(sizes)" "$before"
ok guest_that_gives_half

follow --group "cgroup=$group"
hold 60
wait_for 60 "60 MB to arrive" settled_at 61440 65000
xl destroy u1
wait "$follower"
equal "exit status" $? 1
follower=
grep -q "u1: the guest is gone" "$said" || fail "not said: that the guest is gone"
equal "dom0" "$(actual 0)" "$dom0_before"
end_hog
ok guest_that_vanishes

rmmod filecache || fail "the module is still in use"
[ "$failures" -eq 0 ]
