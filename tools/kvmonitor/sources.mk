# SPDX-License-Identifier: GPL-2.0-or-later
tool-kvmonitor := check.c files.c info.c main.c modules.c mounts.c ps.c read.c sockets.c symbol.c text.c vm.c xaddr.c
libs-kvmonitor := guest kernel mem hv base
