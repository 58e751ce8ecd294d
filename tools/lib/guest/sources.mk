# SPDX-License-Identifier: GPL-2.0-or-later
lib-guest  := file.c guest.c list.c module.c mount.c path.c socket.c task.c
libs-guest := kernel mem hv base
