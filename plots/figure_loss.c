/* SPDX-License-Identifier: MIT
 *
 * loss: how the loss of every trial fell, one thin line each.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"

static const struct {
	const char *name, *title, *words;
} axes[] = {
	[FIGURE_X_FLOPS] = {"flops", "training compute C (FLOP)", "compute"},
	[FIGURE_X_TOKENS] = {"tokens", "training tokens D (tokens)", "tokens"},
	[FIGURE_X_STEPS] = {"steps", "optimizer steps (steps)", "steps"},
	[FIGURE_X_SECONDS] = {"seconds", "training time, without evaluation (s)", "time"},
};

struct curve_point {
	const struct observation *row;
	double x, y;
};

struct drawing {
	const struct figure_input *input;
	struct chart *chart;
	struct figure_arms arms;
	struct curve_point *points; /* sorted by trial, then x */
	size_t n;
	const struct study_trial **trials; /* of the study, sorted by trial */
	size_t n_trials;
	bool train;  /* no row has a held-out loss */
	bool curves; /* a trial has more than its end */
};

struct arm_series {
	struct chart_series *curves, *ends;
};

static double x_of(const struct observation *row, enum figure_x x)
{
	const double values[] = {[FIGURE_X_FLOPS] = row->flops,
				 [FIGURE_X_TOKENS] = row->tokens,
				 [FIGURE_X_STEPS] = row->steps,
				 [FIGURE_X_SECONDS] = row->seconds};

	return values[x];
}

static bool same_trial(const struct observation *a, const struct observation *b)
{
	return a == b || (a->trial_key && b->trial_key && strcmp(a->trial_key, b->trial_key) == 0);
}

static int compare_trials(const struct observation *a, const struct observation *b)
{
	int order;

	if (same_trial(a, b))
		return 0;
	order = strcmp(a->trial_key ? a->trial_key : "", b->trial_key ? b->trial_key : "");
	return order ? order : a < b ? -1 : 1;
}

static int by_trial_and_x(const void *a, const void *b)
{
	const struct curve_point *first = a, *second = b;
	int order = compare_trials(first->row, second->row);

	return order ? order : (first->x > second->x) - (first->x < second->x);
}

static int by_trial(const void *a, const void *b)
{
	const struct study_trial *const *first = a, *const *second = b;

	return compare_trials((*first)->row, (*second)->row);
}

static void collect(struct drawing *d)
{
	const struct observations *set = d->input->rows;

	d->train = true;
	for (size_t i = 0; i < set->n; i++)
		if (isfinite(set->rows[i].loss))
			d->train = false;
	d->points = xmalloc((set->n + 1) * sizeof(*d->points));
	for (size_t i = 0; i < set->n; i++) {
		const struct observation *row = &set->rows[i];
		double x = x_of(row, d->input->x), y = d->train ? row->train_loss : row->loss;

		if (isfinite(x) && x > 0 && isfinite(y) && y > 0)
			d->points[d->n++] = (struct curve_point){row, x, y};
	}
	qsort(d->points, d->n, sizeof(*d->points), by_trial_and_x);
}

static void sort_trials(struct drawing *d)
{
	const struct study *study = d->input->study;

	d->n_trials = study ? study->n_trials : 0;
	d->trials = xmalloc((d->n_trials + 1) * sizeof(*d->trials));
	for (size_t i = 0; i < d->n_trials; i++)
		d->trials[i] = &study->trials[i];
	qsort(d->trials, d->n_trials, sizeof(*d->trials), by_trial);
}

/* As the study names it, else as the row does. */
static const char *arm_name(const struct drawing *d, const struct observation *row)
{
	const struct study_trial like = {.row = row}, *key = &like;
	const struct study_trial *const *found =
		bsearch(&key, d->trials, d->n_trials, sizeof(*d->trials), by_trial);

	return found ? d->input->study->arms[(*found)->arm].name : observation_arm(row);
}

static void describe(const struct observation *row, const char *arm, struct text *out)
{
	char number[SHORT_TEXT];

	text_add(out, arm);
	if (isfinite(row->params))
		text_printf(out, ", N %s", format_si(number, row->params));
	if (isfinite(row->batch_tokens))
		text_printf(out, ", batch %.10g", row->batch_tokens);
	if (isfinite(row->lr))
		text_printf(out, ", lr %.6g", row->lr);
	if (isfinite(row->seed))
		text_printf(out, ", seed %.0f", row->seed);
	if (row->trial_key)
		text_printf(out, ", trial %s", row->trial_key);
	if (row->state && strcmp(row->state, "done") != 0)
		text_printf(out, ", %s", row->state);
}

