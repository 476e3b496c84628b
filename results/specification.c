/* SPDX-License-Identifier: MIT
 *
 * The primary ratio under other choices.  Methods and laws that the report holds already are read
 * from it; specification_vary() makes the others.
 */
#include "results/specification.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/compute_optimal.h"
#include "results/specification_work.h"

struct specification *specification_at(const struct specification_work *work, size_t pair,
				       enum specification_choice choice)
{
	return &work->report->specifications[pair * N_CHOICES + (size_t)choice];
}

/* The row in range that is at C, or nearest below. */
static const struct efficiency_row *find_row(const struct efficiency *pair, double flops,
					     enum efficiency_method method)
{
	const struct efficiency_row *found = NULL;

	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];

		if (row->in_range[method] && isfinite(row->ratio[method]) &&
		    row->flops <= flops * (1 + BUDGET_TOLERANCE) &&
		    (!found || row->flops > found->flops))
			found = row;
	}
	return found;
}

void specification_take_row(struct specification *to, const struct efficiency *pair, double flops,
			    enum efficiency_method method)
{
	const struct efficiency_row *row = pair ? find_row(pair, flops, method) : NULL;

	if (!row) {
		to->why_not = SPECIFICATION_NOT_IN_RANGE;
		return;
	}
	to->flops = row->flops;
	to->ratio = row->ratio[method];
	to->interval = row->interval[method];
}

/* Whether both arms have observed the loss that the baseline has at C. */
static bool is_common(const struct efficiency *pair, double flops)
{
	return flops >= pair->x_low * (1 - BUDGET_TOLERANCE) &&
	       flops <= pair->x_high * (1 + BUDGET_TOLERANCE);
}

static double power_ratio(const double *baseline, const double *challenger, double flops)
{
	const struct law_point place = {.flops = flops};

	return law_power.invert(challenger, law_power.predict(baseline, &place)) / flops;
}

double specification_chinchilla_ratio(const double *baseline, const double *challenger,
				      double flops)
{
	struct compute_optimal base = compute_optimal(baseline);
	struct compute_optimal other = compute_optimal(challenger);

	return compute_optimal_flops(&other, compute_optimal_loss(&base, flops)) / flops;
}

void specification_take_laws(struct specification *to, const struct fit_report *from,
			     const char *name, const size_t arms[2], double flops,
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

/* What the report holds already. */
static void add_held(const struct specification_work *work, size_t p)
{
	const struct efficiency *pair = work->pairs[p];
	const size_t arms[] = {pair->baseline, pair->challenger};
	enum efficiency_meaning other = work->asked == EFFICIENCY_COMPUTE
						? EFFICIENCY_COMPUTE_WITH_OPTIMIZER
						: EFFICIENCY_COMPUTE;
	double flops;

	specification_take_row(specification_at(work, p, AS_ASKED), pair, HUGE_VAL,
			       EFFICIENCY_PRIMARY);
	flops = specification_at(work, p, AS_ASKED)->flops;
	specification_take_row(specification_at(work, p, OTHER_OPTIMIZER_FLOPS),
			       fit_report_pair(work->report, other, pair->challenger), HUGE_VAL,
			       EFFICIENCY_PRIMARY);
	if (!work->report->study.has_optimizer_flops)
		specification_at(work, p, OTHER_OPTIMIZER_FLOPS)->why_not =
			"rows do not tell what the optimizer spent";
	specification_take_row(specification_at(work, p, SEPARATE_E), pair, flops,
			       EFFICIENCY_SEPARATE);
	specification_take_row(specification_at(work, p, INTERPOLATION), pair, flops,
			       EFFICIENCY_INTERPOLATION);
	if (!is_common(pair, flops)) {
		specification_at(work, p, POWER_LAW)->why_not = SPECIFICATION_NOT_IN_RANGE;
		specification_at(work, p, CHINCHILLA_FRONTIER)->why_not =
			SPECIFICATION_NOT_IN_RANGE;
		return;
	}
	specification_take_laws(specification_at(work, p, POWER_LAW), work->report, law_power.name,
				arms, flops, power_ratio);
	specification_take_laws(specification_at(work, p, CHINCHILLA_FRONTIER), work->report,
				law_chinchilla.name, arms, flops, specification_chinchilla_ratio);
}

static void name_choices(const struct specification_work *work, size_t pair)
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
		[CHINCHILLA_FRONTIER] = "chinchilla, optimal frontier",
		[OTHER_PARAMS] = asked->params == COUNT_TOTAL ? "chinchilla, N without embedding"
							      : "chinchilla, N with embedding",
		[LARGEST_DROPPED] = "largest budget dropped",
		[SMALLEST_DROPPED] = "smallest budget dropped",
		[OTHER_SLICE] = asked->test_loss ? "held-out loss" : "loss on the test slice",
		[SHORT_DROPPED] = "trials under 200 steps dropped",
		[EDGES_DROPPED] = "cells with an optimum on an edge dropped",
		[SIZE_LOWEST] = "a size left out, the lowest",
		[SIZE_HIGHEST] = "a size left out, the highest",
	};

	for (int c = 0; c < N_CHOICES; c++)
		*specification_at(work, pair, (enum specification_choice)c) =
			(struct specification){
				.baseline = work->pairs[pair]->baseline,
				.challenger = work->pairs[pair]->challenger,
				.choice = names[c],
				.flops = (double)NAN,
				.ratio = (double)NAN,
				.interval = {(double)NAN, (double)NAN},
			};
}

static void find_pairs(struct specification_work *work)
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
	struct specification_work work = {.report = report,
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
	if (work.n_pairs > 0)
		specification_vary(&work);
	free(work.pairs);
}
