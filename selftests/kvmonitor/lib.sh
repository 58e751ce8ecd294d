# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What tests of kvmonitor on a real guest have in common, for who has set $top and $name:
#
#	start_guest --memory 256 && vm=$folder/qmp
#	run_tests one_function another_function
#
# A test that leaves more behind than its guest and $work takes it back in undo().

tool=${BUILD:-$top/build}/tools/kvmonitor/kvmonitor
# shellcheck disable=SC2034 # some use it
lab=$top/selftests/lab/lab
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

work=$(mktemp -d) || exit 1
guest=
# Why there is nothing to be tested; empty for nothing.
reason=

undo() {
	:
}

stop_guest() {
	[ -z "$guest" ] || "$lab" guest stop "${name:?}"
	guest=
}

cleanup() {
	undo
	stop_guest
	rm -rf "$work"
}
trap cleanup EXIT

# Sets folder, the guest's; or, where there can be none, reason.
start_guest() { # OPTION OF THE LAB'S...
	folder=$("${start_in:-env}" "$lab" guest start "$name" "$@" 2>"$work/lab")
	case $? in
	0) guest=$name; monitor=$folder/qmp ;;
	77) reason="no kernel for a guest"; return 1 ;;
	*) sed 's/^/# /' "$work/lab"; return 1 ;;
	esac
}

in_guest() {
	"$lab" guest exec "$name" -- sh -c "$1"
}

# In the background, there; prints its number, once it is the program that it is to become.  Some
# programs are the shell itself there, unless they are called by a path.
begin_in_guest() { # PROGRAM COMMAND
	in_guest "$2 >/dev/null 2>&1 &
		n=0
		until [ ! -e /proc/\$! ] || grep -q '^$1' /proc/\$!/cmdline || [ \$n -gt 6000 ]; do
			usleep 10000
			n=\$((n + 1))
		done
		echo \$!"
}

# One command of QEMU's, and its answer.
qmp() { # COMMAND [ARGUMENTS]
	python3 - "${monitor:?}" "$1" "${2-{\}}" <<-'EOF'
		import json, socket, sys
		qemu = socket.socket(socket.AF_UNIX)
		qemu.settimeout(120)
		qemu.connect(sys.argv[1])
		lines = qemu.makefile('rw')
		for command in ({'execute': 'qmp_capabilities'},
		                {'execute': sys.argv[2], 'arguments': json.loads(sys.argv[3])}):
		    print(json.dumps(command), file=lines, flush=True)
		    while True:
		        answer = json.loads(lines.readline())
		        if 'error' in answer:
		            sys.exit(str(answer))
		        if 'return' in answer:
		            break
		print(json.dumps(answer['return']))
	EOF
}

# Sums of such numbers are too large for a shell.
beyond() { # ADDRESS NUMBER
	python3 -c "print(hex($1 + $2))"
}

# From outside, below 3 GiB.
change_memory() { # PHYSICAL BYTES
	python3 - "${folder:?}/memory" "$1" "$2" <<-'EOF'
		import sys
		with open(sys.argv[1], 'r+b') as memory:
		    memory.seek(int(sys.argv[2], 0))
		    memory.write(bytes.fromhex(sys.argv[3]))
	EOF
}

# Exit status, and one line on the standard error output that has a text in it.
refused() { # STATUS TEXT COMMAND...
	wanted=$1
	text=$2
	shift 2
	timeout 60 "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ $status -eq "$wanted" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -qF -- "$text" "$work/err" && return
	echo "# status $status; said: $(cat "$work/err")"
	return 1
}

# From then on it looks into the guest.
until_confined() { # PID
	until_true grep -qs "^Seccomp:.*2" "/proc/$1/status"
}

# By one that writes to these files; what it has said instead, if it never does.
watch_told() { # PATTERN
	until_true grep -q -- "$1" "$work/events" && return
	sed 's/^/# /' "$work/events" "$work/err"
	return 1
}

# After ktap_plan(). $of, if set, is told with each name.
run_tests() { # FUNCTION...
	for test in "$@"; do
		if [ -n "$reason" ]; then
			result 0 "$test${of:+, $of}" "$reason"
		else
			check "$test${of:+, $of}" "$test"
		fi
	done
}
