# SPDX-License-Identifier: GPL-2.0-or-later
lib-filecache  := client.c message.c
pkgs-filecache := libmnl
libs-filecache := base
