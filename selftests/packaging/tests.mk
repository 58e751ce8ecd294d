# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian packages, in a clean system; not a part of check, since it takes
# as long as the lab's image.
check-deb:
	@rm -rf $(RESULTS)-deb
	@$(TOP)/ktap-run $(RESULTS)-deb packaging -- $(TOP)/packaging/run || f=1; \
		$(TOP)/ktap-run --sum $(RESULTS)-deb; exit $$f

.PHONY: check-deb
