/* SPDX-License-Identifier: MIT
 *
 * backtest: laws fitted without the largest budgets, and how far their predictions of these are
 * from the observations: a line per law and arm, a bar per held-out point.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"

#define CROWDED 6    /* more points of one line are drawn smaller */
#define BESIDE	0.35 /* points of one line lie within this distance of it */

struct drawing {
	const struct figure_input *input;
	const struct fit_report *report;
	struct chart *chart;
	struct chart_panel *panel;
	struct figure_arms arms;
	size_t n_inside, n_intervals;
};

static double percent(double predicted, double observed)
{
	return 100 * log(predicted / observed);
}

static bool same_line(const struct backtest_point *a, const struct backtest_point *b)
{
	return a->law == b->law && a->arm == b->arm;
}

/* Points of one law and arm lie together, by rising compute and size. */
static size_t line_end(const struct fit_report *report, size_t first)
{
	size_t end = first + 1;

	while (end < report->n_held_out &&
	       same_line(&report->held_out[first], &report->held_out[end]))
		end++;
	return end;
}

static void add_point(struct drawing *d, struct chart_series *series,
		      const struct backtest_point *at, double y)
{
	double observed = at->point.loss, low = percent(at->interval.low, observed),
	       high = percent(at->interval.high, observed);
	struct text note = {0};
	char number[SHORT_TEXT];

	text_add(&note, "C ");
	text_add_number(&note, at->point.flops);
	if (isfinite(at->point.params))
		text_printf(&note, ", N %s", format_si(number, at->point.params));
	text_printf(&note, ", observed %.6g, predicted %.6g", observed, at->predicted);
	if (chart_add_bar(d->chart, series, percent(at->predicted, observed), y, low, high,
			  text_string(&note))) {
		d->n_intervals += isfinite(low) && isfinite(high);
		d->n_inside += low <= 0 && high >= 0;
	}
	text_release(&note);
}

static const struct backtest_score *find_score(const struct fit_report *report,
					       const struct backtest_point *at)
{
	for (size_t i = 0; i < report->n_scores; i++)
		if (report->scores[i].law == at->law && report->scores[i].arm == at->arm)
			return &report->scores[i];
	return NULL;
}

/* "0.41 %, best", beside the line. */
static void add_score(struct drawing *d, const struct backtest_point *at, double y)
{
	const struct backtest_score *score = find_score(d->report, at);

	chart_add_level(d->chart, d->panel,
			score ? arena_printf(&d->chart->arena, "%.2g %%%s", 100 * score->error,
					     score->best ? ", best" : "")
			      : "",
			y);
}

static void add_line(struct drawing *d, size_t first, size_t end, size_t line)
{
	const struct backtest_point *points = d->report->held_out;
	const char *arm = d->report->study.arms[points[first].arm].name;
	double y = chart_category_y(d->panel, line), n = (double)(end - first);
	const bool many = end - first > CROWDED;
	const struct chart_look look = {CHART_BARS_X,	figure_arm(&d->arms, arm), 1,
					many ? 0.4 : 1, many ? 0.3 : 0.55,	   false,
					false};
	struct chart_series *series = chart_add_series(
		d->chart, d->panel,
		arena_printf(&d->chart->arena, "%s, %s", points[first].law->name, arm), &look);

	for (size_t i = first; i < end; i++)
		add_point(d, series, &points[i],
			  y + 2 * BESIDE * (0.5 - ((double)(i - first) + 0.5) / n));
	add_score(d, &points[first], y);
}

static void add_lines(struct drawing *d)
{
	const struct fit_report *report = d->report;
	size_t line = 0;

	for (size_t i = 0; i < report->n_held_out; i = line_end(report, i))
		chart_add_category(d->chart, d->panel,
				   arena_printf(&d->chart->arena, "%s, %s",
						report->held_out[i].law->name,
						report->study.arms[report->held_out[i].arm].name));
	for (size_t i = 0; i < report->n_held_out; i = line_end(report, i))
		add_line(d, i, line_end(report, i), line++);
	chart_add_rule_upright(d->chart, d->panel, "observed", 0, false);
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
		    ", of which %zu predictions are shown, smaller computes and sizes on top. ",
		    d->report->n_held_out);
	text_printf(
		caption,
		"Bars: 90 %% interval with the noise of a point; %zu of %zu hold the "
		"observation (line). Right: root mean square error; best: of its arm at the lowest "
		"point of each budget. C: model FLOPs, %s.",
		d->n_inside, d->n_intervals, figure_flops_convention(d->input));
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	const struct chart_axis x = {"error", "ln(predicted / observed) (%)", false};
	const struct chart_axis y = {"law_and_arm", "", false};
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
	d.panel = chart_add_panel(chart, "", &x, &y);
	figure_arms_init(&d.arms, input);
	add_lines(&d);
	add_caption(&d);
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
