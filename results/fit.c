/* SPDX-License-Identifier: MIT */
#include "results/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/fit_passes.h"
#include "results/frontier.h"

#define DEFAULT_REPLICATES 1000
#define FEWEST_SIZES	   3
#define MAX_LAWS	   32

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

static int unknown_law(const char *name, struct error *err)
{
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, name);
	for (size_t i = 0; laws[i]; i++)
		suggestion_offer(&near, laws[i]->name);
	return error_set(err, ERR_USAGE, "unknown law '%s'%s", name,
			 near.best ? suggestion_text(&near, hint, sizeof(hint))
				   : "; see 'muon-sweep help laws'");
}

/* Whether some point has the columns, so that the law is meant when none is named. */
static bool has_columns(const struct study *study, const struct law *law)
{
	return (law->columns & ~study->columns) == 0 && (!law->joint || study->n_arms > 1);
}

bool fit_asked(const struct fit_report *report)
{
	return report->options.laws && report->options.laws[0];
}

/* Tells of laws that every study is made for but this one is too small for. */
static void note_left_out(struct fit_report *report)
{
	for (size_t i = 0; laws[i] && !fit_asked(report); i++)
		if (has_columns(&report->study, laws[i]) && !laws[i]->suits &&
		    (laws[i]->columns & LAW_PARAMS) && report->study.n_sizes < FEWEST_SIZES)
			text_printf(&report->refused,
				    "%s: %zu model size%s, it needs %d (--law %s fits it all the "
				    "same)\n",
				    laws[i]->name, report->study.n_sizes,
				    report->study.n_sizes == 1 ? "" : "s", FEWEST_SIZES,
				    laws[i]->name);
}

static const struct law *variant_of(const struct law *law, const struct fit_options *options)
{
	return law == &law_envelope && options->envelope_bins ? &law_envelope_bins : law;
}

/* Adds to `chosen` the laws that were asked for, else those whose columns are there. */
static int choose_laws(const struct fit_options *options, const struct study *study,
		       const struct law **chosen, size_t *n, struct error *err)
{
	char *copy, *rest = NULL;
	int result = 0;

	*n = 0;
	for (size_t i = 0; laws[i] && !(options->laws && options->laws[0]); i++)
		if (has_columns(study, laws[i]))
			chosen[(*n)++] = variant_of(laws[i], options);
	copy = xstrdup(options->laws ? options->laws : "");
	for (char *name = strtok_r(copy, ", ", &rest); name && !result;
	     name = strtok_r(NULL, ", ", &rest)) {
		const struct law *named = law_find(name), *law = variant_of(named, options);
		bool known = false;

		for (size_t i = 0; i < *n; i++)
			known |= chosen[i] == law;
		if (!law)
			result = unknown_law(name, err);
		else if (!known)
			chosen[(*n)++] = law;
	}
	free(copy);
	return result;
}

static void set_range(struct fit_law *law, const struct sample *sample)
{
	law->flops_low = law->flops_high = (double)NAN;
	for (size_t i = 0; i < sample->data.n; i++) {
		law->flops_low = fmin(law->flops_low, sample->points[i].flops);
		law->flops_high = fmax(law->flops_high, sample->points[i].flops);
	}
}

static const char *const *law_arm_names(const struct fit_report *report, const struct fit_law *law,
					const char *names[LAW_MAX_ARMS])
{
	for (size_t i = 0; i < law->n_arms; i++)
		names[i] = report->study.arms[law->arms[i]].name;
	return names;
}

static void name_parameters(struct fit_report *report, struct fit_law *law)
{
	const char *arms[LAW_MAX_ARMS];
	char name[LAW_NAME_SIZE];

	law->n_parameters = law_n_parameters(law->law, law->n_arms);
	law_arm_names(report, law, arms);
	for (size_t k = 0; k < law->n_parameters; k++) {
		law_parameter_name(law->law, k, arms, name);
		law->names[k] = arena_strdup(&report->arena, name);
	}
}

static int fit_or_evaluate(const struct fit_report *report, struct fit_law *law,
			   const struct sample *sample, struct error *err)
{
	struct robust robust = fit_robust(&report->options, law->law);
	const char *at = report->options.at, *names[LAW_MAX_ARMS];
	int result;

	if (!at || !at[0])
		return law->law->fit(&sample->data, &robust, NULL, &law->fit, err);
	if (!law->law->evaluate)
		return error_set(err, ERR_USAGE, "law '%s' has no objective to evaluate",
				 law->law->name);
	result = law_read_parameters(law->law, law_arm_names(report, law, names), law->n_arms, at,
				     law->fit.parameters, err);
	if (!result)
		law->law->evaluate(&sample->data, &robust, law->fit.parameters, &law->fit);
	return result;
}

static void note_refused(struct fit_report *report, const struct fit_law *law, const char *why)
{
	text_printf(&report->refused, "'%s': %s", law->group, why);
	if (law->n_left_out > 0)
		text_printf(&report->refused, " (%zu left out: %s)", law->n_left_out,
			    law_source_left_out(law->law->source));
	text_add_char(&report->refused, '\n');
}

