/* SPDX-License-Identifier: MIT */
#include "plots/figure_targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/style.h"

#define CURVE_POINTS 41
#define LONG_S	     7200 /* from here on times are in hours */
#define HOUR_S	     3600.0

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	const struct target_kind *kind;
	struct chart *chart;
	struct chart_panel *panel;
	struct figure_arms arms;
	struct target_curves curves;
	size_t n_censored, n_curves, n_laws;
	double unit; /* of cost */
};

static double x_of(const struct drawing *d, const struct target_point *point)
{
	return d->kind->time ? d->kind->cost(point) / d->unit : point->batch;
}

static double y_of(const struct drawing *d, const struct target_point *point)
{
	return d->kind->time ? point->batch : d->kind->cost(point) / d->unit;
}

static void describe_target(const struct target_point *point, struct text *out)
{
	if (isfinite(point->target))
		text_printf(out, "L = %.4g", point->target);
	else
		text_add(out, "the rows' target");
}

/* The lowest loss, which is the hardest, is the darkest. */
static double target_strength(const struct drawing *d, double target, size_t size)
{
	struct chart_range range = target_curves_range(&d->curves, size);

	return isnan(target) ? 1 : figure_strength(range, range.low * range.high / target);
}

static struct chart_look curve_look(struct drawing *d, const struct target_point *point)
{
	return (struct chart_look){
		.mark = CHART_LINE_POINTS,
		.arm = figure_arm(&d->arms, d->study->arms[point->arm].name),
		.strength = target_strength(d, point->target, point->size),
		.width = 1.4,
		.size = 0.55,
		.dashed = true,
	};
}

static struct chart_series *add_series(struct drawing *d, const struct target_point *point,
				       const char *what, const struct chart_look *look)
{
	struct text name = {0};
	struct chart_series *series;

	text_printf(&name, "%s, ", d->study->arms[point->arm].name);
	describe_target(point, &name);
	text_printf(&name, "%s", what);
	series = chart_add_series(d->chart, d->panel, text_string(&name), look);
	text_release(&name);
	return series;
}

static void add_reached(struct drawing *d, size_t first, size_t end)
{
	const struct chart_look look = curve_look(d, &d->curves.points[first]);
	struct chart_series *series = add_series(d, &d->curves.points[first], "", &look);

	for (size_t i = first; i < end; i++)
		if (!d->curves.points[i].censored)
			chart_add_point(d->chart, series, x_of(d, &d->curves.points[i]),
					y_of(d, &d->curves.points[i]), NULL);
	d->n_curves += series->n > 0;
}

static void add_censored(struct drawing *d, size_t first, size_t end)
{
	struct chart_look look = curve_look(d, &d->curves.points[first]);
	struct chart_series *series;

	look.mark = CHART_POINTS;
	look.open = true;
	look.width = 0.9;
	look.size = 0.7;
	series = add_series(d, &d->curves.points[first], ", not reached", &look);
	for (size_t i = first; i < end; i++)
		if (d->curves.points[i].censored)
			d->n_censored += chart_add_point(
				d->chart, series, x_of(d, &d->curves.points[i]),
				y_of(d, &d->curves.points[i]), "more than this is needed");
}

static void add_minimum(struct drawing *d, size_t first, size_t end)
{
	struct chart_look look = curve_look(d, &d->curves.points[first]);
	bool edge = false;
	const struct target_point *best = target_curve_cheapest(&d->curves, first, end, &edge);
	struct chart_series *series;

	if (!best || end - first < 2)
		return;
	look.mark = CHART_POINTS;
	look.size = 1.05;
	look.width = 1.2;
	look.open = edge;
	series = add_series(d, best, edge ? ", least, on the edge" : ", least", &look);
	chart_add_point(d->chart, series, x_of(d, best), y_of(d, best), NULL);
}

