#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The stress itself, inside the lab; prints KTAP, leaves its counts in $OUT.
#
#   guest.sh steady|reload SECONDS SEED
#
# steady: files, memory, processors, netlink, all at once, the module loaded
# reload: the same, less what takes long, while it is loaded and unloaded
#
# Afterwards all is at rest, and the module's counts must be the kernel's.
set -u
mode=$1
seconds=$2
seed=$3
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
sys=/sys/kernel/filecache
group=/sys/fs/cgroup/stress
tmp=$(mktemp -d /run/stress.XXXXXX)
end=$((SECONDS + seconds))
loads=0
pids=()

under_way() {
	((SECONDS < end))
}

# background COMMAND...: with us, outside of the cgroup; never chosen when
# memory is short, since what it counts would be gone.
background() {
	"$@" &
	pids+=($!)
}

# load NAME COMMAND...: in the cgroup, whose memory is limited.
load() {
	local name=$1
	shift
	(
		echo 0 >"$group/cgroup.procs"
		echo 300 >/proc/self/oom_score_adj
		exec "$@"
	) >"$tmp/$name" 2>&1 &
	pids+=($!)
}

write() { # FILE VALUE: what is refused is none of our business
	{ echo "$2" >"$1"; } 2>/dev/null
}

random() { # BOUND
	echo $((RANDOM % $1))
}

count() { # NAME: one more
	echo >>"$tmp/count.$1"
}

counted() { # NAME
	if [ -e "$tmp/count.$1" ]; then wc -l <"$tmp/count.$1"; else echo 0; fi
}

prepare() {
	echo -1000 >/proc/self/oom_score_adj
	mkdir -p /var/tmp/stress-ext4 /var/tmp/stress-ng /mnt/stress-tmpfs /mnt/stress-xfs "$group"
	mount -t tmpfs -o size=64m,huge=within_size tmpfs /mnt/stress-tmpfs ||
		mount -t tmpfs -o size=64m tmpfs /mnt/stress-tmpfs
	modprobe brd rd_nr=1 rd_size=360448 && mkfs.xfs -q -f /dev/ram0 &&
		mount /dev/ram0 /mnt/stress-xfs
	modprobe zram 2>/dev/null
	write /sys/block/zram0/disksize 256M
	mkswap -q /dev/zram0 2>/dev/null && swapon /dev/zram0
	# A third of it all, so that its pages are reclaimed and swapped.
	awk '/^MemTotal:/ { print int($2 / 3) * 1024 }' /proc/meminfo >"$group/memory.max"
	# Dead owners are folded all the time.
	if [ -e /sys/module/filecache/parameters/max_dead ]; then
		write /sys/module/filecache/parameters/max_dead 64
	fi
}

files() {
	load ext4 "$here/fsmix" /var/tmp/stress-ext4 "$seconds" "$seed" 2
	load tmpfs "$here/fsmix" /mnt/stress-tmpfs "$seconds" "$((seed + 1000))" 2
	! mountpoint -q /mnt/stress-xfs ||
		load xfs "$here/fsmix" /mnt/stress-xfs "$seconds" "$((seed + 2000))" 1
}

STRESSORS=(
	"--fork 1 --exec 1 --vm 1 --vm-bytes 40%"
	"--mmap 1 --mmap-bytes 64m --mmap-file --fault 1 --rename 1"
	"--shm 1 --shm-sysv 1 --memfd 1 --memfd-bytes 32m"
	"--sendfile 1 --splice 1 --copy-file 1 --copy-file-bytes 16m"
	"--io-uring 1 --readahead 1 --readahead-bytes 16m --fallocate 1 --fallocate-bytes 16m"
	"--hdd 1 --hdd-bytes 32m --userfaultfd 1 --userfaultfd-bytes 8m --madvise 1"
	"--clone 1 --mremap 1 --mremap-bytes 16m --dentry 1 --remap 1"
)

