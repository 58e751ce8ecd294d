# SPDX-License-Identifier: GPL-2.0-or-later
tool-balloon-sync := answers.c backend.c census.c cgroup.c changes.c config.c \
		     config-groups.c controller.c distress.c ending.c family.c free.c giveback.c group.c guest.c \
		     host.c law.c limit.c main.c manager.c member.c move.c options.c \
		     overview.c record.c report.c restore.c roster.c service.c \
		     settings.c side.c source.c source-cgroup.c source-filecache.c \
		     state.c statefile.c subjects.c usage.c
# Decisions, without a hypervisor.
tool-balloon-sync += decision.c log.c model.c plan.c plot.c series.c share.c simulate.c \
		     simulate-options.c simulate-sums.c synthetic.c trace.c trace-read.c
tool-pkgs-balloon-sync := libconfig
libs-balloon-sync := daemon hv filecache base
