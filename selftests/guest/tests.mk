# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what a guest's kernel is doing, run here, with real guests.
# One guest for all of what is seen in it, of each series of kernels.
guest-views := 6.1 6.12 7.2
guest-areas := cache check dentries enrolment files inodes log modules mounts namespaces sockets tasks types
guest-forged := test-area test-buffer test-finding test-list test-log test-unlisted test-xarray
guest-tests := $(guest-forged) \
	       $(addprefix test-view-,$(guest-views))
host-tests += $(addprefix $(HT)/guest/,$(guest-tests))

GUEST_LIB := $(HT)/guest/libguest.a
guest-src := $(wildcard $(TOP)/../tools/lib/guest/*.c)
# What is below it is made by others' rules, which may come later.
guest-below := $(HV_MONITOR)
guest-libs := $(GUEST_LIB) $(HT)/kernel/libkernel.a $(HT)/mem/libmem.a $(HT)/base/libbase.a
guest-hdrs := $(wildcard $(addprefix $(TOP)/../tools/lib/,guest/*.h kernel/*.h mem/*.h)) \
	      $(wildcard $(TOP)/lib/*.h $(TOP)/guest/*.h)

$(HT)/guest/%.o: $(TOP)/../tools/lib/guest/%.c $(guest-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(GUEST_LIB): $(patsubst $(TOP)/../tools/lib/guest/%.c,$(HT)/guest/%.o,$(guest-src))
	@echo "  AR      guest/libguest.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Which has no symbols but one.
$(HT)/guest/test-finding: guest-wrap := -Wl,--wrap=kallsyms_find

$(addprefix $(HT)/guest/,$(guest-forged)): \
		$(HT)/guest/%: $(TOP)/guest/%.c $(TOP)/guest/forge.c $(TOP)/lib/ram.c \
		$(guest-below) $(guest-libs) $(guest-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      guest/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) $(guest-wrap) -o $@ $(filter %.c,$^) \
		$(guest-libs) $(BASE_LDLIBS) $(KERNEL_LDLIBS)

$(addprefix $(HT)/guest/test-view-,$(guest-views)): $(HT)/guest/test-view-%: \
		$(addprefix $(TOP)/guest/,view.c $(addsuffix .c,$(guest-areas))) $(TOP)/lib/vm.c \
		$(guest-below) $(guest-libs) $(guest-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      guest/test-view-$*"
	$(Q)$(CC) $(TEST_CFLAGS) -DLAB='"$(LAB)"' -DVIEW_KERNEL='"stock-$*"' $(SANITIZE) \
		-o $@ $(filter %.c,$^) $(guest-libs) $(BASE_LDLIBS) \
		$(KERNEL_LDLIBS)
