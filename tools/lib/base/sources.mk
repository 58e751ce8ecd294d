# SPDX-License-Identifier: GPL-2.0-or-later
lib-base  := args.c clock.c command.c error.c file.c format.c json.c metrics.c out.c parse.c text.c
pkgs-base := jansson
