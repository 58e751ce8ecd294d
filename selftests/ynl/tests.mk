# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's own netlink tool, a suite of its own.
stage-tests += ynl/lab-ynl.sh ynl/threshold.py

suite-ynl:
	$(Q)$(TOP)/ktap-run $(RESULTS) ynl -- $(TOP)/ynl/run

.PHONY: suite-ynl
