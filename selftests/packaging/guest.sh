#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab, with a clean Debian system as its first disk, in which the
# packages are installed: the module and the tools of that system.
set -u
. ./ktap.sh
root=/mnt/clean

in_root() {
	chroot "$root" "$@"
}

mounted() {
	mkdir -p $root && mount "$LAB_DISKS" $root && mount -t proc proc $root/proc &&
		mount -t sysfs sysfs $root/sys && mount --bind /dev $root/dev
}

nothing_is_ours() {
	! command -v filecache && ! modinfo filecache 2>/dev/null
}

module_loads() {
	in_root modprobe filecache && grep -q '^filecache ' /proc/modules
}

version_is_the_packages() {
	version=$(in_root dpkg-query -W -f '${Version}' filecache-dkms)
	[ "$(in_root modinfo -F version filecache)" = "$version" ] &&
		in_root dkms status | grep "filecache/$version.*$(uname -r).*installed"
}

list_names_a_reader() {
	in_root dd if=/usr/bin/perl of=/dev/null bs=64k 2>/dev/null
	in_root filecache list | tee /dev/stderr | grep -w dd
}

stats_are_exact() {
	in_root filecache stats
}

manual_is_there() {
	in_root test -e /usr/share/man/man8/filecache.8.gz
}

removal_leaves_nothing() {
	in_root modprobe -r filecache &&
		in_root dpkg --purge filecache-dkms ids-offload-tools || return 1
	left=$(find $root/usr/src/filecache* $root/var/lib/dkms/filecache \
		$root/usr/lib/modules/*/updates $root/lib/modules/*/updates \
		$root/usr/sbin/filecache -name '*filecache*' 2>/dev/null)
	[ -z "$left" ] || { echo "$left"; return 1; }
}

ktap_plan 8
for test in mounted nothing_is_ours module_loads version_is_the_packages list_names_a_reader \
	    stats_are_exact manual_is_there removal_leaves_nothing; do
	$test >/tmp/said 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' /tmp/said
	result $status "$test"
done
ktap_end
