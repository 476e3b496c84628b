/* SPDX-License-Identifier: MIT
 *
 * Can the grid of sizes and budgets carry a law?
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/warnings.h"

#define FEW 3

void warn_few_sizes(struct fit_report *report)
{
	const struct study *study = &report->study;

	if (study->has_params && study->n_sizes < FEW)
		text_printf(&report->warnings, "only %zu model size%s: laws need at least %d\n",
			    study->n_sizes, study->n_sizes == 1 ? "" : "s", FEW);
}

void warn_few_budgets(struct fit_report *report)
{
	const struct study *study = &report->study;

	if (study->n_budget_groups < FEW && (study->columns & LAW_FLOPS))
		text_printf(&report->warnings, "only %zu compute budget%s: laws need at least %d\n",
			    study->n_budget_groups, study->n_budget_groups == 1 ? "" : "s", FEW);
}

/* The sizes that an arm tried at each budget. */
struct tried {
	double smallest, largest;
};

static struct tried *tried_by_budget(const struct fit_report *report, size_t arm)
{
	const struct study *study = &report->study;
	struct tried *tried = xmalloc((study->n_budget_groups + 1) * sizeof(*tried));

	for (size_t g = 0; g < study->n_budget_groups; g++)
		tried[g] = (struct tried){HUGE_VAL, -HUGE_VAL};
	for (size_t i = 0; i < study->n_cells; i++) {
		const struct study_point *point = &report->points[i];
		struct tried *at = &tried[study->cells[i].budget_group];

		if (point->arm != arm || !isfinite(point->loss))
			continue;
		at->smallest = fmin(at->smallest, point->params);
		at->largest = fmax(at->largest, point->params);
	}
	return tried;
}

/* The sizes of frontier points that are the smallest or the largest of several. */
static void warn_size_side(struct fit_report *report, size_t arm, const struct tried *tried,
			   bool smallest)
{
	const struct study *study = &report->study;
	struct naming places = {0};
	char size[SHORT_TEXT];
	size_t n = 0, budgets = 0;

	for (size_t i = 0; i < study->n_cells; i++) {
		const struct study_point *point = &report->points[i];
		const struct tried *at = &tried[study->cells[i].budget_group];

		if (point->arm != arm || !point->frontier)
			continue;
		budgets++;
		if (at->smallest == at->largest ||
		    point->params != (smallest ? at->smallest : at->largest))
			continue;
		n++;
		naming_add(&places, "%s at %.3g FLOPs", format_si(size, point->params),
			   point->compute);
	}
	if (n > 0)
		text_printf(&report->warnings,
			    "%s: at %zu of %zu budgets the %s size tried is the best (%s), and the "
			    "frontier may lie lower: add %s sizes there\n",
			    study->arms[arm].name, n, budgets, smallest ? "smallest" : "largest",
			    naming_end(&places), smallest ? "smaller" : "larger");
	naming_release(&places);
}

void warn_edge_sizes(struct fit_report *report)
{
	const struct study *study = &report->study;
	bool has_places = study->has_params && (study->columns & LAW_FLOPS) && !study->scattered;

	for (size_t a = 0; a < study->n_arms && has_places; a++) {
		struct tried *tried = tried_by_budget(report, a);

		warn_size_side(report, a, tried, true);
		warn_size_side(report, a, tried, false);
		free(tried);
	}
}

void warn_baseline(struct fit_report *report)
{
	const struct study *study = &report->study;
	struct text names = {0};

	if (study->n_arms < 2 || report->n_pairs > 0 || !(study->columns & LAW_LOSS) ||
	    !(study->columns & LAW_FLOPS))
		return;
	for (size_t a = 0; a < study->n_arms; a++)
		text_printf(&names, "%s'%s'", a ? ", " : "", study->arms[a].name);
	text_printf(&report->warnings,
		    "no arm '%s' to compare with: name one of %s with --baseline\n",
		    report->options.baseline, text_string(&names));
	text_release(&names);
}

static const struct study_trial *first_trial(const struct study *study, size_t cell)
{
	return &study->trials[study->cells[cell].first];
}

/* Whether an arm has a point of the size and budget of a cell. */
static bool has_cell(const struct study *study, size_t arm, size_t like)
{
	const struct study_trial *wanted = first_trial(study, like);

	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_trial *trial = first_trial(study, c);

		if (trial->arm == arm && trial->size == wanted->size &&
		    trial->budget == wanted->budget)
			return true;
	}
	return false;
}

static void warn_missing_of(struct fit_report *report, size_t arm, size_t other)
{
	const struct study *study = &report->study;
	struct naming places = {0};
	char place[PLACE_SIZE];
	size_t n = 0, frontier = 0;

	for (size_t c = 0; c < study->n_cells; c++) {
		if (study->cells[c].arm != other || has_cell(study, arm, c))
			continue;
		n++;
		frontier += report->points[c].frontier;
		naming_add(&places, "%s", cell_place(place, study, c));
	}
	if (n > 0)
		text_printf(&report->warnings,
			    "%s: no finished trial in %zu of the %zu cells of %s (%s), of which "
			    "%zu make its frontier, where that of %s may be too high: run them\n",
			    study->arms[arm].name, n, study->arms[other].n_cells,
			    study->arms[other].name, naming_end(&places), frontier,
			    study->arms[arm].name);
	naming_release(&places);
}

void warn_missing_cells(struct fit_report *report)
{
	const struct study *study = &report->study;

	for (size_t a = 0; a < study->n_arms && !study->as_is; a++)
		for (size_t b = 0; b < study->n_arms; b++)
			if (a != b && study->arms[a].n_cells > 0 &&
			    strcmp(study->arms[a].rest, study->arms[b].rest) == 0)
				warn_missing_of(report, a, b);
}
