# SPDX-License-Identifier: GPL-2.0-or-later
lib-hv  := fake.c hv.c xen.c
pkgs-hv := xenlight xencontrol xenstore xentoollog
libs-hv := base
