/* SPDX-License-Identifier: MIT
 *
 * efficiency: how much of the baseline's cost a challenger needs for the same loss, against the
 * baseline's compute: a panel per challenger, a line with its 90 % band per meaning.  Filled where
 * both arms have observed the loss; no line where the ratio is not defined.
 */
#include <math.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/style.h"

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	const struct fit_report *report;
	struct chart *chart;
	bool drawn[EFFICIENCY_N_MEANINGS];
};

/* The primary method, else the first that gives a ratio; EFFICIENCY_N_METHODS: none. */
static size_t method_of(const struct efficiency_row *row)
{
	size_t method = 0;

	while (method < EFFICIENCY_N_METHODS && !isfinite(row->ratio[method]))
		method++;
	return method;
}

/* A meaning without a compute of the baseline has the place of a point. */
static double compute_of(const struct efficiency_row *row)
{
	return isfinite(row->flops) ? row->flops : 6 * row->params * row->tokens;
}

static bool has_ratio(const struct efficiency *pair)
{
	for (size_t i = 0; i < pair->n_rows; i++)
		if (method_of(&pair->rows[i]) < EFFICIENCY_N_METHODS)
			return true;
	return false;
}

static struct chart_series *add_series(struct drawing *d, struct chart_panel *panel,
				       const struct efficiency *pair, const char *what,
				       struct chart_look look)
{
	look.arm = (int)pair->meaning;
	return chart_add_series(d->chart, panel,
				arena_printf(&d->chart->arena, "%s, %s",
					     efficiency_meaning_name(pair->meaning), what),
				&look);
}

static bool same_params(double a, double b)
{
	return (isnan(a) && isnan(b)) || figure_same(a, b);
}

/* Rows on one line: neighbours in range, of the same size where rows have one. */
static bool starts_line(const struct efficiency *pair, size_t i)
{
	const struct efficiency_row *row = &pair->rows[i], *before = row - 1;
	size_t method;

	if (i == 0 || !same_params(row->params, before->params))
		return true;
	method = method_of(before);
	return method == EFFICIENCY_N_METHODS || !before->in_range[method];
}

static void add_band(struct drawing *d, struct chart_panel *panel, const struct efficiency *pair)
{
	struct chart_series *series = add_series(d, panel, pair, "90 % band",
						 (struct chart_look){CHART_BAND, .strength = 0.14});

	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];
		size_t method = method_of(row);

		if (method == EFFICIENCY_N_METHODS || !row->in_range[method])
			continue;
		if (starts_line(pair, i))
			chart_break(d->chart, series, NULL);
		chart_add_band(series, compute_of(row), row->interval[method].low,
			       row->interval[method].high);
	}
}

/* The method is named where it is not the primary one. */
static const char *note_of(struct drawing *d, const struct efficiency_row *row,
			   enum efficiency_method method)
{
	struct text note = {0};
	char number[SHORT_TEXT];
	const char *copy;

	text_printf(&note, "loss %.5g", row->loss);
	if (isfinite(row->params))
		text_printf(&note, ", N %s", format_si(number, row->params));
	if (method != EFFICIENCY_PRIMARY)
		text_printf(&note, ", %s", efficiency_method_name(method));
	copy = arena_strdup(&d->chart->arena, text_string(&note));
	text_release(&note);
	return copy;
}

static void add_rows(struct drawing *d, struct chart_panel *panel, const struct efficiency *pair,
		     bool in_range)
{
	struct chart_look inside = {CHART_LINE_POINTS, .strength = 1, .width = 1.6, .size = 0.7,
				    .dashed = true};
	struct chart_look outside = {CHART_POINTS, .strength = 0.7, .width = 0.9, .size = 0.6,
				     .open = true};
	struct chart_series *series =
		add_series(d, panel, pair, in_range ? "ratio" : "ratio, out of range",
			   in_range ? inside : outside);

	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];
		size_t method = method_of(row);

		if (method == EFFICIENCY_N_METHODS || row->in_range[method] != in_range)
			continue;
		if (in_range && starts_line(pair, i))
			chart_break(d->chart, series, NULL);
		chart_add_point(d->chart, series, compute_of(row), row->ratio[method],
				note_of(d, row, (enum efficiency_method)method));
	}
}

/* "compute 0.61 [0.54, 0.71] at 2.4e12, undecided": the row of the largest compute in range. */
static void add_words(struct drawing *d, const struct efficiency *pair)
{
	struct text *caption = &d->chart->caption;
	const struct efficiency_row *last = NULL;
	const struct interval *interval;
	size_t method = 0;

	for (size_t i = 0; i < pair->n_rows; i++) {
		size_t own = method_of(&pair->rows[i]);

		if (own == EFFICIENCY_N_METHODS || !pair->rows[i].in_range[own])
			continue;
		if (!last || compute_of(&pair->rows[i]) >= compute_of(last)) {
			last = &pair->rows[i];
			method = own;
		}
	}
	text_printf(caption, " %s: %s ", d->study->arms[pair->challenger].name,
		    efficiency_meaning_name(pair->meaning));
	if (!last) {
		text_add(caption, "not in range.");
		return;
	}
	text_printf(caption, "%.2f", last->ratio[method]);
	interval = &last->interval[method];
	if (isfinite(interval->low) && isfinite(interval->high))
		text_printf(caption, " [%.2f, %.2f]", interval->low, interval->high);
	text_add(caption, " at C = ");
	text_add_number(caption, compute_of(last));
	if (isfinite(pair->slope))
		text_printf(caption, ", %s", efficiency_trend(pair));
	text_add(caption, ".");
}

