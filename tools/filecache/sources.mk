# SPDX-License-Identifier: GPL-2.0-or-later
tool-filecache := main.c options.c owners.c target.c grouping.c \
		  cgroup.c forks.c members.c \
		  mounts.c file-list.c \
		  show.c list.c stats.c files.c evict.c forget.c run.c
libs-filecache := filecache base
