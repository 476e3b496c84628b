/* SPDX-License-Identifier: MIT
 *
 * contour: the loss over N and D as a law of both sees it, a panel per arm: lines of equal loss,
 * lines of equal compute (6 N D), the points that were fitted and the compute-optimal path.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/style.h"
#include "plots/ticks.h"

#define CURVE_POINTS 61
#define GAP	     7 /* points that a name takes the place of */
#define HALVINGS     60
#define WANTED_LINES 7
#define ROOM	     1.5 /* of the ranges, as a factor on each side */
#define GOLDEN	     0.38196601125010515

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	size_t arm;
	const struct fit_law *law;
	size_t place;		 /* of the arm in the law */
	struct chart_range n, d; /* of the arm's points, with some room */
	struct chart_range l, c; /* of their losses and 6 N D */
	struct chart_panel *panel;
	int colour;
};

/* A law of one arm, or else one that arms share. */
static const struct fit_law *find_law(const struct fit_report *report, size_t arm, size_t *place)
{
	const unsigned both = LAW_PARAMS | LAW_TOKENS;

	for (int joint = 0; joint < 2; joint++)
		for (size_t i = 0; report && i < report->n_laws; i++) {
			const struct fit_law *law = &report->laws[i];

			if (law->law->joint != (joint == 1) ||
			    law->law->columns & ~(both | LAW_LOSS) ||
			    (law->law->columns & both) != both || !law->law->predict)
				continue;
			for (*place = 0; *place < law->n_arms; (*place)++)
				if (law->arms[*place] == arm)
					return law;
		}
	return NULL;
}

static double loss_at(const struct drawing *d, double params, double tokens)
{
	const struct law_point at = {.params = params, .tokens = tokens, .arm = d->place};

	return d->law->law->predict(d->law->fit.parameters, &at);
}

/* The tokens at which a model of that size has the loss, by halving ln D: more tokens are never
 * worse.  NAN outside the range. */
static double tokens_at(const struct drawing *d, double params, double loss)
{
	double low = log(d->d.low), high = log(d->d.high);

	if (!(loss_at(d, params, d->d.low) >= loss && loss_at(d, params, d->d.high) <= loss))
		return (double)NAN;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = 0.5 * (low + high);

		*(loss_at(d, params, exp(middle)) > loss ? &low : &high) = middle;
	}
	return exp(0.5 * (low + high));
}

/* The size that a compute of 6 N D is best spent on, by golden section in ln N. */
static double best_params(const struct drawing *d, double flops)
{
	double low = log(d->n.low) - 5, high = log(d->n.high) + 5;

	for (int i = 0; i < 2 * HALVINGS; i++) {
		double a = low + GOLDEN * (high - low), b = high - GOLDEN * (high - low);

		if (loss_at(d, exp(a), flops / 6 / exp(a)) < loss_at(d, exp(b), flops / 6 / exp(b)))
			high = b;
		else
			low = a;
	}
	return exp(0.5 * (low + high));
}

static double along(struct chart_range range, int i)
{
	return range.low * pow(range.high / range.low, (double)i / (CURVE_POINTS - 1));
}

static bool inside(struct chart_range range, double value)
{
	return value >= range.low && value <= range.high;
}

static struct chart_series *add_series(struct drawing *d, const char *name, struct chart_look look)
{
	return chart_add_series(d->chart, d->panel, name, &look);
}

/* The line has a gap for its name. */
static void draw_level(struct drawing *d, struct chart_series *series, double loss,
		       const char *name)
{
	double tokens[CURVE_POINTS];
	int first = CURVE_POINTS, last = 0, gap;

	for (int i = 0; i < CURVE_POINTS; i++) {
		tokens[i] = tokens_at(d, along(d->n, i), loss);
		if (isfinite(tokens[i])) {
			first = i < first ? i : first;
			last = i;
		}
	}
	gap = first + (last - first) * 3 / 4;
	if (last - first < 2 * GAP)
		gap = last + 1;
	for (int i = first; i <= last; i++) {
		if (i == gap + GAP)
			chart_break(d->chart, series, NULL);
		if (i <= gap || i >= gap + GAP)
			chart_add_point(d->chart, series, along(d->n, i), tokens[i], NULL);
	}
	if (first <= last && gap <= last)
		chart_add_label(d->chart, d->panel, along(d->n, gap), tokens[gap + GAP / 2], name);
	else if (first <= last)
		chart_add_label(d->chart, d->panel, along(d->n, last), tokens[last], name);
}

