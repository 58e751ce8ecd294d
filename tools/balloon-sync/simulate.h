/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balloon-sync simulate: the decisions of a run, on a trace, without a hypervisor. */
#ifndef BALLOON_SYNC_SIMULATE_H
#define BALLOON_SYNC_SIMULATE_H

/**
 * simulate_main() - The command, from its arguments to its exit status.
 * @argc: of the arguments, the first of which is "simulate"
 * @argv: they
 *
 * Return: 0; 1 failure; 2 wrong usage.
 */
int simulate_main(int argc, char **argv);

#endif
