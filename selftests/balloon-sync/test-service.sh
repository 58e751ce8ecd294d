#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The service's unit, as far as it can be judged without starting it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
unit=$top/tools/balloon-sync/balloon-sync.service
tool=${BUILD:-$top/build}/tools/balloon-sync/balloon-sync
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
# What is to be installed is not installed yet.
sed "s|/usr/sbin/balloon-sync|$tool|" "$unit" >"$folder/balloon-sync.service"

ktap_plan 2
if ! command -v systemd-analyze >/dev/null; then
	result 0 "nothing in it is unknown" "no systemd-analyze"
	result 0 "little is left to it" "no systemd-analyze"
	ktap_end
	exit
fi
found=$(systemd-analyze verify --man=no "$folder/balloon-sync.service" 2>&1)
[ -z "$found" ] || echo "$found" | sed 's/^/# /'
[ -z "$found" ]
result $? "nothing in it is unknown"

# Ten is everything; what remains are two capabilities that the module asks for.
found=$(systemd-analyze security --offline=true --threshold=35 \
	"$folder/balloon-sync.service" 2>&1)
status=$?
[ $status -eq 0 ] || echo "$found" | sed 's/^/# /'
result $status "little is left to it"
ktap_end
