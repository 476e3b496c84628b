/* SPDX-License-Identifier: MIT
 *
 * Was every arm tuned, as well as the others, and far enough?
 */
#include <math.h>
#include <stdio.h>

#include "results/spread.h"
#include "results/warnings.h"

#define UNEQUAL_COMPUTE 1.25 /* of the arms' spending a cell */
/* Standard errors that the worst of 5 or 6 equal settings is above the best in one study of 20
 * (the 95 % point of the studentized range). */
#define FLAT 4

static void warn_edge(struct fit_report *report, size_t arm, unsigned edge, const char *text)
{
	const struct study *study = &report->study;
	struct naming places = {0};
	char place[PLACE_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < study->n_cells; i++)
		if (report->points[i].arm == arm && (report->points[i].edges & edge)) {
			naming_add(&places, "%s", cell_place(place, study, i));
			n++;
		}
	if (n > 0)
		text_printf(&report->warnings, "%s: in %zu of %zu cells %s (%s)\n",
			    study->arms[arm].name, n, study->arms[arm].n_cells, text,
			    naming_end(&places));
	naming_release(&places);
}

void warn_edges(struct fit_report *report)
{
	char text[128];

	for (size_t a = 0; a < report->study.n_arms; a++) {
		warn_edge(report, a, EDGE_LR_LOW,
			  "the lowest lr is the best: widen its lr axis downwards");
		warn_edge(report, a, EDGE_LR_HIGH,
			  "the highest lr is the best: widen its lr axis upwards");
		for (int k = 0; k < N_TUNED_KEYS; k++) {
			enum tuned_key key = (enum tuned_key)k;

			snprintf(text, sizeof(text), "the best %s is on the edge: widen its axis",
				 tuned_key_name(key));
			warn_edge(report, a, EDGE_OF_KEY(key), text);
		}
	}
}

void warn_unequal_settings(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t least = SIZE_MAX, most = 0;
	struct text counts = {0};

	for (size_t a = 0; a < study->n_arms && !study->as_is; a++) {
		const struct study_arm *arm = &study->arms[a];

		if (arm->n_cells == 0)
			continue;
		least = arm->settings_min < least ? arm->settings_min : least;
		most = arm->settings_max > most ? arm->settings_max : most;
		text_printf(&counts, "%s%s %zu", counts.length ? ", " : "", arm->name,
			    arm->settings_min);
		if (arm->settings_max > arm->settings_min)
			text_printf(&counts, " to %zu", arm->settings_max);
	}
	if (most > 0 && least != most)
		text_printf(&report->warnings,
			    "tuning was unequal: %zu to %zu settings a cell (%s); more settings "
			    "find lower losses: give every cell as many\n",
			    least, most, text_string(&counts));
	text_release(&counts);
}

/* Model FLOPs of an arm's trials a cell, with those that diverged. */
static double spent(const struct study *study, size_t arm)
{
	double total = 0;

	for (size_t i = 0; i < study->n_trials; i++)
		if (study->trials[i].arm == arm)
			total += study->trials[i].flops;
	for (size_t i = 0; i < study->dropped.diverged; i++)
		if (study->lost[i].arm == arm && isfinite(study->lost[i].row->flops))
			total += study->lost[i].row->flops;
	return total / (double)study->arms[arm].n_cells;
}

void warn_unequal_compute(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t least = 0, most = 0;

	if (study->as_is || study->n_arms < 2)
		return;
	for (size_t a = 0; a < study->n_arms; a++) {
		if (study->arms[a].n_cells == 0)
			return; /* told as diverged */
		least = spent(study, a) < spent(study, least) ? a : least;
		most = spent(study, a) > spent(study, most) ? a : most;
	}
	if (spent(study, most) > UNEQUAL_COMPUTE * spent(study, least))
		text_printf(&report->warnings,
			    "tuning cost %s %.3g FLOPs a cell and %s %.3g: what one spent more "
			    "on, the other could have used\n",
			    study->arms[most].name, spent(study, most), study->arms[least].name,
			    spent(study, least));
}

static double mean_loss(const struct study *study, const struct study_cell *cell, size_t setting)
{
	double total = 0;
	size_t n = 0;

	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
		if (study->trials[i].setting == setting) {
			total += log(study->trials[i].loss);
			n++;
		}
	return total / (double)n;
}

/* How far ln L rises from the best setting of a cell to its worst. */
static double rise(const struct study *study, const struct study_cell *cell)
{
	double low = HUGE_VAL, high = -HUGE_VAL;

	for (size_t s = 0; s < cell->n_settings; s++) {
		double loss = mean_loss(study, cell, s);

		low = fmin(low, loss);
		high = fmax(high, loss);
	}
	return high - low;
}

/* The noise of a mean is what the pooled seed spread leaves of it. */
void warn_flat_optima(struct fit_report *report)
{
	const struct study *study = &report->study;
	struct spread spread = spread_of_seeds(study);

	for (size_t a = 0; a < study->n_arms && isfinite(spread.pooled); a++) {
		struct naming places = {0};
		char place[PLACE_SIZE];
		size_t n = 0;

		for (size_t c = 0; c < study->n_cells; c++) {
			const struct study_cell *cell = &study->cells[c];

			if (cell->arm != a || cell->n_settings < 3 ||
			    !(rise(study, cell) < FLAT * spread_cell_error(&spread, cell)))
				continue;
			naming_add(&places, "%s", cell_place(place, study, c));
			n++;
		}
		if (n > 0)
			text_printf(&report->warnings,
				    "%s: in %zu of %zu cells all settings are within %d standard "
				    "errors of the seeds, so that the optimum is a guess: tune "
				    "over a wider range or run more seeds (%s)\n",
				    study->arms[a].name, n, study->arms[a].n_cells, FLAT,
				    naming_end(&places));
		naming_release(&places);
	}
}