/* points[first .. end) are one trial. */
static void add_trial(struct drawing *d, struct arm_series *series, size_t first, size_t end)
{
	const struct curve_point *last = &d->points[end - 1];
	struct text note = {0};
	double before = -HUGE_VAL;

	describe(last->row, arm_name(d, last->row), &note);
	if (end - first > 1)
		chart_break(d->chart, series->curves, text_string(&note));
	for (size_t i = first; i < end && end - first > 1; i++) {
		const struct curve_point *point = &d->points[i];

		if (point->x > before) /* a trial of two sweeps has every row twice */
			chart_add_point(d->chart, series->curves, point->x, point->y, NULL);
		before = point->x;
	}
	if (last->row->final)
		chart_add_point(d->chart, series->ends, last->x, last->y, text_string(&note));
	text_release(&note);
}

static size_t trial_end(const struct drawing *d, size_t first)
{
	size_t end = first + 1;

	while (end < d->n && same_trial(d->points[first].row, d->points[end].row))
		end++;
	return end;
}

/* Lines of many trials are lighter, so that the crowd keeps its shape. */
static struct arm_series *add_series(struct drawing *d, struct chart_panel *panel, size_t n_trials)
{
	struct arm_series *series = xcalloc(d->arms.n, sizeof(*series));
	double strength = fmax(0.35, fmin(0.85, 4 / sqrt((double)n_trials)));
	struct text name = {0};

	for (size_t i = 0; i < 2 * d->arms.n; i++) {
		size_t arm = i % d->arms.n;
		bool ends = i >= d->arms.n;
		struct chart_look look = {.mark = ends ? CHART_POINTS : CHART_LINE,
					  .arm = (int)arm,
					  .strength = ends ? 1 : strength,
					  .width = 0.8,
					  .size = 0.4};

		text_clear(&name);
		text_printf(&name, "%s, %s", d->arms.names[arm], ends ? "ends" : "curves");
		*(ends ? &series[arm].ends : &series[arm].curves) =
			chart_add_series(d->chart, panel, text_string(&name), &look);
	}
	text_release(&name);
	return series;
}

static void add_caption(const struct drawing *d, size_t n_trials)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials, %zu arm%s.", n_trials, d->arms.n,
		    d->arms.n == 1 ? "" : "s");
	if (d->train)
		text_add(caption, " Lines: training loss since the last point.");
	else
		text_printf(caption, "%s Points: whole held-out set, at the end of the schedule.",
			    d->curves ? " Lines: loss on the probe set." : "");
	if (d->input->x == FIGURE_X_FLOPS)
		text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static void fill(struct drawing *d)
{
	const struct chart_axis x = {axes[d->input->x].name, axes[d->input->x].title, true};
	const struct chart_axis y = {
		"loss", d->train ? "training loss L (nats/token)" : "held-out loss L (nats/token)",
		true};
	struct chart_panel *panel = chart_add_panel(d->chart, "", &x, &y);
	struct arm_series *series;
	size_t n_trials = 0;

	d->chart->title =
		arena_printf(&d->chart->arena, "Loss against %s", axes[d->input->x].words);
	for (size_t i = 0; i < d->n; i = trial_end(d, i), n_trials++)
		figure_arm(&d->arms, arm_name(d, d->points[i].row));
	d->curves = n_trials < d->n;
	series = add_series(d, panel, n_trials);
	for (size_t i = 0; i < d->n; i = trial_end(d, i))
		add_trial(d, &series[figure_arm(&d->arms, arm_name(d, d->points[i].row))], i,
			  trial_end(d, i));
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){d->curves ? CHART_LINE_POINTS : CHART_POINTS,
					       .strength = 1, .width = 1.2, .size = 0.6});
	add_caption(d, n_trials);
	figure_add_references(d->input, d->chart, panel);
	free(series);
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .chart = chart};
	int result = 0;

	collect(&d);
	sort_trials(&d);
	if (d.n) {
		figure_arms_init(&d.arms, input);
		fill(&d);
		figure_arms_release(&d.arms);
	} else
		result = error_set(err, ERR_DATA, "no row has both '%s' and a loss",
				   axes[input->x].name);
	free(d.points);
	free(d.trials);
	return result;
}

const struct figure figure_loss = {
	.name = "loss",
	.summary = "curves of every trial against --x flops|tokens|steps|seconds",
	.columns = "loss, the column of --x; trial_key joins the points of a curve",
	.curves = true,
	.draw = draw,
};
