/* SPDX-License-Identifier: MIT
 *
 * frontier: the lowest loss that each arm reaches for a compute, the law fitted to it with its
 * band, and how far apart the arms are.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"
#include "plots/style.h"
#include "results/frontier.h"

#define CURVE_POINTS 81

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct chart_panel *panel;
	struct figure_arms arms;
};

static struct chart_series *add_series(struct drawing *d, size_t arm, const char *what,
				       struct chart_look look)
{
	const char *name = d->study->arms[arm].name;

	look.arm = figure_arm(&d->arms, name);
	return chart_add_series(d->chart, d->panel,
				arena_printf(&d->chart->arena, "%s, %s", name, what), &look);
}

static void add_trials(struct drawing *d, size_t arm)
{
	struct chart_series *series =
		add_series(d, arm, "all trials",
			   (struct chart_look){CHART_POINTS, .strength = 0.35, .width = 0.6,
					       .size = 0.3, .open = true});

	for (size_t i = 0; i < d->study->n_trials; i++) {
		const struct study_trial *trial = &d->study->trials[i];

		double compute = trial->flops;

		if (d->study->count_optimizer)
			compute += trial->flops_optimizer;
		if (trial->arm == arm)
			chart_add_point(d->chart, series, compute, trial->loss,
					trial->row->trial_key);
	}
}

static void add_points(struct drawing *d, size_t arm)
{
	struct chart_series *series =
		add_series(d, arm, "best of tuning",
			   (struct chart_look){CHART_POINTS, .strength = 1, .width = 0.8,
					       .size = 0.5, .open = true});

	for (size_t i = 0; i < d->study->n_cells; i++) {
		const struct study_point *point = &d->input->points[i];
		struct text note = {0};
		char number[SHORT_TEXT];

		text_printf(&note, "N %s, lr %.6g%s", format_si(number, point->params), point->lr,
			    point->edges ? ", on the edge of what was tried" : "");
		if (point->arm == arm && !point->frontier)
			chart_add_point(d->chart, series, point->compute, point->loss,
					text_string(&note));
		text_release(&note);
	}
}

/* The envelope: a thin line through the frontier's points. */
static void add_frontier(struct drawing *d, size_t arm, enum chart_mark mark)
{
	bool line = mark == CHART_LINE;
	size_t *indices = xmalloc((d->study->n_cells + 1) * sizeof(*indices));
	size_t n = study_frontier(d->input->points, d->study->n_cells, arm, indices);
	struct chart_series *series = add_series(
		d, arm, line ? "envelope" : "frontier",
		(struct chart_look){mark, .strength = line ? 0.6 : 1, .width = 0.7, .size = 0.75});

	for (size_t i = 0; i < n; i++) {
		const struct study_point *point = &d->input->points[indices[i]];
		char number[SHORT_TEXT];

		format_si(number, point->params);
		chart_add_point(d->chart, series, point->compute, point->loss,
				arena_printf(&d->chart->arena, "N %s, lr %.6g", number, point->lr));
	}
	free(indices);
}

static double curve_flops(const struct fit_law *law, int i)
{
	return law->flops_low *
	       pow(law->flops_high / law->flops_low, (double)i / (CURVE_POINTS - 1));
}

static void add_band(struct drawing *d, size_t arm)
{
	const struct fit_law *law =
		d->input->report ? fit_report_curve(d->input->report, arm) : NULL;
	struct chart_series *series;

	if (!law)
		return;
	series = add_series(d, arm, "90 % band of the law",
			    (struct chart_look){CHART_BAND, .strength = 0.18});
	for (int i = 0; i < CURVE_POINTS; i++) {
		const struct law_point at = {.flops = curve_flops(law, i)};
		struct interval band;

		fit_law_at(law, &at, &band);
		chart_add_band(series, at.flops, band.low, band.high);
	}
}

static void add_law(struct drawing *d, size_t arm)
{
	const struct fit_law *law =
		d->input->report ? fit_report_curve(d->input->report, arm) : NULL;
	struct chart_series *series;

	if (!law)
		return;
	series = add_series(
		d, arm, law->law->formula,
		(struct chart_look){CHART_LINE, .strength = 1, .width = 1.8, .dashed = true});
	for (int i = 0; i < CURVE_POINTS; i++) {
		const struct law_point at = {.flops = curve_flops(law, i)};
		struct interval band;

		chart_add_point(d->chart, series, at.flops, fit_law_at(law, &at, &band), NULL);
	}
}

/* The first method that gives a ratio; EFFICIENCY_N_METHODS: none. */
static size_t method_of(const struct efficiency_row *row)
{
	size_t method = 0;

	while (method < EFFICIENCY_N_METHODS && !isfinite(row->ratio[method]))
		method++;
	return method;
}

