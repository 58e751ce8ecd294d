# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of balloon-sync: the law, moves in a fake world under the sanitizers,
# crashes, the command line here; real balloons in the Xen lab.
bst := $(HT)/balloon-sync
bst-src := $(TOP)/../tools/balloon-sync
bst-hv := $(addprefix $(TOP)/../tools/lib/hv/,fake.c hv.c)
bst-qmp := $(addprefix $(TOP)/../tools/lib/hv/,qmp.c qmp-client.c resident.c)
# Named here, since base/tests.mk is read after this file.
bst-base := $(HT)/base/libbase.a
bst-hdrs := $(wildcard $(bst-src)/*.h $(TOP)/../tools/lib/hv/*.h) \
	    $(TOP)/lib/ktap.h
bst-comma := ,
BST_CONFIG = $(shell pkg-config --libs libconfig 2>/dev/null)

host-tests += $(addprefix $(bst)/,test-law test-plan test-decision test-move test-crash) \
	      $(addprefix $(bst)/,test-group test-config test-source test-state test-many test-chaos) \
	      $(addprefix $(TOP)/balloon-sync/,test-cli.sh test-service.sh)
host-tests += $(addprefix $(bst)/,test-qmp test-hv-qmp test-resident test-qmp-guest)
host-tests += $(addprefix $(bst)/,test-libvirt test-libvirt-guest)
host-tests += $(addprefix $(bst)/,test-controller test-manager test-manager-service)
host-tests += $(bst)/test-trace $(TOP)/balloon-sync/test-simulate.sh

$(bst)/test-law: $(addprefix $(bst-src)/,law.c plan.c share.c)
$(bst)/test-plan: $(addprefix $(bst-src)/,law.c plan.c share.c)
$(bst)/test-trace: $(addprefix $(bst-src)/,decision.c law.c log.c plan.c series.c share.c) \
		   $(addprefix $(bst-src)/,synthetic.c trace.c trace-read.c) $(bst-base)
$(bst)/test-decision: $(addprefix $(bst-src)/,decision.c law.c plan.c share.c) $(bst-base)
bst-group := $(addprefix $(bst-src)/,census.c cgroup.c family.c group.c member.c)
$(bst)/test-group: $(bst-group) $(bst-base)
$(bst)/test-source: $(bst-group) $(bst-base) \
		    $(addprefix $(bst-src)/,source.c source-cgroup.c source-filecache.c usage.c)
$(bst)/test-config: $(addprefix $(bst-src)/,changes.c config.c config-groups.c \
		      member.c settings.c) $(bst-base)
$(bst)/test-config: BST_LDLIBS = $(BST_CONFIG) -DEXAMPLE='"$(bst-src)/balloon-sync.conf"'
bst-move := $(addprefix $(bst-src)/,guest.c host.c move.c side.c) $(bst-hv)
$(bst)/test-move $(bst)/test-many $(bst)/test-chaos: $(bst-move) $(bst-base)
$(bst)/test-controller: $(addprefix $(bst-src)/,changes.c controller.c decision.c law.c plan.c share.c) \
			$(bst-move) $(bst-base)
$(bst)/test-state: $(addprefix $(bst-src)/,state.c statefile.c) $(bst-base)
# All but main() and what needs Xen itself.
$(bst)/test-crash: $(filter-out %/main.c,$(wildcard $(bst-src)/*.c)) \
		   $(bst-hv) $(bst-qmp) $(wildcard $(TOP)/../tools/lib/filecache/*.c) \
		   $(TOP)/balloon-sync/no-xen.c $(wildcard $(TOP)/../tools/lib/daemon/*.c) \
		   $(bst-base)
# Its own clock, so that nobody waits.
$(bst)/test-crash: BST_LDLIBS = $(shell pkg-config --libs libmnl libsystemd 2>/dev/null) \
				$(BST_CONFIG) -Wl,--wrap=clock_now_ns,--wrap=clock_sleep

bst-qemu := $(TOP)/balloon-sync/fake-qemu.c $(TOP)/balloon-sync/fake-qemu.h
$(bst)/test-qmp: $(filter %/qmp-client.c,$(bst-qmp)) $(bst-qemu) $(bst-base)
$(bst)/test-hv-qmp: $(bst-qmp) $(bst-qemu) $(filter %/hv.c,$(bst-hv)) $(bst-base)
$(bst)/test-resident: $(filter %/resident.c,$(bst-qmp)) $(bst-base)
bst-real := $(TOP)/balloon-sync/real-guest.c $(TOP)/balloon-sync/real-guest.h
$(bst)/test-qmp-guest: $(bst-qmp) $(bst-move) $(bst-real) $(bst-base)
$(bst)/test-qmp-guest: BST_LDLIBS = -DLAB='"$(LAB)"'
bst-libvirt := $(addprefix $(TOP)/../tools/lib/hv/,libvirt.c resident.c)
BST_LIBVIRT = $(shell pkg-config --libs libvirt 2>/dev/null) -pthread
$(bst)/test-libvirt: $(bst-libvirt) $(filter %/hv.c,$(bst-hv)) $(bst-base)
$(bst)/test-libvirt-guest: $(bst-libvirt) $(bst-move) $(bst-real) $(bst-base)
$(bst)/test-libvirt: BST_LDLIBS = $(BST_LIBVIRT)
$(bst)/test-libvirt-guest: BST_LDLIBS = $(BST_LIBVIRT) -DLAB='"$(LAB)"'
$(bst)/test-qmp $(bst)/test-hv-qmp: BST_LDLIBS = -I$(TOP)
bst-manager := $(addprefix -Wl$(bst-comma)--wrap=,source_filecache_create group_cgroup hv_find file_write)
$(bst)/test-manager $(bst)/test-manager-service: $(filter-out %/main.c,$(wildcard $(bst-src)/*.c)) \
		     $(bst-hv) $(bst-qmp) $(wildcard $(TOP)/../tools/lib/filecache/*.c) \
		     $(wildcard $(TOP)/../tools/lib/daemon/*.c) $(bst-base) \
		     $(addprefix $(TOP)/balloon-sync/manager-rig,.c .h)
$(bst)/test-manager $(bst)/test-manager-service: BST_LDLIBS = $(shell pkg-config --libs libmnl libsystemd 2>/dev/null) \
		     $(BST_CONFIG) $(bst-manager)

$(bst)/test-%: $(TOP)/balloon-sync/test-%.c $(bst-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/test-$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.a,$^) \
		$(BASE_LDLIBS) $(BST_LDLIBS)

$(TOP)/balloon-sync/test-cli.sh $(TOP)/balloon-sync/test-service.sh: balloon-sync-for-test-cli
$(TOP)/balloon-sync/test-simulate.sh: balloon-sync-for-test-cli

balloon-sync-for-test-cli:
	@$(MAKE) --no-print-directory -s -C $(TOP)/../tools BUILD=$(BUILD) \
		$(BUILD)/tools/balloon-sync/balloon-sync

.PHONY: balloon-sync-for-test-cli

plain-tests += balloon-sync/lab-plain.sh
# After those that need u1, which it destroys.
xen-tests-last += balloon-sync/lab-xen.sh
stage-tests += balloon-sync/lab-plain.sh balloon-sync/lab-xen.sh
stage-built += balloon-sync/memhog balloon-sync/domsize

$(bst)/memhog: $(TOP)/balloon-sync/memhog.c
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/memhog"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<

$(bst)/domsize: $(TOP)/balloon-sync/domsize.c
	@mkdir -p $(dir $@)
	@echo "  CC      balloon-sync/domsize"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< -lxenctrl
