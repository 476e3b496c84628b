/* SPDX-License-Identifier: MIT
 *
 * residuals: by how many per cent each point misses the law that was fitted to it, against C, N
 * and D/N, so that a trend shows where the law is wrong and a stray point has a name.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/order.h"
#include "plots/figure_parts.h"
#include "plots/rule.h"
#include "results/best_at.h"

#define OUTLIER_SDS 4
#define LABELS_MOST 8	   /* more outliers are in the data file only */
#define MAD_TO_SD   1.4826 /* of a normal distribution */
#define SAME	    1.001  /* x that differ by less are one */
#define KEY_LETTERS 8

struct residual {
	struct law_point at;
	size_t arm;	/* of the study */
	double percent; /* 100 ln(observed / fitted) */
	const char *name;
};

struct drawing {
	const struct figure_input *input;
	const struct fit_report *report;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	const struct law *law;
	struct residual *list;
	size_t n;
	double sd; /* robust, in per cent */
};

static double compute_of(const struct law_point *at)
{
	return at->flops;
}

static double params_of(const struct law_point *at)
{
	return at->params;
}

static double tokens_per_param(const struct law_point *at)
{
	return at->tokens / at->params;
}

static const struct {
	struct chart_axis x;
	double (*value)(const struct law_point *at);
} views[] = {
	{{"flops", "training compute C (FLOP)", true}, compute_of},
	{{"params", "parameters N", true}, params_of},
	{{"tokens_per_param", "tokens per parameter D/N", true}, tokens_per_param},
};

static bool is_fitted_to_losses(const struct law *law)
{
	return law->predict && law->response == LAW_LOSS &&
	       (law->source == LAW_OF_CELLS || law->source == LAW_OF_FRONTIER);
}

/* The first in the report of those asked for, else chinchilla, else power_offset; NULL: none that
 * says the loss of a point. */
static const struct law *choose_law(const struct fit_report *report)
{
	const struct law *const preferred[] = {&law_chinchilla, &law_power_offset};

	for (size_t k = 0; k < ARRAY_SIZE(preferred); k++)
		for (size_t i = 0; i < report->n_laws; i++)
			if (report->laws[i].law == preferred[k])
				return preferred[k];
	for (size_t i = 0; i < report->n_laws; i++)
		if (is_fitted_to_losses(report->laws[i].law))
			return report->laws[i].law;
	return NULL;
}

/* The trial of a point: its key, or its line of the CSV. */
static const char *name_of(struct drawing *d, size_t cell)
{
	const struct observation *row = study_best_trial(d->study, cell)->row;

	if (row->trial_key)
		return row->trial_key;
	if (row->line)
		return arena_printf(&d->chart->arena, "line %ld", row->line);
	return "unnamed";
}

static void add_residual(struct drawing *d, const struct fit_law *law, size_t place,
			 const struct study_point *point)
{
	struct residual *next = &d->list[d->n];
	double fitted;

	*next = (struct residual){.at = {.flops = point->compute,
					 .params = point->params,
					 .tokens = point->tokens,
					 .loss = point->loss,
					 .batch = point->batch_tokens,
					 .steps = point->steps,
					 .lr = point->lr,
					 .width = point->width,
					 .arm = place},
				  .arm = point->arm};
	fitted = law->law->predict(law->fit.parameters, &next->at);
	next->percent = 100 * log(point->loss / fitted);
	if (!isfinite(next->percent))
		return;
	next->name = name_of(d, point->cell);
	d->n++;
}

static void collect(struct drawing *d)
{
	const struct study_point *points = d->input->points;

	d->list = xcalloc(d->study->n_cells + 1, sizeof(*d->list));
	for (size_t l = 0; l < d->report->n_laws; l++) {
		const struct fit_law *law = &d->report->laws[l];

		for (size_t a = 0; law->law == d->law && a < law->n_arms; a++)
			for (size_t i = 0; i < d->study->n_cells; i++)
				if (points[i].arm == law->arms[a] && points[i].weight > 0 &&
				    (law->law->source == LAW_OF_CELLS || points[i].frontier))
					add_residual(d, law, a, &points[i]);
	}
}

/* The median of |residual|, as a standard deviation. */
static double robust_sd(const struct drawing *d)
{
	double *sizes = xmalloc((d->n + 1) * sizeof(*sizes)), sd;

	for (size_t i = 0; i < d->n; i++)
		sizes[i] = fabs(d->list[i].percent);
	qsort(sizes, d->n, sizeof(*sizes), double_ascending);
	sd = MAD_TO_SD * (sizes[(d->n - 1) / 2] + sizes[d->n / 2]) / 2;
	free(sizes);
	return sd;
}

static bool is_outlier(const struct drawing *d, size_t i)
{
	return d->sd > 0 && fabs(d->list[i].percent) > OUTLIER_SDS * d->sd;
}

static size_t count_outliers(const struct drawing *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += is_outlier(d, i);
	return n;
}

