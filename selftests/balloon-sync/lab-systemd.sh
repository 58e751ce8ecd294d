#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# balloon-sync as a service of a real systemd, on the host of the KVM lab: started, asked
# to read its configuration again, hung, killed and stopped.  systemd is process 1 of
# process and mount namespaces of its own, as in a container.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/../lib/ktap.sh"
# shellcheck source=/dev/null
. "$here/lab-service.sh"
# systemd clears /tmp when it begins.
work=$(mktemp -d -p /root)
socket=/run/balloon-sync/socket
# shellcheck disable=SC2034 # for what is in lab-service.sh
log=/dev/null
said=$work/journal
off=2560
systemd=
unit=balloon-sync.service
# The lab's guests are not to be seen from in there.
guest=/run/lab/u9

cleanup() {
	# With process 1 all of its namespace ends.
	[ -z "$systemd" ] || kill -KILL "$(pgrep -P "$systemd")" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

inside() {
	nsenter -t "$(pgrep -P "$systemd")" -m -p -- "$@"
}

control() {
	inside systemctl "$@" 2>"$work/control" || {
		sed 's/^/# /' "$work/control"
		return 1
	}
}

memtotal() {
	lab-domu at $guest/agent exec -- cat /proc/meminfo </dev/null |
		awk '/^MemTotal:/ { print $2 }'
}

gave() { # LEAST MOST, in MB
	local kb=$((whole - $(memtotal)))
	[ $kb -ge $(($1 * 1024)) ] && [ $kb -le $(($2 * 1024 + off)) ]
}

whole_again() {
	[ "$(memtotal)" -eq "$whole" ]
}

main_pid() {
	inside systemctl show -P MainPID $unit
}

restarts() {
	inside systemctl show -P NRestarts $unit
}

restarted() { # TIMES BEFORE
	[ "$(restarts)" -gt "$1" ] && inside systemctl -q is-active $unit
}

journal() {
	inside journalctl -q --no-pager -u $unit >"$said" 2>/dev/null
	grep -q "$1" "$said"
}

configure() { # KEYS OF THE GUEST
	install -m 600 /dev/stdin /etc/balloon-sync.conf <<-EOF
		interval = "500ms"; linger = "2s"; socket = "$socket";
		guests = ( { name = "u9"; hypervisor = "qmp"; socket = "$guest/qmp"; $1 } );
		groups = ( { name = "ids"; members = ( "unit=ids.service" ); guests = "u9"; } );
	EOF
}

# The IDS: a service that holds what it is told to.
make_ids() {
	mkfifo /run/ids
	cat >/etc/systemd/system/ids.service <<-EOF
		[Service]
		ExecStart=$here/memhog
		StandardInput=file:/run/ids
		StandardOutput=null
	EOF
}

systemd_is_up() {
	[ "$(inside systemctl is-system-running 2>/dev/null)" = running ] ||
		[ "$(inside systemctl is-system-running 2>/dev/null)" = degraded ]
}

start_systemd() {
	unshare --mount --pid --fork --mount-proc --propagation private \
		env container=lab /lib/systemd/systemd --system --show-status=no --log-target=null \
		--unit=basic.target >"$work/systemd" 2>&1 </dev/null &
	systemd=$!
	wait_for 30 pgrep -P $systemd >/dev/null && wait_for 90 systemd_is_up && return
	sed 's/^/# /' "$work/systemd"
	return 1
}

# For whoever has to find out why.
tell() {
	{
		inside balloon-sync status
		inside systemctl --no-pager status $unit ids.service
		inside journalctl -q --no-pager -n 20 -u $unit
	} 2>&1 | sed 's/^/# /'
}

# --- tests -----------------------------------------------------------------------

# shellcheck disable=SC2016 # expanded by the inner shell
start_guest() {
	inside env LAB_DISKS= bash -c '. /lab/settings && . /lab/kvm && LAB_DOMU_MEMORY=512 &&
		kvm_guest 9 || { echo "# $KVM_ERROR"; exit 1; }' &&
		lab-domu at $guest/agent wait 240 && whole=$(memtotal)
}

# "start" comes back when balloon-sync has said that it is ready.
service_starts() {
	configure "" && make_ids && start_systemd && start_guest && control start $unit &&
		inside systemctl -q is-active $unit &&
		inside systemctl show -P StatusText $unit | grep -q . &&
		inside balloon-sync status | grep -q "^u9 "
}

least_privilege() {
	# Of NET_ADMIN, SYS_ADMIN, SYS_PTRACE, DAC_READ_SEARCH and DAC_OVERRIDE.
	inside cat "/proc/$(main_pid)/status" >"$work/status"
	grep -q "^CapEff:	0000000000281006$" "$work/status" &&
		grep -q "^NoNewPrivs:	1$" "$work/status" &&
		grep -q "^Seccomp:	2$" "$work/status" && return
	grep -E "^(CapEff|NoNewPrivs|Seccomp)" "$work/status" | sed 's/^/# /'
	return 1
}

another_service_is_charged() {
	control start ids.service && exec 9>/run/ids && echo 80 >&9 && wait_for 60 gave 80 100
}

# A floor that leaves less than is used now: the guest gets the rest back.
reload_reads_the_configuration() {
	configure 'floor = "472M";' && control reload $unit && wait_for 60 gave 30 40 &&
		wait_for 10 journal "at its floor" && configure "" && control reload $unit &&
		wait_for 60 gave 80 100
}

bad_configuration_changes_nothing() {
	local before
	before=$(main_pid)
	configure 'flor = "472M";' && control reload $unit &&
		wait_for 30 journal "flor" && [ "$(main_pid)" = "$before" ] && gave 80 100
	local ret=$?
	configure ""
	return $ret
}

# The watchdog ends it, and what it owes is known to the next one.
hung_service_is_started_again() {
	local before
	before=$(restarts)
	inside kill -STOP "$(main_pid)" && wait_for 120 restarted "$before" &&
		wait_for 60 gave 80 100
}

killed_service_is_started_again() {
	local before
	before=$(restarts)
	inside kill -KILL "$(main_pid)" && wait_for 60 restarted "$before" &&
		wait_for 60 gave 80 100
}

stop_gives_back() {
	control stop $unit && whole_again && [ -z "$(inside find "${socket%/*}" -name '*.state')" ] &&
		[ "$(inside systemctl show -P Result $unit)" = success ]
}

modprobe filecache || exit 2
mkdir -p /etc/systemd/system/$unit.d
# Devices are not its business here.
for other in systemd-udevd systemd-udev-trigger systemd-modules-load systemd-sysctl; do
	ln -s /dev/null /etc/systemd/system/$other.service
done
# Shorter than in production: the test waits for it.
printf '[Service]\nWatchdogSec=15\nRestartSec=1\n' >/etc/systemd/system/$unit.d/lab.conf
ktap_plan 8
for test in service_starts least_privilege another_service_is_charged \
	    reload_reads_the_configuration bad_configuration_changes_nothing \
	    hung_service_is_started_again killed_service_is_started_again stop_gives_back; do
	$test
	status=$?
	[ $status -eq 0 ] || tell
	result $status $test
done
exec 9>&-
ktap_end
