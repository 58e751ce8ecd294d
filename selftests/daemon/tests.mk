# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the library of services, run here, under the sanitizers.
dmt := $(HT)/daemon
dmt-src := $(wildcard $(TOP)/../tools/lib/daemon/*.c)
dmt-hdrs := $(wildcard $(TOP)/../tools/lib/daemon/*.h) $(TOP)/lib/ktap.h $(TOP)/lib/random.h
dmt-tests := $(addprefix $(dmt)/,test-loop test-status)
host-tests += $(dmt-tests)

# Named so, since base/tests.mk may be read after this file.
$(dmt-tests): $(dmt)/%: $(TOP)/daemon/%.c $(dmt-src) $(HT)/base/libbase.a $(dmt-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      daemon/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.a,$^) \
		$(BASE_LDLIBS) $(shell pkg-config --libs libsystemd)