static const char *baseline_name(const struct drawing *d, size_t challenger)
{
	for (size_t i = 0; i < d->report->n_pairs; i++)
		if (d->report->pairs[i].challenger == challenger)
			return d->study->arms[d->report->pairs[i].baseline].name;
	return "";
}

static struct chart_panel *start_panel(struct drawing *d, size_t challenger)
{
	const struct chart_axis x = {
		.name = "flops", .title = "C of the baseline (FLOP)", .log = true};
	const struct chart_axis y = {
		.name = "ratio", .title = "ratio to the baseline", .log = true};
	struct chart_panel *panel = chart_add_panel(d->chart,
						    arena_printf(&d->chart->arena, "%s / %s",
								 d->study->arms[challenger].name,
								 baseline_name(d, challenger)),
						    &x, &y);

	return panel;
}

/* Names of speed-ups stand to the right of the only panel. */
static void add_speedups(struct drawing *d)
{
	static const double speedups[] = {0.5, 0.7, 1.25, 1.5, 2, 3, 4, 6, 10};

	for (size_t i = 0; i < ARRAY_SIZE(speedups) && d->chart->n_panels == 1; i++)
		chart_add_level(d->chart, d->chart->panels[0],
				arena_printf(&d->chart->arena, "1/%.3g", speedups[i]),
				1 / speedups[i]);
}

static void add_equal(struct drawing *d, struct chart_panel *panel)
{
	struct chart_range x, y;
	struct chart_series *series;

	chart_panel_range(panel, &x, &y);
	series = chart_add_series(
		d->chart, panel, "equal",
		&(struct chart_look){CHART_LINE, STYLE_NEUTRAL, 0.9, 1.2, 0, false, false});
	chart_add_point(d->chart, series, x.low, 1, NULL);
	chart_add_point(d->chart, series, x.high, 1, NULL);
}

static void add_challenger(struct drawing *d, size_t challenger)
{
	struct chart_panel *panel = NULL;

	for (int layer = 0; layer < 3; layer++)
		for (size_t i = 0; i < d->report->n_pairs; i++) {
			const struct efficiency *pair = &d->report->pairs[i];

			if (pair->challenger != challenger || !has_ratio(pair))
				continue;
			if (!panel)
				panel = start_panel(d, challenger);
			if (layer == 0)
				add_band(d, panel, pair);
			else
				add_rows(d, panel, pair, layer == 2);
			d->drawn[pair->meaning] = true;
		}
	if (panel)
		add_equal(d, panel);
	for (size_t i = 0; i < d->report->n_pairs; i++)
		if (d->report->pairs[i].challenger == challenger && has_ratio(&d->report->pairs[i]))
			add_words(d, &d->report->pairs[i]);
}

static void fill(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	d->chart->title = "Cost for the same loss";
	d->chart->same_y = true;
	text_printf(caption,
		    "n = %zu trials. Below 1: needs less; 1/ratio is the speed-up. Bands: 90 %% "
		    "bootstrap (%d replicates). Filled: both arms have observed the loss; open: "
		    "not. C: model FLOPs, %s.",
		    d->study->n_trials, d->report->options.bootstrap,
		    figure_flops_convention(d->input));
	for (size_t arm = 0; arm < d->study->n_arms; arm++)
		add_challenger(d, arm);
	add_speedups(d);
	for (int meaning = 0; meaning < EFFICIENCY_N_MEANINGS; meaning++)
		if (d->drawn[meaning])
			chart_add_legend(d->chart,
					 efficiency_meaning_name((enum efficiency_meaning)meaning),
					 &(struct chart_look){CHART_LINE_POINTS, meaning, 1, 1.6,
							      0.7, false, true});
}

/* Why there is no ratio at all. */
static int refuse(const struct figure_input *input, struct error *err)
{
	const struct fit_report *report = input->report;

	if (!report)
		return error_set(err, ERR_DATA, "nothing could be fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	if (!report->n_pairs)
		return error_set(err, ERR_DATA,
				 "it compares two arms or more, the baseline '%s' among them; name "
				 "another with '--baseline NAME'",
				 report->options.baseline);
	for (size_t i = 0; i < report->n_pairs; i++) {
		const char *why = text_string(&report->pairs[i].warnings);

		if (why[0])
			return error_set(err, ERR_DATA, "no ratio is defined: %.*s",
					 (int)strcspn(why, "\n"), why);
	}
	return error_set(err, ERR_DATA,
			 "no ratio is defined: no loss was observed by both arms; sweep budgets "
			 "at which the losses overlap");
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {
		.input = input, .study = input->study, .report = input->report, .chart = chart};

	if (d.report)
		fill(&d);
	return chart->n_panels ? 0 : refuse(input, err);
}

const struct figure figure_efficiency = {
	.name = "efficiency",
	.summary = "cost for the same loss relative to the baseline, by every meaning, against C",
	.columns = "flops, loss, two arms; params and tokens for tokens and rho, seconds for time",
	.study = true,
	.fit = true,
	.draw = draw,
};
