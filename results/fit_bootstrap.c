/* SPDX-License-Identifier: MIT
 *
 * One replicate draws trials once, selects once, and refits every law and every pair, so that what
 * is compared shares its draw.  Where there is nothing to draw, the points stay and only residuals
 * are exchanged.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/bootstrap.h"
#include "results/efficiency_kind.h"
#include "results/fit_passes.h"
#include "results/selection_bias.h"

#define CHECKS	8    /* replicates that are fitted from all starts, too */
#define AS_GOOD 1e-6 /* relative difference of objectives that is no other optimum */
#define AS_NEAR 1e-4 /* likewise of parameters: near an objective of 0 all is rounding */

struct pair_noise {
	struct residuals residuals[2];
	double *numbers; /* a row per replicate */
	bool (*degenerate)[EFFICIENCY_N_METHODS];
};

struct law_noise {
	struct residuals residuals;
	bool *degenerate;
	bool *better; /* of every replicate that is checked: a cold fit ended lower */
};

struct replicates {
	struct fit_report *report;
	pthread_t caller;
	atomic_size_t done;
	struct law_noise *laws;
	struct pair_noise *pairs;
};

/* Whether a replicate is also fitted from all starts: a few, evenly spread. */
static bool is_checked(const struct fit_report *report, size_t replicate)
{
	size_t n = (size_t)report->options.bootstrap, every = (n + CHECKS - 1) / CHECKS;

	return replicate % every == 0;
}

/* Whether a fit is lower than another, and elsewhere. */
static bool is_better(const struct law_fit *fit, const struct law_fit *other, size_t n_parameters)
{
	bool elsewhere = false;

	for (size_t k = 0; k < n_parameters; k++) {
		double a = fit->parameters[k], b = other->parameters[k];

		elsewhere |= fabs(a - b) > AS_NEAR * fmax(fabs(a), fabs(b));
	}
	return elsewhere && fit->objective < other->objective * (1 - AS_GOOD);
}

/* Starts where the study's own fit ended.  What that start misses a cold fit may find; the lower
 * of the two counts. */
static int refit(const struct replicates *all, size_t index, size_t replicate,
		 const struct law_data *data, struct law_fit *fit)
{
	const struct fit_report *report = all->report;
	const struct fit_law *law = &report->laws[index];
	struct robust robust = fit_robust(&report->options, law->law);
	int result = law->law->fit(data, &robust, law->fit.parameters, fit, NULL);
	struct law_fit cold;

	if (!is_checked(report, replicate) || law->law->fit(data, &robust, NULL, &cold, NULL))
		return result;
	if (result || is_better(&cold, fit, law->n_parameters)) {
		*fit = cold;
		all->laws[index].better[replicate] = true;
	}
	return 0;
}

static void refit_law(const struct replicates *all, size_t index, size_t replicate,
		      const struct study_point *points)
{
	const struct fit_report *report = all->report;
	struct fit_law *law = &report->laws[index];
	size_t p = law->n_parameters;
	double *row = &law->replicates[replicate * p];
	struct law_fit fit;
	struct sample sample;

	row[0] = (double)NAN;
	all->laws[index].degenerate[replicate] = true;
	fit_law_sample(report, law, points, &sample);
	if (sample_add_noise(&sample, &all->laws[index].residuals, report->options.seed,
			     replicate) &&
	    refit(all, index, replicate, &sample.data, &fit) == 0) {
		memcpy(row, fit.parameters, p * sizeof(*row));
		all->laws[index].degenerate[replicate] = law->law->at_bound(&sample.data, &fit);
	}
	sample_release(&sample);
}