/* A line through the cheapest batches of one arm and size, from target to target. */
static void add_minima(struct drawing *d, size_t first)
{
	const struct target_point *start = &d->curves.points[first];
	const struct chart_look look = {
		.mark = CHART_LINE, .arm = curve_look(d, start).arm, .strength = 0.6, .width = 0.6};
	struct chart_series *series =
		chart_add_series(d->chart, d->panel,
				 arena_printf(&d->chart->arena, "%s, least of each target",
					      d->study->arms[start->arm].name),
				 &look);

	for (size_t i = first; i < d->curves.n && d->curves.points[i].arm == start->arm &&
			       d->curves.points[i].size == start->size;
	     i = target_curve_end(&d->curves, i)) {
		bool edge;
		const struct target_point *best = target_curve_cheapest(
			&d->curves, i, target_curve_end(&d->curves, i), &edge);

		if (best)
			chart_add_point(d->chart, series, x_of(d, best), y_of(d, best), NULL);
	}
}

static const struct fit_law *find_law(const struct drawing *d, const struct target_point *point)
{
	const struct fit_report *report = d->input->report;

	for (size_t i = 0; report && i < report->n_laws; i++) {
		const struct fit_law *law = &report->laws[i];

		if (strcmp(law->law->name, "critical_batch") == 0 && law->law->predict &&
		    law->arms[0] == point->arm && law->size == point->size &&
		    target_same(law->target, point->target))
			return law;
	}
	return NULL;
}

/* The fitted hyperbola, over the batches that were tried. */
static void add_law(struct drawing *d, size_t first, size_t end)
{
	const struct fit_law *law = d->kind->time ? NULL : find_law(d, &d->curves.points[first]);
	struct chart_look look = curve_look(d, &d->curves.points[first]);
	double low = d->curves.points[first].batch, high = d->curves.points[end - 1].batch;
	struct chart_series *series;

	if (!law)
		return;
	look.mark = CHART_LINE;
	look.width = 0.8;
	look.dashed = false;
	series = add_series(d, &d->curves.points[first], ", critical_batch", &look);
	for (int i = 0; i < CURVE_POINTS; i++) {
		struct target_point at = {.batch = low *
						   pow(high / low, (double)i / (CURVE_POINTS - 1))};
		const struct law_point point = {.batch = at.batch};

		at.steps = law->law->predict(law->fit.parameters, &point);
		at.tokens = at.steps * at.batch;
		chart_add_point(d->chart, series, x_of(d, &at), y_of(d, &at), NULL);
	}
	d->n_laws++;
}

static void add_curves(struct drawing *d, size_t size)
{
	for (size_t i = 0; i < d->curves.n; i = target_curve_end(&d->curves, i)) {
		if (d->curves.points[i].size != size)
			continue;
		add_law(d, i, target_curve_end(&d->curves, i));
		add_reached(d, i, target_curve_end(&d->curves, i));
		add_censored(d, i, target_curve_end(&d->curves, i));
		if (d->kind->minima)
			add_minimum(d, i, target_curve_end(&d->curves, i));
		if (d->kind->minima &&
		    (i == 0 || d->curves.points[i - 1].arm != d->curves.points[i].arm ||
		     d->curves.points[i - 1].size != size))
			add_minima(d, i);
	}
}

/* "N = 140k: L = 2.2, 1.9" where the legend does not tell the targets. */
static const char *panel_title(struct drawing *d, const struct target_point *of)
{
	const char *size = figure_size_title(d->chart, of->params), *title;
	double target = target_curves_below(&d->curves, HUGE_VAL, &of->size);
	struct text text = {0};

	text_printf(&text, "%s", size);
	for (int i = 0; !d->curves.shared && isfinite(target); i++) {
		text_printf(&text, "%s%.3g", i ? ", " : size[0] ? ": L = " : "L = ", target);
		target = target_curves_below(&d->curves, target, &of->size);
	}
	title = arena_strdup(&d->chart->arena, text_string(&text));
	text_release(&text);
	return title;
}

