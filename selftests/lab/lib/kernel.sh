# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The kernels that a lab can boot.  Each is a folder in the cache, named after
# the kernel and a hash of all that went into it:
#
#   vmlinuz, release        what QEMU boots, and what `uname -r` says then
#   lib/modules/RELEASE/    its modules; build/ in there is where ours is built
#   modules.img             the same modules as a disk that the guest mounts
#   chroot/                 only where modules need a toolchain of another suite
#
# Stock kernels are Debian's; the series stand for the kernel that a suite has
# today.  Patched ones come from patches/build.

KERNELS=(
	stock-6.1 stock-6.12 stock-7.2
	patched-6.1 patched-6.12 patched-7.2
	patched-6.1-debug patched-6.12-debug patched-7.2-debug
)
KERNEL_DEFAULT=stock-6.1
# A kernel that cannot be had is not a failure of what was to be tried on it.
LAB_EXIT_NO_KERNEL=77

# Parts of a stock kernel that no lab has a device for; a smaller disk is made
# and started faster.
MODULES_LEFT_OUT=(
	sound drivers/gpu drivers/media drivers/infiniband drivers/iio
	drivers/net/ethernet drivers/net/wireless drivers/staging
	drivers/usb drivers/hwmon drivers/input drivers/hid drivers/isdn
	drivers/mfd drivers/leds drivers/bluetooth drivers/mmc drivers/mtd
	drivers/power drivers/firewire drivers/comedi drivers/platform
)

no_kernel() {
	say "$KERNEL: $*"
	exit "$LAB_EXIT_NO_KERNEL"
}

