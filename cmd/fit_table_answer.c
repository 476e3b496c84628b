/* SPDX-License-Identifier: MIT
 *
 * What other choices would have made of the ratio, and at the end of the page the answer.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/fit_page.h"

static void find_extremes(const struct specification *first, size_t n,
			  const struct specification **low, const struct specification **high)
{
	*low = *high = first;
	for (size_t i = 0; i < n; i++) {
		if (first[i].why_not)
			continue;
		*low = first[i].ratio < (*low)->ratio ? &first[i] : *low;
		*high = first[i].ratio > (*high)->ratio ? &first[i] : *high;
	}
}

/* Choices of the challenger that choice i is of, from i on. */
static size_t count_choices(const struct fit_report *report, size_t i)
{
	size_t end = i;

	while (end < report->n_specifications &&
	       report->specifications[end].challenger == report->specifications[i].challenger)
		end++;
	return end - i;
}

static void add_choice(const struct page *page, const struct specification *choice)
{
	if (choice->why_not)
		return;
	text_printf(page->out, "  %-44s%-11.3g", choice->choice, choice->flops);
	page_add_ratio(page, choice->ratio, &choice->interval);
	page_end_line(page);
}

/* "0.607 as asked; 0.561 (separate E) to 0.736 (FLOPs as 6ND)" */
static void add_fragility_line(const struct page *page, const struct specification *first, size_t n)
{
	const struct specification *low, *high;
	struct text line = {0};

	find_extremes(first, n, &low, &high);
	page_title(page, "fragility");
	text_printf(&line, "%s: %.3f as asked; %.3f (%s) ... %.3f (%s)",
		    page_arm_name(page, first->challenger), first->ratio, low->ratio, low->choice,
		    high->ratio, high->choice);
	text_add_char(page->out, ' ');
	text_add_wrapped(page->out, line.data, strlen("fragility "), 4, 96);
	text_release(&line);
}

static void add_why_not(const struct page *page, const struct specification *first, size_t n)
{
	struct text line = {0};

	for (size_t i = 0; i < n; i++)
		if (first[i].why_not)
			text_printf(&line, "%s%s (%s)",
				    line.length ? "; " : "not to be had: ", first[i].choice,
				    first[i].why_not);
	if (line.length) {
		text_add(page->out, "  ");
		page_add_wrapped(page, 2, line.data);
	}
	text_release(&line);
}

/* The choices [first, first + n) of one pair. */
static void add_fragility(const struct page *page, const struct specification *first, size_t n,
			  bool detailed)
{
	if (detailed)
		text_add_char(page->out, '\n');
	add_fragility_line(page, first, n);
	if (!detailed)
		return;
	text_printf(page->out, "  %s%-44s%-11s%-8s%-17s%s%s\n", page->dim, "one choice changed",
		    "FLOPs", "ratio", "90 % interval", "speed-up", page->plain);
	for (size_t i = 0; i < n; i++)
		add_choice(page, &first[i]);
	add_why_not(page, first, n);
}

void page_add_fragility(const struct page *page, bool detailed)
{
	const struct fit_report *report = page->report;

	if (!detailed)
		text_add_char(page->out, '\n');
	for (size_t i = 0, n; i < report->n_specifications; i += n) {
		n = count_choices(report, i);
		add_fragility(page, &report->specifications[i], n, detailed);
	}
}

static void add_range_of_choices(const struct fit_report *report, size_t challenger,
				 struct text *out)
{
	const struct specification *low, *high;

	for (size_t i = 0, n; i < report->n_specifications; i += n) {
		n = count_choices(report, i);
		find_extremes(&report->specifications[i], n, &low, &high);
		if (report->specifications[i].challenger == challenger && low != high)
			text_printf(out, "; by other choices %.3f to %.3f", low->ratio,
				    high->ratio);
	}
}

static void describe_answer(const struct page *page, const struct efficiency *pair,
			    const struct efficiency_row *row, enum efficiency_method method,
			    struct text *out)
{
	const struct interval *interval = &row->interval[method];
	const struct interval inverse = {1 / interval->high, 1 / interval->low};
	bool added = pair->meaning == EFFICIENCY_COMPUTE_WITH_OPTIMIZER;
	char ratio[64], speedup[64];

	text_printf(out, "needs %s of the FLOPs of %s%s for the same loss at C = %.3g: speed-up %s",
		    page_with_interval(ratio, row->ratio[method], interval, 3),
		    page_arm_name(page, pair->baseline), added ? ", the optimizer's counted," : "",
		    row->flops, page_with_interval(speedup, 1 / row->ratio[method], &inverse, 3));
	if (interval->low < 1 && interval->high > 1)
		text_add(out, ", no difference is shown");
	if (pair->at_bound[method])
		text_add(out, " (fit at a bound)");
	else if (method == EFFICIENCY_INTERPOLATION)
		text_add(out, " (interpolated)");
	if (isfinite(pair->slope_interval.low))
		text_printf(out, "; with C the advantage is %s", efficiency_trend(pair));
	add_range_of_choices(page->report, pair->challenger, out);
}

static void add_answer(const struct page *page, const struct efficiency *pair)
{
	enum efficiency_method method;
	const struct efficiency_row *row = efficiency_quoted(pair, false, &method);
	const char *name = page_arm_name(page, pair->challenger);
	struct text line = {0};

	text_printf(page->out, "  %s%s%s", page->bold, name, page->plain);
	if (row)
		describe_answer(page, pair, row, method, &line);
	else
		text_add(&line, "has no compute ratio, see above");
	text_add_wrapped(page->out, line.data, strlen(name) + 3, 4, 96);
	text_release(&line);
}

void page_add_answer(const struct page *page)
{
	const struct fit_report *report = page->report;
	enum efficiency_meaning asked = report->options.study.count_optimizer
						? EFFICIENCY_COMPUTE_WITH_OPTIMIZER
						: EFFICIENCY_COMPUTE;

	if (report->n_pairs == 0)
		return;
	text_add_char(page->out, '\n');
	page_title(page, "answer");
	text_add(page->out, report->options.bootstrap > 0 ? "  with 90 % intervals\n" : "\n");
	for (size_t i = 0; i < report->n_pairs; i++)
		if (report->pairs[i].meaning == asked)
			add_answer(page, &report->pairs[i]);
}
