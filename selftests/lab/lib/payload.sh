# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What goes into a guest besides the cached image: the initramfs, and a tar
# archive (given as a raw disk) with the stage tree, the files and the command.

EARLY_MODULES=(virtio_pci virtio_blk virtio_console ext4 crc32c_generic)

# copy_modules DIR NAME...: the modules and what they need, in loading order.
# What a kernel has built in, or has no more, is not missed here: it shows when
# what needs it does not come up.
copy_modules() {
	local dir=$1 path m
	shift
	mkdir -p "$dir"
	for m in "$@"; do
		modprobe -d "$KERNEL_DIR" -S "$RELEASE" --show-depends "$m" 2>/dev/null
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$dir/paths"
	while read -r path; do
		# The early programs are too small to unpack them.
		case $path in
		*.xz) xz -dc "$path" >"$dir/$(basename "$path" .xz)" ;;
		*.zst) zstd -dcq "$path" >"$dir/$(basename "$path" .zst)" ;;
		*) cp "$path" "$dir/" ;;
		esac || die "$path: cannot be copied"
		path=${path%.xz}
		basename "${path%.zst}"
	done <"$dir/paths" >"$dir/order"
	rm "$dir/paths"
}

make_cpio() {
	(cd "$1" && find . | cpio -o -H newc --quiet --owner 0:0) | gzip -1 >"$2" ||
		die "initramfs: cpio failed"
}

make_initramfs() {
	local root=$WORK/initramfs
	mkdir -p "$root"/{bin,proc,sys,dev,root,lab}
	cp /bin/busybox "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$LABDIR/guest/early-init" "$root/init"
	cp "$LABDIR"/guest/* "$root/lab/"
	cp "$WORK/settings" "$WORK/command" "$root/lab/"
	copy_modules "$root/modules" "${EARLY_MODULES[@]}"
	make_cpio "$root" "$WORK/initramfs.gz"
}

stage_tree() {
	if [ -n "${LAB_STAGE-}" ]; then
		[ -d "$LAB_STAGE" ] || die "LAB_STAGE: $LAB_STAGE: no such folder"
		STAGE=$LAB_STAGE
		[ ! -d "$STAGE/lib/modules" ] || [ -d "$STAGE/lib/modules/$RELEASE" ] ||
			die "LAB_STAGE: no module for $RELEASE in it; make stage KERNEL=$KERNEL"
		return
	fi
	STAGE=$BUILD/stage
	make -s -C "$PROJECT" stage BUILD="$BUILD" "KDIR=$KERNEL_DIR/lib/modules/$RELEASE/build" >&2 ||
		die "make stage: failed; see the lines above"
}

# depmod in the guest would take seconds there and a blink here.
index_modules() {
	local tree=$WORK/depmod to=$WORK/payload/lib/modules/$RELEASE
	[ -d "$STAGE/lib/modules/$RELEASE" ] || return 0
	mkdir -p "$tree/lib/modules" "$to"
	cp -rs "$KERNEL_DIR/lib/modules/$RELEASE" "$tree/lib/modules/"
	cp -rf "$STAGE/lib/modules/$RELEASE/." "$tree/lib/modules/$RELEASE/"
	rm -f "$tree/lib/modules/$RELEASE"/modules.{dep,alias,symbols,softdep,devname,builtin.alias}*
	depmod -b "$tree" "$RELEASE" || die "depmod: failed"
	cp -L "$tree/lib/modules/$RELEASE"/modules.{dep,alias,symbols,softdep}* "$to/"
}

make_payload() {
	local file tree=$WORK/payload
	stage_tree
	mkdir -p "$tree/root/work"
	for file in "${FILES[@]}"; do
		cp -rL "$file" "$tree/root/work/" || die "$file: cannot be copied"
	done
	index_modules
	# The stage tree first: what is ours (the module index) may replace it.
	tar -c --owner=0 --group=0 -f "$WORK/payload.tar" \
		-C "$STAGE" . -C "$tree" . || die "payload: tar failed"
	truncate -s %1M "$WORK/payload.tar"
}

write_settings() {
	cat >"$WORK/settings" <<-SETTINGS
	LAB_TYPE=$TYPE
	LAB_SHELL=$SHELL_WANTED
	LAB_PLUG=$PLUG
	LAB_NDISKS=${#DISKS[@]}
	LAB_DOMUS=$DOMUS
	LAB_DOMU_TYPE=$DOMU_TYPE
	LAB_DOMU_MEMORY=$DOMU_MEMORY
	SETTINGS
	printf 'exec %s\n' "${COMMAND[*]@Q}" >"$WORK/command"
}
