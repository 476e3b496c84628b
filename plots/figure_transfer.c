/* SPDX-License-Identifier: MIT
 *
 * transfer: the optimum learning rate against the width, a panel per arm, a line per budget and
 * batch, darker for larger budgets.  The slope is that of ln lr in ln width with one intercept a
 * line: 0 where the learning rate carries over from width to width.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"

struct slope {
	double value, se; /* NAN: the points do not tell */
	double x, y;	  /* means of the points, in logarithms */
	size_t n, n_budgets;
};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	struct chart_range budgets;
	const struct study_point **points;
	size_t n, n_edges;
};

static size_t budget_of(const struct drawing *d, const struct study_point *point)
{
	return d->study->cells[point->cell].budget_group;
}

/* A batch that was tuned belongs to its optimum. */
static double batch_of(const struct study_point *point)
{
	return point->batch_tried ? (double)NAN : point->batch_tokens;
}

static bool has_optimum(const struct study_point *point)
{
	return isfinite(point->width) && isfinite(point->lr) && isfinite(point->loss);
}

static int by_budget_and_width(const void *a, const void *b)
{
	const struct study_point *p = *(const struct study_point *const *)a;
	const struct study_point *q = *(const struct study_point *const *)b;

	if (!figure_same(p->flops, q->flops))
		return p->flops < q->flops ? -1 : 1;
	if (!figure_same(batch_of(p), batch_of(q)))
		return batch_of(p) < batch_of(q) ? -1 : 1;
	return (p->width > q->width) - (p->width < q->width);
}

/* The points of an arm that have a width and an lr. */
static void take_points(struct drawing *d, size_t arm)
{
	d->n = 0;
	for (size_t i = 0; i < d->study->n_cells; i++)
		if (d->input->points[i].arm == arm && has_optimum(&d->input->points[i]))
			d->points[d->n++] = &d->input->points[i];
	if (d->n)
		qsort(d->points, d->n, sizeof(*d->points), by_budget_and_width);
}

/* points[first .. end) share a budget and a batch. */
static size_t budget_end(const struct drawing *d, size_t first)
{
	size_t end = first + 1;

	while (end < d->n && budget_of(d, d->points[end]) == budget_of(d, d->points[first]) &&
	       figure_same(batch_of(d->points[end]), batch_of(d->points[first])))
		end++;
	return end;
}

/* Sums about the mean of one budget's interior optima. */
static void add_sums(const struct drawing *d, size_t first, size_t end, struct slope *slope,
		     double sums[3])
{
	double x = 0, y = 0, n = 0;

	for (size_t i = first; i < end; i++)
		if (d->points[i]->bowl) {
			x += log(d->points[i]->width);
			y += log(d->points[i]->lr);
			n++;
		}
	for (size_t i = first; i < end; i++)
		if (d->points[i]->bowl) {
			double dx = log(d->points[i]->width) - x / n;
			double dy = log(d->points[i]->lr) - y / n;

			sums[0] += dx * dx;
			sums[1] += dx * dy;
			sums[2] += dy * dy;
		}
	slope->x += x;
	slope->y += y;
	slope->n += (size_t)n;
	slope->n_budgets += n > 0;
}

static struct slope fit_slope(const struct drawing *d)
{
	struct slope slope = {.value = (double)NAN, .se = (double)NAN};
	double sums[3] = {0, 0, 0}; /* of dx^2, dx dy, dy^2 */
	double left;

	for (size_t i = 0; i < d->n; i = budget_end(d, i))
		add_sums(d, i, budget_end(d, i), &slope, sums);
	if (!(sums[0] > 1e-12))
		return slope;
	slope.x /= (double)slope.n;
	slope.y /= (double)slope.n;
	slope.value = sums[1] / sums[0];
	left = sums[2] - slope.value * sums[1];
	if (slope.n > slope.n_budgets + 1)
		slope.se = sqrt(fmax(0, left) / (double)(slope.n - slope.n_budgets - 1) / sums[0]);
	return slope;
}

static struct chart_series *add_series(struct drawing *d, struct chart_panel *panel,
				       const struct study_point *first, const char *what,
				       struct chart_look look)
{
	struct text name = {0};
	struct chart_series *series;

	look.arm = figure_arm(&d->arms, d->study->arms[first->arm].name);
	look.strength = figure_strength(d->budgets, first->flops);
	text_printf(&name, "%s, C ", d->study->arms[first->arm].name);
	text_add_number(&name, first->flops);
	text_printf(&name, ", %s", what);
	series = chart_add_series(d->chart, panel, text_string(&name), &look);
	text_release(&name);
	return series;
}

static void add_optima(struct drawing *d, struct chart_panel *panel, size_t first, size_t end,
		       bool interior)
{
	struct chart_series *series = add_series(
		d, panel, d->points[first], interior ? "optima" : "on the edge",
		(struct chart_look){CHART_POINTS, .width = 1, .size = 0.8, .open = !interior});
	char number[SHORT_TEXT];

	for (size_t i = first; i < end; i++) {
		const struct study_point *point = d->points[i];

		if (point->bowl == interior)
			chart_add_point(d->chart, series, point->width, point->lr,
					arena_printf(&d->chart->arena, "N %s, loss %.4f",
						     format_si(number, point->params),
						     point->loss));
	}
}

