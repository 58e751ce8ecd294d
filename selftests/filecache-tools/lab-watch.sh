#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# filecache watch and export with the module, in the plain lab.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# These are the library's.
dir='' size=0 got=0
# shellcheck source=/dev/null
. "$here/lab-lib.sh"

# Start a watcher and wait until it listens, which its file in /proc shows.
watch() { # ARGUMENT...
	filecache watch "$@" >watched 2>err &
	hold=$!
	until_true listening
}

# Once all is set up it is in poll(), of one descriptor, for ten seconds.
listening() {
	grep -q '^7 0x[0-9a-f]* 0x1 0x2710 ' /proc/$hold/syscall 2>/dev/null
}

stop() {
	kill "$hold" 2>/dev/null
	wait "$hold" 2>/dev/null
	hold=
}

ended() {
	wait "$hold"
	got=$?
	hold=
	cp watched out
}

ktap_plan 20

modprobe filecache >out 2>err
ok $? "the module loads"

cold_file one
watch --json --least 1M
ok $? "watch: it listens"
"$here/many-ends" 1 ends
cat one >/dev/null
until_true grep -q '"comm":"cat"' watched
ok $? "watch: an end is told"
grep '"comm":"cat"' watched >out
[ "$(get event)" = exit ] && within "$(get cache_bytes)" $size $((2 * size)) &&
	within "$(get added_bytes)" $size $((2 * size)) && [ "$(get uid)" = 0 ]
ok $? "watch: with what was left"
until_true listening
ok $? "watch: it sleeps until the next one"
# It ended before the other one did.
! grep -q '"comm":"many-ends"' watched
ok $? "watch: who leaves less than that is not told of"
stop

cold_file two
# Not of what made the file, whose end may be told as late as this.
watch --once --least 1M
cat two >/dev/null
ended
[ $got -eq 0 ] && [ "$(wc -l <out)" -eq 1 ] && grep -q ' ended ' out
ok $? "watch: --once ends after one line"

mkdir /sys/fs/cgroup/watched 2>/dev/null
in_cgroup() {
	sh -c 'echo $$ >/sys/fs/cgroup/watched/cgroup.procs && exec "$@"' - "$@"
}
cold_file three
watch --json --above 4M --hysteresis 1M --cgroup /watched
[ ! -s watched ]
ok $? "watch: below at the start says nothing"
in_cgroup cat three >/dev/null
until_true grep -q '"event":"above"' watched
ok $? "watch: a cgroup goes above"
head -n 1 watched >out
[ "$(get target)" = /watched ] && within "$(get cache_bytes)" $((4 << 20)) $((2 * size)) &&
	[ "$(get threshold_bytes)" = $((4 << 20)) ]
ok $? "watch: with its size"
run stats --json
[ "$(get thresholds)" = 1 ]
ok $? "watch: stats know of its threshold"
sync
echo 3 >/proc/sys/vm/drop_caches
until_true grep -q '"event":"below"' watched
ok $? "watch: and falls below"
stop
no_thresholds() {
	filecache stats --json >out 2>err && [ "$(get thresholds)" = 0 ]
}
until_true no_thresholds
ok $? "watch: its threshold goes with it"
in_cgroup cat three >/dev/null
run watch --once --above 4M --cgroup /sys/fs/cgroup/watched
[ $got -eq 0 ] && grep -q ' above  /sys/fs/cgroup/watched has ' out
ok $? "watch: what is above already is told at once"

cold_file four
tail -c +1 -f four >/dev/null &
reader=$!
has_read() {
	filecache show --json $reader >out 2>err &&
		within "$(get owners "pid=$reader" cache_bytes)" $size $((2 * size))
}
until_true has_read
run watch --once --above 4M --pid $reader --json
[ $got -eq 0 ] && [ "$(get event)" = above ] && [ "$(get target)" = "$reader" ]
ok $? "watch: a process"
kill $reader

# While it stands still, more ends than its buffer holds.
watch --json
kill -STOP "$hold"
"$here/many-ends" 6000 ends
cold_file five
cat five >/dev/null
kill -CONT "$hold"
until_true grep -q '"comm":"cat"' watched && grep -q '"event":"lost"' watched
ok $? "watch: after a loss it says so, and what it missed"
grep -c '"event":"lost"' watched >out
! grep '"event":"exit"' watched | sed 's/.*"id":\([0-9]*\).*/\1/' | sort | uniq -d | grep -q .
ok $? "watch: nothing is told twice"
stop

as_nobody filecache watch
one_line 1 "CAP_NET_ADMIN"
ok $? "watch: not root"

# What it had was dropped since.
in_cgroup cat three >/dev/null
run export --by program --by user --by cgroup -o file.prom
[ $got -eq 0 ] && [ "$(stat -c %a file.prom)" = 644 ] && [ "$(echo *prom*)" = file.prom ] &&
	grep -q '^filecache_owned_bytes{kind="file"} [0-9]' file.prom &&
	grep -q '^filecache_program_cache_bytes{program="cat"} [0-9]' file.prom &&
	grep -q '^filecache_cgroup_cache_bytes{cgroup="/watched"} [0-9]' file.prom
ok $? "export: a file"
total=$(awk '/^filecache_(owned|unknown)_bytes/ { sum += $NF } END { printf "%d", sum }' file.prom)
programs=$(awk '/^filecache_program_cache_bytes/ { sum += $NF } END { printf "%d", sum }' file.prom)
within "$programs" $((total - (1 << 20))) $((total + (1 << 20)))
ok $? "export: its programs make up the whole"
rmdir /sys/fs/cgroup/watched 2>/dev/null
ktap_end
