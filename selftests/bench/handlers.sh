# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# count_handlers FILE: have the plugin count calls of the module's handlers of
# page-cache events; the module's symbols are left in FILE.
count_handlers() {
	grep -F '[filecache]' /proc/kallsyms >"$1"
	addresses=$(awk '$3 ~ /^(on_|filecache_page_)/ && tolower($2) == "t" { print $1 }' "$1")
	[ -n "$addresses" ] || {
		echo "the module has no handlers of the names that this knows" >&2
		exit 1
	}
	# shellcheck disable=SC2086 # one word an address
	"$(dirname "$0")/pagework" entries $addresses
}
