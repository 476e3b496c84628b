/* SPDX-License-Identifier: MIT
 *
 * Trials that diverged: which, and what they would change.
 */
#include <math.h>

#include "results/tuned_keys.h"
#include "results/warnings.h"

#define SAME_BUDGET 0.03 /* of ln C */

/* What an arm is left with where a trial diverged. */
enum left { LEFT_UNKNOWN, LEFT_NOTHING, LEFT_SETTINGS, LEFT_SEEDS };

static bool same_cell(const struct observation *a, const struct observation *b)
{
	return a->params == b->params && fabs(log(a->budget_flops / b->budget_flops)) < SAME_BUDGET;
}

static bool same_setting(const struct observation *a, const struct observation *b)
{
	for (int k = 0; k < N_TUNED_KEYS; k++) {
		enum tuned_key key = (enum tuned_key)k;
		double x = tuned_key_value(a, key), y = tuned_key_value(b, key);

		if (tuned_key_counts(a, key) && x != y && !(isnan(x) && isnan(y)))
			return false;
	}
	return a->lr == b->lr;
}

static enum left left_of(const struct study *study, const struct study_lost *lost)
{
	enum left left = LEFT_NOTHING;

	if (!isfinite(lost->row->budget_flops) || !isfinite(lost->row->params))
		return LEFT_UNKNOWN;
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (trial->arm != lost->arm || !same_cell(trial->row, lost->row))
			continue;
		left = LEFT_SETTINGS;
		if (same_setting(trial->row, lost->row))
			return LEFT_SEEDS;
	}
	return left;
}

static void warn_left(struct fit_report *report, size_t arm, enum left left, const char *change)
{
	const struct study *study = &report->study;
	struct naming places = {0};
	char place[PLACE_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < study->dropped.diverged; i++) {
		const struct study_lost *lost = &study->lost[i];

		if (lost->arm != arm || left_of(study, lost) != left)
			continue;
		n++;
		if (left != LEFT_UNKNOWN)
			naming_add(&places, "%s, lr %.3g",
				   place_text(place, lost->row->params, lost->row->budget_flops),
				   lost->row->lr);
		else if (lost->row->line)
			naming_add(&places, "line %ld", lost->row->line);
	}
	if (n > 0) {
		bool known = places.n > 0;

		text_printf(&report->warnings, "%s: %zu diverged trial%s missing from its cells",
			    study->arms[arm].name, n, n == 1 ? " is" : "s are");
		if (known)
			text_printf(&report->warnings, " (%s)", naming_end(&places));
		text_printf(&report->warnings, ": %s\n", change);
	}
	naming_release(&places);
}

void warn_diverged(struct fit_report *report)
{
	for (size_t a = 0; a < report->study.n_arms; a++) {
		const struct study_arm *arm = &report->study.arms[a];

		if (arm->n_cells == 0 && arm->n_diverged > 0) {
			text_printf(&report->warnings,
				    "%s: every trial diverged: lower its lr axis\n", arm->name);
			continue;
		}
		warn_left(report, a, LEFT_UNKNOWN, "where one was the best, the point is too high");
		warn_left(report, a, LEFT_NOTHING,
			  "nothing else is there, and the frontier may lie lower: lower the lr "
			  "axis");
		warn_left(report, a, LEFT_SETTINGS,
			  "other settings of those cells are left, and it matters only had one "
			  "of these been the best");
		warn_left(report, a, LEFT_SEEDS,
			  "other seeds of those settings are left, whose mean is too low: judge "
			  "such a setting as diverged, or run more seeds");
	}
}
