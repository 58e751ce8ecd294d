# SPDX-License-Identifier: GPL-2.0-or-later
lib-fusefs  := fusefs.c mount.c nodes.c
pkgs-fusefs := fuse3
libs-fusefs := base
