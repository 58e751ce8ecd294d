# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the library of guests' memory, run here, under the sanitizers.
mem-tests := test-dump test-mem test-mtree test-space
host-tests += $(addprefix $(HT)/mem/,$(mem-tests))

MEM_LIB := $(HT)/mem/libmem.a
mem-src := $(wildcard $(TOP)/../tools/lib/mem/*.c)
# Of another library.
mem-hv  := $(TOP)/../tools/lib/hv/qmp-client.c
mem-hdrs := $(wildcard $(TOP)/../tools/lib/mem/*.h $(TOP)/mem/*.h) $(base-hdrs)

$(HT)/mem/%.o: $(TOP)/../tools/lib/mem/%.c $(mem-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(MEM_LIB): $(patsubst $(TOP)/../tools/lib/mem/%.c,$(HT)/mem/%.o,$(mem-src))
	@echo "  AR      mem/libmem.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(HT)/mem/,$(mem-tests)): $(HT)/mem/%: $(TOP)/mem/%.c \
		$(mem-hv) $(MEM_LIB) $(BASE_LIB) $(mem-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      mem/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(MEM_LIB) $(BASE_LIB) $(BASE_LDLIBS)