static void add_level(struct drawing *d, double loss)
{
	double depth = log(d->l.high / loss) / log(d->l.high / d->l.low);
	char number[SHORT_TEXT];
	const char *name = style_number(loss, true, number);
	struct chart_series *series = add_series(
		d, arena_printf(&d->chart->arena, "L = %s", name),
		(struct chart_look){CHART_LINE, d->colour, 0.35 + 0.5 * fmax(0, fmin(1, depth)), 1,
				    0, false, false});

	draw_level(d, series, loss, name);
}

static void add_levels(struct drawing *d)
{
	struct ticks *ticks = xmalloc(sizeof(*ticks));
	struct chart_range range = {loss_at(d, d->n.high, d->d.high),
				    loss_at(d, d->n.low, d->d.low)};

	ticks_choose(ticks, range, true, WANTED_LINES);
	for (size_t i = 0; i < ticks->n; i++)
		if (!ticks->list[i].minor || ticks->n_major < 4)
			add_level(d, ticks->list[i].at);
	free(ticks);
}

static void add_compute(struct drawing *d, double flops)
{
	struct text name = {0};
	struct chart_series *series;

	text_add(&name, "6 N D = ");
	text_add_number(&name, flops);
	series = add_series(
		d, text_string(&name),
		(struct chart_look){CHART_LINE, STYLE_NEUTRAL, 0.45, 0.6, 0, false, false});
	for (int i = CURVE_POINTS - 1; i >= 0; i--) {
		double params = along(d->n, i), tokens = flops / 6 / params;

		if (inside(d->d, tokens))
			chart_add_point(d->chart, series, params, tokens, NULL);
	}
	text_clear(&name);
	text_add_number(&name, flops);
	if (series->n) /* where it leaves the panel at the top or the left */
		chart_add_label(d->chart, d->panel, series->rows[series->n - 1].x,
				series->rows[series->n - 1].y, text_string(&name));
	text_release(&name);
}

static void add_computes(struct drawing *d)
{
	struct ticks *ticks = xmalloc(sizeof(*ticks));

	ticks_choose(ticks, d->c, true, 5);
	for (size_t i = 0; i < ticks->n; i++)
		if (!ticks->list[i].minor)
			add_compute(d, ticks->list[i].at);
	free(ticks);
}

static void add_path(struct drawing *d)
{
	struct chart_range range = {6 * d->n.low * d->d.low, 6 * d->n.high * d->d.high};
	struct chart_series *series =
		add_series(d, "compute-optimal N and D",
			   (struct chart_look){CHART_LINE, d->colour, 1, 2.4, 0, false, true});

	for (int i = 0; i < CURVE_POINTS; i++) {
		double flops = along(range, i), params = best_params(d, flops);

		if (inside(d->n, params) && inside(d->d, flops / 6 / params))
			chart_add_point(d->chart, series, params, flops / 6 / params, NULL);
	}
}

static void add_points(struct drawing *d, bool frontier)
{
	struct chart_series *series =
		add_series(d, frontier ? "frontier" : "best of tuning",
			   (struct chart_look){CHART_POINTS, d->colour, 1, 0.8,
					       frontier ? 0.7 : 0.5, !frontier, false});

	for (size_t i = 0; i < d->study->n_cells; i++) {
		const struct study_point *point = &d->input->points[i];

		if (point->arm == d->arm && point->frontier == frontier)
			chart_add_point(d->chart, series, point->params, point->tokens,
					arena_printf(&d->chart->arena, "loss %.5g", point->loss));
	}
}

