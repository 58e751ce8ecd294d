#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the subcommands do with what the module says, over a stand-in for it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
filecache=${BUILD:-$top/build}/selftests/filecache-tools/filecache-fake
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

ok() { # STATUS NAME
	[ "$1" -eq 0 ] || sed 's/^/# /' out err
	result "$1" "$2"
}

# What takes so long, on whatever machine, never ends.
run() {
	timeout -k 10 300 "$filecache" "$@" >out 2>err </dev/null
	got=$?
}

one_line() { # STATUS WORDS
	[ "$got" -eq "$1" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
		grep -q '^filecache: ' err && grep -qF -- "$2" err
}

cgroups() {
	find /sys/fs/cgroup -name 'filecache-run-*' 2>/dev/null | sort
}

# What an option of the help is called with, behind what it needs.
value() { # COMMAND OPTION
	case $1/$2 in
	files/--sort) echo share ;;
	*/--sort) echo cache ;;
	*/--by) echo user ;;
	*/--output) echo "$tmp/file" ;;
	*/--filter) echo root ;;
	*/--delay) echo 0.1 ;;
	*/--limit|*/--iterations|*/--count|*/--top) echo 1 ;;
	*/--least) echo 1 ;;
	*/--hysteresis) echo 1M ;;
	*/--above) echo 1M --pid 1 ;;
	*/--cgroup) echo / ;;
	*/--owner) echo @1 ;;
	*/--pid) echo 1 ;;
	esac
}

