# SPDX-License-Identifier: GPL-2.0-or-later
lib-kernel  := btf-check.c btf-index.c btf-join.c code.c enrolment-file.c enrolment.c image.c kallsyms.c kernel.c memo.c patch.c seal.c sites.c trampoline.c types.c vmcoreinfo.c
pkgs-kernel := jansson libbpf nettle
ld-kernel := -lZydis
libs-kernel := mem hv base
