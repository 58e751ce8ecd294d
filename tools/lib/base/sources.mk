# SPDX-License-Identifier: GPL-2.0-or-later
lib-base  := error.c
