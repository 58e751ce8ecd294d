# SPDX-License-Identifier: GPL-2.0-or-later
tool-kvmonitor := budget.c cache.c cached.c check.c cputree.c disk-image.c disk-list.c disk-serve.c disk-source.c \
		  disk-tree.c disk.c dissolve.c dmesg.c doubt.c enrol.c files.c finding.c info.c isolate.c \
		  isolation.c list.c main.c memo.c mirror.c modules.c mounts.c name.c nic.c \
		  oneway.c ps.c read.c record.c relay.c scene.c schedule.c socket-text.c sockets.c \
		  store.c symbol.c tap.c text.c tool.c type.c vm.c watch.c xaddr.c
libs-kvmonitor := fusefs ext4 disk guest kernel mem hv sandbox base
