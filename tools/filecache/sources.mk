# SPDX-License-Identifier: GPL-2.0-or-later
tool-filecache := main.c options.c owners.c target.c cgroup.c members.c forks.c \
		  show.c list.c stats.c evict.c run.c
libs-filecache := filecache base
