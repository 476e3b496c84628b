/* SPDX-License-Identifier: MIT
 *
 * isoflop: the loss against N at equal compute, a panel per arm, a parabola per budget, darker for
 * larger ones, with its vertex.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"
#include "results/isoflop.h"
#include "results/sample.h"

#define CURVE_POINTS 41
#define FARTHEST     4 /* a parabola is followed so many times beyond its sizes, to its vertex */

#define MANY 20

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	struct chart_range budgets;
	size_t arm;
	struct chart_panel *panel;
	bool many; /* parabolas in the panel: they are drawn finer */
	size_t n_parabolas, n_outside, n_concave;
};

static struct chart_series *add_series(struct drawing *d, const char *what, double flops,
				       struct chart_look look)
{
	const char *arm = d->study->arms[d->arm].name;
	struct text name = {0};
	struct chart_series *series;

	look.arm = figure_arm(&d->arms, arm);
	look.strength = figure_strength(d->budgets, flops);
	text_printf(&name, "%s, C ", arm);
	text_add_number(&name, flops);
	text_printf(&name, ", %s", what);
	series = chart_add_series(d->chart, d->panel, text_string(&name), &look);
	text_release(&name);
	return series;
}

/* points[first .. end) share a budget. */
static void add_points(struct drawing *d, const struct law_data *data, size_t first, size_t end)
{
	struct chart_series *series =
		add_series(d, "points", data->points[first].flops,
			   (struct chart_look){CHART_POINTS, .width = 0.9,
					       .size = d->many ? 0.35 : 0.55, .open = true});

	for (size_t i = first; i < end; i++)
		chart_add_point(d->chart, series, data->points[i].params, data->points[i].loss,
				NULL);
}

static double height(const struct isoflop_budget *budget, double params)
{
	double x = log(params / budget->centre);

	return budget->c[0] + x * (budget->c[1] + x * budget->c[2]);
}

static void add_curve(struct drawing *d, const struct isoflop_budget *budget, double from,
		      double to, const char *what, double width)
{
	struct chart_series *series =
		add_series(d, what, budget->flops, (struct chart_look){CHART_LINE, .width = width});

	for (int i = 0; i < CURVE_POINTS; i++) {
		double params = from * pow(to / from, (double)i / (CURVE_POINTS - 1));

		chart_add_point(d->chart, series, params, height(budget, params), NULL);
	}
}

static void add_vertex(struct drawing *d, const struct isoflop_budget *budget)
{
	struct chart_series *series = add_series(
		d, budget->inside ? "vertex" : "vertex outside", budget->flops,
		(struct chart_look){CHART_POINTS, .width = 1.1, .size = d->many ? 0.6 : 0.95,
				    .open = !budget->inside});
	char number[SHORT_TEXT];

	chart_add_point(d->chart, series, budget->params, budget->loss,
			arena_printf(&d->chart->arena, "N* %s", format_si(number, budget->params)));
}

static bool is_near(const struct isoflop_budget *budget)
{
	return budget->params > budget->params_low / FARTHEST &&
	       budget->params < budget->params_high * FARTHEST;
}

static void add_parabola(struct drawing *d, const struct isoflop_budget *budget)
{
	add_curve(d, budget, budget->params_low, budget->params_high, "parabola",
		  d->many ? 0.5 : 1.4);
	d->n_parabolas++;
	d->n_concave += !budget->convex;
	if (!budget->convex || !isfinite(budget->params))
		return;
	d->n_outside += !budget->inside;
	if (!is_near(budget))
		return;
	if (budget->params < budget->params_low)
		add_curve(d, budget, budget->params, budget->params_low, "beyond the sizes", 0.6);
	if (budget->params > budget->params_high)
		add_curve(d, budget, budget->params_high, budget->params, "beyond the sizes", 0.6);
	add_vertex(d, budget);
}

static void add_law_words(struct drawing *d)
{
	const struct fit_report *report = d->input->report;
	const struct fit_law *law = report ? fit_report_law(report, "isoflop", d->arm) : NULL;
	struct text *caption = &d->chart->caption;

	if (!law)
		return;
	text_printf(caption, " %s: N* ∝ C^%.3f", d->study->arms[d->arm].name,
		    law->fit.parameters[0]);
	if (isfinite(law->interval[0].low))
		text_printf(caption, " [%.3f, %.3f]", law->interval[0].low, law->interval[0].high);
	text_add(caption, ".");
}

static void add_panel(struct drawing *d, const struct law_data *data)
{
	const struct chart_axis x = {"params", "parameters N", true};
	const struct chart_axis y = {"loss", "held-out loss L (nats/token)", false};
	struct isoflop_budget *budgets = xmalloc((data->n + 1) * sizeof(*budgets));
	size_t n = isoflop_budgets(data, budgets), end;

	d->many = n > MANY;
	d->panel = chart_add_panel(d->chart,
				   d->study->n_arms > 1 ? d->study->arms[d->arm].name : "", &x, &y);
	for (size_t i = 0; i < n; i++)
		add_parabola(d, &budgets[i]);
	for (size_t first = 0; first < data->n; first = end) {
		end = first + 1;
		while (end < data->n && data->points[end].budget == data->points[first].budget)
			end++;
		add_points(d, data, first, end);
	}
	if (n)
		add_law_words(d);
	free(budgets);
}

static void add_arm(struct drawing *d)
{
	const struct sample_choice choice = {
		.source = LAW_OF_CELLS,
		.columns = LAW_FLOPS | LAW_PARAMS | LAW_LOSS,
		.arms = &d->arm,
		.n_arms = 1,
		.compute = SAMPLE_COMPUTE,
	};
	struct sample sample;

	sample_gather(&sample, d->study, d->input->points, &choice);
	if (sample.data.n)
		add_panel(d, &sample.data);
	sample_release(&sample);
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials, %zu sizes; darker: larger budget, from ",
		    d->study->n_trials, d->study->n_sizes);
	text_add_number(caption, d->budgets.low);
	text_add(caption, " to ");
	text_add_number(caption, d->budgets.high);
	text_printf(caption,
		    " FLOP (%s). Lines: parabolas of L in ln N; large: their lowest points, open "
		    "where outside the sizes tried.",
		    figure_flops_convention(d->input));
}

static void fill(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	d->chart->title = "Loss against parameters at equal compute";
	d->chart->same_y = true;
	add_caption(d);
	for (d->arm = 0; d->arm < d->study->n_arms; d->arm++)
		add_arm(d);
	if (d->n_outside)
		text_printf(caption, " Outside: %zu of %zu.", d->n_outside, d->n_parabolas);
	if (d->n_concave)
		text_printf(caption, " Without a lowest point: %zu.", d->n_concave);
	figure_add_legend(
		d->chart, &d->arms,
		&(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 1.4, .size = 0.7});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input,
			    .study = input->study,
			    .chart = chart,
			    .budgets = figure_budgets(input)};

	figure_arms_init(&d.arms, input);
	fill(&d);
	figure_arms_release(&d.arms);
	if (d.n_parabolas)
		return 0;
	return error_set(
		err, ERR_DATA,
		"no budget of any arm has 3 sizes, which a parabola needs; train 3 sizes or "
		"more ('model: {size: [...]}') at the same 'train: {budget: {flops: ...}}'");
}

const struct figure figure_isoflop = {
	.name = "isoflop",
	.summary =
		"loss against N at equal compute: a parabola per arm and budget, its vertex marked",
	.columns = "flops, params (three or more at a budget), loss",
	.study = true,
	.fit = true,
	.laws = "isoflop",
	.draw = draw,
};
