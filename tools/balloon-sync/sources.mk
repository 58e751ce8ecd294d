# SPDX-License-Identifier: GPL-2.0-or-later
tool-balloon-sync := controller.c group.c law.c main.c manager.c move.c \
		     options.c report.c restore.c state.c usage.c
libs-balloon-sync := hv filecache base
