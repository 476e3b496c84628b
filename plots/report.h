/* SPDX-License-Identifier: MIT
 *
 * The report: one page of HTML that needs nothing else, with the answer first and everything that
 * it rests on below.
 */
#ifndef PLOTS_REPORT_H
#define PLOTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/text.h"
#include "plots/figure.h"
#include "results/fit.h"
#include "results/store_protocol.h"

#define REPORT_METRIC "update_rms" /* of the figure of telemetry */

/* One figure of the catalogue, drawn or not. */
struct report_figure {
	const struct figure *figure;
	struct text title, caption, svg;
	struct text unavailable; /* why these rows do not give it */
	struct text undrawn;	 /* why there is no picture, though they do: no gnuplot */
};

struct report_input {
	const struct observations *rows;       /* ends, and one row a diverged trial */
	const struct study *study;	       /* NULL: no row is final */
	const struct fit_report *fit;	       /* NULL: nothing could be fitted */
	const char *unfitted;		       /* why; NULL where something was */
	const struct store_protocol *protocol; /* NULL: the rows are a CSV's */
	const struct report_figure *figures;
	size_t n_figures;
	const char *flags;	 /* that give the same rows and fits again */
	char sha256[SHA256_HEX]; /* of the file of the rows; "": not to be had */
	const char *unhashed;	 /* what the hash leaves out; NULL: nothing */
	const char *date;
	const char *fit_json; /* everything that was fitted; NULL where nothing was */
	/* Adds a law as JSON. */
	void (*law_json)(const struct fit_law *law, struct text *out);
};

/* Draws every figure of the catalogue: those of curves from `curves`, the others from `ends`.  The
 * array ends with the catalogue and is freed by report_figures_release(); returns how many. */
size_t report_draw_figures(const struct figure_input *ends, const struct figure_input *curves,
			   struct report_figure **figures);
void report_figures_release(struct report_figure *figures, size_t n);

/* The whole page. */
void report_write(const struct report_input *input, struct text *out);

#endif
