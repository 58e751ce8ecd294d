# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the tests of the filecache command in the lab share: a folder of their own,
# one run of the command, and questions about its output.  Needs $here.
# shellcheck disable=SC2154

# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
json="$here/json-get"
dir=$(mktemp -d /var/tmp/filecache-cli.XXXXXX) || exit 1
chmod 755 "$dir"
cd "$dir" || exit 1
# Of files that are read: much more than what a program needs for itself.
size=$((8 << 20))
hold=

finish() {
	[ -n "$hold" ] && kill "$hold" 2>/dev/null
	cd / && rm -rf "$dir"
}
trap finish EXIT

ok() { # STATUS NAME
	[ "$1" -eq 0 ] || sed 's/^/# /' out err
	result "$1" "$2"
}

run() {
	filecache "$@" >out 2>err </dev/null
	got=$?
}

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		"$@" >out 2>err </dev/null
	got=$?
}

get() { # STEP...: a value of the output
	"$json" "$@" <out
}

one_line() { # STATUS WORDS
	[ "$got" -eq "$1" ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] &&
		grep -q '^filecache: ' err && grep -qF -- "$2" err
}

# That a number is there and within bounds.
within() { # VALUE LOW HIGH
	[ -n "$1" ] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# A file on the disk and not in the cache.
cold_file() { # NAME
	dd if=/dev/urandom of="$1" bs=1M count=8 conv=fsync 2>/dev/null
	sync
	echo 3 >/proc/sys/vm/drop_caches
}