static void check_law(struct fit_law *law, const struct sample *sample)
{
	set_range(law, sample);
	law->law->check(&sample->data, &law->fit, &law->warnings);
	if (law->n_left_out > 0)
		text_printf(&law->warnings, "%zu left out: %s\n", law->n_left_out,
			    law_source_left_out(law->law->source));
}

int fit_one(struct fit_report *report, struct error *err)
{
	struct fit_law *law = &report->laws[report->n_laws];
	struct error why = ERROR_INIT;
	struct sample sample;
	int result;

	name_parameters(report, law);
	for (size_t i = 0; i < LAW_MAX_PARAMETERS; i++) {
		law->interval[i] = (struct interval){(double)NAN, (double)NAN};
		law->intervals[i] = (struct intervals){law->interval[i], law->interval[i]};
	}
	fit_law_sample(report, law, report->points, &sample);
	law->n_without = sample.n_without;
	law->n_left_out = sample.n_left_out;
	if (!fit_asked(report) && !law_suits(law->law, &sample.data)) {
		sample_release(&sample);
		return 0;
	}
	result = fit_or_evaluate(report, law, &sample, &why);
	if (!result) {
		check_law(law, &sample);
		report->n_laws++;
	} else if (why.code == ERR_FIT) {
		note_refused(report, law, why.text);
		result = 0;
	} else {
		result = error_set(err, why.code, "%s", why.text);
	}
	sample_release(&sample);
	return result;
}

/* One fit of each arm. */
static int fit_arms(struct fit_report *report, const struct law *kind, struct error *err)
{
	int result = 0;

	for (size_t arm = 0; arm < report->study.n_arms && !result; arm++) {
		if (report->study.arms[arm].n_cells == 0)
			continue;
		report->laws[report->n_laws] =
			(struct fit_law){.law = kind,
					 .group = report->study.arms[arm].name,
					 .arms = {arm},
					 .n_arms = 1};
		result = fit_one(report, err);
	}
	return result;
}

/* Fits the arms that share their `rest` with a baseline, if there are several. */
static int fit_with_baseline(struct fit_report *report, const struct law *kind, size_t baseline,
			     struct error *err)
{
	const struct study *study = &report->study;
	const char *rest = study->arms[baseline].rest;
	struct fit_law *law = &report->laws[report->n_laws];

	*law = (struct fit_law){.law = kind, .group = "all", .arms = {baseline}, .n_arms = 1};
	if (rest[0])
		law->group = arena_printf(&report->arena, "all %s", rest);
	for (size_t a = 0; a < study->n_arms && law->n_arms < LAW_MAX_ARMS; a++)
		if (a != baseline && study->arms[a].n_cells > 0 &&
		    strcmp(study->arms[a].rest, rest) == 0)
			law->arms[law->n_arms++] = a;
	return law->n_arms > 1 ? fit_one(report, err) : 0;
}

/* One fit of all arms that are compared with the same baseline. */
static int fit_joint(struct fit_report *report, const struct law *kind, struct error *err)
{
	const struct study *study = &report->study;
	int result = 0;

	for (size_t a = 0; a < study->n_arms && !result; a++)
		if (study->arms[a].n_cells > 0 &&
		    fit_find_baseline(report, study->arms[a].rest) == a)
			result = fit_with_baseline(report, kind, a, err);
	return result;
}

int fit_laws(struct fit_report *report, struct error *err)
{
	const struct law *chosen[MAX_LAWS];
	size_t n, n_targets = fit_count_targets(report), n_arms = report->study.n_arms;
	int result = choose_laws(&report->options, &report->study, chosen, &n, err);

	if (result)
		return result;
	if (report->options.at && report->options.at[0] && n != 1)
		return error_set(err, ERR_USAGE,
				 "'--at' evaluates one law: name it with '--law NAME'");
	if (report->options.at && report->options.at[0] && report->options.holdout)
		return error_set(err, ERR_USAGE,
				 "'--at' fits nothing: '--holdout' has nothing to test");
	report->laws = xcalloc(n * (n_arms + n_targets) + 1, sizeof(*report->laws));
	for (size_t i = 0; i < n && !result; i++)
		if (chosen[i]->source == LAW_OF_TARGETS)
			result = fit_of_targets(report, chosen[i], err);
		else
			result = chosen[i]->joint ? fit_joint(report, chosen[i], err)
						  : fit_arms(report, chosen[i], err);
	note_left_out(report);
	if (!result && report->n_laws == 0 && report->refused.length == 0)
		return error_set(err, ERR_FIT,
				 "no law goes with these columns%s; 'muon-sweep help laws' tells "
				 "what each needs",
				 report->study.columns & LAW_FLOPS
					 ? ""
					 : " (no flops, nor params and tokens to count 6ND)");
	if (!result && report->n_laws == 0)
		return error_set(err, ERR_FIT, "no law could be fitted: %.*s",
				 (int)strcspn(text_string(&report->refused), "\n"),
				 text_string(&report->refused));
	return result;
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
