/* SPDX-License-Identifier: MIT
 *
 * The pairs of a report: each arm against its baseline, in every meaning that the rows allow.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "results/efficiency_kind.h"
#include "results/fit_passes.h"
#include "results/frontier.h"

/* Whether C of the meaning is another than that by which the study's frontier was marked. */
static bool counts_otherwise(const struct study *study, const struct efficiency_kind *kind)
{
	return kind->source == LAW_OF_FRONTIER &&
	       (kind->x == SAMPLE_SECONDS ||
		(kind->x == SAMPLE_FLOPS_AND_OPTIMIZER && !study->count_optimizer) ||
		(kind->x == SAMPLE_FLOPS && study->count_optimizer));
}

/* Takes from the frontier the points that a faster one of their arm beats. */
static void keep_fast(struct study_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && points[i].frontier; k++)
			if (points[k].frontier && points[k].arm == points[i].arm &&
			    points[k].seconds < points[i].seconds &&
			    points[k].loss <= points[i].loss)
				points[i].frontier = false;
}

/* The points with the frontier that they have by the meaning's own C; for seconds what remains of
 * the study's. */
static struct study_point *mark_again(const struct study *study, const struct study_point *points,
				      enum sample_compute x)
{
	struct study_point *copy = xmalloc((study->n_cells + 1) * sizeof(*copy));

	memcpy(copy, points, study->n_cells * sizeof(*copy));
	if (x == SAMPLE_SECONDS) {
		keep_fast(copy, study->n_cells);
		return copy;
	}
	for (size_t i = 0; i < study->n_cells; i++) {
		copy[i].compute = copy[i].flops;
		if (x == SAMPLE_FLOPS_AND_OPTIMIZER)
			copy[i].compute += copy[i].flops_optimizer;
		if (isnan(copy[i].compute))
			copy[i].loss = (double)NAN;
	}
	study_mark_frontier(study, copy);
	return copy;
}

void fit_pair_samples(const struct fit_report *report, const struct efficiency *pair,
		      const struct study_point *points, struct sample samples[2])
{
	const struct efficiency_kind *kind = efficiency_kind(pair->meaning);
	size_t arms[] = {pair->baseline, pair->challenger};
	struct sample_choice choice = {
		.source = kind->source, .columns = kind->columns, .n_arms = 1, .compute = kind->x};
	struct study_point *own = NULL;

	if (counts_otherwise(&report->study, kind))
		own = mark_again(&report->study, points, kind->x);
	for (int a = 0; a < 2; a++) {
		choice.arms = &arms[a];
		sample_gather(&samples[a], &report->study, own ? own : points, &choice);
	}
	free(own);
}

