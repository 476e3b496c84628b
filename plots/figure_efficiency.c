/* SPDX-License-Identifier: MIT
 *
 * efficiency: how much of the baseline's cost each challenger needs for the same loss, against the
 * baseline's compute: a panel per meaning, a line with its 90 % band per challenger, of tokens one
 * per N.  Filled where both arms have observed the loss; no line where the ratio is not defined.
 */
#include <math.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"

#define CUT_FACTOR 2 /* bands leave the range of the ratios by that at most */

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	const struct fit_report *report;
	struct chart *chart;
	struct figure_arms arms;
	struct chart_range bands, sizes; /* where bands may lie; N of tokens */
	bool cut;			 /* a band does not fit there */
};

/* Rows of one line: of all, or of one N. */
struct run {
	const struct efficiency *pair;
	size_t first, end;
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

static bool same_params(double a, double b)
{
	return (isnan(a) && isnan(b)) || figure_same(a, b);
}

static struct run run_from(const struct efficiency *pair, size_t first)
{
	struct run run = {pair, first, first + 1};

	while (run.end < pair->n_rows &&
	       same_params(pair->rows[run.end].params, pair->rows[first].params))
		run.end++;
	return run;
}

static bool is_in_range(const struct efficiency_row *row)
{
	size_t method = method_of(row);

	return method < EFFICIENCY_N_METHODS && row->in_range[method];
}

/* Ends where a neighbour is out of range. */
static bool starts_line(const struct run *run, size_t i)
{
	return i == run->first || !is_in_range(&run->pair->rows[i - 1]);
}

static struct chart_series *add_series(struct drawing *d, struct chart_panel *panel,
				       const struct run *run, const char *what,
				       struct chart_look look)
{
	const char *name = d->study->arms[run->pair->challenger].name;
	double params = run->pair->rows[run->first].params;
	char number[SHORT_TEXT];

