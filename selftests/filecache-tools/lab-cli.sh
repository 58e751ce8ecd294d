#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The filecache command with the module, in the plain lab, as root and not.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# These are the library's.
dir='' size=0 got=0
# shellcheck source=/dev/null
. "$here/lab-lib.sh"

ktap_plan 41

modprobe filecache >out 2>err
ok $? "the module loads"

cold_file one
cat one >/dev/null
run list --json
cat_id=$(get owners comm=cat id)
within "$(get owners comm=cat cache_bytes)" $size $((2 * size))
ok $? "list: a program that has ended still has its cache"
[ "$(get owners comm=cat state)" = dead ]
ok $? "list: it is dead"
[ "$(get owners +cache_bytes)" = "$(get total cache_bytes)" ]
ok $? "list: the rows add up to the total"

LC_ALL=C run list
grep -q 'DEAD.* cat$' out && [ $got -eq 0 ]
ok $? "list: text marks the dead"
! awk 'length > 80' out | grep -q .
ok $? "list: text fits on 80 columns"
tail -n 1 out | grep -q ' total$'
ok $? "list: text ends with a total"
run list --long
[ $got -eq 0 ] && head -n 1 out | grep -q 'BROUGHT IN'
ok $? "list: --long has more columns"
run list --live --json
! get owners "id=$cat_id" id >/dev/null
ok $? "list: --live is without the dead"
run list --dead --json
[ "$(get owners "id=$cat_id" comm)" = cat ] && ! get owners state=live id >/dev/null
ok $? "list: --dead is without the living"
run list --by program --json
[ "$(get owners '#')" -gt 1 ] && within "$(get owners comm=cat cache_bytes)" $size $((2 * size))
ok $? "list: --by program"
for by in process user cgroup; do
	run list --by $by --json
	within "$(get total cache_bytes)" $size $((1 << 40)) &&
		[ "$(get owners +cache_bytes)" = "$(get total cache_bytes)" ]
	ok $? "list: --by $by has the same total"
done
run list --limit 1 --json
[ "$(get owners '#')" = 1 ] && [ "$(get total owners)" -gt 1 ]
ok $? "list: --limit"
run list --all --sort pid --json
first=$(get owners | sed 's/.*\("pid":[0-9]*\).*/\1/')
run list --all --sort pid --reverse --json
[ "$(get owners | sed 's/.*\("pid":[0-9]*\).*/\1/')" != "$first" ]
ok $? "list: --reverse"

run show "@$cat_id" --json
within "$(get owners "id=$cat_id" file_bytes)" $size $((2 * size)) &&
	[ "$(get owners "id=$cat_id" state)" = dead ]
ok $? "show: an owner that is dead"
run show "@$cat_id"
grep -q '^State: *DEAD$' out && grep -q '^Ended, ago: ' out
ok $? "show: text"

# A process that has read its file and lives on.
cold_file two
tail -c +1 -f two >/dev/null &
hold=$!
tries=100
until run show --json $hold && within "$(get owners comm=tail cache_bytes)" $size $((2 * size)); do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || break
	sleep 0.2
done
[ $tries -gt 0 ] && [ "$(get owners comm=tail state)" = live ]
ok $? "show: a process that runs"
run show 4194303
one_line 1 "pid 4194303: "
ok $? "show: no such process"
run show 4194303 $hold --json
[ $got -eq 1 ] && [ "$(get owners '#')" = 1 ] && [ "$(wc -l <err)" -eq 1 ]
ok $? "show: one that is missing does not keep the other away"