static void add_line(struct drawing *d, struct chart_panel *panel, size_t first, size_t end)
{
	struct chart_series *series = add_series(d, panel, d->points[first], "all",
						 (struct chart_look){CHART_LINE, .width = 0.7});

	for (size_t i = first; i < end; i++)
		chart_add_point(d->chart, series, d->points[i]->width, d->points[i]->lr, NULL);
}

/* A thick line through the mean of the interior optima, across the panel's widths. */
static void add_slope(struct drawing *d, struct chart_panel *panel, size_t arm,
		      const struct slope *slope)
{
	const struct chart_look look = {
		CHART_LINE, figure_arm(&d->arms, d->study->arms[arm].name), 1, 2.4, 0, false, true};
	struct chart_series *series;
	struct chart_range x, y;

	if (!isfinite(slope->value) || !chart_panel_range(panel, &x, &y))
		return;
	series = chart_add_series(d->chart, panel, "fitted slope", &look);
	for (int end = 0; end < 2; end++) {
		double width = end ? x.high : x.low;

		chart_add_point(d->chart, series, width,
				exp(slope->y + slope->value * (log(width) - slope->x)), NULL);
	}
}

static void describe_slope(struct drawing *d, size_t arm, const struct slope *slope)
{
	struct text *caption = &d->chart->caption;
	const char *name = d->study->arms[arm].name;

	if (!isfinite(slope->value)) {
		text_printf(caption, " %s: no slope, %zu interior optima.", name, slope->n);
		return;
	}
	text_printf(caption, " %s: lr ∝ width^%.2f", name, slope->value);
	if (isfinite(slope->se))
		text_printf(caption, " ± %.2f", slope->se);
	text_printf(caption, " (%zu interior optima).", slope->n);
}

static void add_panel(struct drawing *d, size_t arm)
{
	const struct chart_axis x = {.name = "d_model", .title = "width d_model", .log = true};
	const struct chart_axis y = {
		.name = "lr", .title = "optimum peak learning rate", .log = true};
	struct chart_panel *panel;
	struct slope slope;

	take_points(d, arm);
	if (!d->n)
		return;
	panel = chart_add_panel(d->chart, d->study->n_arms > 1 ? d->study->arms[arm].name : "", &x,
				&y);
	panel->x_doubles = true;
	for (size_t i = 0; i < d->n; i = budget_end(d, i)) {
		add_line(d, panel, i, budget_end(d, i));
		add_optima(d, panel, i, budget_end(d, i), true);
		add_optima(d, panel, i, budget_end(d, i), false);
	}
	for (size_t i = 0; i < d->n; i++)
		d->n_edges += !d->points[i]->bowl;
	slope = fit_slope(d);
	add_slope(d, panel, arm, &slope);
	describe_slope(d, arm, &slope);
}

static size_t count_optima(const struct study_point *points, size_t n, bool *several)
{
	size_t found = 0;
	double width = (double)NAN;

	for (size_t i = 0; i < n; i++)
		if (has_optimum(&points[i])) {
			*several |= found && !figure_same(points[i].width, width);
			width = points[i].width;
			found++;
		}
	return found;
}

static void fill(struct drawing *d, size_t n_optima)
{
	struct text *caption = &d->chart->caption;

	d->chart->title = "Optimum learning rate against width";
	d->chart->same_y = true;
	text_printf(caption, "n = %zu trials, %zu optima; darker: larger budget, from ",
		    d->study->n_trials, n_optima);
	text_add_number(caption, d->budgets.low);
	text_add(caption, " to ");
	text_add_number(caption, d->budgets.high);
	text_printf(caption, " FLOP (%s).", figure_flops_convention(d->input));
	for (size_t arm = 0; arm < d->study->n_arms; arm++)
		add_panel(d, arm);
	text_printf(
		caption,
		" Thick: slope by least squares over filled points, one intercept a line, ± "
		"standard "
		"error. Open: on the edge of what was tried or no bowl, not in the slope (%zu).",
		d->n_edges);
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 2.4,
					       .size = 0.8, .dashed = true});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input,
			    .study = input->study,
			    .chart = chart,
			    .budgets = figure_budgets(input)};
	bool several = false;
	size_t n = count_optima(input->points, input->study->n_cells, &several);

	if (!n)
		return error_set(err, ERR_DATA,
				 "no final row has 'd_model', 'lr' and 'loss'; a CSV may name them "
				 "with '--map d_model=COLUMN'");
	if (!several)
		return error_set(err, ERR_DATA,
				 "every trial has the same 'd_model'; sweep several widths "
				 "('model: {size: [...]}')");
	d.points = xmalloc(input->study->n_cells * sizeof(*d.points));
	figure_arms_init(&d.arms, input);
	fill(&d, n);
	figure_arms_release(&d.arms);
	free(d.points);
	return 0;
}

const struct figure figure_transfer = {
	.name = "transfer",
	.summary = "optimum learning rate against width, a panel per arm, with slopes",
	.columns = "d_model (two or more), lr, loss; flops where there are several budgets",
	.study = true,
	.draw = draw,
};
