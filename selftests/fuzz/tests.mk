# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets, one for each parser of what others write: built by clang with libFuzzer and
# the sanitizers, and once more for the coverage that make check-fuzz tells.
fuzz := $(HT)/fuzz
FUZZ_CC ?= clang
fuzz-targets := vmcoreinfo kallsyms types space mtree qmp hv dump netlink config state trace text \
		guest attach memo partition ext4 qemu enrolment compare
FUZZ_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes \
	       -Wno-unused-parameter $(WERROR) -D_GNU_SOURCE -DVERSION='"0"' \
	       -fno-omit-frame-pointer -I$(TOP)/lib -I$(TOP)/../tools/lib -I$(TOP)/../tools \
	       -I$(TOP)/../include/uapi
fuzz-san := -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz-cov := -fprofile-instr-generate -fcoverage-mapping

# All that a target may be of, but what needs more than it has.
fuzz-src := $(filter-out %/main.c %/hv/xen.c %/hv/libvirt.c %/hv/libvirt-guest.c \
	    %/hv/libvirt-monitor.c %/hv/plug-xen.c %/hv/plug-libvirt.c %/mem/domain.c %/mem/frames.c, \
	    $(wildcard $(addprefix $(TOP)/../tools/, $(addprefix lib/,base/*.c mem/*.c kernel/*.c \
	    guest/*.c hv/*.c filecache/*.c daemon/*.c ext4/*.c) balloon-sync/*.c \
	    $(addprefix lib/disk/,content.c disk.c gpt.c mbr.c partition.c volume.c) kvmonitor/nic.c)))
fuzz-hdrs := $(wildcard $(TOP)/../tools/lib/*/*.h $(TOP)/../tools/balloon-sync/*.h $(TOP)/fuzz/*.h)
FUZZ_LDLIBS = $(shell pkg-config --libs jansson libconfig libmnl libbpf libsystemd nettle ext2fs com_err zlib) -lZydis
fuzz-comma := ,
# What a target has its own of.
fuzz-wrap-qmp := connect
fuzz-wrap-hv := connect resident_read
fuzz-wrap-guest := clock_sleep kallsyms_find
fuzz-wrap-attach := clock_sleep kallsyms_find
fuzz-wrap-memo := clock_sleep kallsyms_find
fuzz-wrap-compare := $(addprefix kallsyms_,find count at name after) \
		     $(addprefix types_,member size bytes) space_read space_translate
# What targets share; what is covered of it is of no interest.
fuzz-shared := fuzz image peer walks visit
fuzz-images := $(patsubst $(TOP)/fuzz/images/%.xz,$(fuzz)/images/%,$(wildcard $(TOP)/fuzz/images/*.xz))
fuzz-wrap = $(addprefix -Wl$(fuzz-comma)--wrap=,$(fuzz-wrap-$(1)))

# Where comparisons are many and of numbers that say nothing to the fuzzer, they cost half of
# the time.
$(fuzz)/san/lib/guest/%.o $(fuzz)/cov/lib/guest/%.o: fuzz-cmp := -fno-sanitize-coverage=trace-cmp
$(foreach k,san cov,$(addprefix $(fuzz)/$(k)/lib/,mem/mem.o mem/space.o kernel/kallsyms.o)): fuzz-cmp := -fno-sanitize-coverage=trace-cmp

define fuzz-rules # folder, sanitizers or coverage, as compiled, as linked
$(fuzz)/$(1)/%.o: $(TOP)/../tools/%.c $(fuzz-hdrs) $(TOP)/fuzz/tests.mk
	@mkdir -p $$(dir $$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link $$(fuzz-cmp) $(2) -c -o $$@ $$<

$(fuzz)/$(1)/tools.a: $(patsubst $(TOP)/../tools/%.c,$(fuzz)/$(1)/%.o,$(fuzz-src))
	@echo "  AR      fuzz/$(1)/tools.a"
	$(Q)rm -f $$@ && $(AR) rcs $$@ $$^

$(fuzz)/$(1)/shared/%.o: $(TOP)/fuzz/%.c $(fuzz-hdrs) $(TOP)/fuzz/tests.mk
	@mkdir -p $$(dir $$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(if $(filter san,$(1)),$(2)) -c -o $$@ $$<

$(fuzz)/$(1)/shared/visit.o: $(TOP)/ext4/visit.c $(TOP)/ext4/visit.h $(fuzz-hdrs)
	@mkdir -p $$(dir $$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(if $(filter san,$(1)),$(2)) -c -o $$@ $$<

$(fuzz)/$(1)/shared.a: $(patsubst %,$(fuzz)/$(1)/shared/%.o,$(fuzz-shared))
	$(Q)rm -f $$@ && $(AR) rcs $$@ $$^

$(fuzz)/$(1)/fuzz-%: $(TOP)/fuzz/fuzz-%.c $(fuzz)/$(1)/shared.a $(fuzz)/$(1)/tools.a \
		     $(fuzz-hdrs) $(fuzz-images)
	@mkdir -p $$(dir $$@)
	@echo "  CC      fuzz/$(1)/fuzz-$$*"
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(2) -DIMAGES='"$(fuzz)/images"' -o $$@ \
		$$< $(fuzz)/$(1)/shared.a $(fuzz)/$(1)/tools.a $$(call fuzz-wrap,$$*) $$(FUZZ_LDLIBS)
endef
$(eval $(call fuzz-rules,san,$(fuzz-san)))
$(eval $(call fuzz-rules,cov,$(fuzz-cov)))

$(fuzz)/images/%: $(TOP)/fuzz/images/%.xz
	@mkdir -p $(dir $@)
	$(Q)xz -dc $< >$@.new && mv $@.new $@

.SECONDARY: $(fuzz-images)

# Makes the images, with a guest that runs: selftests/fuzz/make-image.
$(fuzz)/record: $(TOP)/fuzz/record.c $(fuzz)/san/shared.a $(fuzz)/san/tools.a
	@mkdir -p $(dir $@)
	@echo "  CC      fuzz/record"
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link $(fuzz-san) -o $@ $(filter %.c %.a,$^) \
		-Wl,--wrap=mem_read,--wrap=clock_sleep,--wrap=kallsyms_find,-u,__wrap_kallsyms_find \
		$(FUZZ_LDLIBS)

fuzz-san: $(addprefix $(fuzz)/san/fuzz-,$(fuzz-targets))
fuzz-cov: $(addprefix $(fuzz)/cov/fuzz-,$(fuzz-targets))

.PHONY: fuzz-san fuzz-cov

# Guests that are alive, and the targets for a short time: make check.
host-tests += $(fuzz)/test-image $(fuzz)/test-memo $(fuzz)/test-live $(TOP)/fuzz/test-fuzz.sh
# Made by others' rules, which come later.
fuzz-libs := $(addprefix $(HT)/,guest/libguest.a kernel/libkernel.a mem/libmem.a base/libbase.a)

$(fuzz)/test-live: $(TOP)/fuzz/test-live.c $(TOP)/fuzz/walks.c $(TOP)/lib/vm.c \
		$(HV_MONITOR) $(fuzz-libs) $(fuzz-hdrs) \
		$(wildcard $(TOP)/lib/*.h)
	@mkdir -p $(dir $@)
	@echo "  CC      fuzz/test-live"
	$(Q)$(CC) $(TEST_CFLAGS) -DLAB='"$(LAB)"' $(SANITIZE) -o $@ $(filter %.c,$^) $(fuzz-libs) \
		-Wl,--wrap=mem_read -pthread $(BASE_LDLIBS) $(KERNEL_LDLIBS)

$(fuzz)/test-image $(fuzz)/test-memo: $(fuzz)/test-%: $(TOP)/fuzz/test-%.c $(addprefix $(TOP)/fuzz/,fuzz.c image.c walks.c) \
		$(HV_MONITOR) $(fuzz-libs) $(fuzz-hdrs) $(fuzz-images) \
		$(wildcard $(TOP)/lib/*.h)
	@mkdir -p $(dir $@)
	@echo "  CC      fuzz/test-$*"
	$(Q)$(CC) $(TEST_CFLAGS) -DIMAGES='"$(fuzz)/images"' $(SANITIZE) -o $@ $(filter %.c,$^) \
		-Wl,--wrap=kallsyms_find $(fuzz-libs) $(BASE_LDLIBS) $(KERNEL_LDLIBS)
