# SPDX-License-Identifier: GPL-2.0-or-later
lib-filecache  := attributes.c client.c dump.c events.c message.c talk.c
pkgs-filecache := libmnl
libs-filecache := base
