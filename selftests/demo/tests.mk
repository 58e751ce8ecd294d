# SPDX-License-Identifier: GPL-2.0-or-later
# The demo: what runs here (corpus, summarise), what is staged, its tests.

export BUILD

demo-host := $(HT)/demo/corpus $(HT)/demo/summarise
demo-lib  := $(TOP)/demo/series.c $(TOP)/demo/summary.c \
	     $(TOP)/../tools/lib/base/error.c $(TOP)/../tools/lib/base/text.c
demo-hdrs := $(wildcard $(TOP)/demo/*.h) $(TOP)/lib/ktap.h

host-tests  += $(HT)/demo/test-summary $(TOP)/demo/test-loads.sh
stage-built += demo/recorder demo/steps
stage-tests += demo/dom0.sh demo/aide.conf demo/tripwire.cfg demo/tripwire.pol

$(HT)/demo/test-summary: $(TOP)/demo/test-summary.c $(demo-lib) $(demo-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      demo/test-summary"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -I$(TOP) -o $@ $(filter %.c,$^)

$(HT)/demo/summarise: $(TOP)/demo/summarise.c $(demo-lib) $(demo-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      demo/summarise"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^)

$(HT)/demo/corpus: $(TOP)/demo/corpus.c $(TOP)/lib/random.h
	@mkdir -p $(dir $@)
	@echo "  CC      demo/corpus"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< -lm

$(HT)/demo/steps: $(TOP)/demo/steps.c $(TOP)/lib/random.h
	@mkdir -p $(dir $@)
	@echo "  CC      demo/steps"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<

$(HT)/demo/recorder: $(addprefix $(TOP)/demo/,recorder.c series.c sizes.c) $(demo-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      demo/recorder"
	$(Q)$(CC) $(TEST_CFLAGS) $(shell pkg-config --cflags xencontrol) -o $@ \
		$(filter %.c,$^) $(TOP)/../tools/lib/base/error.c $(TOP)/../tools/lib/base/text.c \
		$(shell pkg-config --libs xencontrol)

# What the script runs has to be there.
$(TOP)/demo/test-loads.sh: $(HT)/demo/corpus $(HT)/demo/steps ;

demo-host: $(demo-host)

.PHONY: demo-host
