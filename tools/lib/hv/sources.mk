# SPDX-License-Identifier: GPL-2.0-or-later
lib-hv  := fake.c hv.c monitor.c plug.c qemu-arguments.c qemu-process.c qmp.c qmp-client.c resident.c
libs-hv := base
plugs-hv := xen libvirt
plug-hv-xen := plug-xen.c xen.c
plug-pkgs-hv-xen := xenlight xencontrol xenstore xentoollog
plug-hv-libvirt := libvirt.c libvirt-backup.c libvirt-guest.c libvirt-monitor.c \
			  libvirt-reach.c plug-libvirt.c qemu-arguments.c qemu-process.c resident.c
plug-pkgs-hv-libvirt := libvirt libvirt-qemu
