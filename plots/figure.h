/* SPDX-License-Identifier: MIT
 *
 * The catalogue of figures.  A figure is one file figure_NAME.c with one const struct figure, and
 * one line in the table of figure.c; it turns observations, points and laws into a chart.
 */
#ifndef PLOTS_FIGURE_H
#define PLOTS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "plots/chart.h"
#include "results/fit.h"
#include "results/observation.h"
#include "results/selection.h"
#include "results/telemetry.h"

/* What curves are drawn against. */
enum figure_x { FIGURE_X_FLOPS, FIGURE_X_TOKENS, FIGURE_X_STEPS, FIGURE_X_SECONDS };

/* What a loss can be compared with: an entropy of the corpus, or a compressor. */
struct reference_line {
	const char *name;
	double bits_per_byte;
};

struct figure_input {
	const struct observations *rows;  /* points of curves too, where the figure asks for them */
	const struct study *study;	  /* NULL: no row is final */
	const struct study_point *points; /* study->n_cells */
	const struct fit_report *report;  /* NULL: nothing was fitted */
	const char *unfitted;		  /* why report is NULL, for the caption; NULL: not asked */
	const struct study_options *counting; /* how C, N and L are counted */
	const char *baseline;		      /* the arm that comes first */
	enum figure_x x;
	const struct reference_line *references;
	size_t n_references;
	const double *targets; /* losses whose cost is drawn; none: what the rows suggest */
	size_t n_targets;
	const struct telemetry *telemetry; /* of the best trials; NULL: the source has none */
};

struct figure {
	const char *name;
	const char *summary; /* one line for help */
	const char *columns; /* what it needs, for help */
	bool curves;	     /* wants every recorded evaluation, else final rows do */
	bool study;	     /* cannot be drawn without final rows */
	bool fit;	     /* wants laws */
	const char *laws;    /* those it wants, with commas; NULL: every law that can be fitted */
	bool telemetry;	     /* wants a metric of the best trials */
	int holdout;	     /* largest budgets left out of the fit, unless asked otherwise */
	/* ERR_DATA: nothing can be drawn, and why.  The chart is released by the caller. */
	int (*draw)(const struct figure_input *input, struct chart *chart, struct error *err);
};

/* All figures, in the order of help; ends with NULL. */
extern const struct figure *const figures[];

extern const struct figure figure_loss, figure_frontier, figure_contour, figure_efficiency;
extern const struct figure figure_isoflop, figure_lr, figure_batch, figure_transfer;
extern const struct figure figure_tokens_to_loss, figure_steps_to_loss, figure_pareto;
extern const struct figure figure_residuals, figure_backtest, figure_gap, figure_ablation,
	figure_telemetry, figure_specification, figure_token_ratio;

/* ERR_USAGE, with the nearest name. */
const struct figure *figure_find(const char *name, struct error *err);

/* The text of 'muon-sweep help figures'. */
void figures_describe(struct text *out);

/* Fills an empty chart. */
int figure_draw(const struct figure *figure, const struct figure_input *input, struct chart *chart,
		struct error *err);

#endif
