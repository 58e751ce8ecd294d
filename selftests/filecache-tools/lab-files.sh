#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# filecache files and forget with the module, in the plain lab.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# These are the library's.
dir='' size=0 got=0
# shellcheck source=/dev/null
. "$here/lab-lib.sh"

ktap_plan 21

modprobe filecache >out 2>err
ok $? "the module loads"

# One file read as a whole, another one by two programs, a half each.
cold_file whole
cold_file shared
inode=$(stat -c %i whole)
device=$(stat -c %Hd:%Ld whole)
cat whole >/dev/null
run list --json
cat_id=$(get owners comm=cat id)
run files "@$cat_id" --json
[ $got -eq 0 ] && [ "$(get files "path=$dir/whole" inode)" = "$inode" ]
ok $? "files: by inode"
[ "$(get files "path=$dir/whole" device)" = "$device" ]
ok $? "files: and device"
[ "$(get files "path=$dir/whole" cache_bytes)" = $size ] &&
	[ "$(get files "path=$dir/whole" file_cache_bytes)" = $size ]
ok $? "files: to the page"
[ "$(get files "path=$dir/whole" kind)" = file ] &&
	[ "$(get files "path=$dir/whole" unlinked)" = false ] &&
	[ "$(get files "path=$dir/whole" id)" = "$cat_id" ]
ok $? "files: and what it is"
sum=$(get total cache_bytes)
[ "$(get files +cache_bytes)" = "$sum" ]
ok $? "files: rows add up to the total"
run show "@$cat_id" --json
[ "$(get owners "id=$cat_id" cache_bytes)" = "$sum" ]
ok $? "files: which is what the owner has"

# Some kernels read megabytes ahead, that is all of it.
echo 128 >"/sys/dev/block/$device/queue/read_ahead_kb"
head -c $((size / 2)) shared >/dev/null
cat shared >/dev/null
run list --json
head_id=$(get owners comm=head id)
run files --json "@$head_id"
part=$(get files "path=$dir/shared" cache_bytes)
within "$part" $((size / 2)) $((size * 3 / 4)) &&
	[ "$(get files "path=$dir/shared" file_cache_bytes)" = $size ]
ok $? "files: a part of a file, and all that is cached of it"

run files "@$cat_id" --sort path
[ $got -eq 0 ] && grep -q "100%.*$dir/whole\$\|9[0-9]%.*$dir/whole\$" out &&
	tail -n 1 out | grep -q ' files\?$'
ok $? "files: text"
run files "@$cat_id" -n 1
[ "$(wc -l <out)" -eq 4 ] && grep -q 'total of all' out && grep -q "$dir/whole" out
ok $? "files: --limit"
run files "@$cat_id" "@$head_id"
[ $got -eq 0 ] && head -n 1 out | grep -q TARGET && grep -q "^ *@$head_id .*/shared" out
ok $? "files: of two owners"
run files "@$cat_id" 4194303
[ $got -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "$dir/whole" out
ok $? "files: one that is missing does not keep the other away"

hostile=$(printf 'x\033[31m\\ \ny')
cat whole >"$hostile"
run list --json --sort newest
writer=$(get owners comm=cat id)
run files "@$writer"
! grep -q "$(printf '\033')" out && grep -qF 'x\x1b[31m\\ \x0ay' out
ok $? "files: hostile names are escaped"

cold_file gone
cat gone >/dev/null
exec 5<gone
rm gone
run list --json --sort newest
gone_id=$(get owners comm=cat id)
run files "@$gone_id"
grep -q '8.0 MiB.* unlinked ' out
ok $? "files: one that is unlinked and still open"
exec 5<&-

mkdir mnt
dd if=/dev/zero of=image bs=1M count=16 2>/dev/null
mkfs.ext4 -q -F image
modprobe loop 2>/dev/null
if mount -o loop image mnt 2>err; then
	cp whole mnt/inside
	sync
	echo 3 >/proc/sys/vm/drop_caches
	wc -l mnt/inside >/dev/null
	run list --json --sort newest
	wc_id=$(get owners comm=wc id)
	run files --json "@$wc_id"
	[ "$(get files "path=$dir/mnt/inside" cache_bytes)" = $size ]
	ok $? "files: in another file system, by its mount"
	unshare -m sh -c "umount mnt && filecache files '@$wc_id'" >out 2>err
	grep -q '(not mounted here) /inside' out
	ok $? "files: where it is not mounted"
	umount mnt
else
	result 0 "files: in another file system, by its mount" "no loop device"
	result 0 "files: where it is not mounted" "no loop device"
fi

as_nobody filecache files "@$cat_id"
one_line 1 "CAP_SYS_ADMIN"
ok $? "files: not root"

cold_file last
cat last >/dev/null
run list --dead --json --sort newest
last_id=$(get owners comm=cat id)
run stats --json
before=$(get check counted_bytes)
run forget --json "@$last_id"
within "$(get forgotten "id=$last_id" forgotten_bytes)" $size $((2 * size))
ok $? "forget: a dead owner"
run show "@$last_id" --json
[ $got -ne 0 ] || [ "$(get owners "id=$last_id" cache_bytes)" = 0 ]
ok $? "forget: it has nothing any more"
run forget --dead --json
[ $got -eq 0 ] && within "$(get forgotten +owners)" 1 100000 &&
	run list --dead --json && [ "$(get owners +cache_bytes)" = 0 ]
ok $? "forget: all that are dead"
run stats --json
within "$(get check counted_bytes)" $((before - (1 << 20))) $((before + (1 << 20))) &&
	until_true filecache stats --check >out 2>err
ok $? "forget: no sum has changed"
ktap_end
