# SPDX-License-Identifier: GPL-2.0-or-later
# Programs of the benches, and the plugin that counts for them in QEMU.
BENCH_WORKS := pagework hugework
BENCH_CLIENTS := ownerwork evictwork

stage-tests += $(addprefix bench/,cost.sh worst.sh scale.sh evict.sh handlers.sh isolate-xen.sh \
	neighbour.sh samples.sh)
stage-built += $(addprefix bench/,$(BENCH_WORKS) $(BENCH_CLIENTS) domtimes)

$(addprefix $(HT)/bench/,$(BENCH_WORKS)): $(HT)/bench/%: $(TOP)/bench/%.c $(TOP)/bench/mark.h
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<

$(addprefix $(HT)/bench/,$(BENCH_CLIENTS)): $(HT)/bench/%: $(TOP)/bench/%.c \
		$(TOP)/filecache/client.c $(TOP)/bench/mark.h $(wildcard $(TOP)/filecache/*.h)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -I$(TOP) -o $@ $(filter %.c,$^) -lmnl

$(HT)/bench/domtimes: $(TOP)/bench/domtimes.c
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< -lxenctrl

$(HT)/bench/count.so: $(TOP)/bench/plugin/count.c $(TOP)/bench/plugin/api.h $(TOP)/bench/mark.h
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -shared -fPIC -fvisibility=hidden -o $@ $<

# Runs in guests that have no libraries.
$(HT)/bench/guestwork: $(TOP)/bench/guestwork.c $(TOP)/lib/random.h
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -static -o $@ $<

bench-plugin: $(HT)/bench/count.so
neighbour-host: $(HT)/bench/guestwork $(HT)/demo/corpus
.PHONY: bench-plugin neighbour-host

# Measures without the sanitizers, with what the tools are made of.
TOOLS_LIB := $(BUILD)/tools/lib
$(HT)/bench/guestview: $(TOP)/bench/guestview.c $(TOP)/lib/random.h FORCE
	@mkdir -p $(dir $@)
	$(Q)$(MAKE) --no-print-directory -s -C $(TOP)/../tools BUILD=$(BUILD) libs
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $< $(foreach l,guest kernel mem hv base,$(TOOLS_LIB)/$(l)/lib$(l).a) \
		$(BASE_LDLIBS) $(KERNEL_LDLIBS)

bench-guestview: $(HT)/bench/guestview
FORCE:
.PHONY: bench-guestview FORCE
