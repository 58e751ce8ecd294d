# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of filecache for fish.  Subcommands and options are read from its own
# help, so that they cannot drift apart.

function __filecache_options # COMMAND
	filecache $argv[1] --help 2>/dev/null |
		string replace -rf '^ {2,6}(?:-[a-z], )?(--[a-z]+)[^ ]*(?: [A-Z@]+)? +(.*)$' '$1\t$2'
end

# The first that hold most: enough, and soon there on a busy host.
function __filecache_owners # OPTION...
	filecache list -n 200 $argv 2>/dev/null | string match -rg '^ *(@\d+)'
end

# Where the command of "run" stands, which ends its own options; fails before it.
function __filecache_run_at # WORD...
	set -l i 3
	while test $i -le (count $argv)
		switch $argv[$i]
			case --
				echo (math $i + 1)
				return
			case -o --output
				set i (math $i + 2)
			case '-*'
				set i (math $i + 1)
			case '*'
				echo $i
				return
		end
	end
	return 1
end

# What an option takes; fails when it takes none of these.
function __filecache_values # COMMAND OPTION
	switch "$argv[1]/$argv[2]"
		case top/-s top/--sort
			string split ' ' 'cache add evict program pid user newest'
		case top/-g top/--by
			string split ' ' 'owner process program user cgroup parent'
		case list/-s list/--sort
			string split ' ' 'cache files devices shmem added newest pid user program'
		case list/-b list/--by
			string split ' ' 'process program user cgroup parent'
		case files/-s files/--sort
			string split ' ' 'cache file share inode path'
		case export/-b export/--by
			string split ' ' 'program user cgroup'
		case watch/--owner
			__filecache_owners
		case watch/--pid
			__fish_complete_pids
		case run/-o run/--output export/-o export/--output
			__fish_complete_path (commandline -ct)
		case watch/--cgroup
			__fish_complete_directories (commandline -ct) ''
		case '*'
			return 1
	end
end

function __filecache_complete
	set -l words (commandline -opc)
	if test (count $words) -lt 2
		filecache --help 2>/dev/null |
			string replace -rf '^  ([a-z]+)  +(.*)$' '$1\t$2'
		return
	end
	if test $words[2] = run
		if set -l at (__filecache_run_at $words)
			__fish_complete_subcommand --commandline $words[$at..] (commandline -ct)
			return
		end
	end
	__filecache_values $words[2] $words[-1]; and return
	if string match -q -- '-*' (commandline -ct)
		__filecache_options $words[2]
		return
	end
	switch $words[2]
		case show files evict
			__filecache_owners
			__fish_complete_pids
		case forget
			__filecache_owners --dead
		case run
			__fish_complete_subcommand --commandline (commandline -ct)
	end
end

complete -c filecache -f -a '(__filecache_complete)'