# The whole command line, to which the module has an answer.
command_line() { # COMMAND [OPTION]
	case $1/${2-} in
	watch/--cgroup|watch/--owner|watch/--pid) echo "$1 --exits -n 1 --above 1M" ;;
	watch/*) echo "$1 --exits -n 1" ;;
	top/*) echo "$1 --once" ;;
	*) echo "$1" ;;
	esac
	echo "${2-} $(value "$1" "${2-}")"
	case $1/${2-} in
	show/*|evict/*) echo 100 ;;
	files/*|forget/) echo @5 ;;
	forget/--dead) ;;
	forget/*) echo @5 ;;
	run/*) echo -- true ;;
	esac
}

options_of() { # COMMAND
	"$filecache" "$1" --help | grep -oE '^ {2,6}(-[a-z], )?--[a-z]+' | grep -oE -- '--[a-z]+'
}

# Every option that the help lists is taken, and not just told to be wrong.
options_work() { # COMMAND
	bad=
	for option in $(options_of "$1"); do
		# shellcheck disable=SC2046 # a list of words
		FAKE_ENDS=1 run $(command_line "$1" "$option")
		if [ $got -eq 2 ] || [ $got -eq 125 ]; then
			echo "# $1 $option: $(cat err)"
			bad=1
		fi
	done
	[ -z "$bad" ]
	result $? "every option of $1 is taken"
}

sizes_differ() { # COMMAND: as units of sizes are listed, they change what is printed
	for option in '' --bytes --pages; do
		# shellcheck disable=SC2046
		FAKE_ENDS=1 run $(command_line "$1" $option)
		cat out err | grep -v '^Took' >"sizes$option"
	done
	if options_of "$1" | grep -q -- --bytes; then
		! cmp -s sizes sizes--bytes && ! cmp -s sizes sizes--pages
	else
		grep -q 'is not known' sizes--bytes && grep -q 'is not known' sizes--pages
	fi
	ok $? "units of sizes are listed where $1 has them"
}

commands="top list show files run watch evict forget stats export"
ktap_plan 66

for command in $commands; do
	options_work "$command"
	sizes_differ "$command"
done

run --version
[ $got -eq 0 ] && [ "$(cat out)" = "filecache 0" ]
ok $? "the version is printed"
run help list
cp out help
run list --help
[ $got -eq 0 ] && cmp -s out help
ok $? "help COMMAND is COMMAND --help"
run help nosuch
one_line 2 "nosuch: no such command"
ok $? "help of what is not there"
for arguments in --help --version "list --help" "help list"; do
	# shellcheck disable=SC2086 # a list of words
	"$filecache" $arguments >/dev/full 2>err
	[ $? -eq 1 ] && grep -q 'No space left' err
	ok $? "a full disk is told: $arguments"
done
for arguments in list "watch -n 1" "run true" stats export; do
	# shellcheck disable=SC2086
	FAKE_ENDS=1 timeout -k 10 300 "$filecache" $arguments >&- 2>err
	got=$?
	if [ "$arguments" = "run true" ]; then
		[ $got -eq 0 ]
	else
		[ $got -eq 1 ] && grep -q 'Bad file descriptor' err
	fi
	ok $? "the standard output is closed: $arguments"
done

LC_ALL=C.UTF-8 run list
grep -q ' (before load)$' out && grep -qF ' \(before load)' out &&
	grep -q ' \[kworker]$' out && grep -qF ' \[kworker]' out &&
	grep -qF '\[kworker]' out
ok $? "list: nobody can call himself what stands for something"
run list --by user
for name in '(before load)' '(overflow)' '(kernel work)' root total; do
	grep -q " $name " out
	ok $? "list: a row of --by user is called $name"
done
run list --by user --json
[ "$(grep -c '"uid": null' out)" -eq 3 ] && [ "$(grep -c '"uid": 0' out)" -eq 1 ] &&
	grep -q '"kind": "overflow"' out
ok $? "list: what is no user's has no number"
run list --json
[ "$(grep -c '"uid": null' out)" -eq 3 ]
ok $? "list: nor has it where owners are listed"
run list --by cgroup
grep -q '(overflow)$' out && grep -q 'total$' out
ok $? "list: --by cgroup names what is in none"
FAKE_OWNERS=3000 run list --json
[ $got -eq 0 ] && [ "$(grep -c '"user": "root"' out)" -eq 3002 ]
ok $? "list: many owners of a user"
run files --json @5
grep -q '"inode": "18446744073709551615"' out
ok $? "files: a number that JSON's readers may not know is a string"

FAKE_ENDS=4 run watch -n 2
[ $got -eq 0 ] && [ "$(wc -l <out)" -eq 2 ] && grep -q '^20..-..-.. ..:..:..  ended ' out
ok $? "watch: as many lines as wanted, with their date"
# They take ten seconds each: at the same time.
gone() { # NAME ARGUMENT...
	name=$1
	shift
	timeout -k 10 300 "$filecache" watch "$@" >"$name.out" 2>"$name.err"
	echo $? >"$name.status"
}
FAKE_GETS=0 gone freed --once --above 1G --pid 1 &
FAKE_DEAD=1 gone dead --json --above 1G --owner @7 &
FAKE_STATS=1 gone unloaded &
FAKE_GETS=1 gone one --above 1G --owner @7 --above 1G --pid 1 &
wait
for name in freed dead unloaded one; do
	cp $name.out out
	cp $name.err err
	got=$(cat $name.status)
	case $name in
	freed)
		[ "$got" -eq 1 ] && [ "$(wc -l <out)" -eq 1 ] && grep -q ' gone   1 ' out &&
			grep -q 'all that was watched has ended' err
		;;
	dead)
		[ "$got" -eq 1 ] && grep -q '"event":"gone","target":"@7"' out
		;;
	unloaded)
		one_line 1 "the module has been unloaded"
		;;
	one)
		[ "$got" -eq 1 ] && [ "$(grep -c ' gone ' out)" -eq 2 ]
		;;
	esac
	ok $? "watch: it ends: $name"
done

before=$(cgroups)
run run -- sh -c 'exit 3'
[ $got -eq 3 ]
ok $? "run: the command's status"
run run --nosuch true
one_line 125 "is not known"
ok $? "run: its own mistakes have a status of their own"
run run -o "$tmp/no/file" touch ran
one_line 125 "; touch was not run"
ok $? "run: it says that the command was not run"
[ ! -e ran ]
ok $? "run: and it was not"
run run nosuchcommand
one_line 127 "nosuchcommand: "
ok $? "run: a command that is not there"
run run /etc/passwd
one_line 126 "/etc/passwd: "
ok $? "run: a file that is no command"
run run -o /dev/full true
one_line 125 "No space left"
ok $? "run: a report that cannot be written"
bad=
for signal in PIPE XFSZ INT QUIT; do
	run run -- sh -c "kill -$signal \$PPID; exit 3"
	[ $got -eq 3 ] || bad="$bad $signal"
done
[ -z "$bad" ]
ok $? "run: signals that are not for the command leave it alone$bad"
bad=
for signal in TERM HUP USR1 USR2 ALRM; do
	run run -- sh -c "kill -$signal \$PPID; exec sleep 300"
	[ "$(kill -l $got)" = $signal ] || bad="$bad $signal"
done
[ -z "$bad" ]
ok $? "run: signals for the command go to it$bad"
run run -- grep '^SigBlk' /proc/self/status
grep '^SigBlk' /proc/self/status | cmp -s - out
ok $? "run: the command has the signals that were there"
mkfifo report gone
(
	exec 2>report
	read -r _ <gone
	"$filecache" run true
	echo $? >status
) &
exec 4<report
exec 4<&-
echo >gone
wait
[ "$(cat status)" = 125 ]
ok $? "run: nobody reads the report"
[ "$(cgroups)" = "$before" ]
ok $? "run: no cgroup stays behind"

umask 022
run export -o -
[ $got -eq 0 ] && grep -q '^filecache_owned_bytes' out && [ ! -e ./- ]
ok $? "export: - is the standard output"
run export -o metrics
[ $got -eq 0 ] && [ "$(stat -c %a metrics)" = 644 ]
ok $? "export: a file"
chmod 600 metrics
ln -s metrics link
run export -o link
[ $got -eq 0 ] && [ -L link ] && [ "$(stat -c %a metrics)" = 600 ]
ok $? "export: a link stays, and so does the mode"
mkdir folder
run export -o folder
one_line 1 "folder: is no regular file; leave out -o to print"
ok $? "export: a folder"
mkfifo pipe
cat pipe >piped &
run export -o pipe
wait
[ $got -eq 0 ] && [ -p pipe ] && grep -q '^filecache_owned_bytes' piped
ok $? "export: a FIFO"

if command -v script >/dev/null; then
	TERM=dumb timeout -k 10 300 script -qec "$filecache top" /dev/null >out 2>err </dev/null
	got=$?
	[ $got -eq 1 ] && grep -q "terminal 'dumb' cannot move its cursor" out
	ok $? "top: a terminal that cannot show it"
else
	result 0 "top: a terminal that cannot show it" "no script"
fi
ktap_end
