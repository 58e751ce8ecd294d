#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the plain lab: the kernel's own netlink tool, which knows nothing of this
# project but the YAML spec, talks to the module.
set -u
here=$(dirname "$0")
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
tmp=$(mktemp -d) || exit 2
work=$PWD
export PYTHONPATH=$work/python PYTHONDONTWRITEBYTECODE=1

ynl() {
	python3 "$work/ynl/cli.py" --spec "$work/filecache.yaml" --no-schema \
		--output-json "$@"
}

# Wait for a condition, a minute at most.
await() {
	for _ in $(seq 600); do
		"$@" && return 0
		sleep 0.1
	done
	echo "# waited in vain for: $*"
	return 1
}

# Somebody listens to a group of a generic netlink family, or listens no more.
group_joined() {
	awk '$2 == 16 && $4 != "00000000" { found = 1 } END { exit !found }' \
		/proc/net/netlink || ! kill -0 "$listener" 2>/dev/null
}

stats_agree() {
	ynl --do stats-get >"$tmp/stats" || return 1
	filecache stats --json >"$tmp/own"
	jq -e --slurpfile own "$tmp/own" \
		'."page-size" == 4096 and ."tag-bytes" == $own[0].tag_bytes and
		 .scanned * 4096 == $own[0].scanned_bytes and (.blind | type) == "array"' "$tmp/stats"
}

# What follows asks for the process by number: the shell that it was before it
# became dd is an owner of its own.

# A process that brings the file in, and has ended.
read_file() {
	echo 1 >/proc/sys/vm/drop_caches
	dd if=/root/data of=/dev/null bs=4096 status=none &
	reader=$!
	wait $reader
}

dead_reader_is_found() {
	read_file || return 1
	ynl --do owner-get --json "{\"pid\": $reader}" >"$tmp/owner" || return 1
	jq -e --argjson pid $reader \
		'.pid == $pid and ."file-pages" >= 300 and .comm == "dd" and
		 (.flags | index("dead")) != null and .exit > .birth' "$tmp/owner"
}

dump_has_it() {
	ynl --dump owner-get >"$tmp/dump" || return 1
	jq -e --slurpfile one "$tmp/owner" \
		'[.[] | select(.pid == $one[0].pid) | ."file-pages"] | add == $one[0]."file-pages"' \
		"$tmp/dump"
}

files_are_told() {
	ino=$(stat -c %i /root/data)
	ynl --dump files-get --json "{\"owner-id\": $(jq .id "$tmp/owner")}" >"$tmp/files" ||
		return 1
	jq -e --argjson ino "$ino" 'any(.[]; .ino == $ino and .pages == 300)' "$tmp/files"
}

exit_is_announced() {
	ynl --subscribe exit --sleep 8 >"$tmp/exits" &
	listener=$!
	await group_joined || {
		wait $listener
		return 1
	}
	read_file
	wait $listener || return 1
	jq -e --argjson pid $reader \
		'any(.[]; .name == "owner-exit-ntf" and .msg.pid == $pid and
		          .msg."file-pages" >= 300)' "$tmp/exits"
}

threshold_is_set() {
	[ -s "$tmp/crossing" ] || ! kill -0 "$listener" 2>/dev/null
}

# What is set goes with its socket, and cli.py's is closed too soon.
crossing_is_announced() {
	# Its owner must still have pages, or it is there no more.
	dead_reader_is_found >/dev/null || return 1
	owner=$(jq .id "$tmp/owner")
	PYTHONPATH=$PYTHONPATH:$work/ynl python3 "$here/threshold.py" "$work/filecache.yaml" \
		"{\"owner-id\": $owner, \"pages\": 100}" >"$tmp/crossing" &
	listener=$!
	await threshold_is_set && ynl --do evict --json "{\"id\": $owner}"
	wait $listener || return 1
	jq -es --argjson owner "$owner" \
		'.[0].id > 0 and .[0].state == 1 and .[0].now >= 300 and .[1].name == "threshold-ntf" and
		 .[1].msg == {id: .[0].id, "owner-id": $owner, pages: 100, hysteresis: 6,
		              state: 0, now: .[1].msg.now} and .[1].msg.now <= 94' "$tmp/crossing" ||
		! cat "$tmp/crossing"
}

evict_works() {
	dead_reader_is_found >/dev/null || return 1
	ynl --do evict --json "{\"id\": $(jq .id "$tmp/owner")}" >"$tmp/evicted" || return 1
	jq -e '.evicted >= 300' "$tmp/evicted"
}

refusal_is_understood() {
	! ynl --do owner-get --json '{"id": 999999999}' >"$tmp/refusal" || return 1
	grep -q 'No such file' "$tmp/refusal"
}

dd if=/dev/zero of=/root/data bs=4096 count=300 status=none
sync
ktap_plan 8
if ! modprobe filecache; then
	echo "Bail out! no module"
	exit 1
fi
for test in stats_agree dead_reader_is_found dump_has_it files_are_told exit_is_announced \
	    crossing_is_announced evict_works refusal_is_understood; do
	$test >"$tmp/said" 2>&1
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tmp/said"
	result $status "$test"
done
ktap_end
