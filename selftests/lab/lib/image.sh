# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guests' Debian root file system and hypervisor, for every kernel the same,
# built once and cached under a name that is the hash of all that went into it.

SUITE=bookworm
IMAGE_PACKAGES=(
	aide aide-common bash btrfs-progs busybox-static bzip2 coreutils e2fsprogs fio iproute2 iputils-ping jq kmod
	libbpf1 libconfig9 libelf1 libext2fs2 libfuse3-3 libjansson4 libmnl0 libnbd0 libncursesw6 libnettle8
	libseccomp2 libsystemd0 libvirt0 libzydis4.0
	libxenmisc4.17 libxentoolcore1 procps psmisc strace stress-ng tcpdump tripwire
	util-linux xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils
	xfsprogs zstd
)
# Beside them, in the lab that is a host of QEMU's guests.
KVM_PACKAGES=(libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu qemu-system-x86 systemd)
image_hash() {
	{
		echo "$SUITE"
		printf '%s\n' "${IMAGE_PACKAGES[@]}"
		# As bash sees them, so that comments may change freely.
		declare -f run_mmdebstrap pack_image
	} | sha256sum | cut -c1-16
}

run_mmdebstrap() {
	local tar=$1 log=$2
	suite_sources "$SUITE" >"$WORK/sources.list"
	[ -s "$WORK/sources.list" ] ||
		die "apt: no Debian $SUITE among this machine's sources; add it and run apt-get update"
	apt_options >"$WORK/apt.conf"
	mmdebstrap --variant=minbase \
		--include="$(IFS=,; echo "${IMAGE_PACKAGES[*]}")" \
		--aptopt="$WORK/apt.conf" \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--customize-hook='rm -rf "$1"/var/lib/aide/* "$1"/var/lib/apt/lists' \
		"$SUITE" "$tar" - <"$WORK/sources.list" >"$log" 2>&1
}

# pack_image TAR DIR: root.img and the files that QEMU itself needs.
pack_image() {
	local tar=$1 dir=$2 root=$2/root fake=()
	[ "$(id -u)" -eq 0 ] || fake=(fakeroot)
	mkdir "$root"
	truncate -s 6G "$dir/root.img"
	# shellcheck disable=SC2016 # for the inner shell
	"${fake[@]}" sh -ec '
		tar -x -C "$1" --exclude="./dev/*" -f "$2"
		mkdir -p "$1/usr/lib/modules"
		mkfs.ext4 -q -L lab-root -E lazy_itable_init=0 \
			-d "$1" "$3"' - "$root" "$tar" "$dir/root.img" || return 1
	zcat "$root"/boot/xen-4.17-amd64.gz >"$dir/xen.elf" || return 1
	rm -rf "$root" "$tar"
}

build_image() {
	local part=$IMAGE.part.$$ start=$SECONDS
	need_tools mmdebstrap mkfs.ext4 zcat tar apt-get
	mkdir -p "$part"
	# Without root, mmdebstrap runs its hooks under another user's number.
	chmod 755 "$WORK"
	CLEANUP_DIRS+=("$part")
	say "building the guests' Debian image (once; about 2 minutes)"
	run_mmdebstrap "$part/root.tar" "$part/log" || {
		tail -n 20 "$part/log" >&2
		die "mmdebstrap: failed; its last lines are above"
	}
	say "image: packages are in after $((SECONDS - start)) s; packing"
	pack_image "$part/root.tar" "$part" || die "image: packing failed"
	mv "$part" "$IMAGE"
	say "image: ready after $((SECONDS - start)) s ($IMAGE)"
}

# ensure_image: sets IMAGE, the folder with root.img and xen.elf.
ensure_image() {
	[ "${TYPE-}" != kvm ] || IMAGE_PACKAGES+=("${KVM_PACKAGES[@]}")
	IMAGE=$CACHE/images/root-$(image_hash)
	mkdir -p "$CACHE/images"
	[ -e "$IMAGE/root.img" ] && return
	take_lock "$CACHE/image.lock"
	[ -e "$IMAGE/root.img" ] || build_image
	drop_lock
}
