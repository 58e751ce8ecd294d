# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Start QEMU, wait for it, and say how the run ended.

# A lab that can be accelerated is: nested use of KVM (Xen inside) needs the
# processor's own extension, so its flag is asked for as well.
choose_accel() {
	if [ -z "$ICOUNT" ] && [ -w /dev/kvm ] && grep -Eqw 'vmx|svm' /proc/cpuinfo; then
		QEMU+=(-accel kvm -cpu host)
	elif [ -n "$ICOUNT" ]; then
		# Deterministic time: one instruction is 1 ns, never slept for.
		QEMU+=(-accel tcg,thread=single -cpu "$TCG_CPU" -icount shift=0,sleep=off)
		CPUS=1
	elif [ -n "$BY_TURNS" ]; then
		# While the kernel patches its own code, as whenever a tracepoint is
		# switched, QEMU's processors that run side by side may go on to see
		# the break point of a patch that is long complete, for ever.
		QEMU+=(-accel tcg,thread=single,tb-size=512 -cpu "$TCG_CPU")
	else
		QEMU+=(-accel tcg,thread=multi,tb-size=512 -cpu "$TCG_CPU")
	fi
}
TCG_CPU=qemu64,+svm,+npt,+rdrand

add_disk() { # FILE SERIAL [IOPS [on|off: what is written is kept elsewhere]]
	local file=$1 serial=$2 id=$2 format=raw limit=
	[ "$(head -c 3 "$file" | tr -d '\0')" != QFI ] || format=qcow2
	# One limit for all that have one, as if they were parts of one disk.
	[ "${3:-0}" -eq 0 ] ||
		limit=,throttling.iops-total=$3,throttling.iops-size=65536,throttling.group=disks
	QEMU+=(-drive "if=none,id=$id,file=${file//,/,,},format=$format,snapshot=${4:-on},cache=unsafe$limit"
	       -device "virtio-blk-pci,drive=$id,serial=$serial")
}

add_port() {
	local name=$1 backend=$2
	QEMU+=(-chardev "$backend,id=$name"
	       -device "virtserialport,chardev=$name,name=$name")
}

# multiboot wants the ELF file itself; distributions install it gzipped.
find_xen() {
	XEN_ELF=$IMAGE/xen.elf
	[ -n "$XEN" ] || return
	XEN_ELF=$WORK/xen.elf
	gzip -dc "$XEN" >"$XEN_ELF" 2>/dev/null || cp "$XEN" "$XEN_ELF" ||
		die "$XEN: cannot be copied"
	cmp -s -n 4 "$XEN_ELF" "$IMAGE/xen.elf" || die "$XEN: not an ELF file, plain or gzipped"
}

add_kernel() {
	# An emulated processor may stand still for long: wait longer for it.
	local kernel="no_timer_check watchdog_thresh=60 panic=-1 oops=panic"
	kernel+=" panic_on_warn=1 loglevel=5"
	local initrd=$WORK/initramfs.gz image=$KERNEL_DIR/vmlinuz
	if [ "$TYPE" = xen ]; then
		kernel+=" console=hvc0 $APPEND"
		find_xen
		QEMU+=(-kernel "$XEN_ELF"
		       -append "dom0_mem=${DOM0_MEMORY}M,max:${DOM0_MAX}M dom0_max_vcpus=$CPUS console=com1 com1=115200 noreboot=no $XEN_APPEND"
		       -initrd "${image//,/,,} ${kernel//,/,,},${initrd//,/,,}")
	else
		QEMU+=(-kernel "$image" -initrd "$initrd"
		       -append "console=ttyS0 $kernel $APPEND")
	fi
}

# Memory that comes later needs slots, and a monitor's FIFO to order it by;
# nodes want each processor's socket by name.
add_machine() {
	local n
	if ((PLUG > 0)); then
		mkfifo "$WORK/monitor.in" "$WORK/monitor.out"
		QEMU+=(-m "$MEMORY,slots=8,maxmem=$((MEMORY + PLUG))M"
		       -chardev "pipe,id=monitor,path=$WORK/monitor"
		       -mon "chardev=monitor,mode=readline")
	else
		QEMU+=(-m "$MEMORY")
	fi
	if ((NODES == 1)); then
		QEMU+=(-smp "$CPUS")
		return
	fi
	QEMU+=(-smp "$CPUS,sockets=$CPUS,cores=1,threads=1")
	for ((n = 0; n < NODES; n++)); do
		QEMU+=(-object "memory-backend-ram,id=node$n,size=$((MEMORY / NODES))M"
		       -numa "node,nodeid=$n,memdev=node$n")
	done
	for ((n = 0; n < CPUS; n++)); do
		QEMU+=(-numa "cpu,node-id=$((n % NODES)),socket-id=$n")
	done
}

# serve_plugs: what COMMAND has asked for since the last time, in MB; what was
# plugged in is unplugged by its number, from 1 on, or as the last one.
serve_plugs() {
	local word number
	while read -r word number; do
		PLUGGED=$((PLUGGED + 1))
		[ "$number" != last ] || number=$MODULES
		[[ $number =~ ^[0-9]+$ ]] || continue
		case $word in
		plug)
			MODULES=$((MODULES + 1))
			printf '%s\n' "object_add memory-backend-ram,id=plug$MODULES,size=${number}M" \
				"device_add pc-dimm,id=dimm$MODULES,memdev=plug$MODULES"
			;;
		unplug)
			printf '%s\n' "device_del dimm$number"
			;;
		esac >"$WORK/monitor.in"
	done < <(grep -Ea '^(un)?plug ' "$WORK/control" | tail -n "+$((PLUGGED + 1))")
}

