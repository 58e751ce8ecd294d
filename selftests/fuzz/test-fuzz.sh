#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzz target for a short time: all that was found before, and a little more.
exec "$(dirname "$0")/run" --quick