/* Whether a view tells points apart. */
static bool varies(const struct drawing *d, double (*value)(const struct law_point *))
{
	double low = HUGE_VAL, high = 0;

	for (size_t i = 0; i < d->n; i++) {
		double x = value(&d->list[i].at);

		if (isfinite(x) && x > 0) {
			low = fmin(low, x);
			high = fmax(high, x);
		}
	}
	return high > SAME * low;
}

static void add_arm(struct drawing *d, struct chart_panel *panel, size_t arm,
		    double (*value)(const struct law_point *))
{
	const char *name = d->study->arms[arm].name;
	struct chart_series *series =
		chart_add_series(d->chart, panel, name,
				 &(struct chart_look){CHART_POINTS, figure_arm(&d->arms, name), 1,
						      1, 0.45, true, false});

	for (size_t i = 0; i < d->n; i++) {
		const char *note = d->list[i].name;

		if (d->list[i].arm != arm)
			continue;
		if (is_outlier(d, i))
			note = arena_printf(&d->chart->arena, "%s, outlier", note);
		chart_add_point(d->chart, series, value(&d->list[i].at), d->list[i].percent, note);
	}
}

static const char *short_name(struct drawing *d, const char *name)
{
	if (text_starts_with(name, "line ") || strlen(name) <= KEY_LETTERS)
		return name;
	return arena_printf(&d->chart->arena, "%.*s", KEY_LETTERS, name);
}

static void label_outliers(struct drawing *d, struct chart_panel *panel,
			   double (*value)(const struct law_point *))
{
	for (size_t i = 0; i < d->n && count_outliers(d) <= LABELS_MOST; i++)
		if (is_outlier(d, i))
			chart_add_label(d->chart, panel, value(&d->list[i].at), d->list[i].percent,
					short_name(d, d->list[i].name));
}

static void add_view(struct drawing *d, size_t view)
{
	const struct chart_axis y = {"residual", "ln(observed / fitted) (%)", false};
	struct chart_panel *panel = chart_add_panel(d->chart, "", &views[view].x, &y);

	for (size_t arm = 0; arm < d->study->n_arms; arm++)
		add_arm(d, panel, arm, views[view].value);
	label_outliers(d, panel, views[view].value);
	chart_add_rule_across(d->chart, panel, "fitted", 0, false);
	chart_add_rule_across(d->chart, panel, "+2 SD", 2 * d->sd, true);
	chart_add_rule_across(d->chart, panel, "-2 SD", -2 * d->sd, true);
}

static void add_outlier_words(struct drawing *d)
{
	struct text *caption = &d->chart->caption;
	size_t n = count_outliers(d);
	const char *separator = ", ";

	if (!n) {
		text_printf(caption, " No point misses by more than %d SD.", OUTLIER_SDS);
		return;
	}
	text_printf(caption, " Off by more than %d SD: %zu", OUTLIER_SDS, n);
	for (size_t i = 0; i < d->n && n <= LABELS_MOST; i++)
		if (is_outlier(d, i)) {
			text_printf(caption, "%s%s %s (%+.1f %%)", separator,
				    d->study->arms[d->list[i].arm].name,
				    short_name(d, d->list[i].name), d->list[i].percent);
			separator = ", ";
		}
	text_add(caption, ".");
}

static void fill(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	d->chart->title = arena_printf(&d->chart->arena, "What %s misses", d->law->name);
	d->chart->same_y = true;
	d->sd = robust_sd(d);
	for (size_t view = 0; view < ARRAY_SIZE(views); view++)
		if (view == 0 || varies(d, views[view].value))
			add_view(d, view);
	text_printf(caption, "n = %zu points (%s), law %s, %s. Dotted: 2 SD, robust: %.2g %%.",
		    d->n, law_source_meaning(d->law->source), d->law->formula,
		    d->law->joint ? "one fit of all arms" : "fitted to each arm", 2 * d->sd);
	add_outlier_words(d);
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_POINTS, .strength = 1, .width = 1, .size = 0.6,
					       .open = true});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {
		.input = input, .report = input->report, .study = input->study, .chart = chart};
	int result = 0;

	if (!input->report)
		return error_set(err, ERR_DATA, "no law was fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	d.law = choose_law(input->report);
	if (!d.law)
		return error_set(err, ERR_DATA,
				 "none of the laws says the loss of a trial; ask for one that "
				 "does: --law chinchilla or --law power_offset");
	collect(&d);
	if (d.n) {
		figure_arms_init(&d.arms, input);
		fill(&d);
		figure_arms_release(&d.arms);
	} else
		result = error_set(err, ERR_DATA, "law '%s' says nothing about these points",
				   d.law->name);
	free(d.list);
	return result;
}

const struct figure figure_residuals = {
	.name = "residuals",
	.summary = "what a law misses each point by, against C, N and D/N; outliers by name",
	.columns = "what the law of --law needs (default chinchilla, else power_offset)",
	.study = true,
	.fit = true,
	.laws = "chinchilla,power_offset",
	.draw = draw,
};