build_command_line() {
	local n machine=pc
	# Pc's ACPI has a loop that takes a debug kernel half a minute for each
	# device; q35 has a table instead.
	[[ $KERNEL != *-debug ]] || machine=q35
	QEMU=(qemu-system-x86_64 -nodefaults -no-user-config -display none
	      -no-reboot -machine "$machine" -name "lab-$TYPE")
	choose_accel
	[ -z "$PLUGIN" ] || QEMU+=(-plugin "$PLUGIN")
	QEMU+=(-device virtio-serial-pci)
	add_machine
	add_kernel
	add_disk "$IMAGE/root.img" lab-root
	add_disk "$KERNEL_DIR/modules.img" lab-modules
	add_disk "$WORK/payload.tar" lab-payload
	for ((n = 1; n <= ${#DISKS[@]}; n++)); do
		add_disk "${DISKS[n - 1]}" "lab-disk$n" "$DISK_IOPS"
	done
	add_port lab.control "file,path=$WORK/control"
	add_port lab.files "file,path=$WORK/files.tar"
	if [ "$SHELL_WANTED" = yes ]; then
		QEMU+=(-chardev "stdio,id=console,signal=off,logfile=${CONSOLE//,/,,}"
		       -serial chardev:console)
		add_port lab.output null
	else
		QEMU+=(-serial "file:${CONSOLE//,/,,}")
		add_port lab.output stdio,signal=off
	fi
}

# run_qemu: sets QEMU_STATUS, 124 after the time-out.  setpriv ends QEMU with
# us even if we are killed; the lock does not go to it.
run_qemu() {
	# An end of file on its stdin would make QEMU close the output's port: it
	# gets a FIFO that it keeps open itself.
	local stdin=$WORK/stdin
	mkfifo "$stdin"
	[ "$SHELL_WANTED" = no ] || stdin=/dev/stdin
	(
		drop_lock
		exec setpriv --pdeathsig KILL "${QEMU[@]}" <>"$stdin" 2>"$WORK/qemu.err"
	) &
	local pid=$!
	CLEANUP_PIDS=("$pid")
	PLUGGED=0 MODULES=0
	local deadline=$((SECONDS + TIMEOUT))
	QEMU_STATUS=
	while kill -0 "$pid" 2>/dev/null; do
		if ((SECONDS >= deadline)); then
			kill -KILL "$pid" 2>/dev/null
			wait "$pid" 2>/dev/null
			CLEANUP_PIDS=()
			QEMU_STATUS=$LAB_EXIT_TIMEOUT
			return
		fi
		((PLUG == 0)) || serve_plugs
		sleep 0.2
	done
	wait "$pid"
	QEMU_STATUS=$?
	CLEANUP_PIDS=()
}

# The kernel's and Xen's own words for trouble.  Stall warnings are not among
# them: on a busy host the emulation itself stalls.
TROUBLE='(\bWARNING: |\bBUG: |kernel BUG at|\bOops\b|KASAN|UBSAN|general protection fault'
TROUBLE+='|Kernel panic|soft lockup|INFO: task .* blocked|possible .*deadlock'
# Those of debug kernels, some of which also begin with one of the above.
TROUBLE+='|KCSAN|possible recursive locking|possible circular locking|inconsistent lock state'
TROUBLE+='|bad unlock balance|held lock freed|suspicious RCU usage|sleeping function called'
TROUBLE+='|unreferenced object|kmemleak: [1-9][0-9]* new suspected|ODEBUG: |refcount_t: '
TROUBLE+='|list_(add|del) corruption'
TROUBLE+='|\(XEN\) .*(Xen WARN|Xen BUG|FATAL|Panic on CPU)|lab-(early|init): )'

first_trouble() {
	tr -d '\r' <"$CONSOLE" | grep -Ea "$TROUBLE" |
		grep -Eav 'rcu: INFO: .*stall|BUG: workqueue lockup' | head -n 1
}

take_files() {
	[ -s "$WORK/files.tar" ] || return 0
	mkdir -p "$OUT_DIR"
	tar -x --no-same-owner -C "$OUT_DIR" -f "$WORK/files.tar" ||
		die "OUT: what came back cannot be unpacked"
}

# conclude: turn what was seen into one line and an exit status.
conclude() {
	local word rest trouble
	trouble=$(first_trouble)
	take_files
	if [ -n "$trouble" ]; then
		die "kernel: $trouble; see $CONSOLE"
	fi
	if [ "$QEMU_STATUS" = "$LAB_EXIT_TIMEOUT" ]; then
		say "timeout: not done after $TIMEOUT s (--timeout); see $CONSOLE"
		exit "$LAB_EXIT_TIMEOUT"
	fi
	if [ "$QEMU_STATUS" -ne 0 ]; then
		die "qemu: $(tail -n 1 "$WORK/qemu.err"); see $CONSOLE"
	fi
	while read -r word rest; do
		case $word in
		failed) die "guest: $rest; see $CONSOLE" ;;
		exit) exit "$rest" ;;
		esac
	done <"$WORK/control"
	die "guest: ended without a word about the command; see $CONSOLE"
}