	look.arm = figure_arm(&d->arms, name);
	if (run->pair->meaning != EFFICIENCY_TOKENS || !isfinite(params))
		return chart_add_series(d->chart, panel,
					arena_printf(&d->chart->arena, "%s, %s", name, what),
					&look);
	if (look.mark != CHART_BAND)
		look.strength *= figure_strength(d->sizes, params);
	return chart_add_series(d->chart, panel,
				arena_printf(&d->chart->arena, "%s, N %s, %s", name,
					     format_si(number, params), what),
				&look);
}

static double cut(struct drawing *d, double value)
{
	double kept = fmin(fmax(value, d->bands.low), d->bands.high);

	d->cut |= kept != value && isfinite(value);
	return isfinite(value) ? kept : value;
}

static void add_band(struct drawing *d, struct chart_panel *panel, const struct run *run)
{
	struct chart_series *series = add_series(d, panel, run, "90 % band",
						 (struct chart_look){CHART_BAND, .strength = 0.16});

	for (size_t i = run->first; i < run->end; i++) {
		const struct efficiency_row *row = &run->pair->rows[i];
		const struct interval *interval;

		if (!is_in_range(row))
			continue;
		interval = &row->interval[method_of(row)];
		if (starts_line(run, i))
			chart_break(d->chart, series, NULL);
		chart_add_band(series, compute_of(row), cut(d, interval->low),
			       cut(d, interval->high));
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

static void add_ratios(struct drawing *d, struct chart_panel *panel, const struct run *run,
		       bool in_range)
{
	struct chart_look inside = {CHART_LINE_POINTS, .strength = 1, .width = 1.6, .size = 0.65,
				    .dashed = true};
	struct chart_look outside = {CHART_POINTS, .strength = 0.8, .width = 0.9, .size = 0.65,
				     .open = true};
	struct chart_series *series =
		add_series(d, panel, run, in_range ? "ratio" : "ratio, out of range",
			   in_range ? inside : outside);

	for (size_t i = run->first; i < run->end; i++) {
		const struct efficiency_row *row = &run->pair->rows[i];
		size_t method = method_of(row);

		if (method == EFFICIENCY_N_METHODS || row->in_range[method] != in_range)
			continue;
		if (in_range && starts_line(run, i))
			chart_break(d->chart, series, NULL);
		chart_add_point(d->chart, series, compute_of(row), row->ratio[method],
				note_of(d, row, (enum efficiency_method)method));
	}
}

static void add_layer(struct drawing *d, struct chart_panel *panel, const struct efficiency *pair,
		      int layer)
{
	for (size_t i = 0; i < pair->n_rows;) {
		const struct run run = run_from(pair, i);

		if (layer == 0)
			add_band(d, panel, &run);
		else
			add_ratios(d, panel, &run, layer == 2);
		i = run.end;
	}
}

static struct chart_panel *start_panel(struct drawing *d, const struct efficiency *first)
{
	static const char *const titles[] = {
		[EFFICIENCY_COMPUTE] = "compute",
		[EFFICIENCY_COMPUTE_WITH_OPTIMIZER] = "compute with optimizer",
		[EFFICIENCY_TOKENS] = "tokens at equal N",
		[EFFICIENCY_RHO_N] = "rho_N (parameters)",
		[EFFICIENCY_RHO_D] = "rho_D (tokens)",
		[EFFICIENCY_TIME] = "time",
	};
	const char *baseline = d->study->arms[first->baseline].name;
	const struct chart_axis x = {
		"flops", arena_printf(&d->chart->arena, "C of %s (FLOP)", baseline), true};
	const struct chart_axis y = {
		"ratio", arena_printf(&d->chart->arena, "cost / cost of %s", baseline), true};

	return chart_add_panel(d->chart, titles[first->meaning], &x, &y);
}

static void add_meaning(struct drawing *d, enum efficiency_meaning meaning)
{
	struct chart_panel *panel = NULL;

	for (int layer = 0; layer < 3; layer++)
		for (size_t i = 0; i < d->report->n_pairs; i++) {
			const struct efficiency *pair = &d->report->pairs[i];

			if (pair->meaning != meaning || !has_ratio(pair))
				continue;
			if (!panel)
				panel = start_panel(d, pair);
			add_layer(d, panel, pair, layer);
		}
	if (panel)
		chart_add_rule_across(d->chart, panel, "equal", 1, false);
}

/* "compute 0.61 [0.54, 0.71] at C = 2.4e12, undecided": the row of the largest compute in range;
 * `flops` is the C that the words before said, 0: none. */
static void add_words(struct drawing *d, const struct efficiency *pair, double *flops)
{
	struct text *caption = &d->chart->caption;
	enum efficiency_method method;
	const struct efficiency_row *row = efficiency_quoted(pair, false, &method);
	const struct interval *interval;

	text_printf(caption, " %s ", efficiency_meaning_name(pair->meaning));
	if (!row) {
		text_add(caption, "not in range");
		return;
	}
	text_printf(caption, "%.2f", row->ratio[method]);
	interval = &row->interval[method];
	if (isfinite(interval->low) && isfinite(interval->high))
		text_printf(caption, " [%.2f, %.2f]", interval->low, interval->high);
	if (!figure_same(*flops, compute_of(row))) {
		*flops = compute_of(row);
		text_add(caption, " at C = ");
		text_add_number(caption, *flops);
	}
	if (isfinite(pair->slope))
		text_printf(caption, ", %s", efficiency_trend(pair));
}

/* Of the only challenger all meanings, of several the first. */
static void add_challenger_words(struct drawing *d, size_t challenger)
{
	struct text *caption = &d->chart->caption;
	const char *separator = ":";
	double flops = 0;

	for (size_t i = 0; i < d->report->n_pairs; i++) {
		const struct efficiency *pair = &d->report->pairs[i];

		if (pair->challenger != challenger || !has_ratio(pair))
			continue;
		if (*separator == ':')
			text_printf(caption, " %s", d->study->arms[challenger].name);
		else if (d->study->n_arms > 2)
			break;
		text_add(caption, separator);
		add_words(d, pair, &flops);
		separator = ";";
	}
	text_add(caption, *separator == ';' ? "." : "");
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

static void set_ranges(struct drawing *d)
{
	d->sizes = (struct chart_range){HUGE_VAL, -HUGE_VAL};
	d->bands = (struct chart_range){1, 1};
	for (size_t p = 0; p < d->report->n_pairs; p++)
		for (size_t i = 0; i < d->report->pairs[p].n_rows; i++) {
			const struct efficiency_row *row = &d->report->pairs[p].rows[i];
			size_t method = method_of(row);

			if (method == EFFICIENCY_N_METHODS)
				continue;
			d->bands.low = fmin(d->bands.low, row->ratio[method] / CUT_FACTOR);
			d->bands.high = fmax(d->bands.high, row->ratio[method] * CUT_FACTOR);
			d->sizes.low = fmin(d->sizes.low, row->params);
			d->sizes.high = fmax(d->sizes.high, row->params);
		}
}

static void add_legend(struct drawing *d)
{
	for (size_t i = 0; i < d->report->n_pairs; i++) {
		const struct efficiency *pair = &d->report->pairs[i];
		const char *name = d->study->arms[pair->challenger].name;

		if (pair->meaning == EFFICIENCY_COMPUTE)
			chart_add_legend(d->chart,
					 arena_printf(&d->chart->arena, "%s / %s", name,
						      d->study->arms[pair->baseline].name),
					 &(struct chart_look){CHART_LINE_POINTS,
							      figure_arm(&d->arms, name), 1, 1.6,
							      0.65, false, true});
	}
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials. Below 1: needs less; 1/ratio is the speed-up.",
		    d->study->n_trials);
	if (d->report->options.bootstrap)
		text_printf(caption, " Bands: 90 %% bootstrap (%d replicates)%s.",
			    d->report->options.bootstrap,
			    d->cut ? ", cut where they are wider than the figure" : "");
	text_add(caption, " Filled: both arms have observed the loss; open: not.");
	if (d->sizes.high > d->sizes.low)
		text_add(caption, " Tokens: a line per N, darker: larger.");
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
	for (size_t arm = 0; arm < d->study->n_arms; arm++)
		add_challenger_words(d, arm);
}

static void fill(struct drawing *d)
{
	d->chart->title = "Cost for the same loss";
	d->chart->same_y = true;
	figure_arms_init(&d->arms, d->input);
	set_ranges(d);
	for (int meaning = 0; meaning < EFFICIENCY_N_MEANINGS; meaning++)
		add_meaning(d, (enum efficiency_meaning)meaning);
	if (d->chart->n_panels) {
		add_speedups(d);
		add_caption(d);
		add_legend(d);
	}
	figure_arms_release(&d->arms);
}

/* Why there is no ratio at all. */
static int refuse(const struct figure_input *input, struct error *err)
{
	const struct fit_report *report = input->report;

	if (!report)
		return error_set(err, ERR_DATA, "nothing could be fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	if (!report->n_pairs)
		return figure_no_baseline(input, err);
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
	.laws = "power_offset,power,joint",
	.draw = draw,
};
