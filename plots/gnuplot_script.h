/* SPDX-License-Identifier: MIT
 *
 * A chart as gnuplot reads it: the numbers, and the script that draws them.
 *
 * The numbers are blocks ("index 0", "index 1", ...) between two blank lines, one a series, with
 * comments that name the columns; a blank line inside a block starts a new line of the picture.
 */
#ifndef PLOTS_GNUPLOT_SCRIPT_H
#define PLOTS_GNUPLOT_SCRIPT_H

#include <stdbool.h>

#include "base/text.h"
#include "plots/chart.h"
#include "plots/style.h"

struct gnuplot_target {
	enum figure_format format;
	int columns, lines; /* of the terminal */
	bool colour;	    /* of the terminal */
};

void gnuplot_add_data(const struct chart *chart, struct text *out);

/* `data`: the file that holds the numbers; NULL: they go into the script.  `output`: the file
 * that the script writes; NULL: its standard output. */
void gnuplot_add_script(const struct chart *chart, const struct gnuplot_target *target,
			const char *data, const char *output, struct text *out);

/* Adds a text as gnuplot's 'literal': quotes doubled, a leading one apart ("'".'literal'), control
 * characters made spaces. */
void gnuplot_add_quoted(struct text *out, const char *text);

#endif
