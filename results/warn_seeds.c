/* SPDX-License-Identifier: MIT
 *
 * Do the seeds say enough?
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/spread.h"
#include "results/warnings.h"

/* Of a gap between two groups of seeds over the spread of the study: two seeds lie that far apart
 * once in 50,000 settings. */
#define BIMODAL		 6
#define LEAST_FREEDOM	 8 /* of the spread that gaps are compared with */
#define LEAST_GAP	 1e-3
#define SMALL_DIFFERENCE 2 /* standard errors */

void warn_one_seed(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t one_seed = 0;

	for (size_t c = 0; c < study->n_cells && !study->as_is; c++)
		one_seed += study->cells[c].n_clusters < 2;
	if (one_seed == study->n_cells)
		text_add(&report->warnings, "selection bias not removed (one seed): train.seeds "
					    "[0, 1] removes it and shows the noise\n");
	else if (one_seed > 0)
		text_printf(&report->warnings,
			    "selection bias not removed (one seed) in %zu of %zu cells\n", one_seed,
			    study->n_cells);
}

/* The seeds of one setting that lie in two groups. */
struct two_groups {
	double gap, low, high; /* of ln L; on either side of the gap */
	size_t cell, setting, n;
};

/* The widest gap between neighbours of n sorted losses, if it is most of their range. */
static bool find_gap(const double *losses, size_t n, struct two_groups *found)
{
	found->gap = 0;
	for (size_t i = 1; i < n; i++)
		if (losses[i] - losses[i - 1] > found->gap) {
			found->gap = losses[i] - losses[i - 1];
			found->low = losses[i - 1];
			found->high = losses[i];
		}
	return n > 1 && found->gap > 0.5 * (losses[n - 1] - losses[0]);
}

static const struct study_trial *trial_of_setting(const struct study *study, size_t cell,
						  size_t setting)
{
	size_t i = study->cells[cell].first;

	while (study->trials[i].setting != setting)
		i++;
	return &study->trials[i];
}

static void tell_groups(struct fit_report *report, const struct two_groups *worst, size_t n,
			double spread)
{
	const struct study *study = &report->study;
	const struct study_trial *trial = trial_of_setting(study, worst->cell, worst->setting);
	char place[PLACE_SIZE];

	text_printf(&report->warnings,
		    "%s: seeds of one setting fall into two groups (%s, lr %.3g: %.4f and %.4f, "
		    "%.0f times the usual spread of seeds)",
		    study->arms[trial->arm].name, place_text(place, trial->params, trial->flops),
		    trial->lr, exp(worst->low), exp(worst->high), worst->gap / spread);
	if (n > 1)
		text_printf(&report->warnings, ", and in %zu more settings", n - 1);
	text_add(&report->warnings, ": look at their curves, and add seeds there\n");
}

void warn_bimodal_seeds(struct fit_report *report)
{
	const struct study *study = &report->study;
	struct spread spread = spread_of_seeds(study);
	double *losses = xmalloc((study->n_trials + 1) * sizeof(*losses));
	double usual = fmax(spread.robust, LEAST_GAP / BIMODAL);
	struct two_groups worst = {0}, at;
	size_t n = 0;

	for (size_t c = 0; c < study->n_cells && spread.freedom >= LEAST_FREEDOM; c++)
		for (size_t s = 0; s < study->cells[c].n_settings; s++) {
			size_t seeds = spread_setting(study, &study->cells[c], s, losses);

			at = (struct two_groups){.cell = c, .setting = s, .n = seeds};
			if (!find_gap(losses, seeds, &at) || !(at.gap > BIMODAL * usual))
				continue;
			n++;
			worst = at.gap > worst.gap ? at : worst;
		}
	if (n > 0)
		tell_groups(report, &worst, n, usual);
	free(losses);
}

/* The point of an arm's frontier in a group of budgets; NULL: none. */
static const struct study_point *frontier_point(const struct fit_report *report, size_t arm,
						size_t budget)
{
	for (size_t i = 0; i < report->study.n_cells; i++) {
		const struct study_point *point = &report->points[i];

		if (point->arm == arm && point->frontier &&
		    report->study.cells[i].budget_group == budget)
			return point;
	}
	return NULL;
}

static void compare_arms(struct fit_report *report, size_t baseline, size_t challenger,
			 const struct spread *spread)
{
	const struct study *study = &report->study;
	struct naming places = {0};
	double worst = 0;
	size_t n = 0, both = 0;

	for (size_t g = 0; g < study->n_budget_groups; g++) {
		const struct study_point *p = frontier_point(report, baseline, g);
		const struct study_point *q = frontier_point(report, challenger, g);
		double error, gap;

		if (!p || !q)
			continue;
		error = hypot(spread_cell_error(spread, &study->cells[p->cell]),
			      spread_cell_error(spread, &study->cells[q->cell]));
		gap = fabs(log(p->loss / q->loss));
		both++;
		if (!(gap < SMALL_DIFFERENCE * error))
			continue;
		n++;
		worst = fmax(worst, error);
		naming_add(&places, "%.3g FLOPs", p->compute);
	}
	if (n > 0)
		text_printf(&report->warnings,
			    "%s and %s differ by less than %d standard errors of their seeds (%.2g "
			    "%% of the loss) at %zu of %zu budgets (%s): more seeds there\n",
			    study->arms[baseline].name, study->arms[challenger].name,
			    SMALL_DIFFERENCE, SMALL_DIFFERENCE * 100 * worst, n, both,
			    naming_end(&places));
	naming_release(&places);
}

void warn_small_differences(struct fit_report *report)
{
	struct spread spread = spread_of_seeds(&report->study);

	for (size_t i = 0; i < report->n_pairs && isfinite(spread.pooled); i++)
		if (report->pairs[i].meaning == EFFICIENCY_COMPUTE)
			compare_arms(report, report->pairs[i].baseline, report->pairs[i].challenger,
				     &spread);
}
