/* SPDX-License-Identifier: MIT */
#include "results/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/fit_passes.h"

#define DEFAULT_REPLICATES 1000

struct fit_options fit_options_default(void)
{
	return (struct fit_options){
		.robust = {ROBUST_HUBER, 1e-3},
		.delta = 1e-3,
		.baseline = "adamw",
		.target = (double)NAN,
		.bootstrap = DEFAULT_REPLICATES,
		.seed = 1,
	};
}

struct robust fit_robust(const struct fit_options *options, const struct law *law)
{
	bool chosen = options->loss_given && law->evaluate; /* else it has one way only */
	struct robust robust = chosen ? options->robust : law->robust;

	robust.delta = options->delta;
	return robust;
}

void fit_law_sample(const struct fit_report *report, const struct fit_law *law,
		    const struct study_point *points, struct sample *sample)
{
	const struct sample_choice choice = {
		.source = law->law->source,
		.columns = law->law->columns,
		.arms = law->arms,
		.n_arms = law->n_arms,
		.compute = SAMPLE_COMPUTE,
		.target = law->target,
		.size = law->size,
		.base_batch = report->options.base_batch,
	};

	sample_gather(sample, &report->study, points, &choice);
}

static struct interval target_interval(const struct fit_law *law, double loss)
{
	double *flops = xmalloc((law->n_replicates + 1) * sizeof(*flops));
	struct interval interval;

	for (size_t i = 0; i < law->n_replicates; i++) {
		flops[i] = law->law->invert(&law->replicates[i * law->n_parameters], loss);
		if (isnan(flops[i]))
			flops[i] = HUGE_VAL; /* this replicate never reaches it */
	}
	interval = bootstrap_interval(flops, law->n_replicates, 1);
	free(flops);
	return interval;
}

/* Whether the loss lies between the highest and the lowest of an arm's frontier. */
static bool reached(const struct fit_report *report, size_t arm, double loss)
{
	bool above = false, below = false;

	for (size_t i = 0; i < report->study.n_cells; i++) {
		const struct study_point *point = &report->points[i];

		if (point->arm != arm || !point->frontier)
			continue;
		above |= point->loss >= loss;
		below |= point->loss <= loss;
	}
	return above && below;
}

static void make_targets(struct fit_report *report)
{
	double loss = report->options.target;

	report->targets = xcalloc(report->study.n_arms + 1, sizeof(*report->targets));
	for (size_t arm = 0; arm < report->study.n_arms; arm++) {
		const struct fit_law *law = fit_report_curve(report, arm);

		if (!law || !isfinite(loss))
			continue;
		report->targets[report->n_targets++] = (struct fit_target){
			.arm = arm,
			.flops = law->law->invert(law->fit.parameters, loss),
			.interval = target_interval(law, loss),
			.in_range = reached(report, arm, loss),
		};
	}
}

int fit_points_and_laws(const struct observations *set, const struct fit_options *options,
			struct fit_report *report, struct error *err)
{
	int result;

	*report = (struct fit_report){.options = *options};
	result = study_build(&report->study, set, &options->study, err);
	if (!result) {
		report->points = xcalloc(report->study.n_cells + 1, sizeof(*report->points));
		study_select(&report->study, NULL, report->points);
		result = fit_laws(report, err);
	}
	return result;
}

int fit_study(const struct observations *set, const struct fit_options *options,
	      struct fit_report *report, struct error *err)
{
	int result = fit_points_and_laws(set, options, report, err);

	if (!result && !(options->at && options->at[0]))
		result = fit_make_pairs(report, err);
	if (!result && !(options->at && options->at[0])) {
		fit_bootstrap(report);
		fit_add_factors(report);
		fit_add_specifications(report);
		make_targets(report);
		fit_holdout_errors(report);
		fit_add_warnings(report);
		if (options->holdout > 0)
			result = fit_backtest(report, err);
	}
	if (result)
		fit_report_release(report);
	return result;
}

void fit_report_release(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		free(report->laws[i].replicates);
		text_release(&report->laws[i].warnings);
	}
	for (size_t i = 0; i < report->n_pairs; i++)
		efficiency_release(&report->pairs[i]);
	free(report->laws);
	free(report->pairs);
	free(report->targets);
	free(report->specifications);
	free(report->held_out);
	free(report->scores);
	free(report->points);
	text_release(&report->warnings);
	text_release(&report->refused);
	arena_release(&report->arena);
	study_release(&report->study);
	*report = (struct fit_report){0};
}

const struct fit_law *fit_report_law(const struct fit_report *report, const char *law, size_t arm)
{
	for (size_t i = 0; i < report->n_laws; i++)
		if (report->laws[i].n_arms == 1 && report->laws[i].arms[0] == arm &&
		    strcmp(report->laws[i].law->name, law) == 0)
			return &report->laws[i];
	return NULL;
}

const struct fit_law *fit_report_curve(const struct fit_report *report, size_t arm)
{
	const struct fit_law *law = fit_report_law(report, law_power_offset.name, arm);

	return law ? law : fit_report_law(report, law_power.name, arm);
}

double fit_law_at(const struct fit_law *law, const struct law_point *at, struct interval *band)
{
	double *losses = xmalloc((law->n_replicates + 1) * sizeof(*losses));

	for (size_t i = 0; i < law->n_replicates; i++)
		losses[i] = law->law->predict(&law->replicates[i * law->n_parameters], at);
	*band = bootstrap_interval(losses, law->n_replicates, 1);
	free(losses);
	return law->law->predict(law->fit.parameters, at);
}