cat one >/dev/null
run list --dead --sort newest --json
cat_id=$(get owners comm=cat id)
before=$(get owners comm=cat cache_bytes)
run evict $hold --json
[ $got -eq 0 ] && within "$(get evicted pid=$hold evicted_bytes)" $size $((2 * size))
ok $? "evict: a process that runs"
run show $hold --json
within "$(get owners "pid=$hold" cache_bytes)" 0 $((size / 4))
ok $? "evict: its cache is gone"
run show "@$cat_id" --json
within "$before" $size $((2 * size)) && [ "$(get owners "id=$cat_id" cache_bytes)" = "$before" ]
ok $? "evict: another's cache is not"
kill $hold
wait $hold 2>/dev/null
hold=
run evict "@$cat_id" "@$cat_id"
[ $got -le 1 ] && grep -q "^@$cat_id " out
ok $? "evict: an owner that is dead, twice at once"
run evict 4194303
one_line 1 "pid 4194303: "
ok $? "evict: no such process"

tries=50
until run stats --check; [ $got -eq 0 ] || [ $tries -eq 0 ]; do
	tries=$((tries - 1))
	sleep 0.1
done
[ $got -eq 0 ] && grep -q '^Difference in pages: *0$' out
ok $? "stats: the sums agree to the page"
run stats --json
[ $got -eq 0 ] && [ "$(get page_size)" = "$(getconf PAGESIZE)" ] &&
	[ "$(get check exact)" = true ]
ok $? "stats: JSON"

cold_file three
run run --json -o report -- sh -c 'cat three >/dev/null; echo said; exit 3'
[ $got -eq 3 ] && [ "$(cat out)" = said ] && [ ! -s err ]
ok $? "run: the command's status and output are its own"
cp report out
[ "$(get status)" = 3 ] && [ "$(get followed_by)" = cgroup ] &&
	within "$(get programs comm=cat added_bytes)" $size $((2 * size))
ok $? "run: what a child brought in is reported"
run run -- sh -c 'sleep 60 & echo $!'
hold=$(cat out)
kill -0 "$hold" && ! find /sys/fs/cgroup -name 'filecache-run-*' | grep -q .
ok $? "run: what runs on is left alone, and no cgroup stays behind"
kill "$hold"
hold=
run run nosuchcommand
one_line 127 "nosuchcommand: "
ok $? "run: a command that is not there"
filecache run sh -c 'echo >started; sleep 60' >out 2>err &
hold=$!
until [ -s started ] || ! kill -0 $hold; do sleep 0.1; done
kill -TERM $hold
wait $hold
[ $? -eq 143 ] && ! find /sys/fs/cgroup -name 'filecache-run-*' | grep -q .
ok $? "run: a signal goes to the command, and the report still comes"
hold=
cold_file four
unshare -m sh -c 'umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup
	exec filecache run --json -o report -- sh -c "cat four; true"' >/dev/null 2>err
cp report out
[ "$(get followed_by)" = parents ] &&
	within "$(get programs comm=cat added_bytes)" $size $((2 * size))
ok $? "run: without cgroups, parents are followed"

as_nobody filecache list
one_line 1 "CAP_NET_ADMIN"
ok $? "not root: list says what it needs"
as_nobody filecache run -- true
one_line 125 "CAP_NET_ADMIN"
ok $? "not root: so does run"
as_nobody filecache show 1
one_line 1 "pid 1: "
ok $? "not root: another's process is not shown"
as_nobody sh -c 'filecache show --json $$'
[ $got -eq 0 ] && [ "$(get owners uid=65534 uid)" = 65534 ]
ok $? "not root: one's own is"
as_nobody sh -c 'filecache evict $$'
one_line 1 "CAP_SYS_ADMIN"
ok $? "not root: nothing is evicted"
as_nobody filecache stats
[ $got -eq 0 ] && grep -q 'exact only for root' out
ok $? "not root: stats says that it is not exact"

hostile=$(printf 'x\033[31m\\')
cp "$(command -v cat)" "./$hostile"
cold_file five
"./$hostile" five >/dev/null
run list
[ $got -eq 0 ] && ! grep -q "$(printf '\033')" out && grep -qF 'x\x1b[31m\\' out
ok $? "hostile names are escaped"
ktap_end
