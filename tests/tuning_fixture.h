/* SPDX-License-Identifier: MIT
 *
 * Sweeps tuned on made surfaces: every trial that the tuner asks for ends with the loss that a
 * function of it gives.
 */
#ifndef TESTS_TUNING_FIXTURE_H
#define TESTS_TUNING_FIXTURE_H

#include "tests/spec_fixture.h"

#include "base/log.h"
#include "base/random.h"
#include "sweep/tuning.h"

#define TUNED_HEAD FIXTURE_DATA FIXTURE_MODEL
#define TUNED_TRAIN                                                              \
	"train: {budget: {steps: 400}, batch_tokens: 1k, schedule: {kind: wsd, " \
	"warmup: {steps: 10}}}\n"

/* NAN: it diverges; negative: it fails. */
typedef double surface(const struct trial *trial);

struct tuned {
	struct sweep *sweep;
	struct tuner *tuner;
	surface *loss;
	uint64_t order; /* in which ends are told: 0 as they come, else shuffled by this seed */
	size_t n_told, n_rounds;
};

static inline void tell_end(struct tuned *t, const struct trial *trial)
{
	double loss = t->loss(trial);

	if (isnan(loss))
		tuner_tell(t->tuner, trial, TRIAL_diverged, (double)NAN);
	else if (loss < 0)
		tuner_tell(t->tuner, trial, TRIAL_failed, (double)NAN);
	else
		tuner_tell(t->tuner, trial, TRIAL_done, loss);
}

static inline size_t advance_tuner(struct tuned *t)
{
	struct error err = ERROR_INIT;
	int n = tuner_advance(t->tuner, &err);

	if (n < 0)
		fail_msg("%s", err.text);
	return (size_t)n;
}

/* Ends all trials that have not ended, in some order, the tuner going on after each of them. */
static inline void end_all(struct tuned *t)
{
	while (t->n_told < t->sweep->n_trials) {
		size_t n = t->sweep->n_trials, first = t->n_told;
		struct random random = random_stream(t->order, t->n_rounds++);
		size_t *order = xcalloc(n - first, sizeof(*order));

		for (size_t i = 0; i < n - first; i++)
			order[i] = first + i;
		for (size_t i = n - first; t->order && i-- > 1;) {
			size_t other = random_below(&random, i + 1), held = order[i];

			order[i] = order[other];
			order[other] = held;
		}
		for (size_t i = 0; i < n - first; i++) {
			tell_end(t, t->sweep->trials[order[i]]);
			advance_tuner(t);
		}
		t->n_told = n;
		free(order);
		assert_true(n < 2000);
	}
}

static inline struct tuned tuned_start(const char *text, surface *loss)
{
	struct error err = ERROR_INIT;
	struct tuned t = {.sweep = fixture_sweep(text), .loss = loss};

	check_ok(tuner_new(&t.tuner, t.sweep, &err), &err);
	advance_tuner(&t);
	return t;
}

static inline struct tuned tuned_to_the_end(const char *text, surface *loss)
{
	struct tuned t = tuned_start(text, loss);

	end_all(&t);
	return t;
}

static inline void tuned_release(struct tuned *t)
{
	tuner_free(t->tuner);
	sweep_free(t->sweep);
}

/* The trial of an arm with the lowest loss, of those of the whole budget. */
static inline const struct trial *lowest(const struct tuned *t, const char *label)
{
	const struct trial *best = NULL;

	for (size_t i = 0; i < t->sweep->n_trials; i++) {
		const struct trial *trial = t->sweep->trials[i];
		double loss = t->loss(trial);

		if (strcmp(trial->label, label) == 0 && loss >= 0 &&
		    (!best || loss < t->loss(best)))
			best = trial;
	}
	assert_non_null(best);
	return best;
}

static inline size_t count_origin(const struct tuned *t, const char *origin)
{
	size_t n = 0;

	for (size_t i = 0; i < t->sweep->n_trials; i++)
		n += strcmp(t->sweep->trials[i]->origin ? t->sweep->trials[i]->origin : "grid",
			    origin) == 0;
	return n;
}

/* By key, then by arm. */
static inline int compare_keys(const void *a, const void *b)
{
	const struct trial *x = *(struct trial *const *)a, *y = *(struct trial *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : strcmp(x->label, y->label);
}

static inline void check_same_trials(const struct sweep *a, const struct sweep *b)
{
	struct trial **x = xcalloc(a->n_trials, sizeof(struct trial *));
	struct trial **y = xcalloc(b->n_trials, sizeof(struct trial *));

	assert_int_equal(a->n_trials, b->n_trials);
	memcpy(x, a->trials, a->n_trials * sizeof(struct trial *));
	memcpy(y, b->trials, b->n_trials * sizeof(struct trial *));
	qsort(x, a->n_trials, sizeof(struct trial *), compare_keys);
	qsort(y, b->n_trials, sizeof(struct trial *), compare_keys);
	for (size_t i = 0; i < a->n_trials; i++) {
		assert_string_equal(x[i]->key, y[i]->key);
		assert_string_equal(x[i]->origin ? x[i]->origin : "grid",
				    y[i]->origin ? y[i]->origin : "grid");
	}
	free(x);
	free(y);
}

static inline void check_results(const struct tuned *t, const char *wanted)
{
	struct text lines = {0};

	tuner_describe_results(t->tuner, &lines);
	assert_string_equal(text_string(&lines), wanted);
	text_release(&lines);
}

/* --- surfaces --- */

static inline double octaves(const struct trial *trial, const char *name, double from)
{
	return log2(trial_option(trial, name) / from);
}

/* Noise of a trial, the same whenever it is asked for. */
static inline double noise(const struct trial *trial)
{
	struct random random = random_stream(hash64(0, trial->key, 64), 1);

	return 0.002 * random_normal(&random);
}

/* --- a study with every way to tune --- */

#define WHOLE_STUDY                                                                            \
	FIXTURE_DATA "model: {size: [32x2, 64x2], context: 128}\n" TUNED_TRAIN "optimizer:\n"  \
		     "  - {name: adamw, tune: {lr: {bracket: {from: 3e-3, factor: 3}}, "       \
		     "weight_decay: {bracket: {from: 0.1}}}}\n"                                \
		     "  - {name: muon, inherit: adamw}\n"                                      \
		     "  - {name: muon, label: h, tune: {method: halving, lr: [0.01, 0.02, "    \
		     "0.04, 0.08]}}\n"                                                         \
		     "  - {name: muon, label: c, tune: {method: coordinate, lr: [0.01, 0.02, " \
		     "0.04], weight_decay: [0, 0.1, 0.2]}}\n"

static inline double of_all(const struct trial *trial)
{
	double x = octaves(trial, "lr", 0.024), y = trial_option(trial, "weight_decay") * 10 - 1;

	return 2 + 0.05 * x * x + 0.02 * y * y + 2e4 / (double)trial->tokens + noise(trial);
}

#endif
