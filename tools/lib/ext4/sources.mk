# SPDX-License-Identifier: GPL-2.0-or-later
lib-ext4  := dir.c ext4.c file.c inode.c io.c listing.c xattr.c
pkgs-ext4 := ext2fs com_err
libs-ext4 := disk base
