/* SPDX-License-Identifier: MIT
 *
 * specification: what the compute ratio becomes under each other choice that could be defended,
 * one choice changed at a time (Simonsohn, Simmons and Nelson 2020).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"

#define CUT_FACTOR  2 /* bars leave the range of the ratios by that at most */
#define MOST_FAILED 6 /* choices without a ratio that the caption names */

struct drawing {
	const struct figure_input *input;
	const struct fit_report *report;
	struct chart *chart;
	struct figure_arms arms;
	const char **choices; /* that give any pair a ratio, the one that was made first */
	size_t n_choices;
	struct chart_range bars; /* where they may lie */
	bool cut;		 /* one does not fit there */
};

static bool same_pair(const struct specification *a, const struct specification *b)
{
	return a->baseline == b->baseline && a->challenger == b->challenger;
}

static size_t pair_end(const struct fit_report *report, size_t first)
{
	size_t end = first + 1;

	while (end < report->n_specifications &&
	       same_pair(&report->specifications[first], &report->specifications[end]))
		end++;
	return end;
}

static size_t find_choice(const struct drawing *d, const char *choice)
{
	size_t i = 0;

	while (i < d->n_choices && strcmp(d->choices[i], choice) != 0)
		i++;
	return i;
}

static int by_ratio(const void *a, const void *b)
{
	const struct specification *first = *(const struct specification *const *)a;
	const struct specification *second = *(const struct specification *const *)b;

	if (isnan(first->ratio) || isnan(second->ratio))
		return isnan(first->ratio) - isnan(second->ratio);
	return (first->ratio > second->ratio) - (first->ratio < second->ratio);
}

static void add_choice(struct drawing *d, const char *choice)
{
	bool drawn = false;

	for (size_t i = 0; i < d->report->n_specifications; i++)
		drawn |= strcmp(d->report->specifications[i].choice, choice) == 0 &&
			 isfinite(d->report->specifications[i].ratio);
	if (drawn && find_choice(d, choice) == d->n_choices)
		d->choices[d->n_choices++] = choice;
}

/* The choice that was made, then the others by rising ratio of the first pair; those that only
 * other pairs have come last. */
static void order_choices(struct drawing *d)
{
	const struct fit_report *report = d->report;
	size_t end = pair_end(report, 0);
	const struct specification **sorted = xcalloc(end + 1, sizeof(*sorted));

	d->choices = xcalloc(report->n_specifications + 1, sizeof(const char *));
	for (size_t i = 0; i < end; i++)
		sorted[i] = &report->specifications[i];
	qsort(sorted + 1, end - 1, sizeof(*sorted), by_ratio);
	for (size_t i = 0; i < end; i++)
		add_choice(d, sorted[i]->choice);
	for (size_t i = end; i < report->n_specifications; i++)
		add_choice(d, report->specifications[i].choice);
	free(sorted);
}

/* Beside the line where there is one panel only. */
static void add_words(struct drawing *d, struct chart_panel *panel, const struct specification *at,
		      double y)
{
	const char *words;

	if (isfinite(at->interval.low) && isfinite(at->interval.high))
		words = arena_printf(&d->chart->arena, "%.2f [%.2f, %.2f]", at->ratio,
				     at->interval.low, at->interval.high);
	else
		words = arena_printf(&d->chart->arena, "%.2f", at->ratio);
	chart_add_level(d->chart, panel, words, y);
}

static double cut(struct drawing *d, double value)
{
	double kept = fmin(fmax(value, d->bars.low), d->bars.high);

	d->cut |= isfinite(value) && kept != value;
	return isfinite(value) ? kept : value;
}

static void set_range(struct drawing *d)
{
	d->bars = (struct chart_range){1, 1};
	for (size_t i = 0; i < d->report->n_specifications; i++) {
		double ratio = d->report->specifications[i].ratio;

		d->bars.low = fmin(d->bars.low, ratio / CUT_FACTOR);
		d->bars.high = fmax(d->bars.high, ratio * CUT_FACTOR);
	}
}

