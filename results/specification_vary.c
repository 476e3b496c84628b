/* SPDX-License-Identifier: MIT
 *
 * Choices that are studies of their own: over the trials that they leave, or with other countings,
 * with fewer replicates than the report's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/specification_work.h"

#define REPLICATES   200
#define FEW_STEPS    200
#define MOST_SIZES   8	    /* of which each is left out with intervals */
#define MOST_STUDIES 32	    /* sizes of which each is left out at all: a study of its own each */
#define MOST_TRIALS  100000 /* of the report; a study of more takes seconds, for each choice */
#define NOTHING_LEFT "too few trials are left"
#define TOO_MANY     "over 100,000 trials: pick some with --where"

/* Another study: its options, and which trials of the report's it leaves. */
struct variation {
	struct study_options study;
	const char *laws; /* "": only ratios */
	bool *keep;	  /* a trial each */
	int bootstrap;
	bool moves; /* C is counted otherwise, so that places move */
};

static void refuse(const struct specification_work *work, enum specification_choice choice,
		   const char *why)
{
	for (size_t p = 0; p < work->n_pairs; p++)
		specification_at(work, p, choice)->why_not = why;
}

static struct observations keep_rows(const struct study *study, const bool *keep)
{
	struct observations set = {0};

	set.rows = xmalloc((study->n_trials + 1) * sizeof(*set.rows));
	for (size_t i = 0; i < study->n_trials; i++)
		if (keep[i])
			set.rows[set.n++] = *study->trials[i].row;
	return set;
}

/* The study, and the ratios of the meaning that was asked for.  `rows` must outlive it. */
static int refit(const struct specification_work *work, const struct variation *how,
		 const struct observations *rows, struct fit_report *sub)
{
	const struct fit_options *options = &work->report->options;
	int result;

	*sub = (struct fit_report){.options = *options};
	sub->options.study = how->study;
	sub->options.laws = how->laws;
	sub->options.bootstrap =
		options->bootstrap < how->bootstrap ? options->bootstrap : how->bootstrap;
	result = study_build(&sub->study, rows, &how->study, NULL);
	if (result)
		return result;
	sub->points = xcalloc(sub->study.n_cells + 1, sizeof(*sub->points));
	study_select(&sub->study, NULL, sub->points);
	if (how->laws[0])
		result = fit_laws(sub, NULL);
	else
		fit_add_pairs(sub, work->asked);
	for (size_t i = 0; i < sub->n_pairs; i++) /* only the primary method is asked */
		sub->pairs[i].separate[0].p[0] = sub->pairs[i].separate[1].p[0] = (double)NAN;
	if (!result)
		fit_bootstrap(sub);
	return result;
}

static size_t find_arm(const struct study *study, const char *name)
{
	size_t arm = 0;

	while (arm < study->n_arms && strcmp(study->arms[arm].name, name) != 0)
		arm++;
	return arm;
}

/* What a choice gives for every pair, put into to[]. */
static void vary(const struct specification_work *work, const struct variation *how,
		 struct specification *to)
{
	const struct study *study = &work->report->study;
	struct observations rows;
	struct fit_report sub;
	int result;

	for (size_t p = 0; p < work->n_pairs && study->n_trials > MOST_TRIALS; p++)
		to[p].why_not = TOO_MANY;
	if (study->n_trials > MOST_TRIALS)
		return;
	rows = keep_rows(study, how->keep);
	result = refit(work, how, &rows, &sub);
	for (size_t p = 0; p < work->n_pairs; p++) {
		const struct efficiency *pair = work->pairs[p];
		double place = specification_at(work, p, AS_ASKED)->flops;
		size_t arms[] = {find_arm(&sub.study, study->arms[pair->baseline].name),
				 find_arm(&sub.study, study->arms[pair->challenger].name)};

		if (result)
			to[p].why_not = NOTHING_LEFT;
		else if (how->laws[0])
			specification_take_laws(&to[p], &sub, how->laws, arms, place,
						specification_chinchilla_ratio);
		else
			specification_take_row(&to[p], fit_report_pair(&sub, work->asked, arms[1]),
					       how->moves ? HUGE_VAL : place, EFFICIENCY_PRIMARY);
	}
	fit_report_release(&sub);
	free(rows.rows);
}