static void set_ranges(struct drawing *d)
{
	const struct chart_range nothing = {HUGE_VAL, -HUGE_VAL};

	d->n = d->d = d->l = d->c = nothing;
	for (size_t i = 0; i < d->study->n_cells; i++) {
		const struct study_point *at = &d->input->points[i];

		if (at->arm != d->arm || !isfinite(at->params) || !isfinite(at->tokens))
			continue;
		d->n = chart_range_union(d->n, (struct chart_range){at->params, at->params});
		d->d = chart_range_union(d->d, (struct chart_range){at->tokens, at->tokens});
		d->l = chart_range_union(d->l, (struct chart_range){at->loss, at->loss});
		d->c = chart_range_union(d->c, (struct chart_range){6 * at->params * at->tokens,
								    6 * at->params * at->tokens});
	}
	d->n = (struct chart_range){d->n.low / ROOM, d->n.high * ROOM};
	d->d = (struct chart_range){d->d.low / ROOM, d->d.high * ROOM};
}

/* A term that the fit has put to nothing. */
static double without_dust(double parameter)
{
	return fabs(parameter) < 1e-9 ? 0 : parameter;
}

static void add_law_words(struct drawing *d)
{
	const struct fit_law *law = d->law;
	struct text *caption = &d->chart->caption;
	char number[SHORT_TEXT];

	text_printf(caption, " %s, %s", d->study->arms[d->arm].name, law->law->name);
	for (size_t i = 0; i < law->n_parameters; i++)
		text_printf(caption, "%s %s = %s", i ? "," : ":", law->names[i],
			    style_number(without_dust(law->fit.parameters[i]), false, number));
	text_add(caption, ".");
}

static void add_panel(struct drawing *d)
{
	const struct chart_axis x = {.name = "params", .title = "parameters N", .log = true};
	const struct chart_axis y = {.name = "tokens", .title = "training tokens D", .log = true};
	const char *name = d->study->arms[d->arm].name;

	set_ranges(d);
	d->panel = chart_add_panel(d->chart, d->study->n_arms > 1 ? name : "", &x, &y);
	d->colour = figure_arm(&d->arms, name);
	add_computes(d);
	add_levels(d);
	add_path(d);
	add_points(d, false);
	add_points(d, true);
	add_law_words(d);
}

static void fill(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	d->chart->title = "Loss over parameters and tokens";
	d->chart->same_y = true;
	text_printf(
		caption,
		"n = %zu trials, %zu sizes. Labelled lines: equal loss L (nats/token), darker: "
		"lower. Thick: the best N and D for 6 N D FLOP; grey: equal 6 N D. Points: best "
		"of tuning, filled: frontier (C: %s).",
		d->study->n_trials, d->study->n_sizes, figure_flops_convention(d->input));
	for (d->arm = 0; d->arm < d->study->n_arms; d->arm++) {
		d->law = find_law(d->input->report, d->arm, &d->place);
		if (d->law)
			add_panel(d);
	}
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 2.4,
					       .size = 0.7, .dashed = true});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .chart = chart};
	const char *why = input->report	    ? text_string(&input->report->refused)
			  : input->unfitted ? input->unfitted
					    : "";

	figure_arms_init(&d.arms, input);
	fill(&d);
	figure_arms_release(&d.arms);
	if (chart->n_panels)
		return 0;
	return error_set(err, ERR_DATA,
			 "it needs a law of N and D ('--law chinchilla' or joint): params, tokens "
			 "and loss at 3 sizes or more%s%.*s",
			 why[0] ? "; " : "", (int)strcspn(why, "\n"), why);
}

const struct figure figure_contour = {
	.name = "contour",
	.summary = "lines of equal loss over N and D, with the compute-optimal path",
	.columns = "params (three or more), tokens, loss; flops for the frontier",
	.study = true,
	.fit = true,
	.laws = "chinchilla",
	.draw = draw,
};