static void add_pair(struct drawing *d, size_t first, size_t end)
{
	const struct chart_axis x = {"ratio", "C of the challenger / C of the baseline", true};
	const struct chart_axis y = {"choice", "", false};
	const struct specification *all = d->report->specifications;
	const char *name = d->report->study.arms[all[first].challenger].name;
	bool alone = first == 0 && end == d->report->n_specifications;
	struct chart_look look = {CHART_BARS_X, figure_arm(&d->arms, name), 1, 1, 0.6, true, false};
	struct chart_panel *panel = chart_add_panel(d->chart, alone ? "" : name, &x, &y);
	struct chart_series *made, *others;

	for (size_t i = 0; i < d->n_choices; i++)
		chart_add_category(d->chart, panel, d->choices[i]);
	others = chart_add_series(d->chart, panel,
				  arena_printf(&d->chart->arena, "%s, other choices", name), &look);
	look.open = false;
	look.size = 0.9;
	look.width = 1.6;
	made = chart_add_series(d->chart, panel,
				arena_printf(&d->chart->arena, "%s, the choice made", name), &look);
	for (size_t i = first; i < end; i++) {
		size_t choice = find_choice(d, all[i].choice);
		double at = chart_category_y(panel, choice);

		if (choice == d->n_choices)
			continue;
		chart_add_bar(d->chart, i == first ? made : others, all[i].ratio, at,
			      cut(d, all[i].interval.low), cut(d, all[i].interval.high),
			      all[i].choice);
		if (alone)
			add_words(d, panel, &all[i], at);
	}
	chart_add_rule_upright(d->chart, panel, "equal", 1, false);
	if (isfinite(all[first].ratio))
		chart_add_rule_upright(d->chart, panel, "the choice made", all[first].ratio, true);
}

static const char *reason_of(const struct specification *of)
{
	return of->why_not ? of->why_not : "not to be had";
}

/* Whether an earlier choice of the pair has failed for the same reason. */
static bool is_told(const struct fit_report *report, size_t i)
{
	const struct specification *all = report->specifications;

	for (size_t k = 0; k < i; k++)
		if (!isfinite(all[k].ratio) && same_pair(&all[k], &all[i]) &&
		    strcmp(reason_of(&all[k]), reason_of(&all[i])) == 0)
			return true;
	return false;
}

/* " Without a ratio, muon: 'a', 'b': why." for each reason. */
static void add_failed(struct drawing *d)
{
	const struct fit_report *report = d->report;
	const struct specification *all = report->specifications;
	struct text *caption = &d->chart->caption;
	bool alone = pair_end(report, 0) == report->n_specifications;

	for (size_t i = 0; i < report->n_specifications; i++) {
		if (isfinite(all[i].ratio) || is_told(report, i))
			continue;
		text_add(caption, " Without a ratio");
		if (!alone)
			text_printf(caption, ", %s", report->study.arms[all[i].challenger].name);
		for (size_t k = i; k < pair_end(report, i); k++)
			if (!isfinite(all[k].ratio) &&
			    strcmp(reason_of(&all[k]), reason_of(&all[i])) == 0)
				text_printf(caption, "%s '%s'", k == i ? ":" : ",", all[k].choice);
		text_printf(caption, ": %s.", reason_of(&all[i]));
	}
}

static void add_caption(struct drawing *d)
{
	const struct fit_report *report = d->report;
	const struct specification *first = &report->specifications[0];
	struct text *caption = &d->chart->caption;
	size_t n_failed = 0;

	for (size_t i = 0; i < report->n_specifications; i++)
		n_failed += !isfinite(report->specifications[i].ratio);
	text_printf(caption, "n = %zu trials. Ratio of computes for the loss that %s has at C = ",
		    report->study.n_trials, report->study.arms[first->baseline].name);
	text_add_number(caption, first->flops);
	text_printf(caption,
		    "; bars: 90 %% intervals%s. Filled: as asked; open: one choice changed at a "
		    "time. Line: equal; dotted: as asked. C as asked: model FLOPs, %s.",
		    d->cut ? ", cut where they are wider than the figure" : "",
		    figure_flops_convention(d->input));
	if (n_failed <= MOST_FAILED)
		add_failed(d);
	else
		text_printf(caption, " Without a ratio: %zu choices.", n_failed);
}

static bool has_ratio(const struct fit_report *report)
{
	for (size_t i = 0; i < report->n_specifications; i++)
		if (isfinite(report->specifications[i].ratio))
			return true;
	return false;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .report = input->report, .chart = chart};

	if (!input->report)
		return error_set(err, ERR_DATA, "no law was fitted: %s",
				 input->unfitted ? input->unfitted : "no law was asked for");
	if (!input->report->n_pairs)
		return figure_no_baseline(input, err);
	if (!has_ratio(input->report))
		return error_set(err, ERR_DATA,
				 "no choice gives a ratio: the arms must have reached the same "
				 "losses at 2 computes or more, see 'muon-sweep fit'");
	chart->title = "What the ratio becomes under other choices";
	chart->same_y = true;
	figure_arms_init(&d.arms, input);
	order_choices(&d);
	set_range(&d);
	for (size_t i = 0; i < d.report->n_specifications; i = pair_end(d.report, i))
		add_pair(&d, i, pair_end(d.report, i));
	add_caption(&d);
	free(d.choices);
	figure_arms_release(&d.arms);
	return 0;
}

const struct figure figure_specification = {
	.name = "specification",
	.summary = "the compute ratio under every other choice that could be defended",
	.columns = "flops, loss, label or optimizer with two arms",
	.study = true,
	.fit = true,
	.laws = "power_offset,power,chinchilla",
	.draw = draw,
};
