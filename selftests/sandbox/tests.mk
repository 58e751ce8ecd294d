# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of confinement, run here.  Not under the address sanitizer, which needs more system
# calls and memory than those who are confined have.
host-tests += $(HT)/sandbox/test-sandbox

sandbox-src := $(wildcard $(TOP)/../tools/lib/sandbox/*.c)
sandbox-base := $(addprefix $(TOP)/../tools/lib/base/,error.c fd.c text.c)
sandbox-hdrs := $(wildcard $(TOP)/../tools/lib/sandbox/*.h) $(TOP)/lib/ktap.h

$(HT)/sandbox/test-sandbox: $(TOP)/sandbox/test-sandbox.c $(sandbox-src) $(sandbox-base) $(sandbox-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      sandbox/test-sandbox"
	$(Q)$(CC) $(TEST_CFLAGS) -fsanitize=undefined -fno-sanitize-recover=undefined \
		-o $@ $(filter %.c,$^) $(shell pkg-config --libs libseccomp 2>/dev/null) -pthread
