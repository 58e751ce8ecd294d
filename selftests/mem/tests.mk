# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the library of guests' memory, run here, under the sanitizers.
mem-tests := test-dump test-mem test-mtree test-pause test-processor test-space
host-tests += $(addprefix $(HT)/mem/,$(mem-tests))

MEM_LIB := $(HT)/mem/libmem.a
# What needs a Xen is tested in the lab.
mem-src := $(filter-out %/domain.c %/frames.c,$(wildcard $(TOP)/../tools/lib/mem/*.c))
mem-hdrs := $(wildcard $(TOP)/../tools/lib/mem/*.h $(TOP)/mem/*.h) $(addprefix $(TOP)/lib/,ram.h vm.h) $(base-hdrs)

$(HT)/mem/%.o: $(TOP)/../tools/lib/mem/%.c $(mem-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(MEM_LIB): $(patsubst $(TOP)/../tools/lib/mem/%.c,$(HT)/mem/%.o,$(mem-src))
	@echo "  AR      mem/libmem.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Where what is waited for is counted instead.
$(HT)/mem/test-pause: mem-wrap := -Wl,--wrap=clock_sleep

$(addprefix $(HT)/mem/,$(mem-tests)): $(HT)/mem/%: $(TOP)/mem/%.c \
		$(addprefix $(TOP)/lib/,ram.c vm.c) $(HV_MONITOR) $(MEM_LIB) $(BASE_LIB) $(mem-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      mem/$*"
	$(Q)$(CC) $(TEST_CFLAGS) -DLAB='"$(LAB)"' $(SANITIZE) $(mem-wrap) \
		-o $@ $(filter %.c,$^) $(MEM_LIB) $(BASE_LIB) $(BASE_LDLIBS)
