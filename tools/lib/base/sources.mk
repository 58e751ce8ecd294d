# SPDX-License-Identifier: GPL-2.0-or-later
lib-base  := args.c array.c child.c clock.c command.c error.c fd.c file.c format.c json.c mapping.c metrics.c out.c parse.c plug.c text.c
pkgs-base := jansson