# The newest kernel that modules can be built for here without more ado.
installed_headers() {
	local dir
	dir=$(printf '%s\n' /lib/modules/*-amd64/build | sort -V | tail -n 1)
	[ -e "$dir" ] || die "kernel headers: none installed; run 'make deps'"
	basename "$(dirname "$dir")"
}

stock_suite() {
	case $1 in
	stock-6.1) echo bookworm ;;
	stock-6.12) echo bookworm-backports ;;
	stock-7.2) echo sid ;;
	esac
}

# ask_archive SUITE: "RELEASE VERSION" of the kernel that it has today.
ask_archive() {
	local suite=$1 release version
	if [ "$suite" = bookworm ]; then
		release=$(installed_headers) || exit
	else
		release=$(suite_depends "$suite" linux-image-amd64 |
			sed -n 's/^linux-image-\([0-9].*\)/\1/p' | sort -V | tail -n 1)
	fi
	[ -n "$release" ] || return 1
	version=$(suite_version "$suite" "linux-image-$release") || return 1
	echo "$release $version"
}

# What a series means is asked once and kept until `lab clean`, so that every
# run meets the same kernel; but the installed headers decide for their own.
stock_identity() {
	local suite=$1 file=$CACHE/kernels/$KERNEL.version identity
	identity=$(cat "$file" 2>/dev/null)
	if [ -z "$identity" ] ||
	   { [ "$suite" = bookworm ] && [ "${identity% *}" != "$(installed_headers)" ]; }; then
		identity=$(ask_archive "$suite") || return 1
		echo "$identity" >"$file.part.$$" && mv "$file.part.$$" "$file"
	fi
	echo "$identity"
}

# Since 7.x an image's files are in packages that it and the headers depend on.
stock_packages() {
	local suite=$1 release=$2 kind
	echo "linux-image-$release"
	for kind in image headers; do
		suite_depends "$suite" "linux-$kind-$release"
	done | grep -E '^linux-(binary|modules|base)-[0-9]' | sort -u
}

# The archive's own layout: /lib may be a folder or a link to /usr/lib in it.
unpack_debs() {
	local root=$1 deb
	shift
	mkdir -p "$root/usr/lib"
	ln -s usr/lib "$root/lib"
	for deb in "$WORK"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --no-same-owner \
			--keep-directory-symlink -C "$root" "$@" || return 1
	done
	rm -rf "$WORK/debs"
}

stock_image() {
	local suite=$1 release=$2 part=$3 excludes=() m
	for m in "${MODULES_LEFT_OUT[@]}"; do
		excludes+=("--exclude=*/kernel/$m")
	done
	mkdir -p "$WORK/debs" "$part/lib"
	# shellcheck disable=SC2046 # names of packages
	suite_download "$suite" "$WORK/debs" $(stock_packages "$suite" "$release") ||
		return 1
	unpack_debs "$WORK/kernel" "${excludes[@]}" || return 1
	mv "$WORK/kernel/usr/lib/modules" "$part/lib/" || return 1
	mv "$WORK/kernel/boot/vmlinuz-$release" "$part/vmlinuz" 2>/dev/null ||
		mv "$part/lib/modules/$release/vmlinuz" "$part/vmlinuz" || return 1
	rm -rf "$WORK/kernel" "$part/lib/modules/$release"/{build,source}
	depmod -b "$part" "$release"
}

# Headers and their programs that run here: only one path in them is absolute.
stock_headers() {
	local suite=$1 release=$2 folder=$3 part=$4
	mkdir -p "$WORK/debs"
	# shellcheck disable=SC2046 # names of packages
	suite_download "$suite" "$WORK/debs" "linux-headers-$release" \
		$(suite_depends "$suite" "linux-headers-$release" |
			grep -E '^linux-(headers-.*-common|kbuild-)') || return 1
	unpack_debs "$part/headers" || return 1
	sed -i "s|/usr/src/|$folder/headers/usr/src/|" \
		"$part/headers/usr/src/linux-headers-$release/Makefile"
	# With this there modules get BTF, which needs a program that stable lacks.
	rm -f "$part/headers/usr/src/linux-headers-$release/vmlinux"
	ln -s "$folder/headers/usr/src/linux-headers-$release" \
		"$part/lib/modules/$release/build"
}

# A suite with a newer C library and compiler: a whole system of it, to build
# in.  Its files are all ours, so that it needs no root; see kmake.
stock_chroot() {
	local suite=$1 release=$2 folder=$3 part=$4
	need_tools mmdebstrap unshare
	say "$KERNEL: making a chroot with its compiler (once; about 3 minutes)"
	chmod 755 "$WORK"
	mmdebstrap --variant=minbase --include="make,linux-headers-$release" \
		--aptopt="$WORK/apt.conf" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists "$1"/var/cache/apt' \
		"$suite" "$WORK/chroot.tar" - <"$WORK/sources.list" >"$WORK/chroot.log" 2>&1 || {
		tail -n 20 "$WORK/chroot.log" >&2
		return 1
	}
	mkdir "$part/chroot"
	tar -x --no-same-owner --exclude='./dev/*' -C "$part/chroot" -f "$WORK/chroot.tar" ||
		return 1
	rm "$WORK/chroot.tar"
	ln -s "$folder/chroot/usr/src/linux-headers-$release" \
		"$part/lib/modules/$release/build"
}

stock_build() {
	local suite=$1 release=$2 folder=$3 part=$3.part.$$
	CLEANUP_DIRS+=("$part")
	mkdir -p "$part"
	suite_sources "$suite" >"$WORK/sources.list"
	apt_options >"$WORK/apt.conf"
	say "$KERNEL: fetching $release"
	stock_image "$suite" "$release" "$part" || return 1
	case $suite in
	bookworm) ln -s "/lib/modules/$release/build" "$part/lib/modules/$release/build" ;;
	bookworm-*) stock_headers "$suite" "$release" "$folder" "$part" || return 1 ;;
	*) stock_chroot "$suite" "$release" "$folder" "$part" || return 1 ;;
	esac
	echo "$release" >"$part/release"
	mv -T "$part" "$folder"
}

