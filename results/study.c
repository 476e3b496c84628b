/* SPDX-License-Identifier: MIT
 *
 * Builds a study in passes: rows to trials, ids of sizes and budgets, cells and settings by
 * sorting, strata and clusters of the bootstrap.
 */
#include "results/study.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/law.h"
#include "results/study_passes.h"

const char *count_flops_name(enum count_flops flops)
{
#define X(name, text, ...) text,
	static const char *const names[] = {COUNT_FLOPS_KINDS(X)};
#undef X

	return names[flops];
}

const char *count_flops_meaning(enum count_flops flops)
{
#define X(name, text, meaning) meaning,
	static const char *const meanings[] = {COUNT_FLOPS_KINDS(X)};
#undef X

	return meanings[flops];
}

static double trial_params(const struct observation *row, enum count_params count)
{
	double embedding = row->params_embedding + row->params_head;

	if (count == COUNT_TOTAL)
		return row->params;
	if (isfinite(row->params_hidden) && isfinite(row->params_norm))
		return row->params_hidden + row->params_norm;
	return row->params - embedding;
}

static double trial_flops(const struct observation *row, double tokens, enum count_flops count)
{
	double params = row->params;

	if (count == COUNT_EXACT && isfinite(row->flops))
		return row->flops;
	if (count == COUNT_6N_NONEMB_D)
		params = trial_params(row, COUNT_NON_EMBEDDING);
	else if (count == COUNT_6ND && isfinite(row->flops_6nd))
		return row->flops_6nd;
	return 6 * params * tokens;
}

static bool is_state(const struct observation *row, const char *state)
{
	return row->state && strcmp(row->state, state) == 0;
}

/* Whether a row is fitted at all; counts why not. */
static bool usable(struct study *study, const struct observation *row, size_t arm)
{
	struct study_dropped *dropped = &study->dropped;

	if (is_state(row, "diverged")) {
		study->lost[dropped->diverged++] = (struct study_lost){arm, row};
		study->arms[arm].n_diverged++;
		return false;
	}
	if (row->state && row->state[0] && !is_state(row, "done")) {
		dropped->unfinished++;
		return false;
	}
	if (!row->final)
		dropped->curve_points++;
	return row->final;
}

static bool positive(double x)
{
	return isfinite(x) && x > 0;
}

static unsigned columns_of(const struct study_trial *trial)
{
	return (positive(trial->flops) ? (unsigned)LAW_FLOPS : 0) |
	       (positive(trial->params) ? (unsigned)LAW_PARAMS : 0) |
	       (positive(trial->tokens) ? (unsigned)LAW_TOKENS : 0) |
	       (positive(trial->batch_tokens) ? (unsigned)LAW_BATCH : 0) |
	       (positive(trial->steps) ? (unsigned)LAW_STEPS : 0) |
	       (positive(trial->lr) ? (unsigned)LAW_LR : 0) |
	       (positive(trial->row->d_model) ? (unsigned)LAW_WIDTH : 0) |
	       (positive(trial->loss) ? (unsigned)LAW_LOSS : 0);
}

/* Steps from tokens and batch, or tokens from steps and batch, in the batch's unit. */
static void complete(struct study *study, struct study_trial *trial)
{
	bool multiplied = !positive(trial->tokens);

	if (trial->costs)
		trial->loss = (double)NAN;
	if (multiplied)
		trial->tokens = trial->steps * trial->batch_tokens;
	if (!positive(trial->steps))
		trial->steps = trial->tokens / trial->batch_tokens;
	study->n_multiplied += multiplied && positive(trial->tokens) && !trial->costs;
}

/* `computes`: rows tell C, so that one without it has no place. */
static bool has_values(const struct study_trial *trial, const struct study_options *options,
		       bool computes)
{
	if (trial->costs)
		return positive(trial->batch_tokens) && positive(trial->steps);
	return positive(trial->loss) && (positive(trial->flops) || !computes) &&
	       !(options->count_optimizer && !isfinite(trial->flops_optimizer));
}

/* Whether rows are runs that ended with a loss, not costs of a target that is not named. */
static bool has_losses(const struct observations *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (isfinite(set->rows[i].loss) || isfinite(set->rows[i].test_loss))
			return true;
	return false;
}

/* Whether a row tells C, or all are losses over widths or settings. */
static bool has_computes(const struct observations *set)
{
	bool settings = true;

	for (size_t i = 0; i < set->n; i++) {
		const struct observation *row = &set->rows[i];

		if (positive(row->flops) || positive(row->flops_6nd) ||
		    (positive(row->params) &&
		     (positive(row->tokens) || positive(row->steps * row->batch_tokens))))
			return true;
		settings &=
			positive(row->d_model) || positive(row->lr) || positive(row->batch_tokens);
	}
	return !settings;
}

/* What rows are, together. */
struct rows_have {
	bool losses, computes;
};

static void add_trial(struct study *study, const struct observation *row, size_t arm,
		      struct rows_have have, const struct study_options *options)
{
	struct study_trial *trial = &study->trials[study->n_trials];

	*trial = (struct study_trial){
		.arm = arm,
		.params = trial_params(row, options->params),
		.tokens = row->tokens,
		.flops_optimizer = row->flops_optimizer,
		.loss = options->test_loss ? row->test_loss : row->loss,
		.lr = row->lr,
		.ln_lr = log(row->lr),
		.weight_decay = row->weight_decay,
		.batch_tokens = row->batch_tokens,
		.steps = row->steps,
		.target = row->target_loss,
		.costs = !have.losses || positive(row->target_loss),
		.row = row,
	};
	complete(study, trial);
	trial->flops = trial_flops(row, trial->tokens, options->flops);
	if (!has_values(trial, options, have.computes)) {
		study->dropped.missing++;
		return;
	}
	study->columns |= columns_of(trial);
	study->has_params |= positive(trial->params);
	study->has_tokens |= positive(trial->tokens);
	study->has_optimizer_flops |= isfinite(trial->flops_optimizer);
	study->n_trials++;
}

