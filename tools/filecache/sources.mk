# SPDX-License-Identifier: GPL-2.0-or-later
tool-filecache := main.c options.c owners.c target.c grouping.c \
		  cgroup.c forks.c members.c \
		  show.c list.c stats.c evict.c run.c
libs-filecache := filecache base
