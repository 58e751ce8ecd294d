#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what has been built.
#
#   install.sh BUILD DESTDIR PREFIX KVER
#
# BUILD is the build folder, DESTDIR a folder that stands for / (empty: / itself),
# PREFIX the prefix of the tools (/usr), KVER the kernel the module is for.
set -eu

if [ $# -ne 4 ]; then
	sed -n '5p' "$0" | sed 's/^# */usage: /' >&2
	exit 2
fi
build=$1
dest=$2
prefix=$3
kver=$4
top=$(cd "$(dirname "$0")/.." && pwd)
found=0

put() { # MODE FILE DIRECTORY
	install -D -m "$1" "$2" "$dest$3/$(basename "$2")"
	found=1
}

for tool in "$build"/tools/*/; do
	name=$(basename "$tool")
	if [ -x "$tool$name" ]; then
		put 755 "$tool$name" "$prefix/sbin"
		for plug in "$tool"*.so; do
			[ ! -f "$plug" ] || put 644 "$plug" "$prefix/lib/ids-offload"
		done
	fi
done

module=$build/kmod/$kver/kmod/filecache.ko
if [ -n "$kver" ] && [ -f "$module" ]; then
	put 644 "$module" "/lib/modules/$kver/updates"
	# The place where the package goes is not where its modules are loaded.
	if [ -z "$dest" ]; then
		depmod "$kver"
	fi
fi

if [ $found -eq 0 ]; then
	echo "install: $build: nothing has been built; run 'make' first" >&2
	exit 1
fi

for page in "$top"/Documentation/man/*.8; do
	[ -f "$page" ] || continue
	# Only pages of tools that are there, or of their subcommands.
	tool=$(basename "$page" .8)
	[ -x "$build/tools/$tool/$tool" ] || tool=${tool%-*}
	if [ -x "$build/tools/$tool/$tool" ]; then
		put 644 "$page" "$prefix/share/man/man8"
	fi
done

# TOOL.conf, its manual, and the file itself where there is none yet.
for conf in "$top"/tools/*/*.conf; do
	[ -f "$conf" ] || continue
	name=$(basename "$conf")
	[ -x "$build/tools/${name%.conf}/${name%.conf}" ] || continue
	put 644 "$top/Documentation/man/$name.5" "$prefix/share/man/man5"
	[ -e "$dest/etc/$name" ] || put 644 "$conf" /etc
done

# completion TOOL: for the shells that have a folder for it.
completion() {
	from=$top/tools/$1/completion
	if [ -f "$from/$1.bash" ]; then
		install -D -m 644 "$from/$1.bash" \
			"$dest$prefix/share/bash-completion/completions/$1"
	fi
	if [ -f "$from/_$1" ]; then
		put 644 "$from/_$1" "$prefix/share/zsh/vendor-completions"
	fi
	if [ -f "$from/$1.fish" ]; then
		put 644 "$from/$1.fish" "$prefix/share/fish/vendor_completions.d"
	fi
}

for tool in "$build"/tools/*/; do
	completion "$(basename "$tool")"
done

for unit in "$top"/tools/*/*.service "$top"/tools/*/*.timer; do
	[ -f "$unit" ] || continue
	put 644 "$unit" "/lib/systemd/system"
	sed -i "s#^ExecStart=/usr/sbin/#ExecStart=$prefix/sbin/#" \
		"$dest/lib/systemd/system/${unit##*/}"
done
