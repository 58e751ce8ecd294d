#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash would complete, and that the other shells can read theirs.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
completion=$top/tools/filecache/completion
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=../lib/ktap.sh
. "$top/selftests/lib/ktap.sh"

ok() { # STATUS NAME
	[ "$1" -eq 0 ] || echo "# got: ${COMPREPLY[*]-}"
	result "$1" "$2"
}

# The command itself for all but the list of owners, which needs the module.
mkdir "$tmp/bin"
cat >"$tmp/bin/filecache" <<-SCRIPT
#!/bin/sh
case "\$*" in
list) printf '%s\n' 'OWNER  PID' '   @17  12 x' '    @4  13 y' '---' ' 5 total' ;;
'list --dead') printf '%s\n' 'OWNER  PID' '   @17  12 x' ;;
*) exec "${BUILD:-$top/build}/tools/filecache/filecache" "\$@" ;;
esac
SCRIPT
chmod +x "$tmp/bin/filecache"
PATH=$tmp/bin:$PATH
# shellcheck source=/dev/null
. "$completion/filecache.bash"

complete_line() { # WORD...: the last one is being typed
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_filecache
}

# That just these words are offered, in any order.
offers() { # NAME WORD...
	local name=$1
	shift
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(printf '%s\n' "$@" | sort)" ]
	ok $? "$name"
}

ktap_plan 15

complete_line filecache ""
offers "all subcommands" top list show files run watch evict forget stats export
complete_line filecache s
offers "subcommands that begin like that" show stats
complete_line filecache list --l
offers "options of a subcommand" --live --long --limit
complete_line filecache forget --
offers "options of another" --dead --json --bytes --pages --help
complete_line filecache top --sort e
offers "values of an option" evict
complete_line filecache top -g p
offers "values of its letter" process program parent
complete_line filecache list --by x
offers "no value begins like that"
complete_line filecache files @
offers "owners" @17 @4
complete_line filecache forget @
offers "owners that are dead" @17
complete_line filecache show $$
offers "processes" $$
complete_line filecache watch --owner @1
offers "owners as a value" @17
complete_line filecache run tru
[[ " ${COMPREPLY[*]} " == *" true "* ]]
ok $? "commands"
touch "$tmp/some-file.prom"
complete_line filecache export -o "$tmp/some"
offers "files" "$tmp/some-file.prom"

for shell in zsh fish; do
	file=$completion/_filecache
	[ $shell = fish ] && file=$completion/filecache.fish
	if ! command -v $shell >/dev/null; then
		result 0 "$shell reads its own" "no $shell"
		continue
	fi
	COMPREPLY=("$($shell -n "$file" 2>&1)")
	[ -z "${COMPREPLY[0]}" ]
	ok $? "$shell reads its own"
done
ktap_end
