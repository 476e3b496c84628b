/* SPDX-License-Identifier: MIT
 *
 * The primary ratio under other choices.  Methods and laws that the report holds already are read
 * from it; any other choice is a study of its own over the trials that it leaves, with fewer
 * replicates.
 */
#include "results/specification.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/compute_optimal.h"
#include "results/fit_passes.h"

#define REPLICATES   200
#define FEW_STEPS    200
#define MOST_SIZES   8 /* of which each is left out with intervals */
#define SAME_FLOPS   BUDGET_TOLERANCE
#define NOTHING_LEFT "too few trials are left"
#define NOT_IN_RANGE "no ratio in range"

/* The choices of one pair, in the order of the report; those of sizes are the last. */
enum choice {
	AS_ASKED,
	OTHER_OPTIMIZER_FLOPS,
	OTHER_FLOPS,
	NON_EMBEDDING_FLOPS,
	SEPARATE_E,
	INTERPOLATION,
	POWER_LAW,
	CHINCHILLA_FRONTIER,
	OTHER_PARAMS,
	LARGEST_DROPPED,
	SMALLEST_DROPPED,
	OTHER_SLICE,
	SHORT_DROPPED,
	EDGES_DROPPED,
	SIZE_LOWEST,
	SIZE_HIGHEST,
	N_CHOICES
};

struct work {
	struct fit_report *report;
	enum efficiency_meaning asked;
	const struct efficiency **pairs; /* of that meaning */
	size_t n_pairs;
};

/* Another study: its options, and which trials of the report's it leaves. */
struct variation {
	struct study_options study;
	const char *laws; /* "": only ratios */
	bool *keep;	  /* a trial each */
	int bootstrap;
	bool moves; /* C is counted otherwise, so that places move */
};

static struct specification *at(const struct work *work, size_t pair, enum choice choice)
{
	return &work->report->specifications[pair * N_CHOICES + (size_t)choice];
}

static void refuse(const struct work *work, enum choice choice, const char *why)
{
	for (size_t p = 0; p < work->n_pairs; p++)
		at(work, p, choice)->why_not = why;
}

/* The row of a pair in range that is nearest below C; where places moved, the largest. */
static const struct efficiency_row *find_row(const struct efficiency *pair, double flops,
					     enum efficiency_method method)
{
	const struct efficiency_row *found = NULL;

	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];

		if (row->in_range[method] && isfinite(row->ratio[method]) &&
		    row->flops <= flops * (1 + SAME_FLOPS) && (!found || row->flops > found->flops))
			found = row;
	}
	return found;
}

static void take_row(struct specification *to, const struct efficiency *pair, double flops,
		     enum efficiency_method method)
{
	const struct efficiency_row *row = pair ? find_row(pair, flops, method) : NULL;

	if (!row) {
		to->why_not = NOT_IN_RANGE;
		return;
	}
	to->flops = row->flops;
	to->ratio = row->ratio[method];
	to->interval = row->interval[method];
}

/* Whether both arms have observed the loss that the baseline has at C. */
static bool is_common(const struct efficiency *pair, double flops)
{
	return flops >= pair->x_low * (1 - SAME_FLOPS) && flops <= pair->x_high * (1 + SAME_FLOPS);
}

static double power_ratio(const double *baseline, const double *challenger, double flops)
{
	const struct law_point place = {.flops = flops};

	return law_power.invert(challenger, law_power.predict(baseline, &place)) / flops;
}

static double chinchilla_ratio(const double *baseline, const double *challenger, double flops)
{
	struct compute_optimal base = compute_optimal(baseline);
	struct compute_optimal other = compute_optimal(challenger);

	return compute_optimal_flops(&other, compute_optimal_loss(&base, flops)) / flops;
}

/* A ratio from one law of both arms; its interval where every replicate of both was fitted, so
 * that the i-th of one belongs to the i-th of the other. */
