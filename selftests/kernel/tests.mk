# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what is known of a guest's kernel, run here, with real guests.
kernel-tests := test-enrolment test-forged test-guest test-kallsyms test-layout test-moved test-running \
		test-sites test-types test-vmcoreinfo
host-tests += $(addprefix $(HT)/kernel/,$(kernel-tests))

KERNEL_LIB := $(HT)/kernel/libkernel.a
# Of the guest tests too.
KERNEL_LDLIBS = $(shell pkg-config --libs libbpf nettle 2>/dev/null) -lZydis
kernel-src := $(wildcard $(TOP)/../tools/lib/kernel/*.c)
# What is below it is made by others' rules, which may come later.
kernel-below := $(HV_MONITOR) $(addprefix $(TOP)/lib/,ram.c vm.c)
kernel-libs := $(KERNEL_LIB) $(HT)/mem/libmem.a $(HT)/base/libbase.a
kernel-hdrs := $(wildcard $(addprefix $(TOP)/../tools/lib/,kernel/*.h mem/*.h)) $(addprefix $(TOP)/lib/,ktap.h ram.h)

$(HT)/kernel/%.o: $(TOP)/../tools/lib/kernel/%.c $(kernel-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(KERNEL_LIB): $(patsubst $(TOP)/../tools/lib/kernel/%.c,$(HT)/kernel/%.o,$(kernel-src))
	@echo "  AR      kernel/libkernel.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(HT)/kernel/,$(kernel-tests)): $(HT)/kernel/%: $(TOP)/kernel/%.c \
		$(kernel-below) $(kernel-libs) $(kernel-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      kernel/$*"
	$(Q)$(CC) $(TEST_CFLAGS) -DLAB='"$(LAB)"' $(SANITIZE) -o $@ $(filter %.c,$^) \
		$(kernel-libs) $(BASE_LDLIBS) $(KERNEL_LDLIBS)
