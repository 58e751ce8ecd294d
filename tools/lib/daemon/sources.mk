# SPDX-License-Identifier: GPL-2.0-or-later
lib-daemon  := unit.c
pkgs-daemon := libsystemd jansson
libs-daemon := base
