# SPDX-License-Identifier: GPL-2.0-or-later
# Draw one recording: gnuplot -e "dir='build/demo'; figure='fig4'; host='dom0'" plot.gp
#
# Above: what is used and what the host was given.  Below: the sizes of guest and
# host as the hypervisor counts them.  Runs of an IDS are shaded.

csv = dir.'/'.figure.'.csv'
events = dir.'/'.figure.'.events.csv'
what = figure eq 'fig4' ? 'A program that allocates and frees' : \
	figure eq 'fig5' ? 'AIDE on the guest''s disk' : 'Tripwire on the guest''s disk'

set datafile separator ','
stats csv skip 1 using 1 name 'T' nooutput
stats csv skip 1 using 4 name 'U' nooutput
stats csv skip 1 using 5 name 'A' nooutput
stats csv skip 1 using 6 name 'G' nooutput
stats csv skip 1 using 7 name 'D' nooutput

mb(x) = x / 1024.0
max(a, b) = a > b ? a : b
# Room for the names of runs and notes above the curves.
top = mb(max(U_max, A_max)) * (figure eq 'fig4' ? 1.1 : 1.35) + 1
end = T_max

# Ends belong to the begin before them; the runs of one figure do not overlap.
begins = system("awk -F, '$2 ~ /^begin /{print $1}' '".events."'")
ends = system("awk -F, '$2 ~ /^end /{print $1}' '".events."'")
names = system("awk -F, '$2 ~ /^begin /{sub(/^begin /, \"\", $2); gsub(/ /, \"_\", $2); print $2}' '".events."'")
notes = system("awk -F, '$2 ~ /^note /{print $1}' '".events."'")
note_texts = system("awk -F, '$2 ~ /^note /{sub(/^note /, \"\", $2); gsub(/ /, \"_\", $2); print $2}' '".events."'")
starts = system("awk -F, '$2 ~ /^(start|stop) /{print $1}' '".events."'")

used_colour = '#1b5e8c'
added_colour = '#d1600f'
guest_colour = '#3d7a3d'
dom0_colour = '#7a3d7a'

do for [kind in 'svg png'] {
	if (kind eq 'svg') {
		set terminal svg size 760,560 dynamic font 'Helvetica,14' background '#ffffff'
	} else {
		set terminal pngcairo size 1520,1120 font 'Helvetica,14' fontscale 1.8 linewidth 2
	}
	set output dir.'/'.figure.'.'.kind

	set multiplot
	set border 3 linecolor '#404040'
	set tics nomirror out
	set grid ytics linecolor '#d8d8d8' linetype 1
	set xrange [0:end]
	set lmargin at screen 0.13
	set rmargin at screen 0.97

	# --- use and what was added
	unset object
	unset arrow
	unset label
	do for [i = 1:words(begins)] {
		from = real(word(begins, i))
		to = i <= words(ends) ? real(word(ends, i)) : end
		text = word(names, i)
		set object i rectangle from from, graph 0 to to, graph 1 \
			behind fillcolor '#eef1f4' fillstyle solid noborder
		set label i system("echo '".text."' | tr _ ' '") at (from + to) / 2, graph 0.96 \
			center font ',11' textcolor '#505050'
	}
	do for [i = 1:words(notes)] {
		at = real(word(notes, i))
		set arrow 10 + i from at, graph 0.86 to at, graph 0.78 \
			size graph 0.008, 30 filled linecolor '#808080'
		text = word(note_texts, i)
		set label 10 + i system("echo '".text."' | tr _ ' '") at at, graph 0.89 center \
			font ',9' textcolor '#808080'
	}
	do for [i = 1:words(starts)] {
		at = real(word(starts, i))
		set arrow 20 + i from at, graph 0 to at, graph 1 nohead \
			dashtype 3 linecolor '#a0a0a0'
	}
	set tmargin at screen 0.905
	set bmargin at screen 0.51
	set yrange [0:top]
	set ylabel 'memory (MB)' offset 1,0
	set format x ''
	unset xlabel
	set label 50 what at screen 0.13, screen 0.975 left font ',15'
	set key at screen 0.985, screen 0.948 right horizontal noenhanced samplen 1.5 width -1 font ',12'
	if (figure eq 'fig4') {
		plot csv skip 1 using 1:(mb($4)) with lines linewidth 3 \
				linecolor rgb used_colour title 'used by the program', \
			'' skip 1 using 1:(mb($5)) with linespoints pointtype 7 pointsize 0.25 \
				linewidth 1.2 linecolor rgb added_colour title 'added to '.host
	} else {
		plot csv skip 1 using 1:(mb($3)) with filledcurves y1=0 \
				fillcolor '#c9dcea' title 'file cache in it', \
			'' skip 1 using 1:(mb($4)) with lines linewidth 3 \
				linecolor rgb used_colour title 'used by the IDS', \
			'' skip 1 using 1:(mb($5)) with linespoints pointtype 7 pointsize 0.25 \
				linewidth 1.2 linecolor rgb added_colour title 'added to '.host
	}

	# --- sizes
	unset label
	do for [i = 1:words(notes)] { unset arrow 10 + i }
	set tmargin at screen 0.45
	set bmargin at screen 0.12
	set format x '%g'
	set xlabel 'time (s)'
	set ylabel 'size of the domain (MB)' offset 1,0
	low = mb(G_min < D_min ? G_min : D_min)
	high = mb(max(G_max, D_max))
	set yrange [low - 0.1 * (high - low):high + 0.12 * (high - low)]
	set label 51 host at graph 0.015, first mb(D_min) offset 0,-0.7 \
		textcolor rgb dom0_colour
	set label 52 'guest' at graph 0.015, first mb(G_max) offset 0,0.6 \
		textcolor rgb guest_colour
	unset key
	plot csv skip 1 using 1:(mb($7)) with lines linewidth 2.5 \
			linecolor rgb dom0_colour, \
		'' skip 1 using 1:(mb($6)) with lines linewidth 2.5 \
			linecolor rgb guest_colour
	unset multiplot
	unset output
}
