# SPDX-License-Identifier: GPL-2.0-or-later
lib-sandbox  := enter.c filter.c identity.c root.c worker.c
pkgs-sandbox := libseccomp
libs-sandbox := base
