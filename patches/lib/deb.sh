# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian packages of a patched kernel, for a real machine.

# base_config: Debian's own configuration of the series, or what BASE names.
base_config() {
	local dir=$OBJECTS/config
	if [ -n "${BASE-}" ]; then
		cat "$BASE" || die "$BASE: cannot be read"
		return
	fi
	rm -rf "$dir"
	mkdir -p "$dir"
	suite_download "$SUITE" "$dir" "linux-config-$SERIES" || {
		say "$SERIES: linux-config-$SERIES cannot be had; name a configuration by BASE="
		exit "$EXIT_UNAVAILABLE"
	}
	dpkg-deb --fsys-tarfile "$dir"/*.deb |
		tar -xO "./usr/src/linux-config-$SERIES/config.amd64_none_amd64.xz" | xz -dc
}

# What makes it ours; Debian's keys are not at hand, and debug information
# would make it several times as big and slow to build.
deb_settings() {
	cat <<-SETTINGS
	CONFIG_PROC_PID_FILE=y
	CONFIG_LOCALVERSION="-filecache"
	CONFIG_SYSTEM_TRUSTED_KEYS=""
	CONFIG_SYSTEM_REVOCATION_KEYS=""
	# CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT is not set
	# CONFIG_DEBUG_INFO_DWARF4 is not set
	# CONFIG_DEBUG_INFO_DWARF5 is not set
	CONFIG_DEBUG_INFO_NONE=y
	SETTINGS
}

# build_deb DIR: image, headers and libc-dev packages.
build_deb() {
	local to
	to=$(cd "$1" && pwd) || die "$1: no such folder"
	need_tools gcc make flex bison bc perl dpkg-buildpackage dh rsync
	find_version
	arm_cleanup
	take_lock "$CACHE/build/$SERIES.lock"
	prepare_source
	OBJECTS=$CACHE/build/$SERIES/deb/objects
	mkdir -p "$OBJECTS"
	: >"$OBJECTS/log"
	base_config >"$OBJECTS/.config" || exit
	deb_settings >>"$OBJECTS/.config"
	kernel_make olddefconfig
	grep -qx CONFIG_PROC_PID_FILE=y "$OBJECTS/.config" ||
		die "$SERIES: the configuration lost CONFIG_PROC_PID_FILE"
	say "$SERIES: building packages of $VERSION (hours on a small machine)"
	rm -f "${OBJECTS%/*}"/*.deb
	kernel_make bindeb-pkg
	cp "${OBJECTS%/*}"/*.deb "$to/" || die "$SERIES: no package was made"
	say "$SERIES: done"
	ls "$to"/linux-*.deb
}