static void add_panel(struct drawing *d, const struct target_point *of)
{
	struct chart_axis x = d->kind->x, y = d->kind->y;

	if (d->kind->time && d->unit == HOUR_S)
		x.title = "time to the loss (hours)";
	d->panel = chart_add_panel(d->chart, panel_title(d, of), &x, &y);
	d->panel->x_doubles = !d->kind->time;
	d->panel->y_doubles = d->kind->time;
	add_curves(d, of->size);
}

static void add_panels(struct drawing *d)
{
	for (size_t i = 0; i < d->curves.n; i++) {
		bool first = true;

		for (size_t k = 0; k < i; k++)
			first &= d->curves.points[k].size != d->curves.points[i].size;
		if (first)
			add_panel(d, &d->curves.points[i]);
	}
}

static bool rows_give_costs(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].costs)
			return true;
	return false;
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials, %zu curves", d->study->n_trials, d->n_curves);
	text_add(caption, "; L in nats/token, darker: lower");
	text_add(caption, rows_give_costs(d->study)
				  ? ". Costs as the rows give them."
				  : ". Losses of the ends of schedules, joined by straight pieces "
				    "in (ln D, ln L).");
	if (d->kind->minima)
		text_add(caption, " Large: the batch that needs least, open on the edge of those "
				  "tried; joined from target to target.");
	if (d->n_censored)
		text_printf(caption, " Open: not reached, more is needed (%zu).", d->n_censored);
	if (d->n_laws)
		text_add(caption, " Thin: S = S_min (1 + B_crit/B).");
	if (d->kind->time)
		text_printf(caption, " Time: forward, backward and optimizer%s.",
			    target_rows_isolated(d->input->rows)
				    ? ", one trial at a time on one host"
				    : ", not measured in isolation (needs one host and jobs = 1)");
	text_printf(caption, " C: %s.", figure_flops_convention(d->input));
}

/* A shade of grey for each target, the highest loss first. */
static void add_target_legend(struct drawing *d)
{
	double target = target_curves_below(&d->curves, HUGE_VAL, NULL);

	while (d->curves.shared && isfinite(target)) {
		chart_add_legend(d->chart, arena_printf(&d->chart->arena, "L = %.4g", target),
				 &(struct chart_look){CHART_LINE, STYLE_NEUTRAL,
						      target_strength(d, target, 0), 2.2, 0, false,
						      false});
		target = target_curves_below(&d->curves, target, NULL);
	}
}

static void fill(struct drawing *d)
{
	d->chart->title = d->kind->title;
	d->chart->same_y = true;
	figure_arms_init(&d->arms, d->input);
	add_panels(d);
	add_caption(d);
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 1.4,
					       .size = 0.7, .dashed = true});
	add_target_legend(d);
	figure_arms_release(&d->arms);
}

static bool has_column(const struct drawing *d)
{
	for (size_t i = 0; i < d->study->n_trials; i++) {
		const struct observation *row = d->study->trials[i].row;

		if (d->kind->time ? isfinite(row->seconds) : isfinite(row->batch_tokens))
			return true;
	}
	return false;
}

static int refuse(const struct drawing *d, struct error *err)
{
	if (!has_column(d))
		return error_set(err, ERR_DATA,
				 "no final row has '%s'; a CSV may name it with "
				 "'--map %s=COLUMN'",
				 d->kind->missing, d->kind->missing);
	if (d->input->n_targets)
		return error_set(
			err, ERR_DATA,
			"no batch passes the loss %.4g between its smallest and its largest "
			"budget; ask for another '--target'",
			d->input->targets[0]);
	return error_set(
		err, ERR_DATA,
		"no target can be chosen: it needs 3 batches of an arm and size at several "
		"budgets ('train: {batch_tokens: [...]}'); name one with '--target LOSS'");
}

int figure_draw_targets(const struct figure_input *input, const struct target_kind *kind,
			struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .kind = kind, .chart = chart};

	target_curves_gather(&d.curves, input, kind->cost);
	d.unit = kind->time && d.curves.longest > LONG_S ? HOUR_S : 1;
	if (d.curves.n)
		fill(&d);
	target_curves_release(&d.curves);
	return d.n_curves ? 0 : refuse(&d, err);
}