/* Tables of others have "AdamW". */
static bool same_name(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

size_t fit_find_baseline(const struct fit_report *report, const char *rest)
{
	const struct study *study = &report->study;
	const char *name = report->options.baseline;
	size_t by_optimizer = study->n_arms, n = 0;

	for (size_t a = 0; a < study->n_arms; a++) {
		const struct study_arm *arm = &study->arms[a];

		if (strcmp(arm->rest, rest) != 0)
			continue;
		if (same_name(arm->first, name) || same_name(arm->name, name))
			return a;
		if (arm->optimizer && same_name(arm->optimizer, name)) {
			by_optimizer = a;
			n++;
		}
	}
	return n == 1 ? by_optimizer : study->n_arms;
}

static int check_baseline(const struct fit_report *report, struct error *err)
{
	const struct study *study = &report->study;
	struct text names = {0};
	int result;

	if (!report->options.baseline_given || study->n_arms < 2)
		return 0;
	for (size_t a = 0; a < study->n_arms; a++)
		if (fit_find_baseline(report, study->arms[a].rest) < study->n_arms)
			return 0;
	for (size_t a = 0; a < study->n_arms; a++)
		text_printf(&names, "%s'%s'", a ? ", " : "", study->arms[a].name);
	result = error_set(err, ERR_USAGE, "no arm '%s' for '--baseline'; name one of %s",
			   report->options.baseline, text_string(&names));
	text_release(&names);
	return result;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Whether the seconds of two arms can be compared: all trials ran alone on one machine. */
static bool is_isolated(const struct study *study, size_t baseline, size_t challenger)
{
	const struct observation *first = NULL;

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct observation *row = study->trials[i].row;

		if (study->trials[i].arm != baseline && study->trials[i].arm != challenger)
			continue;
		first = first ? first : row;
		if (row->jobs != 1 || row->threads != first->threads ||
		    !same_text(row->host, first->host) || !same_text(row->backend, first->backend))
			return false;
	}
	return first != NULL;
}

/* Rows of time have their place in seconds of the baseline's points: adds those points' C. */
static void add_compute(const struct fit_report *report, struct efficiency *pair)
{
	for (size_t i = 0; i < pair->n_rows; i++)
		for (size_t c = 0; c < report->study.n_cells; c++) {
			const struct study_point *point = &report->points[c];

			if (point->arm == pair->baseline && point->frontier &&
			    point->seconds == pair->rows[i].seconds)
				pair->rows[i].flops = point->compute;
		}
}

static void finish_time(const struct fit_report *report, struct efficiency *pair)
{
	pair->isolated = is_isolated(&report->study, pair->baseline, pair->challenger);
	if (!pair->isolated)
		text_add(&pair->warnings,
			 "not measured in isolation: re-time the winners alone, on one host, with "
			 "the same backend and threads and --jobs 1\n");
	add_compute(report, pair);
}

static struct efficiency *next_pair(struct fit_report *report, enum efficiency_meaning meaning,
				    size_t baseline, size_t challenger)
{
	const struct study *study = &report->study;
	size_t seeds[] = {study->arms[baseline].n_seeds, study->arms[challenger].n_seeds};
	struct efficiency *pair = &report->pairs[report->n_pairs++];

	*pair = (struct efficiency){
		.meaning = meaning,
		.baseline = baseline,
		.challenger = challenger,
		.n_trials = study->arms[baseline].n_trials + study->arms[challenger].n_trials,
		.seed_pairs = seeds[0] < seeds[1] ? seeds[0] : seeds[1],
	};
	return pair;
}

static void add_pair(struct fit_report *report, enum efficiency_meaning meaning, size_t baseline,
		     size_t challenger)
{
	const struct study_arm *arms = report->study.arms;
	const char *names[] = {arms[baseline].name, arms[challenger].name};
	struct efficiency *pair = next_pair(report, meaning, baseline, challenger);
	struct robust robust = fit_robust(&report->options, &law_power_offset);
	struct sample samples[2];

	fit_pair_samples(report, pair, report->points, samples);
	efficiency_estimate(pair, (struct law_data[]){samples[0].data, samples[1].data}, &robust,
			    names);
	sample_release(&samples[0]);
	sample_release(&samples[1]);
	if (meaning == EFFICIENCY_TIME)
		finish_time(report, pair);
}

static const struct fit_law *find_joint(const struct fit_report *report, size_t baseline,
					size_t challenger)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		const struct fit_law *law = &report->laws[i];

		if (!law->law->joint || law->arms[0] != baseline)
			continue;
		for (size_t a = 1; a < law->n_arms; a++)
			if (law->arms[a] == challenger)
				return law;
	}
	return NULL;
}

