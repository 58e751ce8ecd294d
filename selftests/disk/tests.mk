# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests of the library of guests' disks, run here, under the sanitizers.
disk-tests := test-content test-disk test-partition
host-tests += $(addprefix $(HT)/disk/,$(disk-tests))

DISK_LIB := $(HT)/disk/libdisk.a
DISK_LDLIBS := $(shell pkg-config --libs zlib 2>/dev/null)
disk-src := $(filter-out %/ring.c %/vbd.c,$(wildcard $(TOP)/../tools/lib/disk/*.c))
disk-hdrs := $(wildcard $(TOP)/../tools/lib/disk/*.h $(TOP)/disk/*.h) $(wildcard $(TOP)/lib/*.h)

$(HT)/disk/%.o: $(TOP)/../tools/lib/disk/%.c $(disk-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(DISK_LIB): $(patsubst $(TOP)/../tools/lib/disk/%.c,$(HT)/disk/%.o,$(disk-src))
	@echo "  AR      disk/libdisk.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# libbase is made by others' rules, which come earlier.
$(addprefix $(HT)/disk/,$(disk-tests)): $(HT)/disk/%: $(TOP)/disk/%.c $(TOP)/disk/image.c \
		$(DISK_LIB) $(HT)/base/libbase.a $(disk-hdrs)
	@mkdir -p $(dir $@)
	@echo "  CC      disk/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) \
		$(DISK_LIB) $(HT)/base/libbase.a $(BASE_LDLIBS) $(DISK_LDLIBS)
