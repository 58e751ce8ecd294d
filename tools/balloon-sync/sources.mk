# SPDX-License-Identifier: GPL-2.0-or-later
tool-balloon-sync := changes.c config.c controller.c group.c law.c main.c manager.c \
		     member.c move.c options.c report.c restore.c settings.c state.c usage.c
tool-pkgs-balloon-sync := libconfig
libs-balloon-sync := hv filecache base
