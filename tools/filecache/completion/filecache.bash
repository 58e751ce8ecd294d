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
	# The first that hold most: enough, and soon there on a busy host.
	filecache list -n 200 "$@" 2>/dev/null | grep -o '^ *@[0-9]*' | tr -d ' '
}

_filecache_pids() {
	local dir
	for dir in /proc/[0-9]*; do
		echo "${dir#/proc/}"
	done
}

# Where the command of "run" stands, which ends its own options.
_filecache_run_at() {
	local i=2
	while [ $i -lt "$COMP_CWORD" ]; do
		case ${COMP_WORDS[i]} in
		--) echo $((i + 1)); return ;;
		-o|--output) i=$((i + 2)) ;;
		-*) i=$((i + 1)) ;;
		*) echo $i; return ;;
		esac
	done
	return 1
}

# Another command's words are completed as that command's.
_filecache_command() { # WHERE IT STANDS, WORD
	if [ "$COMP_CWORD" -eq "$1" ]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	elif declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
	fi
}

_filecache_reply() { # WORD < WORDS
	mapfile -t COMPREPLY < <(compgen -W "$(cat)" -- "$1")
}

_filecache() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	local command=${COMP_WORDS[1]-} values at

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_filecache_reply "$word" < <(_filecache_commands)
		return
	fi
	if [ "$command" = run ] && at=$(_filecache_run_at); then
		_filecache_command "$at" "$word"
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