/* What sorts trials by key: mostly the first bytes of it tell them apart. */
struct keyed_trial {
	uint64_t start;
	const struct study_trial *trial;
};

static uint64_t start_of(const char *key)
{
	const char *at = key ? key : "";
	uint64_t start = 0;

	for (int i = 0; i < 8; i++, at += *at != '\0')
		start = start << 8 | (unsigned char)*at;
	return start;
}

static int by_trial_key(const void *a, const void *b)
{
	const struct keyed_trial *x = a, *y = b;
	const struct study_trial *p = x->trial, *q = y->trial;
	int order;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	order = study_compare_text(p->row->trial_key, q->row->trial_key);
	if (!order)
		order = (p->arm > q->arm) - (p->arm < q->arm);
	if (!order)
		order = study_compare_real(p->tokens, q->tokens);
	return order ? order : (p->row > q->row) - (p->row < q->row);
}

static bool same_key(const struct study_trial *a, const struct study_trial *b)
{
	return a->row->trial_key && b->row->trial_key && a->arm == b->arm &&
	       strcmp(a->row->trial_key, b->row->trial_key) == 0;
}

static bool has_keys(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].row->trial_key)
			return true;
	return false;
}

static void sort_by_key(struct study *study)
{
	size_t n = study->n_trials;
	struct keyed_trial *keyed = xmalloc((n + 1) * sizeof(*keyed));
	struct study_trial *sorted = xmalloc((n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		keyed[i] = (struct keyed_trial){start_of(study->trials[i].row->trial_key),
						&study->trials[i]};
	qsort(keyed, n, sizeof(*keyed), by_trial_key);
	for (size_t i = 0; i < n; i++)
		sorted[i] = *keyed[i].trial;
	memcpy(study->trials, sorted, n * sizeof(*sorted));
	free(sorted);
	free(keyed);
}

/* A trial that belongs to several sweeps is there once for each: keeps the first. */
static void drop_duplicates(struct study *study)
{
	size_t kept = 0;

	if (!has_keys(study))
		return;
	sort_by_key(study);
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];
		const struct study_trial *last = kept ? &study->trials[kept - 1] : NULL;

		if (last && same_key(last, trial) && last->tokens == trial->tokens &&
		    study_compare_text(last->row->sweep, trial->row->sweep) != 0) {
			study->dropped.duplicates++;
			continue;
		}
		study->trials[kept++] = *trial;
	}
	study->n_trials = kept;
}

static void find_as_is(struct study *study)
{
	study->as_is = true;
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (trial->costs)
			continue;
		if (isfinite(trial->lr) || study_has_seed(trial) ||
		    (trial->row->tuned && trial->row->tuned[0]))
			study->as_is = false;
	}
}

/* Rows that never had an exact count, as in most published tables, carry 6ND in its place. */
static enum count_flops find_counted(const struct study *study, enum count_flops asked)
{
	for (size_t i = 0; i < study->n_trials && asked == COUNT_EXACT; i++) {
		const struct observation *row = study->trials[i].row;
		double plain = 6 * row->params * row->tokens;

		if (!(fabs(row->flops - plain) <= 1e-9 * plain) && isfinite(row->flops))
			return COUNT_EXACT;
	}
	return asked == COUNT_EXACT ? COUNT_6ND : asked;
}

static bool has_tokens(const struct observation_buckets *buckets, int slice)
{
	for (int b = 0; b < OBSERVATION_BUCKETS; b++)
		if (buckets->tokens[slice][b] > 0)
			return true;
	return false;
}

/* Whether each trial has sums of the slice that is fitted. */
static bool all_bucketed(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct observation_buckets *buckets = study->trials[i].row->buckets;

		if (!buckets || !has_tokens(buckets, study->slice))
			return false;
	}
	return true;
}

int study_build(struct study *study, const struct observations *set,
		const struct study_options *options, struct error *err)
{
	size_t *arms = xmalloc((set->n + 1) * sizeof(*arms));
	struct rows_have have = {has_losses(set), has_computes(set)};
	int result;

	*study = (struct study){.count_optimizer = options->count_optimizer,
				.slice = options->test_loss ? SLICE_TEST : SLICE_VAL};
	result = study_assign_arms(study, set, options->group_by, arms, err);
	study->trials = arena_alloc(&study->arena, (set->n + 1) * sizeof(*study->trials));
	study->lost = arena_alloc(&study->arena, (set->n + 1) * sizeof(*study->lost));
	for (size_t i = 0; i < set->n && !result; i++)
		if (usable(study, &set->rows[i], arms[i]))
			add_trial(study, &set->rows[i], arms[i], have, options);
	free(arms);
	if (result)
		return result;
	if (study->n_trials == 0)
		return error_set(err, ERR_FIT, "no finished trial with %s to fit among %zu rows",
				 options->count_optimizer
					 ? "a loss, FLOPs and flops_optimizer (--count-optimizer)"
					 : "a loss and flops (or params and tokens)",
				 set->n);
	study->counted = find_counted(study, options->flops);
	drop_duplicates(study);
	find_as_is(study);
	study->bucketed = all_bucketed(study);
	study_make_cells(study);
	study_make_strata(study);
	return 0;
}

void study_release(struct study *study)
{
	free(study->arms);
	arena_release(&study->arena);
	*study = (struct study){0};
}
