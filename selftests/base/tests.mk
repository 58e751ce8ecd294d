# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the tools' base library, run here, under the sanitizers.
base-tests := test-args test-array test-child test-clock test-fd test-file test-mapping test-metrics test-out test-parse test-text
host-tests += $(addprefix $(HT)/base/,$(base-tests))

# Other components' tests link it too.
BASE_LIB := $(HT)/base/libbase.a
BASE_LDLIBS := $(shell pkg-config --libs jansson 2>/dev/null)
base-src := $(wildcard $(TOP)/../tools/lib/base/*.c)
base-hdrs := $(wildcard $(TOP)/../tools/lib/base/*.h) $(TOP)/lib/ktap.h

$(HT)/base/%.o: $(TOP)/../tools/lib/base/%.c $(base-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(BASE_LIB): $(patsubst $(TOP)/../tools/lib/base/%.c,$(HT)/base/%.o,$(base-src))
	@echo "  AR      base/libbase.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(HT)/base/,$(base-tests)): $(HT)/base/%: $(TOP)/base/%.c \
		$(BASE_LIB) $(base-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      base/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $< $(BASE_LIB) $(BASE_LDLIBS)