/* One choice of all pairs, from a study of its own. */
static void add_variation(const struct specification_work *work, const struct variation *how,
			  enum specification_choice choice)
{
	struct specification *results = xcalloc(work->n_pairs, sizeof(*results));

	for (size_t p = 0; p < work->n_pairs; p++)
		results[p] = *specification_at(work, p, choice);
	vary(work, how, results);
	for (size_t p = 0; p < work->n_pairs; p++)
		*specification_at(work, p, choice) = results[p];
	free(results);
}

static struct variation variation_new(const struct specification_work *work)
{
	const struct study *study = &work->report->study;
	struct variation how = {work->report->options.study, "", NULL, REPLICATES, false};

	how.keep = xmalloc((study->n_trials + 1) * sizeof(*how.keep));
	memset(how.keep, true, study->n_trials * sizeof(*how.keep));
	return how;
}

static bool is_in_group(const struct specification_work *work, size_t trial, size_t group)
{
	const struct study *study = &work->report->study;

	return study->cells[study->trials[trial].cell].budget_group == group;
}

static bool is_short(const struct specification_work *work, size_t trial, size_t unused)
{
	(void)unused;
	return work->report->study.trials[trial].row->steps < FEW_STEPS;
}

static bool is_on_edge(const struct specification_work *work, size_t trial, size_t unused)
{
	(void)unused;
	return work->report->points[work->report->study.trials[trial].cell].edges != 0;
}

static bool is_of_size(const struct specification_work *work, size_t trial, size_t size)
{
	return work->report->study.trials[trial].size == size;
}

/* Takes trials out; returns how many. */
static size_t drop(const struct specification_work *work, struct variation *how,
		   bool (*dropped)(const struct specification_work *, size_t, size_t), size_t which)
{
	size_t n = 0;

	for (size_t i = 0; i < work->report->study.n_trials; i++)
		if (dropped(work, i, which)) {
			how->keep[i] = false;
			n++;
		}
	return n;
}

static void add_dropped(const struct specification_work *work, enum specification_choice choice,
			bool (*dropped)(const struct specification_work *, size_t, size_t),
			size_t which, const char *none)
{
	struct variation how = variation_new(work);
	size_t n = drop(work, &how, dropped, which);

	if (n == 0)
		refuse(work, choice, none);
	else if (n == work->report->study.n_trials)
		refuse(work, choice, NOTHING_LEFT);
	else
		add_variation(work, &how, choice);
	free(how.keep);
}

static void add_flops(const struct specification_work *work, enum specification_choice choice,
		      enum count_flops count)
{
	const struct study *study = &work->report->study;
	struct variation how = variation_new(work);

	how.study.flops = count;
	how.moves = true;
	if (count == study->counted)
		refuse(work, choice, "that is how C is counted");
	else if (!study->has_params || !study->has_tokens)
		refuse(work, choice, "rows have no params and tokens");
	else
		add_variation(work, &how, choice);
	free(how.keep);
}

static bool has_groups(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (isnan(study->trials[i].row->params_embedding) &&
		    isnan(study->trials[i].row->params_hidden))
			return false;
	return true;
}

static void add_countings(const struct specification_work *work)
{
	const struct study *study = &work->report->study;
	struct variation how = variation_new(work);

	if (study->counted != COUNT_6ND)
		add_flops(work, OTHER_FLOPS, COUNT_6ND);
	else if (work->report->options.study.flops == COUNT_6ND)
		add_flops(work, OTHER_FLOPS, COUNT_EXACT);
	else
		refuse(work, OTHER_FLOPS, "rows have no other count than 6ND");
	if (!has_groups(study)) {
		refuse(work, NON_EMBEDDING_FLOPS, "rows do not tell embedding parameters apart");
		refuse(work, OTHER_PARAMS, "rows do not tell embedding parameters apart");
	} else {
		add_flops(work, NON_EMBEDDING_FLOPS, COUNT_6N_NONEMB_D);
		how.study.params =
			how.study.params == COUNT_TOTAL ? COUNT_NON_EMBEDDING : COUNT_TOTAL;
		how.laws = law_chinchilla.name;
		add_variation(work, &how, OTHER_PARAMS);
	}
	free(how.keep);
}

