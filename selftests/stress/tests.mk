# SPDX-License-Identifier: GPL-2.0-or-later
# The stress: what it is made of, and where it begins (make check-debug).
STRESS_PROGRAMS := fsmix netfuzz

stage-tests += stress/guest.sh
stage-built += $(addprefix stress/,$(STRESS_PROGRAMS))

$(addprefix $(HT)/stress/,$(STRESS_PROGRAMS)): $(HT)/stress/%: $(TOP)/stress/%.c \
		$(TOP)/lib/random.h $(wildcard $(TOP)/../include/uapi/linux/*.h)
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<
