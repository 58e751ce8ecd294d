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

# What describes a guest of the lab's kernel, whose agent and console are in FOLDER; MORE are
# devices besides.  Image FILEs become vda, vdb ...
libvirt_guest() { # NAME KB FOLDER MORE FILE...
	libvirt_name=$1
	libvirt_kb=$2
	libvirt_folder=$3
	libvirt_more=$4
	shift 4
	cat <<-EOF
		<domain type='kvm'>
		  <name>$libvirt_name</name>
		  <memory unit='KiB'>$libvirt_kb</memory>
		  <os>
		    <type arch='x86_64' machine='pc'>hvm</type>
		    <kernel>/lab/domu/vmlinuz</kernel>
		    <initrd>/lab/domu/initramfs.gz</initrd>
		    <cmdline>console=ttyS0 no_timer_check panic=-1 oops=panic loglevel=1 lab.agent=virtio lab.disks=$#</cmdline>
		  </os>
		  <features><acpi/></features>
		  <cpu mode='host-passthrough'/>
		  <on_crash>destroy</on_crash>
		  <devices>
		    <controller type='usb' model='none'/>
	EOF
	for libvirt_letter in a b c d; do
		[ $# -gt 0 ] || break
		cat <<-EOF
			    <disk type='file' device='disk'>
			      <driver name='qemu' type='raw'/>
			      <source file='$1'/>
			      <target dev='vd$libvirt_letter' bus='virtio'/>
			    </disk>
		EOF
		shift
	done
	cat <<-EOF
		    <serial type='file'><source path='$libvirt_folder/console'/></serial>
		    <channel type='unix'>
		      <source mode='bind' path='$libvirt_folder/agent'/>
		      <target type='virtio' name='lab.agent'/>
		    </channel>
		    $libvirt_more
		  </devices>
		</domain>
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
