/* SPDX-License-Identifier: MIT
 *
 * gnuplot's terminals: what a script begins with, so that letters, lines and points have the
 * same size on paper in every format.
 */
#ifndef PLOTS_GNUPLOT_TERMINAL_H
#define PLOTS_GNUPLOT_TERMINAL_H

#include "base/text.h"
#include "plots/gnuplot_script.h"

/* The size is that of the page; a terminal has its own. */
void gnuplot_add_terminal(const struct gnuplot_target *target, double width_cm, double height_cm,
			  struct text *out);

#endif
