# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guests' initramfs and the program that talks to them.

GUEST_FILES=()
DOMU_MODULES=(xen-blkfront xen-netfront ext4 crc32c_generic)

build_agent() {
	make -s -C "$LABDIR/domu" BUILD="$BUILD" >&2 || die "lab-agent: does not build"
}

# make_guest_initramfs FILE MODULE...: busybox, the agent, and what is in GUEST_FILES.
make_guest_initramfs() {
	local root=$WORK/guest file=$1
	shift
	build_agent
	mkdir -p "$root"/{bin,sbin,proc,sys,dev,mnt,tmp,etc,root}
	cp /bin/busybox "$BUILD/lab/domu/lab-agent" "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$LABDIR/guest/domu-init" "$root/init"
	copy_modules "$root/modules" "$@"
	[ ${#GUEST_FILES[@]} -eq 0 ] || cp -rL "${GUEST_FILES[@]}" "$root/root/" ||
		die "guest: files cannot be copied"
	make_cpio "$root" "$file"
}

# Guests of a lab are started in there, so what they need goes there.
make_domu_files() {
	local tree=$WORK/payload/lab modules=("${DOMU_MODULES[@]}")
	[ "$TYPE" = xen ] || modules=("${GUEST_MODULES[@]}")
	mkdir -p "$tree/domu" "$tree/bin"
	make_guest_initramfs "$tree/domu/initramfs.gz" "${modules[@]}"
	cp "$BUILD/lab/domu/lab-domu" "$tree/bin/"
	cp "$KERNEL_DIR/vmlinuz" "$tree/domu/"
}
