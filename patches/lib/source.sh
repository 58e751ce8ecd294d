# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian's kernel sources, and our patches on them.

# series_suite SERIES: where Debian has it, as of today.
series_suite() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo bookworm-backports ;;
	7.2) echo sid ;;
	*) return 1 ;;
	esac
}

# find_version: sets VERSION to the newest there is; without a mirror, to the
# one that was newest last time.
find_version() {
	local last=$CACHE/build/$SERIES.version
	mkdir -p "$CACHE/build"
	if VERSION=$(suite_version "$SUITE" "linux-source-$SERIES"); then
		echo "$VERSION" >"$last"
	elif ! VERSION=$(cat "$last" 2>/dev/null); then
		say "$SERIES: this machine's mirror has no linux-source-$SERIES in $SUITE"
		exit "$EXIT_UNAVAILABLE"
	fi
}

unpack_source() {
	local to=$1 package
	mkdir -p "$to.deb"
	CLEANUP_DIRS+=("$to.deb" "$to")
	say "$SERIES: fetching the sources of $VERSION"
	suite_download "$SUITE" "$to.deb" "linux-source-$SERIES=$VERSION" || {
		say "$SERIES: linux-source-$SERIES $VERSION cannot be had"
		exit "$EXIT_UNAVAILABLE"
	}
	package=$(echo "$to.deb"/*.deb)
	mkdir -p "$to"
	dpkg-deb --fsys-tarfile "$package" |
		tar -xO "./usr/src/linux-source-$SERIES.tar.xz" |
		tar -xJ --strip-components=1 -C "$to" ||
		die "$SERIES: the source package cannot be unpacked"
	rm -rf "$to.deb"
}

# series_patches: in their order, without the cover letter.
series_patches() {
	printf '%s\n' "$PATCHDIR/$SERIES"/*.patch | grep -v /0000-
}

apply_patches() {
	local to=$1 patch
	while read -r patch; do
		patch -d "$to" -p1 -s -f --no-backup-if-mismatch <"$patch" >&2 ||
			die "${patch##*/}: does not apply to $VERSION"
	done < <(series_patches)
}

# prepare_source: sets SOURCE, the patched tree.  Files that are what they were
# keep their times, so that make builds only what has changed.
prepare_source() {
	local new=$CACHE/build/$SERIES/new state
	need_tools apt-get dpkg-deb xz patch rsync
	SOURCE=$CACHE/build/$SERIES/linux
	state=$VERSION-$(series_patches | xargs cat | sha256sum)
	[ "$(cat "$SOURCE.state" 2>/dev/null)" != "$state" ] || return 0
	rm -rf "$new" "$new.deb"
	mkdir -p "$CACHE/build/$SERIES"
	unpack_source "$new"
	apply_patches "$new"
	rm -f "$SOURCE.state"
	if [ -d "$SOURCE" ]; then
		rsync -rlpc --delete "$new/" "$SOURCE/" || die "$SOURCE: cannot be updated"
		rm -rf "$new"
	else
		mv "$new" "$SOURCE"
	fi
	printf '%s\n' "$state" >"$SOURCE.state"
}