# As bash sees the functions, so that comments may change freely.
stock_hash() { # IDENTITY
	{
		echo "$1"
		printf '%s\n' "${MODULES_LEFT_OUT[@]}"
		declare -f stock_packages unpack_debs stock_image stock_headers stock_chroot
	} | sha256sum | cut -c1-16
}

stock_kernel() {
	local suite identity
	suite=$(stock_suite "$KERNEL")
	identity=$(stock_identity "$suite") || no_kernel "$suite: the archive has no kernel"
	KERNEL_DIR=$CACHE/kernels/$KERNEL-$(stock_hash "$identity")
	[ -e "$KERNEL_DIR/release" ] && return
	need_tools apt-get dpkg-deb depmod tar
	stock_build "$suite" "${identity% *}" "$KERNEL_DIR" && return
	# The archive may have moved on since it was asked.
	rm -f "$CACHE/kernels/$KERNEL.version"
	no_kernel "cannot be fetched; see the lines above"
}

# patches/build says itself why it has none and ends with the same status.
patched_kernel() {
	local series=${KERNEL#patched-}
	[ -x "$PROJECT/patches/build" ] || no_kernel "patches/build: not there"
	# shellcheck disable=SC2046 # the flavour, if there is one
	KERNEL_DIR=$("$PROJECT/patches/build" "${series%-debug}" \
		$([[ $series != *-debug ]] || echo debug)) || {
		[ $? -ne "$LAB_EXIT_NO_KERNEL" ] || no_kernel "cannot be had"
		die "$KERNEL: cannot be built; see the lines above"
	}
	KERNEL_DIR=${KERNEL_DIR##*$'\n'}
	[ -e "$KERNEL_DIR/release" ] || die "$KERNEL_DIR: no kernel in there"
}

# The guest writes to it, but never to the file; so there must be some room.
make_modules_image() {
	local folder=$1 release=$2 tree=$WORK/modules part=$1/modules.img.part.$$ fake=() kb
	[ "$(id -u)" -eq 0 ] || fake=(fakeroot)
	mkdir -p "$tree"
	tar -c -C "$folder/lib/modules/$release" --exclude=./build --exclude=./source . |
		tar -x -C "$tree" || return 1
	kb=$(du -sk --apparent-size "$tree" | cut -f1)
	truncate -s $((kb * 5 / 4 + 65536))K "$part"
	"${fake[@]}" mkfs.ext4 -q -L lab-modules -O ^has_journal -m 0 \
		-E lazy_itable_init=0,root_owner=0:0 -d "$tree" "$part" || return 1
	mv "$part" "$folder/modules.img"
	rm -rf "$tree"
}

check_kernel() {
	KERNEL=${KERNEL:-$KERNEL_DEFAULT}
	[[ " ${KERNELS[*]} " == *" $KERNEL "* ]] ||
		usage_error "$KERNEL: not one of the kernels in 'lab list'"
}

# ensure_kernel: sets KERNEL (if unset), KERNEL_DIR and RELEASE.
ensure_kernel() {
	check_kernel
	mkdir -p "$CACHE/kernels"
	take_lock "$CACHE/kernels/$KERNEL.lock"
	"${KERNEL%%-*}_kernel"
	RELEASE=$(cat "$KERNEL_DIR/release") || exit "$LAB_EXIT_FAILED"
	[ -e "$KERNEL_DIR/modules.img" ] || make_modules_image "$KERNEL_DIR" "$RELEASE" ||
		die "$KERNEL: its modules cannot be packed"
	drop_lock
}

list_kernels() {
	local name dir
	for name in "${KERNELS[@]}"; do
		for dir in "$CACHE/kernels/$name"-????????????????/; do
			if [ -e "$dir/release" ]; then
				echo "  $name: $(cat "$dir/release"), $(basename "$dir")"
			else
				echo "  $name: not built"
			fi
		done
	done
}