static void add_ratio_words(struct drawing *d, const struct efficiency *pair,
			    const struct efficiency_row *row, size_t method)
{
	struct text *caption = &d->chart->caption;
	const struct interval *interval = &row->interval[method];

	text_printf(caption, " %s needs %.2f", d->study->arms[pair->challenger].name,
		    row->ratio[method]);
	if (isfinite(interval->low) && isfinite(interval->high))
		text_printf(caption, " [%.2f, %.2f]", interval->low, interval->high);
	text_printf(caption, " of the compute of %s at C = ", d->study->arms[pair->baseline].name);
	text_add_number(caption, row->flops);
	text_printf(caption, " (%s%s).", efficiency_method_name((enum efficiency_method)method),
		    pair->at_bound[method] ? "; its fit is at a bound, see 'fit'" : "");
}

static bool has_line(const struct drawing *d, size_t arm)
{
	const struct fit_law *law = fit_report_curve(d->input->report, arm);

	return law && law->law == &law_power_offset;
}

/* Between the lines that are drawn: each arm has its own E, which the ratio to quote has not. */
static bool add_arrow(struct drawing *d, const struct efficiency *pair,
		      const struct efficiency_row *row)
{
	double ratio = row->ratio[EFFICIENCY_SEPARATE];
	double loss = row->method_loss[EFFICIENCY_SEPARATE];

	if (!isfinite(ratio) || !isfinite(loss) || !has_line(d, pair->baseline) ||
	    !has_line(d, pair->challenger))
		return false;
	chart_add_span(d->chart, d->panel, row->flops * ratio, row->flops, loss,
		       arena_printf(&d->chart->arena, "%.2f × C", ratio));
	text_printf(&d->chart->caption, " Arrow: %.2f between the lines of %s and %s (separate E).",
		    ratio, d->study->arms[pair->baseline].name,
		    d->study->arms[pair->challenger].name);
	return true;
}

/* An arrow from the challenger's compute to the baseline's, at the largest compute of the overlap:
 * for one challenger only, others are in the caption. */
static void add_ratios(struct drawing *d)
{
	const struct fit_report *report = d->input->report;
	bool drawn = false;

	for (size_t i = 0; report && i < report->n_pairs; i++) {
		const struct efficiency *pair = &report->pairs[i];
		const struct efficiency_row *row;
		size_t method;

		if (pair->meaning != EFFICIENCY_COMPUTE || !pair->n_rows)
			continue;
		row = &pair->rows[pair->n_rows - 1];
		method = method_of(row);
		if (method == EFFICIENCY_N_METHODS)
			continue;
		add_ratio_words(d, pair, row, method);
		drawn = drawn || add_arrow(d, pair, row);
	}
}

static void add_caption(struct drawing *d)
{
	const struct fit_report *report = d->input->report;
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials", d->study->n_trials);
	if (d->study->n_sizes)
		text_printf(caption, ", %zu size%s", d->study->n_sizes,
			    d->study->n_sizes == 1 ? "" : "s");
	if (d->study->n_seeds)
		text_printf(caption, ", %zu seed%s", d->study->n_seeds,
			    d->study->n_seeds == 1 ? "" : "s");
	text_add(caption, ". Large: frontier; open: best of tuning; faint: all trials.");
	if (report && report->n_laws && report->options.bootstrap)
		text_printf(caption, " Lines: law with 90 %% bootstrap band (%d replicates).",
			    report->options.bootstrap);
	else if (report && report->n_laws)
		text_add(caption, " Lines: law.");
	else if (d->input->unfitted)
		text_printf(caption, " No law: %s.", d->input->unfitted);
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static bool is_empty(const struct chart_panel *panel)
{
	struct chart_range x, y;

	return !chart_panel_range(panel, &x, &y);
}

static void fill(struct drawing *d)
{
	static void (*const layers[])(struct drawing *, size_t) = {add_band, add_trials, add_points,
								   add_law};

	for (size_t layer = 0; layer < ARRAY_SIZE(layers); layer++)
		for (size_t arm = 0; arm < d->study->n_arms; arm++)
			layers[layer](d, arm);
	for (size_t arm = 0; arm < d->study->n_arms; arm++) {
		add_frontier(d, arm, CHART_LINE);
		add_frontier(d, arm, CHART_POINTS);
	}
	add_caption(d);
	add_ratios(d);
	figure_add_references(d->input, d->chart, d->panel);
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 1.8,
					       .size = 0.75, .dashed = true});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	const struct chart_axis x = {"flops", "training compute C (FLOP)", true};
	const struct chart_axis y = {"loss", "held-out loss L (nats/token)", true};
	struct drawing d = {.input = input, .study = input->study, .chart = chart};

	chart->title = "Lowest loss for a training compute";
	d.panel = chart_add_panel(chart, "", &x, &y);
	figure_arms_init(&d.arms, input);
	fill(&d);
	figure_arms_release(&d.arms);
	if (is_empty(d.panel))
		return error_set(err, ERR_DATA, "no final row has both 'flops' and 'loss'");
	return 0;
}

const struct figure figure_frontier = {
	.name = "frontier",
	.summary = "lowest loss against compute: points, fitted laws with 90 % bands, the ratio",
	.columns = "flops, loss; label or optimizer, params, lr where there are several",
	.study = true,
	.fit = true,
	.laws = "power_offset,power",
	.draw = draw,
};
