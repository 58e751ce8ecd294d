# SPDX-License-Identifier: GPL-2.0-or-later
# The module's tests: in the plain lab, but for the comparison of the ABI's texts.
FILECACHE_ORACLES := read write fs shmem memory books
FILECACHE_TESTS := $(addprefix test-oracle-,$(FILECACHE_ORACLES)) test-owner test-fold test-life \
		   test-notify test-files test-evict test-evict-races test-netlink

host-tests  += $(TOP)/filecache/test-spec.sh
plain-tests += $(addprefix filecache/,$(FILECACHE_TESTS)) filecache/test-faults.sh
turns-tests += filecache/test-load.sh filecache/test-failslab
# What goes through most of the module in the least time.
debug-plain-tests += $(addprefix filecache/,test-oracle-read test-oracle-shmem test-life \
		       test-evict-races test-netlink)
debug-turns-tests += filecache/test-failslab
reports-test := filecache/test-reports.sh
# After all others: dom0 is given memory that it has never had.
xen-tests-last += filecache/lab-xen.sh
stage-tests += filecache/test-faults.sh filecache/test-load.sh filecache/lab-xen.sh \
	       $(reports-test)
stage-built += $(addprefix filecache/,$(FILECACHE_TESTS)) filecache/test-failslab \
	       filecache/filecache-faults.ko

$(addprefix $(HT)/filecache/,$(FILECACHE_TESTS) test-failslab): $(HT)/filecache/%: \
		$(TOP)/filecache/%.c $(addprefix $(TOP)/filecache/,box.c client.c crowd.c disk.c fuse.c reader.c stepper.c) \
		$(wildcard $(TOP)/filecache/*.h $(TOP)/lib/*.h $(TOP)/../include/uapi/linux/*.h)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^) -lmnl -lpthread

# The module once more, able to lose events; never where it could be installed.
# One for each kernel that is asked for, of which the last one is staged.
FILECACHE_FAULTS_DIR := $(HT)/faults/$(or $(subst /,_,$(KDIR)),default)

$(FILECACHE_FAULTS_DIR)/built: $(wildcard $(TOP)/../kmod/* $(TOP)/../kmod/compat/*)
	@rm -rf $(dir $@)
	@mkdir -p $(dir $@)
	$(Q)$(MAKE) -s -C $(TOP)/.. module FAULTS=1 BUILD=$(FILECACHE_FAULTS_DIR)
	@touch $@

$(HT)/filecache/filecache-faults.ko: $(FILECACHE_FAULTS_DIR)/built FILECACHE_FORCE
	@mkdir -p $(dir $@)
	@cp $(FILECACHE_FAULTS_DIR)/kmod/*/kmod/filecache.ko $@

.PHONY: FILECACHE_FORCE
