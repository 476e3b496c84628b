/* SPDX-License-Identifier: MIT
 *
 * gap: how much lower the challenger's loss is than the baseline's at the same compute: the
 * difference of their laws with its band, and of what was observed in budgets that both have.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"
#include "results/best_at.h"
#include "results/frontier.h"

#define CURVE_POINTS 61
#define SAME_COMPUTE 1.02 /* computes of one budget within this factor are compared as they are */

struct drawing {
	const struct figure_input *input;
	const struct fit_report *report;
	const struct study *study;
	struct chart *chart;
	struct chart_panel *panel;
	struct figure_arms arms;
	struct spread spread; /* of seeds */
	size_t n_observed, n_pairs;
	bool unpaired; /* a law lacks some replicate, so that draws no longer belong together */
};

struct pair_laws {
	const struct fit_law *baseline, *challenger;
	double low, high; /* C that both have points at */
};

static struct pair_laws laws_of(const struct drawing *d, const struct efficiency *pair)
{
	struct pair_laws both = {.baseline = fit_report_curve(d->report, pair->baseline),
				 .challenger = fit_report_curve(d->report, pair->challenger)};

	if (both.baseline && both.challenger) {
		both.low = fmax(both.baseline->flops_low, both.challenger->flops_low);
		both.high = fmin(both.baseline->flops_high, both.challenger->flops_high);
	}
	return both;
}

static double gap_of(const struct pair_laws *both, const double *baseline, const double *challenger,
		     double flops)
{
	const struct law_point at = {.flops = flops};

	return both->baseline->law->predict(baseline, &at) -
	       both->challenger->law->predict(challenger, &at);
}

/* Replicates of two laws share their draws as long as none is missing. */
static bool are_paired(const struct drawing *d, const struct pair_laws *both)
{
	size_t n = (size_t)d->report->options.bootstrap;

	return n > 0 && both->baseline->n_replicates == n && both->challenger->n_replicates == n;
}

static struct interval band_at(const struct pair_laws *both, size_t n, double flops)
{
	double *gaps = xmalloc((n + 1) * sizeof(*gaps));
	struct interval band;

	for (size_t i = 0; i < n; i++)
		gaps[i] = gap_of(
			both, &both->baseline->replicates[i * both->baseline->n_parameters],
			&both->challenger->replicates[i * both->challenger->n_parameters], flops);
	band = bootstrap_interval(gaps, n, 1);
	free(gaps);
	return band;
}

static struct chart_series *add_series(struct drawing *d, const struct efficiency *pair,
				       const char *what, struct chart_look look)
{
	const char *name = d->study->arms[pair->challenger].name;

	look.arm = figure_arm(&d->arms, name);
	return chart_add_series(d->chart, d->panel,
				arena_printf(&d->chart->arena, "%s, %s", name, what), &look);
}

static void add_curve(struct drawing *d, const struct efficiency *pair)
{
	struct pair_laws both = laws_of(d, pair);
	bool paired = both.high > both.low && are_paired(d, &both);
	struct chart_series *band, *line;

	if (!(both.high > both.low))
		return;
	band = add_series(d, pair, "90 % band", (struct chart_look){CHART_BAND, .strength = 0.18});
	line = add_series(
		d, pair, "difference of the laws",
		(struct chart_look){CHART_LINE, .strength = 1, .width = 1.8, .dashed = true});
	d->unpaired |= !paired && d->report->options.bootstrap > 0;
	for (int i = 0; i < CURVE_POINTS; i++) {
		double flops = both.low * pow(both.high / both.low, (double)i / (CURVE_POINTS - 1));
		struct interval at = {(double)NAN, (double)NAN};

		if (paired)
			at = band_at(&both, both.baseline->n_replicates, flops);
		chart_add_band(band, flops, at.low, at.high);
		chart_add_point(d->chart, line, flops,
				gap_of(&both, both.baseline->fit.parameters,
				       both.challenger->fit.parameters, flops),
				NULL);
	}
}

/* The loss of the challenger at a compute: in the same budget, else between its frontier's
 * points. */
static double challenger_loss(const struct drawing *d, size_t arm, const struct study_point *base)
{
	const struct study_point *points = d->input->points;
	size_t best =
		study_best_cell(d->study, points, arm, d->study->cells[base->cell].budget_group);
	size_t *indices = xmalloc((d->study->n_cells + 1) * sizeof(*indices));
	struct law_point *line = xcalloc(d->study->n_cells + 1, sizeof(*line));
	size_t n = study_frontier(points, d->study->n_cells, arm, indices);
	double loss;

	for (size_t i = 0; i < n; i++)
		line[i] = (struct law_point){.flops = points[indices[i]].compute,
					     .loss = points[indices[i]].loss};
	if (best < d->study->n_cells &&
	    fabs(log(points[best].compute / base->compute)) < log(SAME_COMPUTE))
		loss = points[best].loss;
	else
		loss = frontier_loss(line, n, base->compute);
	free(line);
	free(indices);
	return loss;
}

