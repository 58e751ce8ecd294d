# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's own tests: of its frames, of what it reports, of its guests.
host-tests  += $(HT)/lab/test-frame $(TOP)/lab/test-lab.sh
xen-tests   += lab/test-domu.sh
stage-tests += lab/test-domu.sh

$(HT)/lab/test-frame: $(TOP)/lab/test-frame.c $(TOP)/lab/domu/frame.c \
		      $(TOP)/lab/domu/frame.h $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      lab/test-frame"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -I$(TOP) -o $@ $(filter %.c,$^)
