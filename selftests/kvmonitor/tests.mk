# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor on real guests of QEMU's, run here, and on one of Xen's.
kvmonitor-scripts := $(addprefix $(TOP)/kvmonitor/test-,check.sh commands.sh disk.sh doubts.sh \
		     groups.sh interfaces.sh isolate.sh names.sh remembered.sh tap.sh \
		     xaddr.sh)
host-tests += $(addprefix $(HT)/kvmonitor/test-,arguments budget dissolve doubt schedule unsure vif) \
	      $(kvmonitor-scripts)
kvmonitor-xen := $(addprefix kvmonitor/,lab-xen.sh lab-disk-xen.sh)
xen-tests += $(kvmonitor-xen) $(addprefix kvmonitor/,lab-isolate-xen.sh lab-tap-xen.sh)
pvh-tests += $(kvmonitor-xen)
stage-tests += $(kvmonitor-xen) $(addprefix kvmonitor/,lab-isolate-xen.sh lab-tap-xen.sh disk.sh packets.sh)

kvm-tests += kvmonitor/lab-disk-libvirt.sh
stage-tests += kvmonitor/lab-disk-libvirt.sh lib/libvirtd.sh

# With cgroups of version 2.
plain-tests += kvmonitor/lab-isolate.sh
stage-tests += kvmonitor/lab-isolate.sh

# With the module and real guests.
kvm-tests += kvmonitor/lab-charge.sh
stage-tests += kvmonitor/lab-charge.sh

$(kvmonitor-scripts): kvmonitor-for-tests

kvmonitor-for-tests:
	@$(MAKE) --no-print-directory -s -C $(TOP)/../tools BUILD=$(BUILD) \
		$(addprefix $(BUILD)/tools/kvmonitor/,kvmonitor disk-xen.so mem-xen.so hv-libvirt.so)

$(HT)/kvmonitor/test-arguments: $(TOP)/kvmonitor/test-arguments.c \
		$(TOP)/../tools/lib/hv/qemu-arguments.c $(HT)/base/libbase.a \
		$(TOP)/../tools/lib/hv/qemu-arguments.h $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-arguments"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(HT)/base/libbase.a \
		$(BASE_LDLIBS)

$(HT)/kvmonitor/test-budget: $(TOP)/kvmonitor/test-budget.c \
		$(TOP)/../tools/kvmonitor/budget.c $(TOP)/../tools/kvmonitor/budget.h \
		$(TOP)/lib/ktap.h $(TOP)/lib/random.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-budget"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^)

$(HT)/kvmonitor/test-dissolve: $(TOP)/kvmonitor/test-dissolve.c \
		$(addprefix $(TOP)/../tools/kvmonitor/,cputree.c dissolve.c) $(HT)/base/libbase.a \
		$(addprefix $(TOP)/../tools/kvmonitor/,cputree.h dissolve.h) $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-dissolve"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(HT)/base/libbase.a \
		$(BASE_LDLIBS)

$(HT)/kvmonitor/test-doubt: $(TOP)/kvmonitor/test-doubt.c \
		$(TOP)/../tools/kvmonitor/doubt.c $(TOP)/../tools/kvmonitor/doubt.h \
		$(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-doubt"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^)

$(HT)/kvmonitor/test-unsure: $(TOP)/kvmonitor/test-unsure.c $(TOP)/../tools/kvmonitor/finding.c \
		$(TOP)/../tools/kvmonitor/finding.h $(HT)/base/libbase.a $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-unsure"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) \
		$(HT)/base/libbase.a $(BASE_LDLIBS)

$(HT)/kvmonitor/test-schedule: $(TOP)/kvmonitor/test-schedule.c \
		$(addprefix $(TOP)/../tools/kvmonitor/,budget.c record.c schedule.c) \
		$(TOP)/../tools/lib/hv/hv.c $(HT)/base/libbase.a \
		$(addprefix $(TOP)/../tools/kvmonitor/,budget.h record.h schedule.h) \
		$(TOP)/../tools/lib/hv/hv.h $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-schedule"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(HT)/base/libbase.a \
		$(BASE_LDLIBS)

$(HT)/kvmonitor/test-vif: $(TOP)/kvmonitor/test-vif.c \
		$(addprefix $(TOP)/../tools/kvmonitor/,mirror.c nic.c oneway.c record.c tool.c) \
		$(HV_MONITOR) $(HT)/base/libbase.a \
		$(addprefix $(TOP)/../tools/kvmonitor/,mirror.h nic.h oneway.h record.h tool.h) \
		$(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      kvmonitor/test-vif"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(HT)/base/libbase.a \
		$(BASE_LDLIBS) $(KERNEL_LDLIBS)

.PHONY: kvmonitor-for-tests
