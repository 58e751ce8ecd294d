# SPDX-License-Identifier: GPL-2.0-or-later
# kvmonitor on a real guest, run here.
host-tests += $(TOP)/kvmonitor/test-commands.sh

$(TOP)/kvmonitor/test-commands.sh: kvmonitor-for-tests

kvmonitor-for-tests:
	@$(MAKE) --no-print-directory -s -C $(TOP)/../tools BUILD=$(BUILD) \
		$(BUILD)/tools/kvmonitor/kvmonitor

.PHONY: kvmonitor-for-tests
