#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor disk on a real guest with a qcow2 and a raw disk: what it shows is what the
# guest says, whoever shows it is confined, and nothing of it stays behind.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=kvmonitor-disk-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"
export PATH="$PATH:/sbin:/usr/sbin" LC_ALL=C.UTF-8

# shellcheck source=disk.sh
. "$top/selftests/kvmonitor/disk.sh"

undo() {
	disks_undo
}

# Of this command; others have notes there, and what is remembered of guests stays as they do.
left() {
	find /run/kvmonitor -mindepth 1 ! -path '/run/kvmonitor/layouts*' ! -name 'tap-*' \
		! -name 'relay-*' ! -name 'isolate-*' ! -name 'schedule-*'
}

# No export is left, nor a server: another one can be started.
nothing_left() {
	[ "$(qmp query-block-exports)" = "[]" ] && [ -z "$(left)" ] &&
		qmp nbd-server-start '{"addr": {"type": "unix", "data": {"path": "'"$work"'/own"}}}' \
			>/dev/null && qmp nbd-server-stop >/dev/null && in_guest 'echo lives' |
		grep -q lives
}

make_images() {
	truncate -s 120M "$work/root" && mke2fs -q -t ext4 -L root "$work/root" &&
		truncate -s 100M "$work/second.img" &&
		mke2fs -q -t ext4 -b 1024 -L second "$work/second.img" &&
		qemu-img convert -O qcow2 "$work/second.img" "$work/second.qcow2" &&
		truncate -s 200M "$work/first.img" &&
		printf 'label: gpt\nsize=20M,type=U\nsize=120M,name="root"\nsize=20M\n' |
		sfdisk -q "$work/first.img" >/dev/null &&
		dd if="$work/root" of="$work/first.img" bs=1M seek=21 conv=notrunc,sparse \
			status=none &&
		printf 'LUKS\272\276' | dd of="$work/first.img" bs=1M seek=141 conv=notrunc \
			status=none
}

fill_disks() {
	in_guest 'mkdir -p /other && mount -t ext4 /dev/vdb2 /other' && fill_folders /mnt /other
}

