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
'list -n 200') printf '%s\n' 'OWNER  PID' '   @17  12 x' '    @4  13 y' '---' ' 5 total' ;;
'list -n 200 --dead') printf '%s\n' 'OWNER  PID' '   @17  12 x' ;;
*) exec "${BUILD:-$top/build}/tools/filecache/filecache" "\$@" ;;
esac
SCRIPT
chmod +x "$tmp/bin/filecache"
PATH=$tmp/bin:$PATH
# shellcheck source=/dev/null
if [ -e /usr/share/bash-completion/bash_completion ]; then
	. /usr/share/bash-completion/bash_completion
fi
# shellcheck source=/dev/null
. "$completion/filecache.bash"

complete_line() { # WORD...: the last one is being typed
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMP_LINE=$*
	COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	# Outside of a completion by the shell itself, compopt complains.
	_filecache 2>/dev/null
}

# That just these words are offered, in any order.
offers() { # NAME WORD...
	local name=$1
	shift
	[ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$(printf '%s\n' "$@" | sort)" ]
	ok $? "$name"
}

ktap_plan 29

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

complete_line filecache run -- cat "$tmp/some"
offers "files of another command" "$tmp/some-file.prom"
complete_line filecache run -o x cat "$tmp/some"
offers "files of another command, behind an option" "$tmp/some-file.prom"
complete_line filecache run cat --l
[[ " ${COMPREPLY[*]} " != *" --live "* && " ${COMPREPLY[*]} " != *" --output "* ]]
ok $? "options of another command are not ours"
complete_line filecache run -- tru
[[ " ${COMPREPLY[*]} " == *" true "* ]]
ok $? "commands behind --"
complete_line filecache run --o
offers "options before a command" --output

fish_line() { # LINE
	mapfile -t COMPREPLY < <(fish --no-config -c "source '$completion/filecache.fish'
		complete -C '$1'" 2>&1 | cut -f1)
}

# NAME LINE WORD...: that fish offers just these words.
fish_offers() {
	local name=$1 line=$2
	shift 2
	if ! command -v fish >/dev/null; then
		result 0 "fish: $name" "no fish"
		return
	fi
	fish_line "$line"
	offers "fish: $name" "$@"
}

fish_offers "subcommands" "filecache s" show stats
fish_offers "options" "filecache list --l" --live --long --limit
fish_offers "values of an option" "filecache files --sort s" share
fish_offers "values of its letter" "filecache top -g p" process program parent
fish_offers "owners that are dead" "filecache forget " @17
fish_offers "owners as a value" "filecache watch --owner " @17 @4
fish_offers "files" "filecache export -o $tmp/some" "$tmp/some-file.prom"
fish_offers "files for a report" "filecache run -o $tmp/some" "$tmp/some-file.prom"
fish_offers "files of another command" "filecache run -o x -- cat $tmp/some" "$tmp/some-file.prom"

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
