# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the filecache command and its library: messages and members under
# the sanitizers, the command without the module here, with it in the plain lab.
fct := $(HT)/filecache-tools
fct-tools := $(TOP)/../tools

host-tests  += $(fct)/test-message $(fct)/test-announce $(fct)/test-members \
	       $(fct)/test-grouping $(fct)/test-files $(fct)/test-top \
	       $(fct)/test-watch $(fct)/test-export \
	       $(TOP)/filecache-tools/test-usage.sh $(TOP)/filecache-tools/test-man.sh \
	       $(TOP)/filecache-tools/test-completion.sh $(TOP)/filecache-tools/test-commands.sh
fct-lab := $(addprefix filecache-tools/,lab-cli.sh lab-files.sh lab-watch.sh)
plain-tests += $(fct-lab) filecache-tools/lab-top
stage-tests += $(fct-lab) filecache-tools/lab-lib.sh

MNL_CFLAGS := $(shell pkg-config --cflags libmnl 2>/dev/null)
MNL_LDLIBS := $(shell pkg-config --libs libmnl 2>/dev/null)

fct-lib := $(wildcard $(fct-tools)/lib/filecache/*.c)
fct-hdrs := $(wildcard $(fct-tools)/lib/filecache/*.h $(fct-tools)/filecache/*.h \
	       $(TOP)/filecache-tools/*.h) $(TOP)/../include/uapi/linux/filecache.h

# A unit test, what it is of (filecache/... or nothing), the client's library.
fct-unit-message :=
fct-unit-announce :=
fct-unit-grouping := grouping.c owners.c names.c cgroup.c
fct-unit-files := file-list.c mounts.c target.c
fct-unit-top := frame.c top-model.c top-view.c top-mark.c grouping.c owners.c names.c cgroup.c
fct-unit-watch := seen.c event-line.c owners.c names.c cgroup.c
fct-unit-export := families.c series.c owners.c names.c cgroup.c
fct-units := $(addprefix $(fct)/test-,message announce grouping files top watch export)

.SECONDEXPANSION:
$(fct-units): $(fct)/test-%: $(TOP)/filecache-tools/test-%.c \
		$$(addprefix $(fct-tools)/filecache/,$$(fct-unit-$$*)) \
		$(fct-lib) $(BASE_LIB) $(fct-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/test-$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(MNL_CFLAGS) $(SANITIZE) -o $@ \
		$(filter %.c %.a,$^) $(MNL_LDLIBS) $(BASE_LDLIBS)

$(fct)/test-members: $(TOP)/filecache-tools/test-members.c \
		$(fct-tools)/filecache/members.c $(BASE_LIB) \
		$(fct-tools)/filecache/members.h
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/test-members"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.a,$^) \
		$(BASE_LDLIBS)

# The scripts find the command in $(BUILD); it is built before they run.
export BUILD
$(TOP)/filecache-tools/test-usage.sh $(TOP)/filecache-tools/test-man.sh \
$(TOP)/filecache-tools/test-completion.sh: tools-for-scripts

tools-for-scripts:
	@$(MAKE) --no-print-directory -s -C $(fct-tools) BUILD=$(BUILD) \
		$(BUILD)/tools/filecache/filecache

.PHONY: tools-for-scripts

stage-built += $(addprefix filecache-tools/,json-get many-ends lab-top)

$(fct)/json-get: $(TOP)/filecache-tools/json-get.c
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/json-get"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(BASE_LDLIBS)

$(fct)/lab-top: $(TOP)/filecache-tools/lab-top.c $(TOP)/filecache-tools/vt52.c \
		$(TOP)/filecache-tools/vt52.h $(TOP)/lib/ktap.h
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/lab-top"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $(filter %.c,$^) -lutil

$(fct)/many-ends: $(TOP)/filecache-tools/many-ends.c
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/many-ends"
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<

# The whole command over a stand-in for the module.
fct-fake-src := $(wildcard $(fct-tools)/filecache/*.c) $(TOP)/filecache-tools/fake-module.c
$(fct)/filecache-fake: $(fct-fake-src) $(BASE_LIB) $(fct-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      filecache-tools/filecache-fake"
	$(Q)$(CC) $(TEST_CFLAGS) -DVERSION='"0"' $(SANITIZE) -o $@ $(filter %.c %.a,$^) \
		$(shell pkg-config --cflags --libs ncursesw) $(BASE_LDLIBS)

$(TOP)/filecache-tools/test-commands.sh: $(fct)/filecache-fake