static void take_laws(struct specification *to, const struct fit_report *from, const char *name,
		      const size_t arms[2], double flops,
		      double (*ratio)(const double *, const double *, double))
{
	const struct fit_law *base = fit_report_law(from, name, arms[0]);
	const struct fit_law *other = fit_report_law(from, name, arms[1]);
	size_t n = (size_t)from->options.bootstrap;
	double *ratios;

	if (!base || !other) {
		to->why_not = "the law was not fitted to both arms";
		return;
	}
	to->flops = flops;
	to->ratio = ratio(base->fit.parameters, other->fit.parameters, flops);
	if (!isfinite(to->ratio))
		to->why_not = "the fitted curve never reaches that loss";
	if (n == 0 || base->n_replicates != n || other->n_replicates != n)
		return;
	ratios = xmalloc(n * sizeof(*ratios));
	for (size_t i = 0; i < n; i++)
		ratios[i] = ratio(&base->replicates[i * base->n_parameters],
				  &other->replicates[i * other->n_parameters], flops);
	to->interval = bootstrap_interval(ratios, n, 1);
	free(ratios);
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
static int refit(const struct work *work, const struct variation *how,
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
static void vary(const struct work *work, const struct variation *how, struct specification *to)
{
	const struct study *study = &work->report->study;
	struct observations rows = keep_rows(study, how->keep);
	struct fit_report sub;
	int result = refit(work, how, &rows, &sub);

	for (size_t p = 0; p < work->n_pairs; p++) {
		const struct efficiency *pair = work->pairs[p];
		double place = at(work, p, AS_ASKED)->flops;
		size_t arms[] = {find_arm(&sub.study, study->arms[pair->baseline].name),
				 find_arm(&sub.study, study->arms[pair->challenger].name)};

		if (result)
			to[p].why_not = NOTHING_LEFT;
		else if (how->laws[0])
			take_laws(&to[p], &sub, how->laws, arms, place, chinchilla_ratio);
		else
			take_row(&to[p], fit_report_pair(&sub, work->asked, arms[1]),
				 how->moves ? HUGE_VAL : place, EFFICIENCY_PRIMARY);
	}
	fit_report_release(&sub);
	free(rows.rows);
}

/* One choice of all pairs, from a study of its own. */
static void add_variation(const struct work *work, const struct variation *how, enum choice choice)
{
	struct specification *results = xcalloc(work->n_pairs, sizeof(*results));

	for (size_t p = 0; p < work->n_pairs; p++)
		results[p] = *at(work, p, choice);
	vary(work, how, results);
	for (size_t p = 0; p < work->n_pairs; p++)
		*at(work, p, choice) = results[p];
	free(results);
}

static struct variation variation_new(const struct work *work)
{
	const struct study *study = &work->report->study;
	struct variation how = {work->report->options.study, "", NULL, REPLICATES, false};

	how.keep = xmalloc((study->n_trials + 1) * sizeof(*how.keep));
	memset(how.keep, true, study->n_trials * sizeof(*how.keep));
	return how;
}

static bool is_in_group(const struct work *work, size_t trial, size_t group)
{
	const struct study *study = &work->report->study;

	return study->cells[study->trials[trial].cell].budget_group == group;
}

static bool is_short(const struct work *work, size_t trial, size_t unused)
{
	(void)unused;
	return work->report->study.trials[trial].row->steps < FEW_STEPS;
}

static bool is_on_edge(const struct work *work, size_t trial, size_t unused)
{
	(void)unused;
	return work->report->points[work->report->study.trials[trial].cell].edges != 0;
}

static bool is_of_size(const struct work *work, size_t trial, size_t size)
{
	return work->report->study.trials[trial].size == size;
}

/* Takes trials out; returns how many. */
static size_t drop(const struct work *work, struct variation *how,
		   bool (*dropped)(const struct work *, size_t, size_t), size_t which)
{
	size_t n = 0;

	for (size_t i = 0; i < work->report->study.n_trials; i++)
		if (dropped(work, i, which)) {
			how->keep[i] = false;
			n++;
		}
	return n;
}

static void add_dropped(const struct work *work, enum choice choice,
			bool (*dropped)(const struct work *, size_t, size_t), size_t which,
			const char *none)
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

static void add_flops(const struct work *work, enum choice choice, enum count_flops count)
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

static void add_countings(const struct work *work)
{
	const struct study *study = &work->report->study;
	struct variation how = variation_new(work);

	add_flops(work, OTHER_FLOPS, study->counted == COUNT_6ND ? COUNT_EXACT : COUNT_6ND);
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

static void add_slice(const struct work *work)
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
static void note_size(const struct work *work, const struct specification *results, size_t size)
{
	const struct study *study = &work->report->study;
	char params[SHORT_TEXT] = "";

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].size == size)
			format_si(params, study->trials[i].params);
	for (size_t p = 0; p < work->n_pairs; p++)
		for (int high = 0; high < 2; high++) {
			struct specification *to = at(work, p, high ? SIZE_HIGHEST : SIZE_LOWEST);

			if (!isfinite(results[p].ratio) ||
			    (isfinite(to->ratio) && (high ? results[p].ratio <= to->ratio
							  : results[p].ratio >= to->ratio)))
				continue;
			*to = results[p];
			to->choice = arena_printf(&work->report->arena,
						  "without N = %s, the %s of %zu sizes", params,
						  high ? "highest" : "lowest", study->n_sizes);
		}
}

static void add_sizes(const struct work *work)
{
	const struct study *study = &work->report->study;
	struct specification *results = xcalloc(work->n_pairs, sizeof(*results));

	for (size_t size = 0; size < study->n_sizes && study->n_sizes > 1; size++) {
		struct variation how = variation_new(work);

		if (study->n_sizes > MOST_SIZES)
			how.bootstrap = 0;
		for (size_t p = 0; p < work->n_pairs; p++) {
			results[p] = *at(work, p, AS_ASKED);
			results[p].ratio = (double)NAN;
		}
		drop(work, &how, is_of_size, size);
		vary(work, &how, results);
		note_size(work, results, size);
		free(how.keep);
	}
	for (size_t p = 0; p < work->n_pairs; p++)
		for (int c = SIZE_LOWEST; c <= SIZE_HIGHEST; c++)
			if (isnan(at(work, p, (enum choice)c)->ratio))
				at(work, p, (enum choice)c)->why_not =
					study->n_sizes > 1 ? NOT_IN_RANGE : "there is one size";
	free(results);
}

/* What the report holds already. */
static void add_held(const struct work *work, size_t p)
{
	const struct efficiency *pair = work->pairs[p];
	const size_t arms[] = {pair->baseline, pair->challenger};
	enum efficiency_meaning other = work->asked == EFFICIENCY_COMPUTE
						? EFFICIENCY_COMPUTE_WITH_OPTIMIZER
						: EFFICIENCY_COMPUTE;
	double flops;

	take_row(at(work, p, AS_ASKED), pair, HUGE_VAL, EFFICIENCY_PRIMARY);
	flops = at(work, p, AS_ASKED)->flops;
	take_row(at(work, p, OTHER_OPTIMIZER_FLOPS),
		 fit_report_pair(work->report, other, pair->challenger), HUGE_VAL,
		 EFFICIENCY_PRIMARY);
	take_row(at(work, p, SEPARATE_E), pair, flops, EFFICIENCY_SEPARATE);
	take_row(at(work, p, INTERPOLATION), pair, flops, EFFICIENCY_INTERPOLATION);
	if (!is_common(pair, flops))
		return;
	take_laws(at(work, p, POWER_LAW), work->report, law_power.name, arms, flops, power_ratio);
	take_laws(at(work, p, CHINCHILLA_FRONTIER), work->report, law_chinchilla.name, arms, flops,
		  chinchilla_ratio);
}

static void name_choices(const struct work *work, size_t pair)
{
	const struct study_options *asked = &work->report->options.study;
	const char *names[N_CHOICES] = {
		[AS_ASKED] = "as asked",
		[OTHER_OPTIMIZER_FLOPS] = asked->count_optimizer ? "optimizer's FLOPs left out"
								 : "optimizer's FLOPs counted",
		[OTHER_FLOPS] = work->report->study.counted == COUNT_6ND ? "FLOPs as counted"
									 : "FLOPs as 6ND",
		[NON_EMBEDDING_FLOPS] = "FLOPs as 6ND without embedding",
		[SEPARATE_E] = "separate E",
		[INTERPOLATION] = "interpolation",
		[POWER_LAW] = "power law without E",
		[CHINCHILLA_FRONTIER] = "chinchilla's optimal frontier",
		[OTHER_PARAMS] = asked->params == COUNT_TOTAL ? "chinchilla's, N without embedding"
							      : "chinchilla's, N with embedding",
		[LARGEST_DROPPED] = "largest budget dropped",
		[SMALLEST_DROPPED] = "smallest budget dropped",
		[OTHER_SLICE] = asked->test_loss ? "held-out loss" : "loss on the test slice",
		[SHORT_DROPPED] = "trials under 200 steps dropped",
		[EDGES_DROPPED] = "cells with an optimum on an edge dropped",
		[SIZE_LOWEST] = "a size left out, the lowest",
		[SIZE_HIGHEST] = "a size left out, the highest",
	};

	for (int c = 0; c < N_CHOICES; c++)
		*at(work, pair, (enum choice)c) = (struct specification){
			.baseline = work->pairs[pair]->baseline,
			.challenger = work->pairs[pair]->challenger,
			.choice = names[c],
			.flops = (double)NAN,
			.ratio = (double)NAN,
			.interval = {(double)NAN, (double)NAN},
		};
}

static void find_pairs(struct work *work)
{
	struct fit_report *report = work->report;

	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct efficiency *pair = &report->pairs[i];

		if (pair->meaning == work->asked && find_row(pair, HUGE_VAL, EFFICIENCY_PRIMARY))
			work->pairs[work->n_pairs++] = pair;
	}
}

