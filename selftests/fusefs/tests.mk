# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the library that serves trees by FUSE, run here, under the sanitizers.
host-tests += $(HT)/fusefs/test-fusefs

fusefs-src := $(wildcard $(TOP)/../tools/lib/fusefs/*.c)
fusefs-hdrs := $(wildcard $(TOP)/../tools/lib/fusefs/*.h) $(wildcard $(TOP)/lib/*.h)

# libbase is made by others' rules, which come earlier.
$(HT)/fusefs/test-fusefs: $(TOP)/fusefs/test-fusefs.c $(fusefs-src) $(HT)/base/libbase.a \
		$(fusefs-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      fusefs/test-fusefs"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(HT)/base/libbase.a \
		$(BASE_LDLIBS) $(shell pkg-config --cflags --libs fuse3 2>/dev/null)
