/* SPDX-License-Identifier: MIT
 *
 * lr: the final loss against the peak learning rate, a panel per size, a bowl per arm and
 * budget, darker for larger budgets, with the optimum that the fits use.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"
#include "plots/style.h"

#define SAME_SIZE 1.005 /* sizes within this factor share a panel */

struct bowl_point {
	double lr, loss;
};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	size_t n_edges, n_optima;
};

static double size_of(const struct study *study, size_t cell)
{
	return study->trials[study->cells[cell].first].params;
}

static bool same_size(double a, double b)
{
	return (isnan(a) && isnan(b)) || fmax(a, b) / fmin(a, b) < SAME_SIZE;
}

static int by_lr_and_loss(const void *a, const void *b)
{
	const struct bowl_point *first = a, *second = b;

	if (first->lr != second->lr)
		return first->lr < second->lr ? -1 : 1;
	return (first->loss > second->loss) - (first->loss < second->loss);
}

/* The mean loss over the seeds of one setting; false: it has no lr or no loss. */
static bool setting_mean(const struct study *study, const struct study_cell *cell, size_t setting,
			 struct bowl_point *mean)
{
	double sum = 0;
	size_t n = 0;

	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
		if (study->trials[i].setting == setting) {
			mean->lr = study->trials[i].lr;
			sum += study->trials[i].loss;
			n++;
		}
	mean->loss = sum / (double)n;
	return n > 0 && isfinite(mean->lr) && isfinite(mean->loss);
}

/* The best setting of every lr of a cell, by rising lr; returns how many. */
static size_t bowl_points(const struct study *study, const struct study_cell *cell,
			  struct bowl_point *points)
{
	size_t n = 0, kept = 0;

	for (size_t setting = 0; setting < cell->n_settings; setting++)
		n += setting_mean(study, cell, setting, &points[n]);
	qsort(points, n, sizeof(*points), by_lr_and_loss);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || points[i].lr != points[kept - 1].lr)
			points[kept++] = points[i];
	return kept;
}

static struct chart_range budgets(const struct drawing *d)
{
	struct chart_range range = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < d->study->n_cells; i++) {
		double flops = d->input->points[i].flops;

		range = chart_range_union(range, (struct chart_range){flops, flops});
	}
	return range;
}

/* From 0.4 for the smallest budget of the study to 1 for the largest. */
static double strength_of(const struct drawing *d, size_t cell)
{
	struct chart_range range = budgets(d);

	if (!(range.high > range.low))
		return 1;
	return 0.4 +
	       0.6 * log(d->input->points[cell].flops / range.low) / log(range.high / range.low);
}

static void add_bowl(struct drawing *d, struct chart_panel *panel, size_t cell)
{
	const struct study_cell *about = &d->study->cells[cell];
	const char *arm = d->study->arms[about->arm].name;
	struct bowl_point *points = xmalloc((about->n_settings + 1) * sizeof(*points));
	size_t n = bowl_points(d->study, about, points);
	struct text name = {0};
	struct chart_series *series;

	text_printf(&name, "%s, C ", arm);
	text_add_number(&name, d->input->points[cell].flops);
	series = chart_add_series(d->chart, panel, text_string(&name),
				  &(struct chart_look){CHART_LINE_POINTS, figure_arm(&d->arms, arm),
						       strength_of(d, cell), 1.2, 0.4, true, true});
	for (size_t i = 0; i < n; i++)
		chart_add_point(d->chart, series, points[i].lr, points[i].loss, NULL);
	text_release(&name);
	free(points);
}

static void add_optimum(struct drawing *d, struct chart_panel *panel, size_t cell)
{
	const struct study_point *point = &d->input->points[cell];
	const char *arm = d->study->arms[point->arm].name;
	bool edge = point->edges & (EDGE_LR_LOW | EDGE_LR_HIGH);
	struct chart_look look = {
		CHART_POINTS, figure_arm(&d->arms, arm), strength_of(d, cell), 1, 0.85, edge,
		false};
	struct chart_series *series;
	struct text words = {0};

	text_printf(&words, "%s, optimum%s", arm, edge ? " on the edge" : "");
	series = chart_add_series(d->chart, panel, text_string(&words), &look);
	if (chart_add_point(d->chart, series, point->lr, point->loss, NULL)) {
		d->n_optima++;
		d->n_edges += edge;
	}
	text_release(&words);
}

static void add_panel(struct drawing *d, double size)
{
	const struct chart_axis x = {"lr", "peak learning rate", true};
	const struct chart_axis y = {"loss", "held-out loss L (nats/token)", false};
	char number[SHORT_TEXT];
	struct chart_panel *panel = chart_add_panel(
		d->chart,
		isfinite(size) ? arena_printf(&d->chart->arena, "N = %s", format_si(number, size))
			       : "",
		&x, &y);

	for (size_t cell = 0; cell < d->study->n_cells; cell++)
		if (same_size(size_of(d->study, cell), size))
			add_bowl(d, panel, cell);
	for (size_t cell = 0; cell < d->study->n_cells; cell++)
		if (same_size(size_of(d->study, cell), size))
			add_optimum(d, panel, cell);
}

static int by_value(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

static void add_panels(struct drawing *d)
{
	double *sizes = xmalloc((d->study->n_cells + 1) * sizeof(*sizes));

	for (size_t i = 0; i < d->study->n_cells; i++)
		sizes[i] = size_of(d->study, i);
	qsort(sizes, d->study->n_cells, sizeof(*sizes), by_value);
	for (size_t i = 0; i < d->study->n_cells; i++)
		if (i == 0 || !same_size(sizes[i], sizes[i - 1]))
			add_panel(d, sizes[i]);
	free(sizes);
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;
	struct chart_range range = budgets(d);

	text_printf(caption, "n = %zu trials, %zu bowls; darker: larger budget, from ",
		    d->study->n_trials, d->study->n_cells);
	text_add_number(caption, range.low);
	text_add(caption, " to ");
	text_add_number(caption, range.high);
	text_printf(caption,
		    " FLOP (%s). Small: mean over the seeds of a setting; large: the optimum that "
		    "fits use, open where it is on the edge of the grid (%zu of %zu).",
		    figure_flops_convention(d->input), d->n_edges, d->n_optima);
	if (d->study->dropped.diverged)
		text_printf(caption, " Diverged, not shown: %zu.", d->study->dropped.diverged);
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .chart = chart};

	chart->title = "Loss against learning rate";
	chart->same_y = true;
	figure_arms_init(&d.arms, input);
	add_panels(&d);
	add_caption(&d);
	figure_add_legend(chart, &d.arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 1.2,
					       .size = 0.6, .dashed = true});
	figure_arms_release(&d.arms);
	if (!d.n_optima)
		return error_set(err, ERR_DATA, "no final row has both 'lr' and 'loss'");
	return 0;
}

const struct figure figure_lr = {
	.name = "lr",
	.summary = "final loss against learning rate: a bowl per arm, size and budget",
	.columns = "lr, loss; params and flops where there are several",
	.study = true,
	.draw = draw,
};
