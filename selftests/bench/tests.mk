# SPDX-License-Identifier: GPL-2.0-or-later
stage-tests += bench/filecache.sh
stage-built += bench/pagework

$(HT)/bench/pagework: $(TOP)/bench/pagework.c
	@mkdir -p $(dir $@)
	$(Q)$(CC) $(TEST_CFLAGS) -o $@ $<