stressors() {
	local i=0 pid
	command -v stress-ng >/dev/null || return 0
	while under_way; do
		(
			echo 0 >"$group/cgroup.procs"
			echo 300 >/proc/self/oom_score_adj
			# shellcheck disable=SC2086 # a list of options
			exec stress-ng -q --timeout 15s --temp-path /var/tmp/stress-ng \
				--oomable ${STRESSORS[i % ${#STRESSORS[@]}]}
		) >/dev/null 2>&1 &
		pid=$!
		wait $pid
		count stressors
		i=$((i + 1))
	done
}

# Caches dropped, memory compacted, swap turned off and on, limits changed.
memory() {
	while under_way; do
		case $(random 8) in
		0) write /proc/sys/vm/drop_caches $((1 + RANDOM % 3)) ;;
		1|2|3) write /proc/sys/vm/compact_memory 1 ;;
		4) write "$group/memory.reclaim" 32M ;;
		5) swapoff /dev/zram0 2>/dev/null; swapon /dev/zram0 2>/dev/null ;;
		6) write "$group/memory.high" $((48 + RANDOM % 64))M ;;
		7) write "$group/memory.high" max ;;
		esac
		sleep 0.5
	done
	write "$group/memory.high" max
}

# A block of memory: any of them, or one whose pages can all be moved away.
random_block() {
	local blocks=(/sys/devices/system/memory/memory*)
	if ((RANDOM % 2)) && grep -qs Movable "${blocks[@]/%//valid_zones}"; then
		# shellcheck disable=SC2207 # names without blanks
		blocks=($(grep -ls Movable "${blocks[@]/%//valid_zones}" | sed 's|/valid_zones||'))
	fi
	echo "${blocks[RANDOM % ${#blocks[@]}]}"
}

# One processor and one block of memory go and come; some has never been there.
hotplug() {
	local block online cpu=/sys/devices/system/cpu/cpu1/online
	# Memory that is plugged in takes nothing that stays where it is.
	write /sys/devices/system/memory/auto_online_blocks online_movable
	while under_way; do
		if [ -e $cpu ]; then
			write $cpu 0 && count cpus
			sleep 0.$((RANDOM % 10))
			until write $cpu 1; do sleep 0.1; done
		fi
		block=$(random_block)
		online=online
		grep -qs Movable "$block/valid_zones" && online=online_movable
		# Others hold its pages: it is not tried for ever.
		if timeout 20 sh -c 'echo offline >"$1/state"' - "$block" 2>/dev/null; then
			count blocks
			sleep 1
		fi
		write "$block/state" $online
		if [ -p /run/lab-control ] && (($(counted plugs) < 4 && RANDOM % 8 == 0)); then
			echo "plug 128" >/run/lab-control
			count plugs
		fi
		sleep 2
	done
}

all_online() {
	local block
	write /sys/devices/system/cpu/cpu1/online 1
	for block in /sys/devices/system/memory/memory*/state; do
		[ "$(cat "$block")" = online ] || write "$block" online
	done
	! grep -qv online /sys/devices/system/memory/memory*/state
}

# The tool itself, as an administrator would, on whatever there is.
tool() {
	while under_way; do
		filecache list
		filecache evict "$(ps -eo pid= --sort=-start_time | sed -n "$((1 + RANDOM % 20))p")"
		filecache stats
		cat $sys/*
		cat /proc/[0-9]*/filecache
	done >/dev/null 2>&1
}

loaded() {
	[ -e $sys/version ]
}

# What an unload takes with it, to be added up.
note_counts() {
	local name
	for name in added removed moved untagged_removed stale_tags; do
		[ ! -e $sys/$name ] || cat $sys/$name >>"$tmp/sum.$name"
	done
}

noted() { # NAME
	if [ -e "$tmp/sum.$1" ]; then awk '{ n += $1 } END { print n + 0 }' "$tmp/sum.$1"; else echo 0; fi
}

# As soon as nobody is in the middle of a request.
unload() {
	local i
	for i in $(seq 200); do
		rmmod filecache 2>/dev/null && return 0
		sleep 0.05
	done
	echo "# cannot be unloaded"
	return 1
}

reloads() {
	local bad=0
	while under_way; do
		sleep "0.$((RANDOM % 10))"
		note_counts
		unload || { bad=1; break; }
		# A page that is locked for long, which is possible here, keeps it out.
		modprobe filecache || modprobe filecache || { bad=1; break; }
		loads=$((loads + 1))
	done
	return $bad
}

fuzz_in_pieces() {
	local i=0
	while under_way; do
		"$here/netfuzz" 2 $((seed + i)) 2 >>"$tmp/netfuzz" 2>/dev/null || sleep 0.1
		i=$((i + 10))
	done
}

at_rest() {
	local pid
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	wait
	swapoff /dev/zram0 2>/dev/null
	umount /mnt/stress-tmpfs
	umount /mnt/stress-xfs
	rm -rf /var/tmp/stress-ext4 /var/tmp/stress-ng
	sync
}