static void refit_pair(const struct replicates *all, size_t index, size_t replicate,
		       const struct study_point *points)
{
	const struct fit_report *report = all->report;
	const struct efficiency *pair = &report->pairs[index];
	struct pair_noise *noise = &all->pairs[index];
	struct robust robust = fit_robust(&report->options, &law_power_offset);
	size_t n = efficiency_n_numbers(pair);
	double *row = &noise->numbers[replicate * n];
	struct sample samples[2];
	bool noisy = true;

	fit_pair_samples(report, pair, points, samples);
	for (int a = 0; a < 2; a++)
		noisy &= sample_add_noise(&samples[a], &noise->residuals[a], report->options.seed,
					  replicate);
	if (noisy) {
		efficiency_replicate(pair, (struct law_data[]){samples[0].data, samples[1].data},
				     &robust, row, noise->degenerate[replicate]);
	} else {
		for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
			noise->degenerate[replicate][m] = true;
		for (size_t i = 0; i < n; i++)
			row[i] = (double)NAN;
	}
	sample_release(&samples[0]);
	sample_release(&samples[1]);
}

static bool on_frontier(const struct study_point *point)
{
	return point->frontier && isfinite(point->loss);
}

/* Puts into the points of a replicate how they and the frontier differ from the study's. */
static void note_changes(const struct fit_report *report, struct study_point *drawn)
{
	const struct study *study = &report->study;
	size_t slots = study->n_arms * study->n_budget_groups;
	double *frontier = xmalloc((slots + 1) * sizeof(*frontier));

	for (size_t i = 0; i < slots; i++)
		frontier[i] = (double)NAN;
	for (int pass = 0; pass < 2; pass++)
		for (size_t c = 0; c < study->n_cells; c++) {
			double *slot = &frontier[study->cells[c].arm * study->n_budget_groups +
						 study->cells[c].budget_group];

			if (!pass && on_frontier(&report->points[c]))
				*slot = report->points[c].loss;
			if (pass) {
				drawn[c].change = drawn[c].loss / report->points[c].loss;
				drawn[c].frontier_change = drawn[c].loss / *slot;
			}
		}
	free(frontier);
}

static void tell_progress(struct replicates *all)
{
	const struct fit_options *options = &all->report->options;
	size_t done = atomic_fetch_add(&all->done, 1) + 1;

	if (options->progress && pthread_equal(all->caller, pthread_self()))
		options->progress(options->progress_context,
				  (double)done / (double)options->bootstrap);
}

static void run_replicate(void *context, size_t replicate)
{
	struct replicates *all = context;
	const struct fit_report *report = all->report;
	const struct study *study = &report->study;
	const struct study_point *points = report->points;
	struct study_point *drawn = NULL;

	if (study->resampled || study->bucketed) {
		double *weight = xmalloc(2 * study->n_trials * sizeof(*weight));
		double *loss = weight + study->n_trials;

		drawn = xmalloc(study->n_cells * sizeof(*drawn));
		bootstrap_draw(study, report->options.seed, replicate, weight, loss);
		study_select(study, &(struct study_draw){weight, loss}, drawn);
		note_changes(report, drawn);
		points = drawn;
		free(weight);
	}
	for (size_t i = 0; i < report->n_laws; i++)
		refit_law(all, i, replicate, points);
	for (size_t i = 0; i < report->n_pairs; i++)
		refit_pair(all, i, replicate, points);
	free(drawn);
	tell_progress(all);
}

static void prepare_law(const struct fit_report *report, struct fit_law *law,
			struct law_noise *noise)
{
	size_t n = (size_t)report->options.bootstrap;
	struct sample sample;

	fit_law_sample(report, law, report->points, &sample);
	residuals_take(&noise->residuals, &sample, law->law, &law->fit, sample.data.n,
		       law->n_parameters);
	sample_release(&sample);
	noise->better = xcalloc(n, sizeof(*noise->better));
	noise->degenerate = xcalloc(n, sizeof(*noise->degenerate));
	law->replicates = xmalloc(n * law->n_parameters * sizeof(double));
}

static void prepare_pair(const struct fit_report *report, const struct efficiency *pair,
			 struct pair_noise *noise)
{
	size_t n = (size_t)report->options.bootstrap;
	struct sample samples[2];
	double width;

