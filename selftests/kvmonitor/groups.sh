# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests of kvmonitor have in common that change groups of this host, behind lib.sh: sets root,
# where these are, or reason.

# Where a process is among those groups.
place_of() { # PID
	if [ -e "$root/cgroup.controllers" ]; then
		sed -n 's/^0:://p' "/proc/$1/cgroup"
	else
		sed -nE 's/^[0-9]+:([^:]*,)?cpu(,[^:]*)?:(.*)/\3/p' "/proc/$1/cgroup"
	fi
}

root=
while read -r _ folder type options _; do
	case $type,$options, in
	cgroup2,*) grep -qw cpu "$folder/cgroup.controllers" && root=$folder ;;
	cgroup,*,cpu,*) root=$folder ;;
	esac
	[ -z "$root" ] || break
done </proc/self/mounts
if [ "$(id -u)" -ne 0 ] || [ -z "$root" ] || [ ! -w "$root" ]; then
	# shellcheck disable=SC2034 # of lib.sh
	reason="no cgroups of processors that may be changed"
elif [ -d /run/systemd/system ]; then
	# shellcheck disable=SC2034
	reason="groups are systemd's here"
fi
