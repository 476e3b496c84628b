/* SPDX-License-Identifier: MIT
 *
 * Do the fits hold what they are asked for?
 */
#include <math.h>

#include "results/warnings.h"

#define MANY_DEGENERATE 0.05

void warn_few_replicates(struct fit_report *report)
{
	int n = report->options.bootstrap;

	if (n > 0 && n < BOOTSTRAP_LEAST)
		text_printf(&report->warnings,
			    "%d bootstrap replicates are too few for an interval: --bootstrap %d "
			    "or more\n",
			    n, BOOTSTRAP_LEAST);
}

static const char *no_interval(size_t n_degenerate, size_t n)
{
	return n_degenerate * 2 > n ? ": no interval" : "";
}

void warn_degenerate(struct fit_report *report)
{
	size_t n = (size_t)report->options.bootstrap;

	for (size_t i = 0; i < report->n_laws; i++) {
		struct fit_law *law = &report->laws[i];

		if (n > 0 && !law->law->predict && !law->law->fitted && !law->n_replicates &&
		    !report->study.resampled) {
			text_add(&law->warnings, "no interval: there are no seeds to draw, and no "
						 "residuals since it predicts no loss\n");
			continue;
		}
		if (law->fit.n > law->n_parameters && /* else told by its check */
		    (double)law->n_degenerate > MANY_DEGENERATE * (double)n)
			text_printf(
				&law->warnings,
				"%zu of %zu bootstrap replicates are at a bound or could not be "
				"fitted%s\n",
				law->n_degenerate, n, no_interval(law->n_degenerate, n));
		if (law->n_better > 0)
			text_printf(&law->warnings,
				    "%zu of %zu replicates fitted from all starts ended lower than "
				    "from the fit's own parameters: its intervals may be too "
				    "narrow\n",
				    law->n_better, law->n_checked);
	}
	for (size_t i = 0; i < report->n_pairs; i++) {
		struct efficiency *pair = &report->pairs[i];
		size_t n_degenerate = pair->n_degenerate[EFFICIENCY_PRIMARY];

		if ((double)n_degenerate > MANY_DEGENERATE * (double)n)
			text_printf(&pair->warnings,
				    "%zu of %zu bootstrap replicates are at a bound "
				    "or could not be fitted\n",
				    n_degenerate, n);
	}
}

/* Whether a value lies outside its own interval. */
static bool misses(double value, const struct interval *interval)
{
	return isfinite(value) && (value < interval->low || value > interval->high);
}

/* A replicate of two seeds draws one, which then selects for itself: its best of tuning is luckier
 * than the study's, where the other seed selects. */
void warn_off_centre(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_pairs; i++) {
		struct efficiency *pair = &report->pairs[i];
		size_t n = 0;

		for (size_t r = 0; r < pair->n_rows; r++)
			n += misses(pair->rows[r].ratio[EFFICIENCY_PRIMARY],
				    &pair->rows[r].interval[EFFICIENCY_PRIMARY]);
		if (n > 0)
			text_printf(&pair->warnings,
				    "%zu of %zu ratios lie outside their own interval: replicates "
				    "of few seeds select luckier settings than the study; quote "
				    "the interval, and run 3 seeds or more\n",
				    n, pair->n_rows);
	}
}

void warn_incomplete_points(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		struct fit_law *law = &report->laws[i];

		if (law->n_without > 0)
			text_printf(&law->warnings, "%zu point%s a column that it needs\n",
				    law->n_without, law->n_without == 1 ? " lacks" : "s lack");
	}
}

/* A target beyond the computes that were measured, or beyond the floor of the law. */
void warn_extrapolation(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_targets; i++) {
		const struct fit_target *target = &report->targets[i];
		const struct fit_law *law = fit_report_curve(report, target->arm);
		const char *arm = report->study.arms[target->arm].name;
		double loss = report->options.target;

		if (target->in_range || !law)
			continue;
		if (!isfinite(target->flops))
			text_printf(&report->warnings,
				    "%s: its '%s' levels off above the target loss %.4g and "
				    "never reaches it\n",
				    arm, law->law->name, loss);
		else if (target->flops > law->flops_high)
			text_printf(&report->warnings,
				    "%s: the target loss %.4g is extrapolated: its compute is "
				    "%.3g times the largest that was measured; run that budget, "
				    "or see --holdout for what such predictions are worth\n",
				    arm, loss, target->flops / law->flops_high);
		else if (target->flops < law->flops_low)
			text_printf(
				&report->warnings,
				"%s: the target loss %.4g is extrapolated: its compute is 1/%.3g "
				"of the smallest that was measured\n",
				arm, loss, law->flops_low / target->flops);
	}
}
