# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what a guest's kernel is doing, run here, with real guests.
guest-tests := test-check test-files test-list test-modules test-mounts test-sockets test-tasks
host-tests += $(addprefix $(HT)/guest/,$(guest-tests))

GUEST_LIB := $(HT)/guest/libguest.a
guest-src := $(wildcard $(TOP)/../tools/lib/guest/*.c)
# What is below it is made by others' rules, which may come later.
guest-below := $(TOP)/../tools/lib/hv/qmp-client.c $(TOP)/lib/vm.c $(TOP)/guest/view.c
guest-libs := $(GUEST_LIB) $(HT)/kernel/libkernel.a $(HT)/mem/libmem.a $(HT)/base/libbase.a
guest-hdrs := $(wildcard $(addprefix $(TOP)/../tools/lib/,guest/*.h kernel/*.h mem/*.h)) \
	      $(wildcard $(TOP)/lib/*.h $(TOP)/guest/*.h)

$(HT)/guest/%.o: $(TOP)/../tools/lib/guest/%.c $(guest-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(GUEST_LIB): $(patsubst $(TOP)/../tools/lib/guest/%.c,$(HT)/guest/%.o,$(guest-src))
	@echo "  AR      guest/libguest.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(HT)/guest/,$(guest-tests)): $(HT)/guest/%: $(TOP)/guest/%.c \
		$(guest-below) $(guest-libs) $(guest-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      guest/$*"
	$(Q)$(CC) $(TEST_CFLAGS) -DLAB='"$(LAB)"' $(SANITIZE) -o $@ $(filter %.c,$^) \
		$(guest-libs) $(BASE_LDLIBS) $(shell pkg-config --libs libbpf 2>/dev/null)
