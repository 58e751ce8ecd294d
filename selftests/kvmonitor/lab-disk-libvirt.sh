#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor disk on a guest of a real libvirtd, on the host of the KVM lab: what it shows is
# what the disks held when it was started, and nothing of it stays behind.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
work=$(mktemp -d)
# shellcheck source=../lib/libvirtd.sh
. "$here/../lib/libvirtd.sh"
tool=kvmonitor
vm=libvirt:v2
# shellcheck source=disk.sh
. "$here/disk.sh"
# shellcheck disable=SC2034 # fill_folders() has them: all of it is slow
far=2000000 many=20
place=/run/lab/v2
first=

cleanup() {
	disks_undo
	[ -z "$first" ] || kill "$first" 2>/dev/null
	virsh -q destroy v2 >/dev/null 2>&1
	stop_libvirtd
	rm -rf "$work"
}
trap cleanup EXIT

in_guest() {
	lab-domu at $place/agent exec -- sh -c "$1" </dev/null
}

# Whoever QEMU runs as must reach them.
make_images() {
	chmod 711 "$work" && truncate -s 48M "$work/first" "$work/second" &&
		mke2fs -q -t ext4 -L first "$work/first" &&
		mke2fs -q -t ext4 -L second "$work/second"
}

describe_guest() {
	mkdir -p $place && chown libvirt-qemu $place
	libvirt_guest v2 262144 $place "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>" \
		"$work/first" "$work/second" >"$work/v2.xml"
}

# QEMU is another user, and reaches no more than it is given.
start_guest() {
	chmod 666 /dev/kvm
	configure_libvirt libvirt-qemu && start_libvirtd && make_images && describe_guest &&
		virsh -q create "$work/v2.xml" && lab-domu at $place/agent wait 240
}

it_has_files() {
	in_guest 'mkdir -p /other && mount -t ext4 /dev/vdb /other' && fill_folders /mnt /other
}

nothing_left() {
	! virsh -q backup-dumpxml v2 >/dev/null 2>&1 && [ -z "$(ls /var/cache/kvmonitor)" ] &&
		in_guest 'echo lives' | grep -q lives && return
	virsh -q backup-dumpxml v2 2>&1 | sed 's/^/# /'
	ls -lR /var/cache/kvmonitor | sed 's/^/# /'
	return 1
}

list_is_the_guests() {
	kvmonitor disk --list --json $vm >"$work/list" &&
		[ "$(jq -r '.disks[] | "\(.disk) \(.size_bytes)"' "$work/list")" = \
			"$(in_guest 'for d in vda vdb; do
				echo $d $(($(cat /sys/block/$d/size) * 512)); done')" ] &&
		[ "$(jq -r '.partitions[] | "\(.content) \(.label)"' "$work/list" | tr '\n' ',')" = \
			"ext4 first,ext4 second," ] && nothing_left && return
	jq -c . "$work/list" | sed 's/^/# /'
	return 1
}

files_are_the_guests() {
	show "$work/a" --disk vda && same "$work/a" /mnt
}

# Unlike the other ways: what was there when it was mounted, whatever becomes of it.
it_stays_as_it_was() {
	(cd "$work/a" && eval "$describe") >"$work/before" &&
		in_guest 'cd /mnt && echo more >>etc/passwd && rm many/number-7 &&
		head -c 3000000 /dev/urandom >big; sync' &&
		(cd "$work/a" && eval "$describe") | cmp -s - "$work/before" &&
		! tail -n 1 "$work/a/etc/passwd" | grep -q more && hide && nothing_left &&
		show "$work/a" --disk vda && same "$work/a" /mnt
}

another_one_is_refused() {
	kvmonitor disk --disk vdb $vm "$work/b" >"$work/out" 2>"$work/err"
	[ $? -eq 1 ] && grep -q "another process reads" "$work/err" && same "$work/a" /mnt && hide &&
		nothing_left
}

the_other_disk_is_read_too() {
	show "$work/a" --disk vdb && same "$work/a" /other && hide && nothing_left
}

it_is_killed() {
	show "$work/a" --disk vda || return 1
	kill -KILL "$shown"
	wait "$shown" 2>/dev/null
	shown=
	virsh -q backup-dumpxml v2 >/dev/null && in_guest 'echo lives' | grep -q lives &&
		show "$work/a" --disk vda && same "$work/a" /mnt && hide && nothing_left
}

# A backup of somebody else's is not ended for ours.
others_backups_are_left_alone() {
	mkdir -m 777 "$work/own" &&
		echo "<domainbackup mode='pull'><server transport='unix' socket='$work/own/nbd'/>
			<disks><disk name='vdb' backup='yes' type='file'>
			<scratch file='$work/own/scratch'/></disk></disks></domainbackup>" >"$work/xml" &&
		virsh -q backup-begin v2 "$work/xml" || return 1
	kvmonitor disk --disk vda $vm "$work/a" >"$work/out" 2>"$work/err"
	[ $? -eq 1 ] && grep -q "libvirt begins no backup" "$work/err" &&
		virsh -q backup-dumpxml v2 | grep -q "$work/own" && virsh -q domjobabort v2 &&
		until_true nothing_left
}

its_guest_ends() {
	show "$work/a" --disk vda && virsh -q destroy v2 && ended 1 "$work/a" &&
		grep -q "QEMU has ended" "$work/complaint" && [ -z "$(ls /var/cache/kvmonitor)" ]
}

tests="start_guest it_has_files list_is_the_guests files_are_the_guests it_stays_as_it_was
	another_one_is_refused the_other_disk_is_read_too it_is_killed others_backups_are_left_alone
	its_guest_ends"
# shellcheck disable=SC2086 # a list of names
set -- $tests
ktap_plan $#
for test; do
	check "$test" "$test"
done
ktap_end
