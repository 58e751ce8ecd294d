# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of balloon-sync: the law, moves in a fake world under the sanitizers,
# crashes, the command line here; real balloons in the Xen lab.
bst := $(HT)/balloon-sync
bst-src := $(TOP)/../tools/balloon-sync
bst-lib := $(TOP)/../tools/lib
bst-hdrs := $(wildcard $(bst-src)/*.h $(bst-lib)/*/*.h) $(TOP)/lib/ktap.h
# Named here, since base/tests.mk is read after this file.
bst-base := $(HT)/base/libbase.a
bst-comma := ,
BST_LDLIBS = $(shell pkg-config --libs jansson libconfig libmnl libsystemd 2>/dev/null)
BST_LIBVIRT = $(shell pkg-config --libs libvirt libvirt-qemu 2>/dev/null) -pthread

host-tests += $(addprefix $(bst)/,test-law test-plan test-decision test-distress test-free test-move test-crash) \
	      $(addprefix $(bst)/,test-group test-config test-source test-state test-many test-chaos) \
	      $(addprefix $(TOP)/balloon-sync/,test-cli.sh test-service.sh)
host-tests += $(addprefix $(bst)/,test-qmp test-hv-qmp test-resident test-qmp-guest)
host-tests += $(addprefix $(bst)/,test-libvirt test-libvirt-guest test-plug)
host-tests += $(addprefix $(bst)/,test-controller test-manager test-manager-service)
host-tests += $(bst)/test-trace $(TOP)/balloon-sync/test-simulate.sh

# All but main() and what needs Xen itself, under the sanitizers; each test takes
# of it what it does not bring itself.
bst-all := $(filter-out %/main.c %/xen.c %/plug-xen.c %/plug-libvirt.c,$(wildcard $(bst-src)/*.c $(bst-lib)/hv/*.c \
	   $(bst-lib)/filecache/*.c $(bst-lib)/daemon/*.c))
bst-objects := $(patsubst $(TOP)/../tools/%.c,$(bst)/all/%.o,$(bst-all))

$(bst-objects): $(bst)/all/%.o: $(TOP)/../tools/%.c $(bst-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(bst)/all.a: $(bst-objects)
	@echo "  AR      balloon-sync/all.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Beside a test's own file; how it is built, for some.
$(bst)/test-config: BST_CPPFLAGS = -DEXAMPLE='"$(bst-src)/balloon-sync.conf"'
$(bst)/test-crash: $(TOP)/balloon-sync/no-xen.c
# Its own clock, so that nobody waits.
$(bst)/test-crash: BST_LDFLAGS = -Wl,--wrap=clock_now_ns,--wrap=clock_sleep
bst-qemu := $(TOP)/balloon-sync/fake-qemu.c $(TOP)/balloon-sync/fake-qemu.h
$(bst)/test-qmp $(bst)/test-hv-qmp: $(bst-qemu)
$(bst)/test-qmp $(bst)/test-hv-qmp: BST_CPPFLAGS = -I$(TOP)
bst-guests := $(bst)/test-qmp-guest $(bst)/test-libvirt-guest
$(bst-guests): $(addprefix $(TOP)/balloon-sync/real-guest,.c .h)
$(bst-guests): BST_CPPFLAGS = -DLAB='"$(LAB)"'
$(bst)/test-libvirt $(bst)/test-libvirt-guest: BST_LDFLAGS = $(BST_LIBVIRT)
bst-managers := $(bst)/test-manager $(bst)/test-manager-service
$(bst-managers): $(addprefix $(TOP)/balloon-sync/manager-rig,.c .h)
$(bst-managers): BST_LDFLAGS = $(addprefix -Wl$(bst-comma)--wrap=,source_filecache_create \
			       group_cgroup hv_find file_write)

$(bst)/test-%: $(TOP)/balloon-sync/test-%.c $(bst)/all.a $(bst-base) $(bst-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/test-$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(BST_CPPFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) \
		$(bst)/all.a $(bst-base) $(BST_LDLIBS) $(BST_LDFLAGS)

$(TOP)/balloon-sync/test-cli.sh $(TOP)/balloon-sync/test-service.sh: balloon-sync-for-test-cli
$(TOP)/balloon-sync/test-simulate.sh: balloon-sync-for-test-cli

balloon-sync-for-test-cli:
	@$(MAKE) --no-print-directory -s -C $(TOP)/../tools BUILD=$(BUILD) \
		$(BUILD)/tools/balloon-sync/balloon-sync

.PHONY: balloon-sync-for-test-cli

plain-tests += balloon-sync/lab-plain.sh
# After those that need u1, which it destroys.
xen-tests-last += balloon-sync/lab-xen.sh
xen-tests += balloon-sync/lab-many.sh
pvh-tests += balloon-sync/lab-many.sh
kvm-tests += $(addprefix balloon-sync/lab-,many.sh libvirt.sh systemd.sh)
stage-tests += $(addprefix balloon-sync/lab-,plain.sh xen.sh many.sh libvirt.sh systemd.sh service.sh)
stage-built += balloon-sync/memhog balloon-sync/domsize

$(bst)/memhog: $(TOP)/balloon-sync/memhog.c
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/memhog"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<

$(bst)/domsize: $(TOP)/balloon-sync/domsize.c
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/domsize"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< -lxenctrl
