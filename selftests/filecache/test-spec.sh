#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The netlink spec against the uapi header, and sysfs's page against sysfs.c.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=/dev/null
. "$top/selftests/lib/ktap.sh"
spec=$top/Documentation/netlink/specs/filecache.yaml
header=$top/include/uapi/linux/filecache.h
abi=$top/Documentation/ABI/testing/sysfs-kernel-filecache
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

compare() {
	if [ ! -s "$1" ]; then
		echo "# $1 is empty"
		return 1
	fi
	diff "$1" "$2" | sed 's/^/# /'
	cmp -s "$1" "$2"
}

# Names and values from the header: NAME VALUE, in the spec's spelling.
awk '
	/^enum filecache_/ || /^enum \{/ { value = 0; inside = 1; next }
	/^\};/ { inside = 0 }
	!inside || !/^\tFILECACHE_/ { next }
	{
		name = $1
		sub(/,.*/, "", name)
		if ($0 ~ /= *[0-9]+/) {
			value = $0
			sub(/.*= */, "", value)
			sub(/[^0-9].*/, "", value)
		} else if ($0 ~ /=/) {
			next
		}
		sub(/^FILECACHE_/, "", name)
		print tolower(name), value
		value++
	}' "$header" | tr _ - | sort >"$tmp/header"

# The same from the spec: attributes and operations count from 1, flags are
# powers of two, other values count from 0.  Names of values begin with that of
# their list (a schema of the kernel's allows nothing else).  The layout is the one that the
# kernel's own specs have.
awk '
	/^attribute-sets:/ { flags = 0 }
	/^operations:/ { operations = 1; value = 1 }
	/^mcast-groups:/ { exit }
	/^    name: / { prefix = "filecache-" $2 "-" }
	/^ +name-prefix: / { prefix = $2; value = 1; next }
	/^    type: / { flags = $2 == "flags"; value = flags; next }
	/^      name: / && operations { print prefix $2, value++ }
	/^        name: / && !operations { print prefix $2, value; value += flags ? value : 1 }
	' "$spec" | sed 's/^filecache-//' | sort >"$tmp/spec"

# Files that sysfs.c makes, files that the page describes.
sed -n 's/.*&\([a-z_]*\)_attr\.attr.*/\1/p' "$top/kmod/sysfs.c" | sort >"$tmp/made"
sed -n 's|^What:.*/sys/kernel/filecache/||p' "$abi" | sort >"$tmp/described"

ktap_plan 2
compare "$tmp/header" "$tmp/spec"
result $? "netlink spec is the uapi header's"
compare "$tmp/made" "$tmp/described"
result $? "sysfs files are described"
ktap_end