static void add_slice(const struct specification_work *work)
{
	struct variation how = variation_new(work);
	bool known = false;

	how.study.test_loss = !how.study.test_loss;
	for (size_t i = 0; i < work->report->study.n_trials; i++) {
		const struct observation *row = work->report->study.trials[i].row;

		known |= isfinite(how.study.test_loss ? row->test_loss : row->loss);
	}
	if (known)
		add_variation(work, &how, OTHER_SLICE);
	else
		refuse(work, OTHER_SLICE, "rows have no loss of that slice");
	free(how.keep);
}

/* Keeps the lowest and the highest ratio over sizes that were left out. */
static void note_size(const struct specification_work *work, const struct specification *results,
		      size_t size)
{
	const struct study *study = &work->report->study;
	char params[SHORT_TEXT] = "";

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].size == size)
			format_si(params, study->trials[i].params);
	for (size_t p = 0; p < work->n_pairs; p++)
		for (int high = 0; high < 2; high++) {
			struct specification *to =
				specification_at(work, p, high ? SIZE_HIGHEST : SIZE_LOWEST);

			if (!isfinite(results[p].ratio) ||
			    (isfinite(to->ratio) && (high ? results[p].ratio <= to->ratio
							  : results[p].ratio >= to->ratio)))
				continue;
			*to = results[p];
			to->choice = arena_printf(&work->report->arena,
						  "N = %s left out, %s ratio of %zu", params,
						  high ? "highest" : "lowest", study->n_sizes);
		}
}

/* Why no size can be left out; NULL: each is. */
static const char *why_no_sizes(const struct study *study)
{
	if (study->n_sizes < 2)
		return "there is one size";
	return study->n_sizes > MOST_STUDIES ? "too many sizes to leave each out" : NULL;
}

static void add_sizes(const struct specification_work *work)
{
	const struct study *study = &work->report->study;
	const char *why_not = why_no_sizes(study);
	struct specification *results = xcalloc(work->n_pairs, sizeof(*results));

	for (size_t size = 0; size < study->n_sizes && !why_not; size++) {
		struct variation how = variation_new(work);

		if (study->n_sizes > MOST_SIZES)
			how.bootstrap = 0;
		for (size_t p = 0; p < work->n_pairs; p++) {
			results[p] = *specification_at(work, p, AS_ASKED);
			results[p].ratio = (double)NAN;
		}
		drop(work, &how, is_of_size, size);
		vary(work, &how, results);
		note_size(work, results, size);
		free(how.keep);
	}
	for (size_t p = 0; p < work->n_pairs; p++)
		for (int c = SIZE_LOWEST; c <= SIZE_HIGHEST; c++)
			if (isnan(specification_at(work, p, (enum specification_choice)c)->ratio))
				specification_at(work, p, (enum specification_choice)c)->why_not =
					why_not ? why_not : SPECIFICATION_NOT_IN_RANGE;
	free(results);
}

void specification_vary(const struct specification_work *work)
{
	size_t last = work->report->study.n_budget_groups - 1;

	add_countings(work);
	add_dropped(work, LARGEST_DROPPED, is_in_group, last, NOTHING_LEFT);
	add_dropped(work, SMALLEST_DROPPED, is_in_group, 0, NOTHING_LEFT);
	add_slice(work);
	add_dropped(work, SHORT_DROPPED, is_short, 0, "no trial is that short");
	add_dropped(work, EDGES_DROPPED, is_on_edge, 0, "no optimum is on an edge");
	add_sizes(work);
}
