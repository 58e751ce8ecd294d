#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync simulate and plot: the same twice, sums that add up, pictures.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
tool=${BUILD:-$top/build}/tools/balloon-sync/balloon-sync
# shellcheck source=../lib/ktap.sh
. "$here/../lib/ktap.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
spec=guests=7,groups=9,steps=400,seed=5

fails() { # STATUS PATTERN ARGUMENT...: that status, and one line with it
	want=$1
	pattern=$2
	shift 2
	"$tool" "$@" >"$dir/out" 2>&1
	got=$?
	[ "$got" -eq "$want" ] && [ "$(wc -l <"$dir/out")" -eq 1 ] &&
		grep -q -- "$pattern" "$dir/out" && return
	echo "# status $got, expected $want and one line with '$pattern':"
	sed 's/^/# /' "$dir/out"
	return 1
}

wrong_usage() {
	fails 2 "give a trace" simulate &&
	fails 2 "give a trace" simulate a --synthetic $spec &&
	fails 2 "not understood" simulate a b &&
	fails 2 "unknown option" simulate --traec a &&
	fails 2 "neither mirror" simulate a --policy none &&
	fails 2 "none of guests=" simulate --synthetic guest=1 &&
	fails 2 "patience" simulate a --patience 0 &&
	fails 1 "/nonexistent/a" simulate /nonexistent/a &&
	fails 1 "/nonexistent/b" simulate --synthetic $spec --log /nonexistent/b &&
	fails 1 "could not be written" simulate --synthetic $spec --log /dev/full
}

the_same_twice() {
	for policy in mirror slack-first; do
		"$tool" simulate --synthetic $spec --policy $policy --save "$dir/trace" \
			--log "$dir/a.csv" >"$dir/a" &&
		"$tool" simulate "$dir/trace" --log "$dir/b.csv" >"$dir/b" &&
		cmp "$dir/a.csv" "$dir/b.csv" && cmp "$dir/a" "$dir/b" || return 1
	done
	"$tool" simulate --synthetic $spec,seed=6 --log "$dir/c.csv" >/dev/null &&
	! cmp -s "$dir/a.csv" "$dir/c.csv"
}

# What the log says is added up by awk, which knows nothing of plans.
sums_add_up() {
	for policy in mirror slack-first; do
		"$tool" simulate --synthetic $spec --policy $policy --log "$dir/a.csv" >/dev/null &&
		awk -F, '
			function wrong(what) { print "# " $1 ": " what; bad = 1 }
			function interval() {
				if (used != groups || host_charged != charged) wrong("host")
				if (planned != charged) wrong("planned " planned " charged " charged)
				if (wanted != host_wanted) wrong("wanted")
			}
			NR == 1 { next }
			$2 == "host" {
				if (NR > 2) interval()
				n++; groups = charged = planned = wanted = 0
				used = $4; host_charged = $6; host_wanted = $10
				if (n == 1) rest = $12
				if ($12 != rest + $11) wrong("size of the host")
			}
			$2 == "group" {
				groups += $4; charged += $6
				paid = $5 + $6 + $7
				if (paid > $4 + 3) wrong("more paid than used by " $3)
				if (limit[$3] != "" && $4 + 0 > limit[$3] + 0)
					wrong($3 " is above its limit")
				limit[$3] = $9
			}
			$2 == "guest" {
				planned += $6; wanted += $10
				if (n == 1) start[$3] = $12
				if (start[$3] != $12 + $11) wrong("size of " $3)
			}
			END { interval(); exit bad || n != 400 }' "$dir/a.csv" || return 1
	done
}

# A group that may be limited, one that may not, and a guest that gives little.
small_trace() { # POLICY FREE
	cat <<-END
	{"trace":1,"policy":"$1","host":{"size_kb":1000000,"room_kb":500000,"reserve_kb":1000},"guests":[{"name":"a","rest_kb":400000,"floor_kb":200000},{"name":"b","rest_kb":400000,"floor_kb":0,"gives_kb":20000}],"groups":[{"name":"k","limit":true,"guests":[{"guest":"a","weight":1}]},{"name":"l","guests":[{"guest":"b","weight":1}]}]}
	END
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "{\"time_ms\":$((i * 1000)),\"free_kb\":$2,\"arrived_kb\":400000,\"used_kb\":[300000,100000]}"
	done
}

last() { # NAME COLUMN: of the last interval
	grep ",\"$1\"," "$dir/a.csv" | tail -n 1 | cut -d, -f"$2"
}

