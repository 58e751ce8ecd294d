#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Addresses of a guest's processes lead where QEMU's gva2gpa says, by whose processor's tables that
# goes: with tables of the kernel's own apart (kvm64), with four levels, and with five (max).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
name=xaddr-$$
# shellcheck source=lib.sh
. "$top/selftests/kvmonitor/lib.sh"

# Or it would be another test.
its_tables_are_of_that_kind() {
	case $of in
	*:kvm64) in_guest 'grep -q -w pti /proc/cpuinfo' ;;
	*:max) "$tool" info --json "$vm" | jq -e '.page_table_levels == 5' >/dev/null ;;
	*) "$tool" info --json "$vm" | jq -e '.page_table_levels == 4' >/dev/null ;;
	esac
}

# It has some megabytes, and is in its own code all the time.
start_process() {
	pid=$(begin_in_guest /bin/awk "/bin/awk 'BEGIN { s = \"x\"; while (length(s) < 8000000) s = s s; while (1); }'")
	until_true in_guest "test \$(awk '/VmRSS/ { print \$2 }' /proc/$pid/status) -gt 8000" &&
		in_guest "cat /proc/$pid/maps" >"$work/maps" && [ -s "$work/maps" ]
}

# Stops the guest while that process runs, and asks QEMU: leaves what is mapped, with where it
# leads, what is not, and where its code is.
ask_qemu() { # ADDRESSES
	python3 - "$monitor" "$work" "$1" <<-'EOF'
		import json, random, re, socket, sys, time
		monitor, work, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
		areas = [tuple(int(n, 16) for n in line.split()[0].split('-'))
		         for line in open(work + '/maps') if 'vsyscall' not in line]
		stack = [tuple(int(n, 16) for n in line.split()[0].split('-'))
		         for line in open(work + '/maps') if '[stack]' in line][0]
		qemu = socket.socket(socket.AF_UNIX)
		qemu.settimeout(120)
		qemu.connect(monitor)
		lines = qemu.makefile('rw')
		def ask(command, **arguments):
		    print(json.dumps({'execute': command, 'arguments': arguments}), file=lines, flush=True)
		    while True:
		        answer = json.loads(lines.readline())
		        if 'error' in answer:
		            sys.exit(str(answer))
		        if 'return' in answer:
		            return answer['return']
		def say(line):
		    return ask('human-monitor-command', **{'command-line': line})
		ask('qmp_capabilities')
		for _ in range(1000):
		    ask('stop')
		    said = say('info registers')
		    at, top = (int(re.search(name + '=([0-9a-f]+)', said).group(1), 16)
		               for name in ('RIP', 'RSP'))
		    # Others have their stack elsewhere.
		    if 'CPL=3' in said and stack[0] <= top < stack[1]:
		        break
		    ask('cont')
		    time.sleep(0.02)
		else:
		    sys.exit('# it never runs')
		wanted = [at, top]
		while len(wanted) < count:
		    start, end = random.choice(areas)
		    # What is behind an area is nobody's, mostly.
		    wanted.append(random.randrange(start, end + (end - start) // 8))
		mapped, unmapped = {}, []
		for address in wanted:
		    found = re.match(r'gpa: (0x[0-9a-f]+)', say(f'gva2gpa {address:#x}'))
		    if found:
		        mapped[address] = int(found.group(1), 16)
		    else:
		        unmapped.append(address)
		with open(work + '/mapped', 'w') as file:
		    file.writelines(f'{a:#x} {b:#x}\n' for a, b in sorted(mapped.items()))
		with open(work + '/unmapped', 'w') as file:
		    file.writelines(f'{a:#x}\n' for a in unmapped[:20])
		with open(work + '/code', 'w') as file:
		    print(f'{at:#x}', file=file)
		print(f'# {len(mapped)} are mapped, {len(unmapped)} are not')
	EOF
}

others_are_mapped_nowhere() {
	while read -r address; do
		refused 1 "nothing is mapped" "$tool" xaddr --pid "$pid" "$vm" "$address" || return 1
	done <"$work/unmapped"
}

addresses_lead_where_qemu_says() {
	start_process && ask_qemu 3000 || return 1
	# shellcheck disable=SC2046 # words
	"$tool" xaddr --json --pid "$pid" "$vm" $(cut -d ' ' -f 1 "$work/mapped") >"$work/ours"
	status=$?
	jq -r '.addresses[] | "\(.virtual) \(.physical)"' "$work/ours" |
		sed 's/^0x0*/0x/' >"$work/both"
	cmp "$work/both" "$work/mapped" && [ $status -eq 0 ] &&
		[ "$(wc -l <"$work/mapped")" -gt 1000 ] && [ -s "$work/unmapped" ] &&
		others_are_mapped_nowhere && its_code_can_be_executed
	r=$?
	qmp cont >/dev/null
	return $r
}

# By the process, whatever the kernel's own tables say.
its_code_can_be_executed() {
	"$tool" xaddr --json --pid "$pid" "$vm" "$(cat "$work/code")" |
		jq -e '.addresses[0] | .executable and .user and (.writable | not)' >/dev/null
}

# It sees them, too.
the_kernels_are_the_same() {
	[ "$("$tool" xaddr --json --pid "$pid" "$vm" linux_banner init_task)" = \
		"$("$tool" xaddr --json "$vm" linux_banner init_task)" ]
}

its_memory_can_be_read() {
	# shellcheck disable=SC2046 # two words
	set -- $(in_guest "cut -d ' ' -f 48,49 /proc/$pid/stat")
	"$tool" read --json --pid "$pid" --pause 10 "$vm" "$1" $(($2 - $1)) |
		jq -r '.rows[].hex' | tr -d ' \n' >"$work/hex"
	in_guest "od -A n -v -t x1 /proc/$pid/cmdline" | tr -d ' \r\n' | cmp - "$work/hex" &&
		[ "$(cut -c 1-8 "$work/hex")" = 2f62696e ]
}

who_has_none_is_told() {
	refused 1 "has no memory of its own" "$tool" xaddr --pid 2 "$vm" linux_banner &&
		refused 1 "there is none" "$tool" read --pid 4194304 "$vm" linux_banner 4 &&
		refused 2 "--pid" "$tool" xaddr --pid init "$vm" linux_banner &&
		refused 2 "--pid" "$tool" xaddr --pid 0 "$vm" linux_banner
}

tests="its_tables_are_of_that_kind addresses_lead_where_qemu_says the_kernels_are_the_same
       its_memory_can_be_read who_has_none_is_told"
# shellcheck disable=SC2086 # words
set -- $tests
guests=${GUESTS:-6.1:kvm64 6.12:qemu64 7.2:max}
ktap_plan $(($# * $(echo "$guests" | wc -w)))
for of in $guests; do
	reason=
	start_guest --memory 256 --cpus 1 --kernel "stock-${of%:*}" --cpu "${of#*:}" && vm=$folder/qmp
	run_tests "$@"
	stop_guest
done
ktap_end