static void add_observed(struct drawing *d, const struct efficiency *pair)
{
	const struct study_point *points = d->input->points;
	size_t seeds = d->study->arms[pair->baseline].n_seeds;
	size_t other = d->study->arms[pair->challenger].n_seeds;
	struct chart_series *series = add_series(
		d, pair, "observed",
		(struct chart_look){CHART_BARS_Y, .strength = 1, .width = 0.9, .size = 0.6});

	for (size_t i = 0; i < d->study->n_cells; i++) {
		double gap, margin;

		if (points[i].arm != pair->baseline || !points[i].frontier)
			continue;
		gap = points[i].loss - challenger_loss(d, pair->challenger, &points[i]);
		margin = best_margin(&d->spread, points[i].loss, seeds, other);
		d->n_observed += chart_add_bar(d->chart, series, points[i].compute, gap,
					       gap - margin, gap + margin, NULL);
	}
}

static void add_caption(struct drawing *d, const struct efficiency *first)
{
	struct text *caption = &d->chart->caption;
	const struct fit_law *law = fit_report_curve(d->report, first->baseline);

	text_printf(caption,
		    "n = %zu trials, %zu differences observed in common budgets. Above 0: lower "
		    "loss than %s.",
		    d->study->n_trials, d->n_observed, d->study->arms[first->baseline].name);
	if (d->spread.freedom >= BEST_AT_LEAST_FREEDOM)
		text_printf(caption,
			    " Bars: 90 %% of what seeds alone do (SD %.2g %% of L, %zu degrees of "
			    "freedom).",
			    100 * d->spread.pooled, d->spread.freedom);
	else
		text_add(caption, " No bars: too few seeds to know their spread.");
	if (law)
		text_printf(caption, " Lines: %s of each arm", law->law->formula);
	if (law && !d->unpaired && d->report->options.bootstrap)
		text_printf(caption, " with the 90 %% band of their difference (%d replicates)",
			    d->report->options.bootstrap);
	text_add(caption, law ? "." : " No law was fitted.");
	if (d->unpaired)
		text_add(caption, " No band: some replicates of a law could not be fitted.");
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static void fill(struct drawing *d, const struct efficiency *first)
{
	const struct chart_look look = {CHART_LINE_POINTS, .strength = 1, .width = 1.8, .size = 0.6,
					.dashed = true};

	for (size_t i = 0; i < d->report->n_pairs; i++)
		if (d->report->pairs[i].meaning == EFFICIENCY_COMPUTE)
			add_curve(d, &d->report->pairs[i]);
	for (size_t i = 0; i < d->report->n_pairs; i++) {
		const struct efficiency *pair = &d->report->pairs[i];
		const char *name = d->study->arms[pair->challenger].name;
		struct chart_look own = look;

		if (pair->meaning != EFFICIENCY_COMPUTE)
			continue;
		add_observed(d, pair);
		own.arm = figure_arm(&d->arms, name);
		chart_add_legend(d->chart,
				 arena_printf(&d->chart->arena, "%s - %s",
					      d->study->arms[pair->baseline].name, name),
				 &own);
	}
	chart_add_rule_across(d->chart, d->panel, "no difference", 0, false);
	add_caption(d, first);
}

static const struct efficiency *first_pair(const struct fit_report *report)
{
	for (size_t i = 0; report && i < report->n_pairs; i++)
		if (report->pairs[i].meaning == EFFICIENCY_COMPUTE)
			return &report->pairs[i];
	return NULL;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	const struct chart_axis x = {"flops", "training compute C (FLOP)", true};
	const struct chart_axis y = {"gap", "loss below the baseline's (nats/token)", false};
	const struct efficiency *first = first_pair(input->report);
	struct chart_range range_x, range_y;
	struct drawing d = {
		.input = input, .report = input->report, .study = input->study, .chart = chart};

	if (!input->report)
		return error_set(err, ERR_DATA, "no law was fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	if (!first)
		return figure_no_baseline(input, err);
	chart->title = "Loss gained at equal compute";
	d.panel = chart_add_panel(chart, "", &x, &y);
	d.spread = spread_of_seeds(d.study);
	figure_arms_init(&d.arms, input);
	fill(&d, first);
	figure_arms_release(&d.arms);
	if (!chart_panel_range(d.panel, &range_x, &range_y))
		return error_set(err, ERR_DATA,
				 "the arms have no compute in common: train both at the same "
				 "'flops'");
	return 0;
}

const struct figure figure_gap = {
	.name = "gap",
	.summary = "loss of the baseline minus that of each other arm at equal compute",
	.columns = "flops, loss, label or optimizer with two arms; seed for bars",
	.study = true,
	.fit = true,
	.laws = "power_offset,power",
	.draw = draw,
};
