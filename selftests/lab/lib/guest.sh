# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Ordinary QEMU guests on the machine itself, for what is read from outside:
# unlike a lab they stay until they are stopped, and several may run.

GUEST_MODULES=(virtio_pci virtio_blk virtio_net virtio_console virtio_balloon ext4 crc32c_generic)

guest_name() {
	[[ ${1-} =~ ^[A-Za-z0-9_][A-Za-z0-9_-]*$ ]] ||
		usage_error "guest: '${1-}' is not a name (letters, digits, - and _)"
	GUEST=$1
	GUEST_DIR=$BUILD/lab/guest-$1
}

# The process that is ours: a pid alone may be somebody else's by now.
guest_pid() {
	local pid
	pid=$(cat "$GUEST_DIR/pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && grep -qza "$GUEST_DIR/agent" "/proc/$pid/cmdline" 2>/dev/null || return 1
	echo "$pid"
}

guest_command_line() {
	local n ram=${MEMORY_FILE:-$GUEST_DIR/memory} backend machine=$MACHINE,memory-backend=ram
	case $MEMORY_KIND in
	file) backend=(-object "memory-backend-file,id=ram,size=${MEMORY}M,share=on,mem-path=$ram") ;;
	memfd) backend=(-object "memory-backend-memfd,id=ram,size=${MEMORY}M,share=on") ;;
	anonymous) backend=() machine=$MACHINE ;;
	esac
	QEMU=(qemu-system-x86_64 -nodefaults -no-user-config -display none
	      -no-reboot -machine "$machine" -m "$MEMORY" "${backend[@]}"
	      -name "$GUEST" -smp "$CPUS" -daemonize -pidfile "$GUEST_DIR/pid"
	      -qmp "unix:$GUEST_DIR/qmp,server=on,wait=off"
	      -serial "file:$GUEST_DIR/console" -device virtio-serial-pci
	      -device virtio-balloon-pci -kernel "$KERNEL_DIR/vmlinuz"
	      -initrd "$GUEST_DIR/initramfs.gz"
	      -append "console=ttyS0 no_timer_check panic=-1 oops=panic loglevel=5 lab.agent=virtio lab.disks=${#DISKS[@]} $APPEND")
	choose_accel
	for ((n = 1; n <= ${#DISKS[@]}; n++)); do
		add_disk "${DISKS[n - 1]}" "lab-disk$n" 0 "${DISKS_KEPT[n]-on}"
	done
	for ((n = 1; n <= ${#NETS[@]}; n++)); do
		add_net "${NETS[n - 1]}" "net$n"
	done
	add_port lab.agent "socket,path=$GUEST_DIR/agent,server=on,wait=off"
}

# Without offloads: what the guest sends is what is on the wire.
add_net() { # user|tap:INTERFACE|macvtap:INTERFACE ID
	local backend=user mac='' device fd
	case $1 in
	tap:*) backend=tap,ifname=${1#tap:},script=no,downscript=no ;;
	macvtap:*)
		# It takes what is for its own address only, and is opened by its device.
		device=/dev/$(basename "/sys/class/net/${1#*:}/macvtap"/tap*)
		[ -c "$device" ] || die "$1: there is no such device, $device"
		exec {fd}<>"$device" || die "$1: $device cannot be opened"
		backend=tap,fd=$fd
		mac=,mac=$(cat "/sys/class/net/${1#*:}/address")
		;;
	esac
	QEMU+=(-netdev "$backend,id=$2"
	       -device "virtio-net-pci,netdev=$2$mac,romfile=,csum=off,gso=off,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ufo=off,guest_ecn=off")
}

# --memory-in: a file elsewhere, for instance in memory, by the same name here.
place_memory() {
	[ -n "$MEMORY_IN" ] || return 0
	MEMORY_FILE=$(mktemp "$MEMORY_IN/lab-guest-$GUEST.XXXXXX") || die "$MEMORY_IN: no file there"
	ln -s "$MEMORY_FILE" "$GUEST_DIR/memory"
}

guest_abandon() {
	say "guest: $GUEST: $1; see $GUEST_DIR"
	guest_stop
	exit "$LAB_EXIT_FAILED"
}

# What it boots, for whoever starts it.
guest_prepare() {
	defaults
	parse_options "$@"
	TYPE=guest
	MEMORY=${MEMORY:-256}
	[ ${#COMMAND[@]} -eq 0 ] || usage_error "guest: takes no command here"
	check_disks
	[ -z "$MEMORY_IN" ] || [ -w "$MEMORY_IN/." ] || die "$MEMORY_IN: no folder to write to"
	need_tools qemu-system-x86_64 flock cpio gzip modprobe busybox make
	guest_pid >/dev/null && die "guest: $GUEST: runs already; stop it first"
	arm_cleanup
	make_workdir
	ensure_kernel
	rm -rf "$GUEST_DIR"
	mkdir -p "$GUEST_DIR"
	ln -s "$KERNEL_DIR/vmlinuz" "$GUEST_DIR/vmlinuz"
	take_lock "$BUILD/stage.lock"
	GUEST_FILES=("${FILES[@]}")
	make_guest_initramfs "$GUEST_DIR/initramfs.gz" "${GUEST_MODULES[@]}"
	drop_lock
}

guest_make() {
	guest_prepare "$@"
	echo "$GUEST_DIR"
}

guest_boot() { # SECONDS
	"${QEMU[@]}" 2>"$GUEST_DIR/qemu.err" ||
		die "guest: qemu: $(tail -n 1 "$GUEST_DIR/qemu.err")"
	"$BUILD/lab/domu/lab-domu" at "$GUEST_DIR/agent" wait "$1" 2>>"$GUEST_DIR/qemu.err"
}

# One of some hundred guests that are emulated by several threads stands still early in its boot,
# before anybody looks at it.  What it has said is kept, as console.first.
guest_boot_again() { # SECONDS
	local pid
	say "guest: $GUEST: does not come up; once more"
	cp "$GUEST_DIR/console" "$GUEST_DIR/console.first"
	pid=$(guest_pid) && kill -KILL "$pid"
	while guest_pid >/dev/null; do
		sleep 0.1
	done
	[ ! -e "$GUEST_DIR/memory" ] || : >"$GUEST_DIR/memory"
	guest_boot "$1"
}

guest_start() {
	guest_prepare "$@"
	place_memory
	guest_command_line
	guest_boot 120 || guest_boot_again 120 || guest_abandon "does not come up"
	echo "$GUEST_DIR"
}

guest_exec() {
	if [ "${1-}" != -- ] || [ $# -lt 2 ]; then
		usage_error "guest exec: the command comes after --"
	fi
	guest_pid >/dev/null || die "guest: $GUEST: does not run"
	exec "$BUILD/lab/domu/lab-domu" at "$GUEST_DIR/agent" exec "$@"
}

guest_stop() {
	local pid
	pid=$(guest_pid) && kill -KILL "$pid"
	while guest_pid >/dev/null; do
		sleep 0.1
	done
	[ ! -L "$GUEST_DIR/memory" ] || rm -f "$(readlink "$GUEST_DIR/memory")"
	rm -f "$GUEST_DIR"/{pid,agent,qmp,memory}
	return 0
}

guest() {
	local verb=${1-}
	case $verb in
	start|make|exec|stop) ;;
	*) usage_error "guest: start, make, exec or stop?" ;;
	esac
	guest_name "${2-}"
	shift 2
	"guest_$verb" "$@"
}
