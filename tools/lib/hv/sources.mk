# SPDX-License-Identifier: GPL-2.0-or-later
lib-hv  := fake.c hv.c plug.c qmp.c qmp-client.c resident.c
libs-hv := base
plugs-hv := xen libvirt
plug-xen := plug-xen.c xen.c
plug-pkgs-xen := xenlight xencontrol xenstore xentoollog
plug-libvirt := libvirt.c libvirt-guest.c plug-libvirt.c resident.c
plug-pkgs-libvirt := libvirt
