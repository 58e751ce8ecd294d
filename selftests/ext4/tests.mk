# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the reader of ext2, ext3 and ext4, run here, under the sanitizers.
ext4-tests := test-damage test-tree
host-tests += $(addprefix $(HT)/ext4/,$(ext4-tests))

EXT4_LIB := $(HT)/ext4/libext4.a
ext4-src := $(wildcard $(TOP)/../tools/lib/ext4/*.c)
# What is below it is made by others' rules, which come earlier.
ext4-libs := $(EXT4_LIB) $(HT)/disk/libdisk.a $(HT)/base/libbase.a
ext4-hdrs := $(wildcard $(addprefix $(TOP)/../tools/lib/,ext4/*.h disk/*.h)) \
	     $(wildcard $(TOP)/lib/*.h $(TOP)/disk/*.h)
EXT4_LDLIBS := $(shell pkg-config --libs ext2fs com_err zlib 2>/dev/null)

$(HT)/ext4/%.o: $(TOP)/../tools/lib/ext4/%.c $(ext4-hdrs)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -c -o $@ $<

$(EXT4_LIB): $(patsubst $(TOP)/../tools/lib/ext4/%.c,$(HT)/ext4/%.o,$(ext4-src))
	@echo "  AR      ext4/libext4.a"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(addprefix $(HT)/ext4/,$(ext4-tests)): $(HT)/ext4/%: $(TOP)/ext4/%.c $(TOP)/ext4/tree.c \
		$(TOP)/ext4/visit.c $(TOP)/disk/image.c $(ext4-libs) $(ext4-hdrs) \
		$(wildcard $(TOP)/ext4/*.h)
	@mkdir -p $(dir $@)
	@echo "  CC      ext4/$*"
	$(Q)$(CC) $(TEST_CFLAGS) $(SANITIZE) -o $@ $(filter %.c,$^) $(ext4-libs) \
		$(BASE_LDLIBS) $(EXT4_LDLIBS)
