# SPDX-License-Identifier: GPL-2.0-or-later
# Each mutant fits the source as it is; `make check-mutants` runs them.
host-tests += $(TOP)/mutants/test-patches.sh
