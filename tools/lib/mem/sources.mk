# SPDX-License-Identifier: GPL-2.0-or-later
lib-mem  := block.c dump.c mem.c mtree.c pause.c process.c processor.c qemu.c qemu-pause.c space.c xen.c
libs-mem := hv base
plugs-mem := xen
plug-mem-xen := domain.c frames.c
plug-pkgs-mem-xen := xencontrol xenforeignmemory xenguest xenstore xentoollog
