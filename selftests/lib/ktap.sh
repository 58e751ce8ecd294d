# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# KTAP for tests that are shell scripts:
#
#	. "$here/../lib/ktap.sh"
#	ktap_plan 2
#	some_function
#	result $? some_function
#	result 0 another_one "what is missing for it"
#	check a_third_one test -e /file
#	ktap_end

ktap_number=0
ktap_planned=0
ktap_failed=0

ktap_plan() { # TESTS
	ktap_planned=$1
	echo "KTAP version 1"
	echo "1..$1"
}

result() { # STATUS NAME [REASON TO SKIP]
	ktap_number=$((ktap_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $ktap_number $2${3:+ # SKIP $3}"
	else
		echo "not ok $ktap_number $2"
		ktap_failed=1
	fi
}

check() { # NAME COMMAND...
	ktap_name=$1
	shift
	"$@"
	result $? "$ktap_name"
}

ktap_seconds() {
	read -r ktap_uptime _ </proc/uptime
	echo "${ktap_uptime%.*}"
}

# Waits for what takes a while, on a slow machine a long one; fails when it never comes.  By the
# clock: on a debug kernel, or in a guest, the command itself takes long.
until_true() { # COMMAND...
	ktap_deadline=$(($(ktap_seconds) + 300))
	until "$@"; do
		[ "$(ktap_seconds)" -lt $ktap_deadline ] || return 1
		sleep 0.1
	done
}

ktap_end() {
	[ $ktap_failed -eq 0 ] && [ $ktap_number -eq "$ktap_planned" ]
	exit
}
