# SPDX-License-Identifier: GPL-2.0-or-later
lib-disk  := backup.c content.c disk.c export.c gpt.c image.c mbr.c nbd.c partition.c volume.c xen.c
pkgs-disk := libnbd zlib
libs-disk := hv base
plugs-disk := xen
plug-disk-xen := ring.c vbd.c
plug-pkgs-disk-xen := xengnttab xenlight xenstore xentoollog
