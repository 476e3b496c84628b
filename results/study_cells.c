/* SPDX-License-Identifier: MIT
 *
 * Sizes, budgets, cells and settings.  Budgets are told apart by more than BUDGET_TOLERANCE, since
 * steps are rounded.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/study_passes.h"
#include "results/tuned_keys.h"

#define SIZE_TOLERANCE 1e-9

int study_compare_text(const char *a, const char *b)
{
	return a == b ? 0 : strcmp(a ? a : "", b ? b : "");
}

int study_compare_real(double a, double b)
{
	if (a == b)
		return 0;
	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return a > b ? 1 : -1;
}

struct keyed {
	double value;
	size_t index;
};

static int by_value(const void *a, const void *b)
{
	return study_compare_real(((const struct keyed *)a)->value,
				  ((const struct keyed *)b)->value);
}

/* Gives values within `tolerance` of the first of their group one id, by rising value; sorts
 * `keys`; ids[key.index] receives the id.  Returns how many there are. */
static size_t assign_ids(struct keyed *keys, size_t n, double tolerance, size_t *ids)
{
	double first = (double)NAN;
	size_t id = 0;

	qsort(keys, n, sizeof(*keys), by_value);
	for (size_t i = 0; i < n; i++) {
		bool same = isnan(keys[i].value) ? isnan(first)
						 : keys[i].value <= first * (1 + tolerance);

		if (i && !same)
			id++;
		if (!i || !same)
			first = keys[i].value;
		ids[keys[i].index] = id;
	}
	return n ? id + 1 : 0;
}

static size_t assign(const struct study *study, double (*value)(const struct study_trial *),
		     double tolerance, size_t *ids)
{
	struct keyed *keys = xmalloc((study->n_trials + 1) * sizeof(*keys));
	size_t n;

	for (size_t i = 0; i < study->n_trials; i++)
		keys[i] = (struct keyed){value(&study->trials[i]), i};
	n = assign_ids(keys, study->n_trials, tolerance, ids);
	free(keys);
	return n;
}

/* A table without params may have widths. */
static double size_of(const struct study_trial *trial)
{
	return isnan(trial->params) ? trial->row->d_model : trial->params;
}

static double tokens_of(const struct study_trial *trial)
{
	return trial->tokens;
}

static double flops_of(const struct study_trial *trial)
{
	return trial->flops;
}

static double nominal_of(const struct study_trial *trial)
{
	return trial->row->budget_flops;
}

static bool all_nominal(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (!(nominal_of(&study->trials[i]) > 0))
			return false;
	return true;
}

static void assign_sizes_and_budgets(struct study *study)
{
	size_t *ids = xmalloc((study->n_trials + 1) * sizeof(*ids));
	double (*budget)(const struct study_trial *) = study->has_tokens ? tokens_of : flops_of;

	study->n_sizes = assign(study, size_of, SIZE_TOLERANCE, ids);
	for (size_t i = 0; i < study->n_trials; i++)
		study->trials[i].size = ids[i];
	assign(study, all_nominal(study) ? nominal_of : budget, BUDGET_TOLERANCE, ids);
	for (size_t i = 0; i < study->n_trials; i++)
		study->trials[i].budget = ids[i];
	free(ids);
}

/* Groups of trials of about the same compute, over arms and sizes. */
static void assign_budget_groups(struct study *study, size_t *groups)
{
	bool nominal = all_nominal(study);

	study->n_budget_groups =
		assign(study, nominal ? nominal_of : flops_of, BUDGET_TOLERANCE, groups);
	study->scattered = !nominal && study->has_params;
}

bool study_has_seed(const struct study_trial *trial)
{
	const struct observation *row = trial->row;

	return isfinite(row->seed) || isfinite(row->init_seed) || isfinite(row->data_seed);
}

int study_compare_seeds(const struct study_trial *a, const struct study_trial *b)
{
	int order = study_compare_real(a->row->seed, b->row->seed);

	if (!order)
		order = study_compare_real(a->row->init_seed, b->row->init_seed);
	return order ? order : study_compare_real(a->row->data_seed, b->row->data_seed);
}

static bool batch_tuned(const struct observation *row)
{
	return row->tuned && strstr(row->tuned, "batch_tokens");
}

int study_compare_cells(const struct study_trial *p, const struct study_trial *q)
{
	int order;

	if (p->arm != q->arm)
		return p->arm > q->arm ? 1 : -1;
	if (p->size != q->size)
		return p->size > q->size ? 1 : -1;
	if (p->budget != q->budget)
		return p->budget > q->budget ? 1 : -1;
	order = study_compare_real(p->batch_tokens, q->batch_tokens);
	if (order && batch_tuned(p->row) && batch_tuned(q->row))
		order = 0;
	if (!order)
		order = study_compare_text(p->row->schedule, q->row->schedule);
	return order ? order : study_compare_real(p->row->context, q->row->context);
}

