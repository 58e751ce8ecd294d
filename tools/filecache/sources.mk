# SPDX-License-Identifier: GPL-2.0-or-later
tool-filecache := main.c owners.c target.c grouping.c names.c \
		  cgroup.c forks.c members.c mounts.c file-list.c \
		  frame.c top-model.c top-view.c top-mark.c top-screen.c top.c \
		  seen.c event-line.c watch.c series.c families.c export.c \
		  show.c list.c stats.c files.c evict.c forget.c run.c
tool-pkgs-filecache := ncursesw
libs-filecache := filecache base