limits_and_stuck_guests() {
	small_trace mirror 1000 >"$dir/trace"
	"$tool" simulate "$dir/trace" --log "$dir/a.csv" >/dev/null || return 1
	# To its guest's floor and no further, since the group is limited to that.
	[ "$(last k 4)" = 200000 ] && [ "$(last k 9)" = 200000 ] && [ "$(last a 12)" = 200000 ] ||
		return 1
	# What it gave less a 32nd of its size; nobody else pays for the rest.
	[ "$(last b 13)" = stuck ] && [ "$(last b 10)" = 7500 ] && [ "$(last l 7)" = 92500 ] &&
		[ "$(last l 9)" = "" ]
}

slack_spares_guests() {
	small_trace slack-first 401000 >"$dir/trace"
	"$tool" simulate "$dir/trace" --log "$dir/a.csv" >/dev/null &&
		[ "$(last host 10)" = 0 ] && [ "$(last host 5)" = 400000 ]
}

json_lines() {
	"$tool" simulate --synthetic $spec --json >"$dir/json" &&
	[ "$(wc -l <"$dir/json")" -eq 400 ] &&
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    assert len(o["guests"]) == 7 and len(o["groups"]) == 9
    assert sum(g["charged_kb"] for g in o["groups"]) == sum(g["charged_kb"] for g in o["guests"])
' "$dir/json"
}

timing() {
	"$tool" simulate --synthetic $spec --timing --json >"$dir/json" &&
	python3 -c '
import json, sys
o = json.load(open(sys.argv[1]))
assert o["decisions"] == 400 and 0 < o["median_ns"] <= o["p99_ns"] <= o["longest_ns"]
' "$dir/json"
}

plot_usage() {
	fails 2 "give one log" plot --output x.svg &&
	fails 2 "output: is missing" plot "$dir/a.csv" &&
	fails 2 "neither in" plot "$dir/a.csv" --output x.pdf &&
	fails 1 "not a log" plot "$0" --output "$dir/x.svg" &&
	fails 1 "/nonexistent/a" plot /nonexistent/a --output "$dir/x.svg" &&
	! [ -e "$dir/x.svg" ]
}

no_gnuplot() {
	"$tool" simulate --synthetic $spec --log "$dir/a.csv" >/dev/null || return 1
	PATH=/nonexistent "$tool" plot "$dir/a.csv" --output "$dir/x.svg" 2>"$dir/out"
	[ $? -eq 1 ] && grep -q "install gnuplot" "$dir/out" && ! [ -e "$dir/x.svg" ]
}

pictures() {
	"$tool" simulate --synthetic $spec --log "$dir/a.csv" >/dev/null &&
	"$tool" plot "$dir/a.csv" --output "$dir/a.svg" &&
	"$tool" plot "$dir/a.csv" --output "$dir/a.png" &&
	grep -q '</svg>' "$dir/a.svg" && grep -q 'used by all groups' "$dir/a.svg" &&
	grep -q '6 of 9 groups' "$dir/a.svg" &&
	[ "$(head -c 4 "$dir/a.png" | tail -c 3)" = PNG ]
}

one_guest_picture() {
	printf '%s\n%s\n%s\n' \
		time_s,anon_kb,cache_kb,used_kb,wanted_kb,given_kb,arrived_kb,guest_kb,dom0_kb,phase \
		0.000,1,2,3,4,4,4,524288,716800,settled 1.000,1,2,3000,3000,4,4,524288,716800,moving \
		>"$dir/one.csv"
	"$tool" plot "$dir/one.csv" --output "$dir/one.svg" && grep -q '</svg>' "$dir/one.svg"
}

# Names are the guests', and gnuplot's scripts can run commands.
names_are_names() {
	cat >"$dir/bad.csv" <<-END
	time_s,object,name,used_kb
	0.000,group,"'; system('touch $dir/ran'); x='",1
	0.000,group,"\`touch $dir/ran\`",1
	0.000,group,"@x \$(touch $dir/ran) EOD",1
	END
	"$tool" plot "$dir/bad.csv" --output "$dir/bad.svg" && grep -q '</svg>' "$dir/bad.svg" &&
		! [ -e "$dir/ran" ]
}

in_the_manual() {
	for command in simulate plot; do
		for option in $("$tool" $command --help | grep -oE -- '--[a-z]+' | sort -u); do
			grep -q -- "Fl ${option#-}" "$top/Documentation/man/balloon-sync.8" && continue
			echo "# $command $option is not in the manual"
			return 1
		done
	done
}

have_gnuplot() {
	command -v gnuplot >/dev/null
}

ktap_plan 13
for test in wrong_usage the_same_twice sums_add_up limits_and_stuck_guests \
	    slack_spares_guests json_lines timing plot_usage no_gnuplot in_the_manual; do
	check $test $test
done
for test in pictures one_guest_picture names_are_names; do
	if have_gnuplot; then
		check $test $test
	else
		result 0 $test "no gnuplot"
	fi
done
ktap_end