void fit_add_specifications(struct fit_report *report)
{
	struct work work = {.report = report,
			    .asked = report->options.study.count_optimizer
					     ? EFFICIENCY_COMPUTE_WITH_OPTIMIZER
					     : EFFICIENCY_COMPUTE};

	work.pairs = xcalloc(report->n_pairs + 1, sizeof(*work.pairs));
	find_pairs(&work);
	report->n_specifications = work.n_pairs * N_CHOICES;
	report->specifications =
		xcalloc(report->n_specifications + 1, sizeof(*report->specifications));
	for (size_t p = 0; p < work.n_pairs; p++) {
		name_choices(&work, p);
		add_held(&work, p);
	}
	if (work.n_pairs > 0) {
		size_t last = report->study.n_budget_groups - 1;

		add_countings(&work);
		add_dropped(&work, LARGEST_DROPPED, is_in_group, last, NOTHING_LEFT);
		add_dropped(&work, SMALLEST_DROPPED, is_in_group, 0, NOTHING_LEFT);
		add_slice(&work);
		add_dropped(&work, SHORT_DROPPED, is_short, 0, "no trial is that short");
		add_dropped(&work, EDGES_DROPPED, is_on_edge, 0, "no optimum is on an edge");
		add_sizes(&work);
	}
	free(work.pairs);
}
