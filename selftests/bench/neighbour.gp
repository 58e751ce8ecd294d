# SPDX-License-Identifier: GPL-2.0-or-later
# Draw what the neighbour's bench found: gnuplot -e "dir='build/bench/neighbour'" this
# A block of plot.dat for each figure: a line for each regime, with least and most.

data = dir.'/plot.dat'
blocks = '0 1 2 3 4 6'
titles = '"fsync of the neighbour, median (ms)" "fsync of the neighbour, 99th of 100 (ms)" "8 cached reads of the neighbour (ms)" "throughput of the watched guest (MB/s)" "its refaults (pages/s)" "two runs of the IDS (s)"'

do for [kind in 'svg png'] {
	if (kind eq 'svg') {
		set terminal svg size 960,420 dynamic font 'Helvetica,12' background '#ffffff'
	} else {
		set terminal pngcairo size 1920,840 font 'Helvetica,12' fontscale 1.8 linewidth 2
	}
	set output dir.'/neighbour.'.kind
	set multiplot layout 2,3 margins 0.06,0.985,0.1,0.92 spacing 0.07,0.17
	set border 3 linecolor '#404040'
	set tics nomirror out
	set grid ytics linecolor '#d8d8d8' linetype 1
	set style fill solid 0.85 noborder
	set boxwidth 0.6
	set yrange [0:*]
	set xrange [-0.6:3.6]
	set xtics font ',9'
	unset key
	do for [i = 1:words(titles)] {
		set title word(titles, i) font ',11'
		plot data index int(word(blocks, i)) using 0:2:xticlabel(1) with boxes \
				linecolor rgb '#1b5e8c', \
			'' index int(word(blocks, i)) using 0:2:3:4 with yerrorbars \
				pointtype 1 pointsize 0 linecolor rgb '#404040'
	}
	unset multiplot
	unset output
}
