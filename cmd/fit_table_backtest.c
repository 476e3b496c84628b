/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "cmd/fit_output.h"

#define MOST_ROWS 24

const char *fit_holdout_text(char buffer[64], const struct fit_law *law)
{
	if (isnan(law->holdout_error))
		snprintf(buffer, 64, "-");
	else if (law->holdout_error < 1e-4)
		snprintf(buffer, 64, "under 0.01 %% off at the largest C");
	else
		snprintf(buffer, 64, "%.2g %% off at the largest C%s", 100 * law->holdout_error,
			 law->n_holdout > 1 ? " (rms)" : "");
	return buffer;
}

static const char *in_words(const struct backtest_point *point)
{
	if (isnan(point->interval.low))
		return "no interval";
	if (point->point.loss < point->interval.low)
		return "observed is lower";
	return point->point.loss > point->interval.high ? "observed is higher" : "inside";
}

static void add_point(const struct fit_report *report, const struct backtest_point *point,
		      struct text *out)
{
	char range[32] = "";

	if (!isnan(point->interval.low))
		snprintf(range, sizeof(range), "[%.4f, %.4f]", point->interval.low,
			 point->interval.high);
	text_printf(out, "  %-14s%-12s%-11.3g%-10.4f%-11.4f%-19s%+-9.2f%s\n", point->law->name,
		    report->study.arms[point->arm].name, point->point.flops, point->point.loss,
		    point->predicted, range, 100 * log(point->predicted / point->point.loss),
		    in_words(point));
}

static void add_points(const struct fit_report *report, const char *dim, const char *plain,
		       struct text *out)
{
	size_t n = report->n_held_out;

	text_printf(out, "  %s%-14s%-12s%-11s%-10s%-11s%-19s%s%s\n", dim, "law", "arm", "FLOPs",
		    "observed", "predicted", "90 % interval", "error, %", plain);
	for (size_t i = 0; i < n; i++)
		if (n <= MOST_ROWS || i < MOST_ROWS / 2 || i >= n - MOST_ROWS / 2)
			add_point(report, &report->held_out[i], out);
		else if (i == MOST_ROWS / 2)
			text_printf(out, "  ... %zu more (--json has them all) ...\n",
				    n - MOST_ROWS / 2 * 2);
}

static void add_scores(const struct fit_report *report, const char *dim, const char *plain,
		       struct text *out)
{
	text_printf(out, "  %s%-14s%-12s%-11s%-10s%s%s\n", dim, "law", "arm", "inside", "rms, %",
		    "rms on the frontier, %", plain);
	for (size_t i = 0; i < report->n_scores; i++) {
		const struct backtest_score *score = &report->scores[i];
		char inside[32] = "-", frontier[SHORT_TEXT] = "-";

		if (score->n_intervals > 0)
			snprintf(inside, sizeof(inside), "%zu of %zu", score->n_inside,
				 score->n_intervals);
		if (isfinite(score->frontier_error))
			snprintf(frontier, sizeof(frontier), "%.2f", 100 * score->frontier_error);
		text_printf(out, "  %-14s%-12s%-11s%-10.2f%s%s\n", score->law->name,
			    report->study.arms[score->arm].name, inside, 100 * score->error,
			    frontier, score->best ? "  predicts best" : "");
	}
}

void fit_add_backtest(const struct fit_report *report, bool color, struct text *out)
{
	const char *bold = color ? "\033[1m" : "", *dim = color ? "\033[2m" : "";
	const char *plain = color ? "\033[0m" : "";
	char which[64];

	if (report->options.holdout == 0)
		return;
	if (report->options.holdout == 1)
		snprintf(which, sizeof(which), "largest budget, which is");
	else
		snprintf(which, sizeof(which), "%d largest budgets, which are",
			 report->options.holdout);
	text_printf(out, "\n%sbacktest%s  fitted without the %s then predicted\n", bold, plain,
		    which);
	add_points(report, dim, plain, out);
	add_scores(report, dim, plain, out);
}
