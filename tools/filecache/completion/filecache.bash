# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of filecache for bash.  Subcommands and options are read from its own
# help, so that they cannot drift apart.

_filecache_commands() {
	filecache --help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\)  .*/\1/p'
}

_filecache_options() { # COMMAND
	filecache "$1" --help 2>/dev/null |
		grep -oE '^ {2,6}(-[a-z], )?--[a-z]+' | grep -oE -- '--[a-z]+'
}

_filecache_values() { # COMMAND OPTION
	case $1/$2 in
	top/-s|top/--sort) echo cache add evict program pid user newest ;;
	top/-g|top/--by) echo owner process program user cgroup parent ;;
	list/-s|list/--sort) echo cache files devices shmem added newest pid user program ;;
	list/-b|list/--by) echo process program user cgroup parent ;;
	files/-s|files/--sort) echo cache file share inode path ;;
	export/-b|export/--by) echo program user cgroup ;;
	watch/--owner) _filecache_owners ;;
	watch/--pid) _filecache_pids ;;
	*) return 1 ;;
	esac
}

_filecache_owners() { # OPTION...
	filecache list "$@" 2>/dev/null | grep -o '^ *@[0-9]*' | tr -d ' '
}

_filecache_pids() {
	local dir
	for dir in /proc/[0-9]*; do
		echo "${dir#/proc/}"
	done
}

_filecache_reply() { # WORD < WORDS
	mapfile -t COMPREPLY < <(compgen -W "$(cat)" -- "$1")
}

_filecache() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]-} values

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_filecache_reply "$word" < <(_filecache_commands)
		return
	fi
	if values=$(_filecache_values "$command" "$before"); then
		_filecache_reply "$word" <<<"$values"
		return
	fi
	case $command/$before in
	run/-o|run/--output|export/-o|export/--output)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	watch/--cgroup)
		compopt -o filenames -o nospace 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "${word:-/sys/fs/cgroup/}")
		return
		;;
	esac
	case $word in
	-*)
		_filecache_reply "$word" < <(_filecache_options "$command")
		return
		;;
	esac
	case $command in
	show|files|evict)
		_filecache_reply "$word" < <(_filecache_owners; _filecache_pids)
		;;
	forget)
		_filecache_reply "$word" < <(_filecache_owners --dead)
		;;
	run)
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
		;;
	esac
}

complete -F _filecache filecache
