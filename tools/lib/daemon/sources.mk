# SPDX-License-Identifier: GPL-2.0-or-later
lib-daemon  := client.c loop.c status.c unit.c
pkgs-daemon := libsystemd jansson
libs-daemon := base