meminfo() { # NAME: in pages
	awk -v name="$1:" '$1 == name { print $2 / 4 }' /proc/meminfo
}

total() { # NAME...: sum of those that this module has
	local name sum=0
	for name in "$@"; do
		[ ! -e "$sys/$name" ] || sum=$((sum + $(cat "$sys/$name")))
	done
	echo $sum
}

# Wait for owners + unknown = Cached + Buffers; the kernel's numbers come late.
identity() {
	local ours theirs i shmem
	for i in $(seq 200); do
		echo 1 >/proc/sys/vm/stat_refresh
		shmem=$(total owned_shmem unknown_shmem)
		ours=$(($(total owned_file owned_blockdev unknown_file unknown_blockdev) + shmem))
		theirs=$(($(meminfo Cached) + $(meminfo Buffers)))
		# Bit 0: this kernel does not show shmem.
		(($(cat $sys/blind) & 1)) && theirs=$((theirs - $(meminfo Shmem)))
		[ $ours -eq $theirs ] && return 0
		sleep 0.1
	done
	echo "# sum is $ours pages, the kernel's is $theirs"
	return 1
}

nothing_missed() {
	note_counts
	echo "# $(noted untagged_removed) untagged, $(noted stale_tags) stale"
	[ "$(noted untagged_removed)" -eq 0 ] && [ "$(noted stale_tags)" -eq 0 ]
}

no_leaks() {
	local kmemleak=/sys/kernel/debug/kmemleak i
	[ -e $kmemleak ] || return 0
	# Twice: what is in nobody's hands for a moment is not a leak.
	for i in 1 2 3; do
		echo scan >$kmemleak
		[ -s $kmemleak ] || [ "$i" -eq 1 ] || return 0
		[ -n "$(cat $kmemleak)" ] || [ "$i" -eq 1 ] || return 0
		sleep 6
	done
	sed 's/^/# /' $kmemleak | head -n 60
	[ -z "$(cat $kmemleak)" ]
}

summary() {
	cat <<-SUMMARY
	release $(uname -r)
	seconds $seconds
	seed $seed
	added $(noted added)
	removed $(noted removed)
	moved $(noted moved)
	untagged_removed $(noted untagged_removed)
	stale_tags $(noted stale_tags)
	folded $(total folded)
	forgotten $(total forgotten)
	file_operations $(sum_of '^fsmix.*: \([0-9]*\) operations.*')
	messages $(sum_of '^netfuzz: \([0-9]*\) messages.*')
	answers $(sum_of '^netfuzz.*, \([0-9]*\) answers.*')
	evictions $(sum_of '^netfuzz.*, \([0-9]*\) evictions.*')
	stressor_runs $(counted stressors)
	cpus_offlined $(counted cpus)
	memory_blocks_offlined $(counted blocks)
	memory_plugged $(counted plugs)
	swapped_in $(awk '$1 == "pswpin" { print $2 }' /proc/vmstat)
	swapped_out $(awk '$1 == "pswpout" { print $2 }' /proc/vmstat)
	loads $loads
	SUMMARY
}

sum_of() { # PATTERN with one number in it, over all outputs
	cat "$tmp"/* 2>/dev/null | sed -n "s/$1/\1/p" | awk '{ n += $1 } END { print n + 0 }'
}

ktap_plan 4
RANDOM=$seed
modprobe filecache
loads=$((loads + 1))
[ ! -e /sys/kernel/debug/kmemleak ] || echo clear >/sys/kernel/debug/kmemleak
prepare
files
background memory
background tool
if [ "$mode" = reload ]; then
	background fuzz_in_pieces
	reloads
	result $? "loads_and_unloads"
else
	"$here/netfuzz" "$seconds" "$seed" 3 >"$tmp/netfuzz" 2>&1 &
	pids+=($!)
	background stressors
	background hotplug
	while under_way; do
		sleep 1
		loaded || break
	done
	loaded
	result $? "stays_loaded"
fi
at_rest
all_online || echo "# not all memory is online again"
identity
result $? "sum_is_the_kernels_own"
nothing_missed
result $? "nothing_was_missed"
summary >"$OUT/$mode"
sed 's/^/# /' "$OUT/$mode"
no_leaks
result $? "no_leaks"
rm -rf "$tmp"
ktap_end
