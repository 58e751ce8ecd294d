# SPDX-License-Identifier: GPL-2.0-or-later
# Draw shares of the host:
#   gnuplot -e "name='isolate'; bound=50; titles='\"as it is\" isolated'" this
# Two blocks of NAME.dat: second, VM, IDS, both, the other side; in percent.

data = name.'.dat'

do for [kind in 'svg png'] {
	if (kind eq 'svg') {
		set terminal svg size 960,380 dynamic font 'Helvetica,12' background '#ffffff'
	} else {
		set terminal pngcairo size 1920,760 font 'Helvetica,12' fontscale 1.8 linewidth 2
	}
	set output name.'.'.kind
	set multiplot layout 1,2 margins 0.08,0.985,0.17,0.8 spacing 0.1
	set border 3 linecolor '#404040'
	set tics nomirror out
	set grid ytics linecolor '#d8d8d8' linetype 1
	set yrange [0:100]
	set key above horizontal samplen 2 font ',10'
	set xlabel 'seconds'
	set ylabel 'share of the processors (%)'
	do for [i = 1:2] {
		set title word(titles, i)
		plot data index i - 1 using 1:4 with lines linewidth 2.5 linecolor rgb '#1b5e8c' \
				title 'VM and IDS', \
			'' index i - 1 using 1:3 with lines linecolor rgb '#5b9e5b' title 'IDS', \
			'' index i - 1 using 1:5 with lines linewidth 2 linecolor rgb '#b5502b' \
				title 'others', \
			bound with lines dashtype 2 linecolor rgb '#808080' title sprintf('%d %%', bound)
	}
	unset multiplot
	unset output
}
