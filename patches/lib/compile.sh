# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From the patched sources to a folder that a lab can start.

# Not this machine's name and clock: the same sources make the same kernel.
export KBUILD_BUILD_USER=offload KBUILD_BUILD_HOST=lab
export KBUILD_BUILD_TIMESTAMP='1 January 2026'

config_fragments() {
	cat "$PATCHDIR/config/lab.config"
	[ "$FLAVOUR" = plain ] || cat "$PATCHDIR/config/$FLAVOUR.config"
	echo "CONFIG_LOCALVERSION=\"-${NAME/-$SERIES/}\""
}

# Told to stop, bash would wait for make to end, and make not hear of it.
kernel_make() {
	local pid
	make -s -C "$SOURCE" O="$OBJECTS" -j "$JOBS" LOCALVERSION= "$@" >>"$OBJECTS/log" 2>&1 &
	pid=$!
	trap 'kill "$pid"; wait "$pid"; exit 143' INT TERM HUP
	wait "$pid" || {
		tail -n 20 "$OBJECTS/log" >&2
		die "make $*: failed; all of it is in $OBJECTS/log"
	}
	arm_cleanup
}

# left_out: the symbols that this series does not have, or not so.
left_out() {
	config_fragments | tac | awk -F= '/^CONFIG/ && !seen[$1]++' |
		while IFS='=' read -r symbol value; do
			[ "$value" != n ] || value=
			[ "$(sed -n "s/^$symbol=//p" "$OBJECTS/.config")" = "$value" ] ||
				printf ' %s' "${symbol#CONFIG_}"
		done
}

# configure: sets OBJECTS, where the objects go.
configure() {
	need_tools gcc make flex bison bc perl
	OBJECTS=$CACHE/build/$SERIES/$FLAVOUR
	mkdir -p "$OBJECTS"
	: >"$OBJECTS/log"
	config_fragments >"$OBJECTS/all.config"
	cp "$OBJECTS/.config" "$OBJECTS/.config.before" 2>/dev/null
	kernel_make KCONFIG_ALLCONFIG="$OBJECTS/all.config" allnoconfig
	# With a new time everything would be built anew.
	! cmp -s "$OBJECTS/.config" "$OBJECTS/.config.before" ||
		mv "$OBJECTS/.config.before" "$OBJECTS/.config"
	say "$NAME: not in this series:$(left_out)"
}

compile() {
	local start=$SECONDS
	say "$NAME: compiling $VERSION (10 minutes on two processors, debug 20)"
	kernel_make bzImage modules
	say "$NAME: compiled after $((SECONDS - start)) s"
}

# install_headers DIR: what a module is built against.
install_headers() {
	local dir=$1
	mkdir -p "$dir"
	(cd "$SOURCE" && tar -c Makefile scripts include tools/objtool \
		arch/x86/Makefile* arch/x86/include) | tar -x -C "$dir" || return 1
	(cd "$OBJECTS" && find . \( -name '*.o' -o -name '*.cmd' -o -name '*.a' \) -prune \
		-o \( -path './scripts/*' -o -path './include/*' -o \
		-path './arch/x86/include/*' -o -path ./tools/objtool/objtool -o \
		-path ./Module.symvers -o -path ./.config \) -type f -print0 |
		tar -c --null -T -) | tar -x -C "$dir"
}

install_kernel() {
	local part=$FOLDER.part release
	release=$(cat "$OBJECTS/include/config/kernel.release")
	rm -rf "$part"
	mkdir -p "$part"
	CLEANUP_DIRS+=("$part")
	kernel_make INSTALL_MOD_PATH="$part" INSTALL_MOD_STRIP=1 modules_install
	rm -f "$part/lib/modules/$release"/{build,source}
	install_headers "$part/lib/modules/$release/build" ||
		die "$NAME: its headers cannot be copied"
	cp "$OBJECTS/System.map" "$part/" &&
		cp "$OBJECTS/.config" "$part/config" &&
		echo "$release" >"$part/release" &&
		cp "$OBJECTS/arch/x86/boot/bzImage" "$part/vmlinuz" ||
		die "$NAME: cannot be copied into $KERNELS"
	mv "$part" "$FOLDER"
}
