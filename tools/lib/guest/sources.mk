# SPDX-License-Identifier: GPL-2.0-or-later
lib-guest  := area.c buffer.c cache.c check.c dentry.c executable.c field.c file.c finding.c \
	     guest.c hidden.c hook.c hunt.c inode.c layout.c list.c log.c memo.c module-types.c \
	     module.c mount.c namespace.c passing.c path.c pid.c probe.c socket.c superblock.c \
	     task.c trust.c unlisted.c user.c xarray.c
libs-guest := kernel mem hv base
