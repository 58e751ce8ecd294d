// SPDX-License-Identifier: GPL-2.0-or-later
/* The same by another name, since one that has hidden itself cannot be loaded twice. */
#include "hider.c"
