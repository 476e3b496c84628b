/* SPDX-License-Identifier: MIT
 *
 * telemetry: one metric over the training of the best trial of each arm at its largest budget, a
 * panel per role, a line per layer.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "results/best_at.h"

#define LOG_SPAN 12 /* values that differ by more than this factor need a log axis */

/* The order of panels; others follow as they come. */
static const char *const roles[] = {"attn_q", "attn_k",	  "attn_v",    "attn_o", "mlp_gate",
				    "mlp_up", "mlp_down", "embedding", "head",	 "norm"};

struct drawing {
	const struct figure_input *input;
	const struct telemetry *set;
	struct chart *chart;
	struct figure_arms arms;
	int deepest;
	bool log;
};

static bool same_line(const struct telemetry_point *a, const struct telemetry_point *b)
{
	return strcmp(a->trial_key, b->trial_key) == 0 && strcmp(a->role, b->role) == 0 &&
	       a->layer == b->layer;
}

/* Whether all values are positive and their range is wide; finds the deepest layer, too. */
static void survey(struct drawing *d)
{
	double low = HUGE_VAL, high = 0;

	for (size_t i = 0; i < d->set->n; i++) {
		double value = d->set->points[i].value;

		if (d->set->points[i].layer > d->deepest)
			d->deepest = d->set->points[i].layer;
		if (isfinite(value)) {
			low = fmin(low, value);
			high = fmax(high, value);
		}
	}
	d->log = low > 0 && high > LOG_SPAN * low;
}

/* The arm that a trial is the best of. */
static const struct study_trial *trial_of(const struct drawing *d, const char *key)
{
	const struct study *study = d->input->study;

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].row->trial_key &&
		    strcmp(study->trials[i].row->trial_key, key) == 0)
			return &study->trials[i];
	return NULL;
}

/* Darker for deeper layers. */
static double strength_of(const struct drawing *d, int layer)
{
	if (layer < 0 || d->deepest <= 0)
		return 1;
	return 0.4 + 0.6 * (double)layer / (double)d->deepest;
}

static void add_line(struct drawing *d, struct chart_panel *panel, size_t first, size_t end)
{
	const struct telemetry_point *about = &d->set->points[first];
	const struct study_trial *trial = trial_of(d, about->trial_key);
	const char *arm = trial ? d->input->study->arms[trial->arm].name : about->trial_key;
	struct text name = {0};
	struct chart_series *series;

	text_add(&name, arm);
	if (about->layer >= 0)
		text_printf(&name, ", layer %d", about->layer);
	text_printf(&name, ", trial %s", about->trial_key);
	series = chart_add_series(d->chart, panel, text_string(&name),
				  &(struct chart_look){CHART_LINE, figure_arm(&d->arms, arm),
						       strength_of(d, about->layer), 1.3, 0, false,
						       true});
	for (size_t i = first; i < end; i++)
		chart_add_point(d->chart, series, d->set->points[i].step, d->set->points[i].value,
				NULL);
	text_release(&name);
}

static void add_panel(struct drawing *d, const char *role, bool alone)
{
	const struct chart_axis x = {"step", "optimizer steps", false};
	const struct chart_axis y = {d->set->metric, d->set->metric, d->log};
	struct chart_panel *panel = chart_add_panel(d->chart, alone ? "" : role, &x, &y);
	size_t end;

	for (size_t i = 0; i < d->set->n; i = end) {
		end = i + 1;
		while (end < d->set->n && same_line(&d->set->points[i], &d->set->points[end]))
			end++;
		if (strcmp(d->set->points[i].role, role) == 0)
			add_line(d, panel, i, end);
	}
}

static size_t rank_of(const char *role)
{
	size_t rank = 0;

	while (rank < ARRAY_SIZE(roles) && strcmp(roles[rank], role) != 0)
		rank++;
	return rank;
}

static int by_rank(const void *a, const void *b)
{
	const char *first = *(const char *const *)a, *second = *(const char *const *)b;
	size_t rank = rank_of(first), other = rank_of(second);

	return rank != other ? (rank > other) - (rank < other) : strcmp(first, second);
}

/* Roles that have a number to draw. */
static size_t find_roles(const struct drawing *d, const char **found)
{
	size_t n = 0;

	for (size_t i = 0; i < d->set->n; i++) {
		bool known = !isfinite(d->set->points[i].value);

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(found[k], d->set->points[i].role) == 0;
		if (!known)
			found[n++] = d->set->points[i].role;
	}
	if (n)
		qsort(found, n, sizeof(*found), by_rank);
	return n;
}

static void add_trial_words(struct drawing *d, const char *key)
{
	const struct study_trial *trial = trial_of(d, key);
	struct text *caption = &d->chart->caption;
	char number[SHORT_TEXT];

	if (!trial)
		return;
	text_printf(caption, " %s: trial %.8s, N %s, lr %.4g, C ",
		    d->input->study->arms[trial->arm].name, key, format_si(number, trial->params),
		    trial->lr);
	text_add_number(caption, trial->flops);
	text_add(caption, " FLOP.");
}

static void add_caption(struct drawing *d)
{
	const char *last = "";
	size_t n_trials = 0;

	for (size_t i = 0; i < d->set->n; i++) {
		n_trials += strcmp(d->set->points[i].trial_key, last) != 0;
		last = d->set->points[i].trial_key;
	}
	text_printf(&d->chart->caption,
		    "n = %zu trial%s: the best of each arm at its largest budget.", n_trials,
		    n_trials == 1 ? "" : "s");
	last = "";
	for (size_t i = 0; i < d->set->n; i++) {
		if (strcmp(d->set->points[i].trial_key, last) != 0)
			add_trial_words(d, d->set->points[i].trial_key);
		last = d->set->points[i].trial_key;
	}
	if (d->deepest > 0)
		text_printf(&d->chart->caption, " A line per layer, 0 to %d; darker: deeper.",
			    d->deepest);
	text_printf(&d->chart->caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static void fill(struct drawing *d, const char *const *found, size_t n)
{
	d->chart->title = arena_printf(&d->chart->arena, "%s over training", d->set->metric);
	d->chart->same_y = true;
	survey(d);
	for (size_t i = 0; i < n; i++)
		add_panel(d, found[i], n == 1 && strcmp(found[i], "model") == 0);
	add_caption(d);
	figure_add_legend(
		d->chart, &d->arms,
		&(struct chart_look){CHART_LINE, .strength = 1, .width = 1.3, .dashed = true});
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .set = input->telemetry, .chart = chart, .deepest = -1};
	const char **found;
	size_t n;

	if (!d.set)
		return error_set(err, ERR_DATA,
				 "no metric was read: it needs a store (--db), a CSV has none, and "
				 "--metric");
	found = xcalloc(d.set->n + 1, sizeof(*found));
	n = find_roles(&d, found);
	if (n) {
		figure_arms_init(&d.arms, input);
		fill(&d, found, n);
		figure_arms_release(&d.arms);
	}
	free(found);
	return n ? 0
		 : error_set(err, ERR_DATA,
			     "the best trials have no '%s': only some optimizers record it, see "
			     "the view 'telemetry'",
			     d.set->metric);
}

const struct figure figure_telemetry = {
	.name = "telemetry",
	.summary = "--metric by layer and role over training, for the best trial of each arm",
	.columns = "a store (--db) with telemetry; --metric without a name lists them",
	.study = true,
	.telemetry = true,
	.draw = draw,
};
