# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A real libvirtd on the host of the KVM lab, for who has $work.

# What belongs to the distribution's service rather than to libvirt.
configure_libvirt() { # [USER OF QEMU'S]
	mkdir -p /etc/libvirt /run/libvirt /var/log/libvirt/qemu /var/lib/libvirt/qemu /var/cache/libvirt
	getent passwd libvirt-qemu >/dev/null ||
		echo "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
	getent group kvm >/dev/null || echo "kvm:x:64056:" >>/etc/group
	getent group libvirt-qemu >/dev/null || echo "libvirt-qemu:x:64055:" >>/etc/group
	cat >/etc/libvirt/qemu.conf <<-EOF
		user = "${1-root}"
		group = "${1-root}"
		security_driver = "none"
		namespaces = [ ]
		stdio_handler = "file"
		remember_owner = 0
	EOF
}

libvirtd_answers() {
	virsh -q list >/dev/null 2>&1
}

start_libvirtd() {
	libvirtd --daemon --pid-file /run/libvirtd.pid >>"${work:?}/libvirtd" 2>&1 9>&-
	for _ in $(seq 120); do
		libvirtd_answers && return
		sleep 0.5
	done
	sed 's/^/# /' "$work/libvirtd"
	return 1
}

# It may be started again at once.
stop_libvirtd() {
	[ -e /run/libvirtd.pid ] || return 0
	kill "$(cat /run/libvirtd.pid)" 2>/dev/null
	for _ in $(seq 60); do
		kill -0 "$(cat /run/libvirtd.pid 2>/dev/null)" 2>/dev/null || return 0
		sleep 0.5
	done
}
