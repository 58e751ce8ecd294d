# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the filecache command and its library: messages and members under
# the sanitizers, the command without the module here, with it in the plain lab.
fct := $(HT)/filecache-tools
fct-tools := $(TOP)/../tools

host-tests  += $(fct)/test-message $(fct)/test-members $(fct)/test-grouping \
	       $(TOP)/filecache-tools/test-usage.sh $(TOP)/filecache-tools/test-man.sh
plain-tests += filecache-tools/lab-cli.sh
stage-tests += filecache-tools/lab-cli.sh

MNL_CFLAGS := $(shell pkg-config --cflags libmnl 2>/dev/null)
MNL_LDLIBS := $(shell pkg-config --libs libmnl 2>/dev/null)

$(fct)/test-message: $(TOP)/filecache-tools/test-message.c \
		$(fct-tools)/lib/filecache/message.c $(BASE_LIB) \
		$(wildcard $(fct-tools)/lib/filecache/*.h) \
		$(TOP)/../include/uapi/linux/filecache.h
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/test-message"
	$(Q)$(CC) $(TEST_CFLAGS) $(MNL_CFLAGS) $(SANITIZE) -o $@ \
		$(filter %.c %.a,$^) $(MNL_LDLIBS) $(BASE_LDLIBS)

$(fct)/test-members: $(TOP)/filecache-tools/test-members.c \
		$(fct-tools)/filecache/members.c $(BASE_LIB) \
		$(fct-tools)/filecache/members.h
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/test-members"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.a,$^) \
		$(BASE_LDLIBS)

$(fct)/test-grouping: $(TOP)/filecache-tools/test-grouping.c \
		$(fct-tools)/filecache/grouping.c $(fct-tools)/filecache/owners.c \
		$(fct-tools)/lib/filecache/client.c \
		$(fct-tools)/lib/filecache/message.c $(BASE_LIB) \
		$(fct-tools)/filecache/grouping.h
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/test-grouping"
	$(Q)$(CC) $(TEST_CFLAGS) $(MNL_CFLAGS) $(SANITIZE) -o $@ \
		$(filter %.c %.a,$^) $(MNL_LDLIBS) $(BASE_LDLIBS)

# The scripts find the command in $(BUILD); it is built before they run.
export BUILD
$(TOP)/filecache-tools/test-usage.sh $(TOP)/filecache-tools/test-man.sh: \
		tools-for-scripts

tools-for-scripts:
	@$(MAKE) --no-print-directory -s -C $(fct-tools) BUILD=$(BUILD) \
		$(BUILD)/tools/filecache/filecache

.PHONY: tools-for-scripts

stage-built += filecache-tools/json-get

$(fct)/json-get: $(TOP)/filecache-tools/json-get.c
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/json-get"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(BASE_LDLIBS)
