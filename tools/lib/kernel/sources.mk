# SPDX-License-Identifier: GPL-2.0-or-later
lib-kernel  := kallsyms.c vmcoreinfo.c
libs-kernel := mem hv base
