/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balloon-sync plot: a log as a picture. */
#ifndef BALLOON_SYNC_PLOT_H
#define BALLOON_SYNC_PLOT_H

/**
 * plot_main() - The command, from its arguments to its exit status.
 * @argc: of the arguments, the first of which is "plot"
 * @argv: they
 *
 * Return: 0; 1 failure; 2 wrong usage.
 */
int plot_main(int argc, char **argv);

#endif