list_is_the_guests() {
	"$tool" disk --list --json "$vm" >"$work/list" &&
		[ "$(jq -r '.disks[].size_bytes' "$work/list")" = \
			"$(in_guest 'for d in vda vdb; do echo $(($(cat /sys/block/$d/size) * 512)); done')" ] &&
		[ "$(jq -r '.partitions[] | select(.disk == "lab-disk2") | "\(.partition) \(.start_bytes) \(.size_bytes)"' \
			"$work/list")" = "$(in_guest 'cd /sys/block/vdb; for p in 1 2 3; do
			echo $p $(($(cat vdb$p/start) * 512)) $(($(cat vdb$p/size) * 512)); done')" ] &&
		[ "$(jq -r '.partitions[].content' "$work/list" | tr '\n' ' ')" = \
			"ext4 empty ext4 luks " ] &&
		[ "$(jq -r '.disks[].format' "$work/list" | tr '\n' ' ')" = "qcow2 raw " ] &&
		"$tool" disk --list "$vm" | grep -q "lab-disk2 .* root " && nothing_left && return
	jq -c . "$work/list" | sed 's/^/# /'
	return 1
}

what_is_meant_must_be_said() {
	refused 1 "say which by --disk" "$tool" disk "$vm" "$work/a" &&
		refused 1 "no disk 'none'" "$tool" disk --disk none "$vm" "$work/a" &&
		refused 1 "a LUKS container" "$tool" disk --disk lab-disk2 --partition 3 "$vm" \
			"$work/a" &&
		refused 1 "no partition 9" "$tool" disk --disk lab-disk2 --partition 9 "$vm" \
			"$work/a" &&
		refused 1 "No such file" "$tool" disk --disk lab-disk1 "$vm" "$work/none" &&
		refused 1 "Not a directory" "$tool" disk --disk lab-disk1 "$vm" "$work/root" &&
		refused 2 "wants a VM and a folder" "$tool" disk "$vm" &&
		refused 2 "--partition" "$tool" disk --partition 0 "$vm" "$work/a" &&
		refused 2 "--image goes with a folder" "$tool" disk --image --list "$vm" &&
		refused 1 "no partition 9" "$tool" disk --image --disk lab-disk2 --partition 9 "$vm" \
			"$work/a" &&
		! mounted "$work/a" && nothing_left
}

files_of_qcow2_are_the_guests() {
	show "$work/a" --disk lab-disk1 && same "$work/a" /mnt
}

# QEMU keeps others away from what it writes; the image below that knows nothing of it.
behind_its_back_it_would_be_stale() {
	refused 1 "is a qcow image" "$tool" disk --list "$work/second.qcow2" &&
		! qemu-img convert -f raw -O raw "$work/first.img" "$work/behind" 2>/dev/null &&
		qemu-img convert -U -O raw "$work/second.qcow2" "$work/behind" &&
		! debugfs -R 'stat /big' "$work/behind" 2>/dev/null | grep -q Inode:
}

who_reads_is_confined() {
	reads_confined "/dev/fuse /dev/null socket socket "
}

sigterm_ends_it() {
	hide && nothing_left
}

files_of_a_partition_are_the_guests() {
	show "$work/a" --disk lab-disk2 --partition 2 && same "$work/a" /other && hide &&
		show "$work/a" --disk lab-disk2 && same "$work/a" /other
}

# Whatever is in it, and the host's own kernel can mount it.
its_bytes_are_one_file() {
	show "$work/a" --image --disk lab-disk2 --partition 3 &&
		[ "$(stat -c '%s %a' "$work/a/image")" = "$((20 << 20)) 400" ] &&
		[ "$(head -c 6 "$work/a/image" | od -A n -t x1 | tr -d ' ')" = 4c554b53babe ] &&
		[ "$(ls "$work/a")" = image ] && hide || return 1
	show "$work/a" --image --disk lab-disk2 &&
		[ "$(stat -c %s "$work/a/image")" -eq $((200 << 20)) ] &&
		in_guest 'dd if=/dev/vdb bs=1M count=20 2>/dev/null | md5sum' | cut -c 1-32 >"$work/sum" &&
		[ "$(head -c $((20 << 20)) "$work/a/image" | md5sum | cut -c 1-32)" = \
			"$(cat "$work/sum")" ] && hide || return 1
	show "$work/a" --image --disk lab-disk2 --partition 2 --pause 10 &&
		mount -o loop,ro,norecovery "$work/a/image" "$work/b" || return 1
	(cd "$work/b" && find . ! -name lost+found | sort) >"$work/here"
	umount "$work/b"
	hide && in_guest 'cd /other && find . ! -name lost+found' | LC_ALL=C sort >"$work/there"
	LC_ALL=C sort "$work/here" | cmp - "$work/there" && [ "$(wc -l <"$work/there")" -gt "$many" ] &&
		nothing_left
}

unmounting_ends_it() {
	umount "$work/a" && ended 0 "$work/a" && nothing_left
}

two_at_a_time() {
	show "$work/a" --disk lab-disk1 || return 1
	first=$shown
	show "$work/b" --disk lab-disk2 && same "$work/b" /other && hide &&
		same "$work/a" /mnt || return 1
	shown=$first
	folder=$work/a
	hide && nothing_left
}

its_child_is_killed() {
	show "$work/a" --disk lab-disk1 && kill -KILL "$(pgrep -P "$shown")" &&
		ended 1 "$work/a" && grep -q "signal 9" "$work/complaint" && nothing_left
}

it_is_killed_itself() {
	show "$work/a" --disk lab-disk1 || return 1
	child=$(pgrep -P "$shown")
	kill -KILL "$shown"
	wait "$shown" 2>/dev/null
	until_true test ! -e "/proc/$child" && mounted "$work/a" &&
		! ls "$work/a" >/dev/null 2>&1 && [ "$(qmp query-block-exports)" != "[]" ] &&
		show "$work/a" --disk lab-disk1 && same "$work/a" /mnt && hide && nothing_left
}

counts_on() {
	counted=$(cat "$work/b/count")
	[ "$counted" ] && until_true counted_more
}

counted_more() {
	[ "$(cat "$work/b/count")" != "$counted" ]
}

# What the guest writes is seen by who does not stop it, and not while another one does.
a_pause_is_one_moment() {
	in_guest '(i=0; while [ ! -e /tmp/enough ]; do i=$((i + 1)); echo $i >/mnt/count; sync
		sleep 0.1; done) >/dev/null 2>&1 &'
	show "$work/b" --disk lab-disk1 && until_true test -e "$work/b/count" && counts_on ||
		return 1
	first=$shown
	show "$work/a" --disk lab-disk1 --pause 5 && counted=$(cat "$work/a/count") &&
		sleep 1 && [ "$(cat "$work/a/count")" = "$counted" ] &&
		until_true grep -q "stood still" "$work/log" && mounted "$work/a" && counts_on &&
		hide && show "$work/a" --disk lab-disk1 --pause 10 && hide &&
		grep -q "stood still" "$work/log" && counts_on
	r=$?
	[ -z "$shown" ] || hide
	shown=$first
	folder=$work/b
	hide && in_guest 'touch /tmp/enough' && nothing_left && [ $r -eq 0 ]
}

