#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Loading and unloading: what is cached already, I/O all the while, mistakes.
#   FILECACHE_CYCLES=50   load/unload cycles under fio
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
cycles=${FILECACHE_CYCLES:-50}
dir=/var/tmp/filecache-load

sys() {
	cat "/sys/kernel/filecache/$1"
}

meminfo() { # NAME: in pages
	awk -v name="$1:" '$1 == name { print $2 / 4 }' /proc/meminfo
}

# Wait for the identity; the kernel's own numbers come in late.
identity() {
	for _ in $(seq 100); do
		echo 1 >/proc/sys/vm/stat_refresh
		ours=$(($(sys owned_file) + $(sys owned_blockdev) +
			$(sys unknown_file) + $(sys unknown_blockdev)))
		theirs=$(($(meminfo Cached) + $(meminfo Buffers) - $(meminfo Shmem)))
		[ "$ours" -eq "$theirs" ] && return 0
		sleep 0.1
	done
	echo "# sum is $ours pages, Cached + Buffers - Shmem $theirs"
	return 1
}

unknown_is_what_was_cached() {
	dd if=/dev/zero of=$dir/before bs=1M count=30 status=none
	sync
	modprobe filecache || return 1
	identity || return 1
	[ "$(sys scanned)" -ge 7680 ] || { echo "# scanned $(sys scanned)"; return 1; }
	# Their removal is not missed.
	scanned=$(sys scanned)
	rm $dir/before
	left=$(($(sys unknown_file) + $(sys unknown_blockdev)))
	[ $left -le $((scanned - 7680)) ] || { echo "# $left of $scanned left"; return 1; }
	echo 3 >/proc/sys/vm/drop_caches
	identity && [ "$(sys untagged_removed)" -eq 0 ] && [ "$(sys stale_tags)" -eq 0 ] &&
		rmmod filecache
}

kernel_memory() { # in kB, of what a leak would be in
	awk '/^(Slab|Percpu|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# As soon as nobody is in the middle of a request.
unload() {
	for _ in $(seq 100); do
		rmmod filecache 2>/dev/null && return 0
		sleep 0.1
	done
	rmmod filecache
}

settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 3
}

# What khugepaged does to files' pages is not shown by every kernel (see blind).
thp=/sys/kernel/mm/transparent_hugepage
no_collapse() {
	[ ! -e $thp/enabled ] || echo never >$thp/enabled
}

collapsed() {
	cat $thp/khugepaged/pages_collapsed 2>/dev/null || echo 0
}

cycles_under_io() {
	no_collapse
	before_collapsed=$(collapsed)
	fio --name=load --directory=$dir --rw=randrw --bs=4k-64k --size=24M --numjobs=3 \
		--fsync=64 --time_based --runtime=100000 --group_reporting \
		>/dev/null 2>&1 &
	fio=$!
	# Askers as well; whoever is in the middle of a list holds the module.
	(while :; do
		filecache list
		filecache stats
		filecache evict $fio
	done) >/dev/null 2>&1 &
	ask=$!
	(while :; do
		echo 1 >/proc/sys/vm/compact_memory
		echo 1 >/proc/sys/vm/drop_caches
		sleep 0.2
	done) &
	stir=$!
	sleep 2
	bad=0
	before=0
	for i in $(seq "$cycles"); do
		modprobe filecache || { bad=1; break; }
		# Loaded for different lengths, so that everything is met by an unload.
		sleep "0.$((i % 5))"
		[ "$(sys untagged_removed)" -eq 0 ] && [ "$(sys stale_tags)" -eq 0 ] || {
			echo "# cycle $i: $(sys untagged_removed) untagged, $(sys stale_tags) stale," \
				"$(($(collapsed) - before_collapsed)) collapsed"
			bad=1
		}
		if [ "$i" -eq "$cycles" ]; then
			kill $stir $ask $fio
			wait $fio $stir $ask 2>/dev/null
			identity || bad=1
		fi
		unload || { bad=1; break; }
		# The first ones fill the kernel's own caches.
		[ "$i" -ne 5 ] || before=$(kernel_memory)
	done
	kill $stir $ask $fio 2>/dev/null
	wait $fio $stir $ask 2>/dev/null
	settle
	after=$(kernel_memory)
	# A leak of one chunk of tags each time would be 128 kB times 8 times cycles.
	[ $after -le $((before + 4096)) ] || { echo "# $before kB before, $after after"; bad=1; }
	return $bad
}

# Where migration has a tracepoint the module does without ftrace.
needs_ftrace() {
	[ $(($(sys sources) & 8)) -ne 0 ]
}

refused_when_ftrace_is_off() {
	bad=0
	echo 0 >/proc/sys/kernel/ftrace_enabled || return 1
	if modprobe filecache 2>/dev/null; then
		needs_ftrace && bad=1
		unload || bad=1
	fi
	echo 1 >/proc/sys/kernel/ftrace_enabled
	modprobe filecache || return 1
	# And cannot be turned off under it.
	if needs_ftrace; then
		(echo 0 >/proc/sys/kernel/ftrace_enabled) 2>/dev/null && bad=1
	fi
	unload || bad=1
	return $bad
}

# Whoever loads it is killed at some moment: all of it is there, or nothing.
killed_while_loading() {
	early=0
	for i in $(seq 0 19); do
		modprobe filecache &
		sleep "0.$(printf %03d $((i * 10)))"
		kill -KILL $! 2>/dev/null
		wait $! 2>/dev/null
		if [ -e /sys/kernel/filecache/version ]; then
			identity && unload || return 1
		else
			early=$((early + 1))
			[ ! -e /sys/module/filecache ] || return 1
		fi
	done
	[ $early -gt 0 ] || { echo "# always too late"; return 1; }
	modprobe filecache && identity && unload
}

one_value_per_file() {
	modprobe filecache || return 1
	bad=0
	for f in /sys/kernel/filecache/*; do
		[ "$(wc -l <"$f")" -eq 1 ] && [ "$(wc -w <"$f")" -eq 1 ] || bad=1
		[ ! -w "$f" ] || [ "$(stat -c %a "$f")" = 444 ] || bad=1
	done
	[ "$(sys version)" = "$(modinfo -F version filecache)" ] || bad=1
	rmmod filecache
	return $bad
}

mkdir -p $dir
rmmod filecache 2>/dev/null
ktap_plan 5
unknown_is_what_was_cached
result $? unknown_is_what_was_cached
refused_when_ftrace_is_off
result $? refused_when_ftrace_is_off
one_value_per_file
result $? one_value_per_file
killed_while_loading
result $? killed_while_loading
cycles_under_io
result $? "${cycles}_cycles_under_io"
rm -rf $dir
ktap_end