/* By the tuned keys but lr; a sort asks often, so that names are looked up only where values
 * differ. */
static int compare_lines(const struct study_trial *p, const struct study_trial *q)
{
	int order;

#define X(name, column, ...)                                        \
	order = study_compare_real(p->row->column, q->row->column); \
	if (order && tuned_key_counts(p->row, TUNED_##name) &&      \
	    tuned_key_counts(q->row, TUNED_##name))                 \
		return order;
	TUNED_KEYS(X)
#undef X
	return 0;
}

/* Cells, and inside them lines of rising lr, with the seeds of one setting together. */
static int by_cell(const void *a, const void *b)
{
	const struct study_trial *p = a, *q = b;
	int order = study_compare_cells(p, q);

	if (!order)
		order = compare_lines(p, q);
	if (!order)
		order = study_compare_real(p->lr, q->lr);
	if (!order)
		order = study_compare_seeds(p, q);
	return order ? order : (p->row > q->row) - (p->row < q->row);
}

/* Trials of one cell that share every known key and the seed differ in a tuned key that rows do
 * not show: the second of a seed starts another setting. */
static size_t number_settings(struct study_trial *trials, size_t n)
{
	size_t next = 0, base = 0, repeat = 0, line = 0;

	for (size_t i = 0; i < n; i++) {
		bool along = i && compare_lines(&trials[i - 1], &trials[i]) == 0;
		bool same = along && study_compare_real(trials[i - 1].lr, trials[i].lr) == 0;
		bool seed = same && study_has_seed(&trials[i]) &&
			    study_compare_seeds(&trials[i - 1], &trials[i]) == 0;

		line += i && !along;
		trials[i].line = line;
		if (!same)
			base = next;
		repeat = seed ? repeat + 1 : 0;
		trials[i].setting = base + repeat;
		if (trials[i].setting >= next)
			next = trials[i].setting + 1;
	}
	return next;
}

static void close_cell(struct study *study, struct study_cell *cell, size_t end)
{
	struct study_arm *arm = &study->arms[cell->arm];

	cell->n_trials = end - cell->first;
	cell->n_settings = number_settings(&study->trials[cell->first], cell->n_trials);
	arm->n_trials += cell->n_trials;
	if (!arm->n_cells++ || cell->n_settings < arm->settings_min)
		arm->settings_min = cell->n_settings;
	if (cell->n_settings > arm->settings_max)
		arm->settings_max = cell->n_settings;
}

static void cut_cells(struct study *study)
{
	size_t n = study->n_trials;
	struct study_cell *cell = NULL;

	study->cells = arena_alloc(&study->arena, (n + 1) * sizeof(*study->cells));
	for (size_t i = 0; i < n; i++) {
		struct study_trial *trial = &study->trials[i];

		if (!cell || study->as_is || trial->costs ||
		    study_compare_cells(trial - 1, trial) != 0) {
			if (cell)
				close_cell(study, cell, i);
			cell = &study->cells[study->n_cells++];
			*cell = (struct study_cell){.arm = trial->arm, .first = i};
		}
		trial->cell = study->n_cells - 1;
	}
	if (cell)
		close_cell(study, cell, n);
}

/* Whether over a third of an arm's budgets hold one size only: no grid of sizes and budgets. */
static bool mostly_alone(const struct study *study)
{
	size_t slots = study->n_arms * study->n_budget_groups, used = 0, alone = 0;
	size_t *count = xcalloc(slots + 1, sizeof(*count));

	for (size_t c = 0; c < study->n_cells; c++)
		count[study->cells[c].arm * study->n_budget_groups +
		      study->cells[c].budget_group]++;
	for (size_t i = 0; i < slots; i++) {
		used += count[i] > 0;
		alone += count[i] == 1;
	}
	free(count);
	return alone * 3 > used;
}

void study_make_cells(struct study *study)
{
	size_t *groups = xmalloc((study->n_trials + 1) * sizeof(*groups));

	assign_sizes_and_budgets(study);
	qsort(study->trials, study->n_trials, sizeof(*study->trials), by_cell);
	cut_cells(study);
	assign_budget_groups(study, groups);
	for (size_t c = 0; c < study->n_cells; c++)
		study->cells[c].budget_group = groups[study->cells[c].first];
	if (study->scattered)
		study->scattered = mostly_alone(study);
	free(groups);
}
