# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian's packages of any suite, from whichever mirror this machine uses, by
# apt configurations of our own: the machine's stays as it is, nothing from
# another suite is ever installed.  Needs $CACHE and die() (common.sh).

# The lists of a suite are read anew after so many minutes.
APT_FRESH=720

# list_sources SUITE-PATTERN OPTION...: the archive's lines as apt knows them.
list_sources() {
	local pattern=$1
	shift
	# shellcheck disable=SC2016 # apt's own variables
	apt-get "$@" indextargets --format \
		'$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		sed -n "s/^Debian|\(deb [^ ]* $pattern .*\)/\1/p" | sort -u
}

# own_sources PATTERN: the machine's own Debian archive.  Who the origin is apt
# knows from the package lists only, which a container may not have.
own_sources() {
	local own=(-o "Dir::State::Lists=$CACHE/apt/own" -o APT::Sandbox::User=)
	local sources
	sources=$(list_sources "$1")
	if [ -z "$sources" ]; then
		mkdir -p "$CACHE/apt/own/partial"
		apt-get "${own[@]}" -qq update >&2 || true
		sources=$(list_sources "$1" "${own[@]}")
	fi
	printf '%s' "${sources:+$sources$'\n'}"
}

# What is particular to this machine's network goes to the private apts, too.
apt_options() {
	apt-config dump | grep -E \
		'^Acquire::(http|https|ftp|Retries|Check-|Max-|ForceIPv|Allow)' || true
}

# suite_sources SUITE: lines for a sources.list; none if this machine has no
# Debian archive.  A stable release comes with its updates and security suites,
# others from the same mirror as the machine's own release.
suite_sources() {
	local suite=$1 sources
	sources=$(own_sources "$suite\(-updates\|-security\)\?")
	if [ -z "$sources" ]; then
		sources=$(own_sources '[a-z]*' | head -n 1 |
			sed "s/^\(deb [^ ]*\) .*/\1 $suite main/")
	fi
	printf '%s' "${sources:+$sources$'\n'}"
}

# suite_apt SUITE PROGRAM ARGUMENT...: apt-get or apt-cache of that suite.
suite_apt() {
	local suite=$1 program=$2 dir=$CACHE/apt/$1
	shift 2
	"$program" -c "$dir/apt.conf" "$@"
}

suite_apt_conf() {
	local dir=$1
	apt_options
	cat <<-CONF
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	Dir::State "$dir/state";
	Dir::State::Lists "$dir/lists";
	Dir::State::status "$dir/state/status";
	Dir::Cache "$dir/cache";
	APT::Sandbox::User "";
	APT::Install-Recommends "false";
	CONF
}

# suite_update SUITE: its package lists, fresh; fails if they cannot be had.
suite_update() (
	local suite=$1 dir=$CACHE/apt/$1
	mkdir -p "$dir"/{lists/partial,state,cache/archives/partial} || return 1
	exec 9>"$dir/lock"
	flock 9
	[ -z "$(find "$dir/updated" -mmin "-$APT_FRESH" 2>/dev/null)" ] || return 0
	suite_sources "$suite" >"$dir/sources.list"
	[ -s "$dir/sources.list" ] || return 1
	: >>"$dir/state/status"
	suite_apt_conf "$dir" >"$dir/apt.conf"
	# Without Error-Mode apt takes an unreachable mirror for a success.
	suite_apt "$suite" apt-get -qq -o APT::Update::Error-Mode=any update >&2 ||
		return 1
	touch "$dir/updated"
)

# suite_version SUITE PACKAGE: the newest version; fails if there is none.
suite_version() {
	local version
	suite_update "$1" || return 1
	version=$(suite_apt "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p' | sort -V | tail -n 1)
	[ -n "$version" ] && printf '%s\n' "$version"
}

# suite_depends SUITE PACKAGE: what it depends on, one name per line.
suite_depends() {
	suite_update "$1" || return 1
	suite_apt "$1" apt-cache depends --no-recommends --no-suggests "$2" |
		sed -n 's/^ *|\?Depends: \([^<]*\)$/\1/p'
}

# suite_download SUITE DIR PACKAGE[=VERSION]...: the .deb files, into DIR.
suite_download() {
	local suite=$1 dir=$2
	shift 2
	suite_update "$suite" || return 1
	(cd "$dir" && suite_apt "$suite" apt-get -qq download "$@" >&2)
}
