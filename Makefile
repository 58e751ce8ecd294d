# SPDX-License-Identifier: GPL-2.0-or-later
# Thin: every target is one line that hands over to the folder that knows.
#
#   make                  the module and the tools (KDIR=... for another kernel,
#                         KERNEL=stock-7.2 for one of the lab's, see lab list)
#   make demo             both experiments of the paper in a Xen host in a box
#   make demo-kvm         the same on a host of KVM guests
#   make check            every test; the last line counts them
#   make check-kernels    the kernel's tests on six kernels, stock and patched
#   make check-debug      an hour of stress on a debug kernel (STRESS_MINUTES=60)
#   make check-fuzz       fuzz every parser until nothing new is covered (FUZZ_MINUTES=60
#                         at most for each, or FUZZ_RUNS=...)
#   make check-mutants    break one thing at a time and see the tests turn red
#   make bench            what the module costs per page
#   make bench-isolate    whether a VM and its IDS get what they are promised
#   make kernel SERIES=6.12 [FLAVOUR=debug]
#                         a patched kernel for the labs; prints its folder
#   make kernel-deb SERIES=6.12
#                         Debian packages of one for a real machine, into build/
#   make dkms-install     the module for DKMS, which builds it for every kernel
#   make deb              Debian packages, into build/deb
#   make check-deb        these, in a clean Debian system
#   make style            silent when all is in style
#   make install          tools, module and manuals (DESTDIR=, PREFIX=/usr)
#   make deps             install what all of this needs
#   make clean            remove build/

# Where make is matters less than what a test printed last.
MAKEFLAGS += --no-print-directory

BUILD ?= build
override BUILD := $(abspath $(BUILD))
DESTDIR ?=
PREFIX ?= /usr
ifdef KERNEL
# One of the lab's kernels, which is fetched or built if need be.
lab-kernel := $(shell selftests/lab/lab kernel $(KERNEL))
KDIR := $(lab-kernel)/lib/modules/$(shell cat $(lab-kernel)/release)/build
endif
# The running kernel's headers where there are any, else the newest installed.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build 2>/dev/null | sort -V | tail -n 1))
# The same headers by another way would build everything anew.
override KDIR := $(realpath $(KDIR))
KVER = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
MODDIR = $(BUILD)/kmod/$(KVER)
export BUILD

all: module tools

help:
	@sed -n 's/^#   \(make.*\)/\1/p' Makefile

# The module is built from a copy of its sources, so that the tree stays clean
# and several kernels can be built for side by side.
module:
	@test -n "$(KVER)" || { echo "make: no kernel headers; run 'make deps'" >&2; exit 1; }
	@mkdir -p $(MODDIR)
	@cp -Rup Kbuild kmod include $(MODDIR)/
	+selftests/lab/kmake $(KDIR) $(MODDIR) M=$(MODDIR) $(if $(FAULTS),FILECACHE_FAULTS=1) $(KMAKEFLAGS) modules

tools:
	$(MAKE) -C tools

# What a lab and an installation need, laid out as it will be on the target;
# put together aside and swapped in, so that a lab never packs half of it.
stage: module tools
	@rm -rf $(BUILD)/stage.new
	$(MAKE) -C selftests stage STAGE=$(BUILD)/stage.new KDIR=$(KDIR)
	$(MAKE) install DESTDIR=$(BUILD)/stage.new
	@rm -rf $(BUILD)/stage.old
	@if [ -e $(BUILD)/stage ]; then mv $(BUILD)/stage $(BUILD)/stage.old; fi
	@mv $(BUILD)/stage.new $(BUILD)/stage

install:
	tools/install.sh "$(BUILD)" "$(DESTDIR)" "$(PREFIX)" "$(KVER)"

dkms-install:
	packaging/dkms-install $(DESTDIR)

deb: deps
	packaging/deb "$(BUILD)/deb"

deps:
	@selftests/deps

check-deb: deps
	@$(MAKE) -C selftests $@

check: deps
	@$(MAKE) -C selftests check

check-kernels: deps
	@$(MAKE) -C selftests check-kernels

check-debug: deps
	@$(MAKE) -C selftests check-debug

check-fuzz: deps
	@$(MAKE) -C selftests check-fuzz

check-mutants: deps
	@$(MAKE) -C selftests check-mutants

demo demo-kvm: deps
	@$(MAKE) -C selftests $@

bench: deps
	@$(MAKE) -C selftests bench

bench-%: deps
	@$(MAKE) -C selftests $@

kernel: deps
	@patches/build "$(SERIES)" $(FLAVOUR)

kernel-deb: deps
	@mkdir -p $(BUILD)/kernel-deb
	@patches/build --deb "$(SERIES)" $(BUILD)/kernel-deb

style:
	@$(MAKE) -C selftests style

clean:
	rm -rf $(BUILD)

.PHONY: all help module tools stage install dkms-install deb deps check-deb check check-kernels check-debug check-fuzz check-mutants demo demo-kvm bench kernel kernel-deb style clean