	fit_pair_samples(report, pair, report->points, samples);
	efficiency_kind(pair->meaning)->take_residuals(pair, samples, noise->residuals);
	width = student_width(sample_spare(&samples[0]) + sample_spare(&samples[1]));
	noise->residuals[0].width = noise->residuals[1].width = width;
	sample_release(&samples[0]);
	sample_release(&samples[1]);
	noise->degenerate = xcalloc(n, sizeof(*noise->degenerate));
	noise->numbers = xmalloc(n * efficiency_n_numbers(pair) * sizeof(double));
}

/* Keeps the replicates that could be fitted and takes the intervals. */
static void finish_law(const struct fit_report *report, struct fit_law *law,
		       const struct law_noise *noise)
{
	size_t n = (size_t)report->options.bootstrap;
	size_t p = law->n_parameters;

	for (size_t i = 0; i < n; i++) {
		law->n_degenerate += noise->degenerate[i];
		law->n_checked += is_checked(report, i);
		law->n_better += noise->better[i];
		if (isfinite(law->replicates[i * p]))
			memmove(&law->replicates[law->n_replicates++ * p], &law->replicates[i * p],
				p * sizeof(double));
	}
	if (law->n_replicates * 2 < n)
		law->n_replicates = 0; /* no band, either */
	if (law_fit_singular(&law->fit) || law->n_degenerate * 2 > n)
		return; /* an interval would feign knowledge */
	for (size_t k = 0; k < p; k++) {
		law->intervals[k] = bootstrap_intervals(law->replicates + k, law->n_replicates, p,
							law->fit.parameters[k]);
		law->interval[k] = intervals_printed(&law->intervals[k]);
	}
}

static void finish_pair(struct efficiency *pair, const struct pair_noise *noise, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
			pair->n_degenerate[m] += noise->degenerate[i][m];
	efficiency_intervals(pair, noise->numbers, n);
}

/* With the residuals of a law of all points where there is one. */
static void tell_selection_bias(struct fit_report *report, const struct replicates *all)
{
	const struct residuals *residuals = NULL;
	double bias;

	for (size_t i = 0; i < report->n_laws; i++) {
		const struct law *law = report->laws[i].law;

		if (law->response == LAW_LOSS && all->laws[i].residuals.n > 0 &&
		    (!residuals || law->source == LAW_OF_CELLS))
			residuals = &all->laws[i].residuals;
	}
	bias = residuals ? selection_bias(&report->study, report->points, residuals,
					  report->options.seed)
			 : (double)NAN;
	if (bias < 0)
		text_printf(&report->warnings,
			    "taking the best of tuning lowers the loss of a cell of one seed by "
			    "%.2g %% or more\n",
			    -100 * bias);
}

void fit_bootstrap(struct fit_report *report)
{
	size_t n = (size_t)report->options.bootstrap;
	struct replicates all = {.report = report, .caller = pthread_self()};

	if (n == 0)
		return;
	all.laws = xcalloc(report->n_laws + 1, sizeof(*all.laws));
	all.pairs = xcalloc(report->n_pairs + 1, sizeof(*all.pairs));
	for (size_t i = 0; i < report->n_laws; i++)
		prepare_law(report, &report->laws[i], &all.laws[i]);
	for (size_t i = 0; i < report->n_pairs; i++)
		prepare_pair(report, &report->pairs[i], &all.pairs[i]);
	parallel_for(n, report->options.threads, run_replicate, &all);
	report->options.progress = NULL; /* all is told; studies of parts of it tell nothing */
	tell_selection_bias(report, &all);
	for (size_t i = 0; i < report->n_laws; i++) {
		finish_law(report, &report->laws[i], &all.laws[i]);
		residuals_release(&all.laws[i].residuals);
		free(all.laws[i].degenerate);
		free(all.laws[i].better);
	}
	for (size_t i = 0; i < report->n_pairs; i++) {
		finish_pair(&report->pairs[i], &all.pairs[i], n);
		residuals_release(&all.pairs[i].residuals[0]);
		residuals_release(&all.pairs[i].residuals[1]);
		free(all.pairs[i].degenerate);
		free(all.pairs[i].numbers);
	}
	free(all.laws);
	free(all.pairs);
}
