/* SPDX-License-Identifier: MIT
 *
 * backtest: laws fitted without the largest budgets, and how far from the observations their
 * predictions of these are, a panel per law.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"

struct drawing {
	const struct figure_input *input;
	const struct fit_report *report;
	struct chart *chart;
	struct figure_arms arms;
	size_t n_inside, n_intervals;
};

static double percent(double predicted, double observed)
{
	return 100 * log(predicted / observed);
}

static void add_point(struct drawing *d, struct chart_series *series,
		      const struct backtest_point *at)
{
	double observed = at->point.loss, low = percent(at->interval.low, observed),
	       high = percent(at->interval.high, observed);
	char number[SHORT_TEXT];

	if (isfinite(at->point.params))
		format_si(number, at->point.params);
	else
		strcpy(number, "unknown");
	if (!chart_add_bar(d->chart, series, at->point.flops, percent(at->predicted, observed), low,
			   high,
			   arena_printf(&d->chart->arena, "N %s, observed %.6g, predicted %.6g",
					number, observed, at->predicted)))
		return;
	d->n_intervals += isfinite(low) && isfinite(high);
	d->n_inside += low <= 0 && high >= 0;
}

static void add_arm(struct drawing *d, struct chart_panel *panel, const struct law *law, size_t arm)
{
	const char *name = d->report->study.arms[arm].name;
	struct chart_series *series =
		chart_add_series(d->chart, panel, name,
				 &(struct chart_look){CHART_BARS_Y, figure_arm(&d->arms, name), 1,
						      0.9, 0.55, false, false});

	for (size_t i = 0; i < d->report->n_held_out; i++)
		if (d->report->held_out[i].law == law && d->report->held_out[i].arm == arm)
			add_point(d, series, &d->report->held_out[i]);
}

static void add_law(struct drawing *d, const struct law *law)
{
	const struct chart_axis x = {"flops", "training compute C (FLOP)", true};
	const struct chart_axis y = {"error", "ln(predicted / observed) (%)", false};
	struct chart_panel *panel = chart_add_panel(d->chart, law->name, &x, &y);

	for (size_t arm = 0; arm < d->report->study.n_arms; arm++)
		add_arm(d, panel, law, arm);
	chart_add_rule_across(d->chart, panel, "observed", 0, false);
}

/* In the order of the report's points. */
static bool seen_before(const struct fit_report *report, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (report->held_out[i].law == report->held_out[index].law)
			return true;
	return false;
}

static void add_scores(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	for (size_t i = 0; i < d->report->n_scores; i++) {
		const struct backtest_score *score = &d->report->scores[i];

		text_printf(caption, "%s%s, %s: %.2g %%%s",
			    i ? "; " : " Root mean square: ", score->law->name,
			    d->report->study.arms[score->arm].name, 100 * score->error,
			    score->best ? " (best)" : "");
	}
	text_add(caption, d->report->n_scores ? "." : "");
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;
	int held_out = d->report->options.holdout;

	text_printf(caption, "n = %zu trials. Fitted without the largest ",
		    d->report->study.n_trials);
	if (held_out > 1)
		text_printf(caption, "%d budgets", held_out);
	else
		text_add(caption, "budget");
	text_printf(caption,
		    ", whose %zu predictions are shown; bars: 90 %% interval with the "
		    "noise of a point, %zu of %zu hold the observation (line).",
		    d->report->n_held_out, d->n_inside, d->n_intervals);
	add_scores(d);
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	const struct fit_report *report = input->report;
	struct drawing d = {.input = input, .report = report, .chart = chart};

	if (!report)
		return error_set(err, ERR_DATA, "no law was fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	if (!report->n_held_out)
		return error_set(err, ERR_DATA,
				 "nothing was held out and predicted: it needs more budgets than "
				 "--holdout %d leaves out and the laws need",
				 report->options.holdout);
	chart->title = "Laws put to the test on larger budgets";
	chart->same_y = true;
	figure_arms_init(&d.arms, input);
	for (size_t i = 0; i < report->n_held_out; i++)
		if (!seen_before(report, i))
			add_law(&d, report->held_out[i].law);
	add_caption(&d);
	figure_add_legend(
		chart, &d.arms,
		&(struct chart_look){CHART_POINTS, .strength = 1, .width = 1, .size = 0.6});
	figure_arms_release(&d.arms);
	return 0;
}

const struct figure figure_backtest = {
	.name = "backtest",
	.summary = "laws fitted without the largest budgets (--holdout, 1) and what they predict",
	.columns = "flops, loss at 4 budgets or more; params and tokens for laws of N and D",
	.study = true,
	.fit = true,
	.laws = "power,power_offset,chinchilla",
	.holdout = 1,
	.draw = draw,
};