static void add_factor(struct fit_report *report, enum efficiency_meaning meaning, size_t baseline,
		       size_t challenger)
{
	const struct fit_law *law = find_joint(report, baseline, challenger);
	struct efficiency *pair = next_pair(report, meaning, baseline, challenger);
	char name[LAW_NAME_SIZE];

	snprintf(name, sizeof(name), "%s:%s", efficiency_kind(meaning)->factor,
		 report->study.arms[challenger].name);
	for (size_t k = 0; law && k < law->n_parameters; k++)
		if (strcmp(law->names[k], name) == 0) {
			efficiency_from_factor(pair, law->fit.parameters[k], law->replicates + k,
					       isnan(law->interval[k].low) ? 0 : law->n_replicates,
					       law->n_parameters,
					       (double[]){law->flops_low, law->flops_high});
			pair->n_degenerate[EFFICIENCY_PRIMARY] = law->n_degenerate;
		}
	if (pair->n_rows == 0)
		text_add(&pair->warnings, "no joint law was fitted: no ratio\n");
	else if (report->options.bootstrap > 0 &&
		 isnan(pair->rows[0].interval[EFFICIENCY_PRIMARY].low))
		text_add(&pair->warnings, "the joint law has no interval of it, see there\n");
}

static bool has_seconds(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].row->seconds > 0)
			return true;
	return false;
}

/* Whether a joint law is there, or is missing though every law was asked for. */
static bool asks_joint(const struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++)
		if (report->laws[i].law->joint)
			return true;
	return report->study.has_params && report->study.has_tokens && law_find("joint") &&
	       !(report->options.laws && report->options.laws[0]);
}

/* Whether rows have what a meaning compares. */
static bool is_known(const struct fit_report *report, enum efficiency_meaning meaning)
{
	const struct study *study = &report->study;

	switch (meaning) {
	case EFFICIENCY_COMPUTE_WITH_OPTIMIZER:
		return study->has_optimizer_flops;
	case EFFICIENCY_TIME:
		return has_seconds(study);
	case EFFICIENCY_TOKENS:
		return study->has_params && study->has_tokens;
	case EFFICIENCY_RHO_N:
	case EFFICIENCY_RHO_D:
		return asks_joint(report);
	default:
		return (study->columns & LAW_FLOPS) && (study->columns & LAW_LOSS);
	}
}

void fit_add_pairs(struct fit_report *report, enum efficiency_meaning meaning)
{
	const struct study *study = &report->study;
	bool factor = efficiency_kind(meaning)->factor != NULL;

	if (!report->pairs)
		report->pairs =
			xcalloc(EFFICIENCY_N_MEANINGS * study->n_arms + 1, sizeof(*report->pairs));
	if (!is_known(report, meaning) || !(study->columns & LAW_LOSS))
		return;
	for (size_t a = 0; a < study->n_arms; a++) {
		size_t baseline = fit_find_baseline(report, study->arms[a].rest);

		if (baseline < study->n_arms && baseline != a && study->arms[a].n_cells > 0 &&
		    study->arms[baseline].n_cells > 0)
			(factor ? add_factor : add_pair)(report, meaning, baseline, a);
	}
}

int fit_make_pairs(struct fit_report *report, struct error *err)
{
	int result = check_baseline(report, err);

	for (int m = 0; m < EFFICIENCY_N_MEANINGS && !result; m++)
		if (!efficiency_kind((enum efficiency_meaning)m)->factor)
			fit_add_pairs(report, (enum efficiency_meaning)m);
	return result;
}

static int by_meaning(const void *a, const void *b)
{
	const struct efficiency *p = a, *q = b;

	if (p->meaning != q->meaning)
		return p->meaning < q->meaning ? -1 : 1;
	return p->challenger < q->challenger ? -1 : p->challenger > q->challenger;
}

void fit_add_factors(struct fit_report *report)
{
	for (int m = 0; m < EFFICIENCY_N_MEANINGS; m++)
		if (efficiency_kind((enum efficiency_meaning)m)->factor)
			fit_add_pairs(report, (enum efficiency_meaning)m);
	qsort(report->pairs, report->n_pairs, sizeof(*report->pairs), by_meaning);
}

const struct efficiency *fit_report_pair(const struct fit_report *report,
					 enum efficiency_meaning meaning, size_t challenger)
{
	for (size_t i = 0; i < report->n_pairs; i++)
		if (report->pairs[i].meaning == meaning &&
		    report->pairs[i].challenger == challenger)
			return &report->pairs[i];
	return NULL;
}