killed_in_a_pause() {
	show "$work/a" --disk lab-disk1 --pause 10 || return 1
	kill -KILL "$shown"
	wait "$shown" 2>/dev/null
	until_true sh -c "! ls '$work/a' >/dev/null 2>&1" && in_guest 'echo lives' | grep -q lives &&
		show "$work/a" --disk lab-disk1 && hide && nothing_left
}

others_servers_are_left_alone() {
	qmp nbd-server-start '{"addr": {"type": "unix", "data": {"path": "'"$work"'/own"}}}' \
		>/dev/null || return 1
	refused 1 "NBD server" "$tool" disk --disk lab-disk1 "$vm" "$work/a"
	r=$?
	[ -S "$work/own" ] && qmp nbd-server-stop >/dev/null && [ $r -eq 0 ] && nothing_left
}

aide_says() { # OPTION
	aide --config="$work/aide.conf" "$1" >"$work/aide.out" 2>&1
}

# An unmodified intrusion detection system, on the host, of the guest's files.
aide_finds_what_was_changed() {
	cat >"$work/aide.conf" <<-EOF
		database_in=file:$work/aide.db
		database_out=file:$work/aide.new
		report_url=stdout
		$work/a/etc p+u+g+n+s+m+sha256
		$work/a/big p+u+g+n+s+m+sha256
	EOF
	show "$work/a" --disk lab-disk1 && aide_says --init &&
		mv "$work/aide.new" "$work/aide.db" && aide_says --check || return 1
	in_guest 'echo "evil:x:0:0" >>/mnt/etc/passwd; sync'
	aide_says --check
	[ $? -ge 1 ] && grep -q "$work/a/etc/passwd" "$work/aide.out" &&
		! grep -q "$work/a/big" "$work/aide.out" && hide
}

its_guest_ends() {
	show "$work/a" --disk lab-disk1 && "$lab" guest stop $name && guest='' &&
		ended 1 "$work/a" && grep -q "QEMU has ended" "$work/complaint" &&
		[ -z "$(left)" ] && return
	echo "# said: $(cat "$work/complaint"); left: $(left)"
	return 1
}

images_are_disks_too() {
	vm=$work/first.img
	refused 1 "stands still anyway" "$tool" disk --pause 1 "$vm" "$work/a" &&
		show "$work/a" && [ "$(cut -d : -f 1 "$work/a/etc/passwd")" = root ] && hide &&
		"$tool" disk --list "$work/second.img" | grep -q "ext4 *second"
}

dumps_have_no_disk() {
	printf '\177ELF' >"$work/core" && truncate -s 1M "$work/core" &&
		refused 1 "dump of memory" "$tool" disk --list "$work/core" &&
		refused 1 "holds nothing" "$tool" disk "$work/own-zeros" "$work/a"
}

for program in qemu-system-x86_64 qemu-img mke2fs sfdisk jq python3; do
	command -v $program >/dev/null || reason="no $program"
done
[ "$(id -u)" -eq 0 ] || reason="not root"
[ -c /dev/fuse ] && : 2>/dev/null <>/dev/fuse || reason="no /dev/fuse"
truncate -s 1M "$work/own-zeros"
guest_tests="fill_disks list_is_the_guests what_is_meant_must_be_said
	files_of_qcow2_are_the_guests changes_are_seen behind_its_back_it_would_be_stale
	it_cannot_be_written who_reads_is_confined sigterm_ends_it
	files_of_a_partition_are_the_guests unmounting_ends_it its_bytes_are_one_file
	two_at_a_time its_child_is_killed it_is_killed_itself a_pause_is_one_moment killed_in_a_pause
	others_servers_are_left_alone aide_finds_what_was_changed its_guest_ends"
# shellcheck disable=SC2086 # a list of names
set -- $guest_tests images_are_disks_too dumps_have_no_disk
ktap_plan $#
if [ -z "$reason" ]; then
	if make_images; then
		start_guest --disk "$work/second.qcow2" --disk-kept "$work/first.img"
		vm=$folder/qmp
		unset folder
	else
		reason="no images"
	fi
fi
for test in "$@"; do
	if [ "$test" = aide_finds_what_was_changed ] && ! command -v aide >/dev/null; then
		result 0 "$test" "no aide"
	else
		run_tests "$test"
	fi
done
ktap_end
