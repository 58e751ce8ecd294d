# SPDX-License-Identifier: GPL-2.0-or-later
lib-mem  := dump.c mem.c mtree.c process.c qemu.c space.c
libs-mem := hv base
