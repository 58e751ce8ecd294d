# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# For tests of balloon-sync as a service on a host with guests.  They set $log, its CSV
# file, $said, what it says, $cgroups, where groups are, and $off, which moves may be
# off by in kB.

field() { # OBJECT NAME FIELD: of its last row
	awk -F, -v object="$1" -v name="$2" -v field="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == field) at = i; next }
		$2 == object && $3 == "\"" name "\"" { last = $at; seen = 1 }
		END { print seen ? last : "none" }' "$log"
}

near() { # A B: kB
	difference=$(($1 - $2))
	[ "${difference#-}" -le "$off" ]
}

wait_for() { # SECONDS COMMAND...
	tries=$(($1 * 2))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "# waited in vain: $*"
			tail -n 5 "$log" "$said" 2>/dev/null | sed 's/^/# /'
			return 1
		fi
		sleep 0.5
	done
}

memcg() { # GROUP: kB; its figures lag behind by seconds
	awk '
		$1 == "anon" || $1 == "file" { kb += $2 / 1024 }
		$1 == "shmem" { kb -= $2 / 1024 }
		END { printf "%d\n", kb }' "$cgroups/$1/memory.stat"
}

at_least() { # GROUP KB
	[ "$(field group "$1" used_kb)" -ge "$2" ]
}

at_most() { # GROUP KB
	[ "$(field group "$1" used_kb)" -le "$2" ]
}

# Become COMMAND, in the group, before its program is read.
in_group() { # GROUP COMMAND...
	folder=$cgroups/$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	sh -c 'echo 0 >"$0/cgroup.procs"; exec "$@"' "$folder" "$@"
}
