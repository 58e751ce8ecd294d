# SPDX-License-Identifier: GPL-2.0-or-later
lib-hv  := fake.c hv.c libvirt.c libvirt-guest.c qmp.c qmp-client.c resident.c xen.c
pkgs-hv := libvirt xenlight xencontrol xenstore xentoollog
libs-hv := base
