# SPDX-License-Identifier: GPL-2.0-or-later
lib-guest  := check.c file.c guest.c list.c module.c mount.c path.c pid.c socket.c task.c xarray.c
libs-guest := kernel mem hv base
