# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of filecache for fish.  Subcommands and options are read from its own
# help, so that they cannot drift apart.

function __filecache_commands
	filecache --help 2>/dev/null | string replace -rf '^  ([a-z]+)  +(.*)$' '$1\t$2'
end

function __filecache_command
	set -l words (commandline -opc)
	test (count $words) -ge 2; or return 1
	echo $words[2]
end

function __filecache_options
	set -l command (__filecache_command)
	test -n "$command"; or return
	filecache $command --help 2>/dev/null |
		string replace -rf '^ {2,6}(?:-[a-z], )?(--[a-z]+)[^ ]*(?: [A-Z@]+)? +(.*)$' '$1\t$2'
end

function __filecache_owners
	filecache list 2>/dev/null | string match -rg '^ *(@\d+)'
end

complete -c filecache -f
complete -c filecache -n 'not __filecache_command >/dev/null' -a '(__filecache_commands)'
complete -c filecache -n 'string match -q -- "-*" (commandline -ct)' -a '(__filecache_options)'
complete -c filecache -n 'contains -- (__filecache_command) show files evict forget' -a '(__filecache_owners)'
complete -c filecache -n 'contains -- (__filecache_command) show files evict' -a '(__fish_complete_pids)'
complete -c filecache -n 'string match -q run -- (__filecache_command)' -a '(__fish_complete_subcommand --fcs-skip=2)'
