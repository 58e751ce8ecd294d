# SPDX-License-Identifier: GPL-2.0-or-later
lib-kernel  := kallsyms.c kernel.c types.c vmcoreinfo.c
pkgs-kernel := libbpf
libs-kernel := mem hv base
