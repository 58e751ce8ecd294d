# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What tests of kvmonitor disk have in common, on a guest of QEMU's or of Xen's, for who
# has $tool, $vm, $work and in_guest(), and takes back what is shown by disks_undo().

shown=
mkdir "${work:?}/a" "$work/b"

disks_undo() {
	[ -z "$shown" ] || kill "$shown" 2>/dev/null
	umount -l "$work/a" "$work/b" 2>/dev/null
}

mounted() { # FOLDER
	grep -q " $1 .* fuse.kvmonitor " /proc/self/mountinfo
}

# Leaves the process's number in $shown.
show() { # FOLDER OPTION...
	folder=$1
	shift
	rm -f "$work/log"
	"${tool:?}" disk "$@" "${vm:?}" "$folder" >"$work/log" 2>"$work/complaint" &
	shown=$!
	until_true grep -qs mounted "$work/log" && mounted "$folder" && return
	echo "# not shown: $(cat "$work/complaint")"
	return 1
}

# Ended as asked, with its mount gone.
ended() { # STATUS FOLDER
	wait "$shown"
	status=$?
	shown=
	[ $status -eq "$1" ] && ! mounted "$2" && return
	echo "# status $status; said: $(cat "$work/complaint")"
	return 1
}

hide() {
	kill -TERM "$shown" && ended 0 "$folder"
}

# Files of all kinds, and many of one kind; one has its only bytes far from its beginning.
far=200000000
many=300
fill_folders() { # FOLDER-IN-GUEST...
	in_guest "far=$far many=$many; for d in $*; do"'
		cd $d && mkdir -p etc/deep/er many && head -c 3000000 /dev/urandom >big &&
		echo "root:x:0:0" >etc/passwd && ln etc/passwd etc/passwd- &&
		ln -s ../big etc/deep/link && ln -s $(printf %0200d 3) long &&
		mknod char c 5 77 && mknod block b 259 70000 && mkfifo fifo &&
		dd if=/dev/urandom of=sparse bs=1 count=5 seek=$far 2>/dev/null &&
		chmod 4755 big && chown 1234:70000 etc/passwd && chmod 1777 many &&
		i=0 && while [ $i -lt $many ]; do : >many/number-$i; i=$((i + 1)); done
		done; sync; echo filled' | grep -q filled
}

# What both sides say of a tree, in the same words; that it is read here is not to be seen
# there, and when it is read there is not on the disk at once.
describe="find . ! -name lost+found -exec stat -c '%n|%f|%u|%g|%h|%s|%i|%t|%T|%Y|%Z' {} + | sort
	find . -type f -exec sha256sum {} + | sort; find . -type l -exec readlink {} \\; | sort"

same() { # FOLDER-HERE FOLDER-IN-GUEST
	(cd "$1" && eval "$describe") >"$work/here" 2>&1
	in_guest "cd $2 && export LC_ALL=C; $describe" >"$work/there"
	LC_ALL=C sort "$work/here" >"$work/here.sorted"
	LC_ALL=C sort "$work/there" >"$work/there.sorted"
	[ "$(wc -l <"$work/here")" -gt "$many" ] &&
		cmp -s "$work/here.sorted" "$work/there.sorted" && return
	diff "$work/here.sorted" "$work/there.sorted" | head -n 6 | sed 's/^/# /'
	return 1
}

changes_are_seen() {
	in_guest 'cd /mnt && echo more >>etc/passwd && rm many/number-7 && mv many/number-8 etc/ &&
		mkdir fresh && head -c 200000 /dev/urandom >fresh/file && chmod 600 big && sync' &&
		same "$work/a" /mnt && in_guest 'rm -r /mnt/fresh; sync' && same "$work/a" /mnt
}

it_cannot_be_written() {
	grep " $work/a .* fuse.kvmonitor " /proc/self/mountinfo | grep -q "ro,nosuid,nodev,noexec" &&
		! touch "$work/a/new" 2>/dev/null && ! rm "$work/a/big" 2>/dev/null
}

# By what the kernel says of the process; and it has no other files than these and guests' memory.
reads_confined() { # FILES
	child=$(pgrep -P "$shown") || return 1
	status=/proc/$child/status
	[ "$(awk '$1 == "Uid:" && $2 > 60000 && $2 == $3 && $3 == $4' "$status")" ] &&
		grep -q "^NoNewPrivs:	1" "$status" && grep -q "^Seccomp:	2" "$status" &&
		grep -q "^CapEff:	0000000000000000" "$status" &&
		grep -q "^CapPrm:	0000000000000000" "$status" &&
		[ "$(find "/proc/$child/fd/" -type l -exec readlink {} + | grep -v "$work" | sort |
			sed 's/:.*//' | tr '\n' ' ')" = "$1" ] && return
	grep -E '^(Uid|NoNew|Seccomp|Cap)' "$status" | sed 's/^/# /'
	ls -l "/proc/$child/fd" | sed 's/^/# /'
	return 1
}
