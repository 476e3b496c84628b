/* SPDX-License-Identifier: MIT
 *
 * Efficiency: a headline of all meanings side by side, then each meaning with a row a place.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/fit_page.h"
#include "results/efficiency_kind.h"

#define FIRST_WIDTH 24
#define PLACE_WIDTH 25
#define DETAILED    2 /* challengers; of more only the compute is shown in detail */

static size_t count_challengers(const struct fit_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_pairs; i++)
		n += report->pairs[i].meaning == report->pairs[0].meaning;
	return n;
}

const char *page_arm_name(const struct page *page, size_t arm)
{
	return page->report->study.arms[arm].name;
}

static void format_place(char buffer[64], const struct efficiency *pair,
			 const struct efficiency_row *row)
{
	char n[SHORT_TEXT], d[SHORT_TEXT];

	if (pair->meaning == EFFICIENCY_TOKENS)
		snprintf(buffer, 64, "N = %s, D = %s", format_si(n, row->params),
			 format_si(d, row->tokens));
	else if (efficiency_kind(pair->meaning)->factor)
		snprintf(buffer, 64, "C = %.3g to %.3g", pair->x_low, pair->x_high);
	else if (pair->meaning == EFFICIENCY_TIME)
		snprintf(buffer, 64, "C = %.3g, %s", row->flops, format_duration(d, row->seconds));
	else
		snprintf(buffer, 64, "C = %.3g", row->flops);
}

void page_add_ratio(const struct page *page, double ratio, const struct interval *interval)
{
	char number[32] = "-", range[32] = "", speedup[32] = "";

	if (!isnan(interval->low))
		snprintf(range, sizeof(range),
			 interval->high < 100 ? "[%.3f, %.3f]" : "[%.3f, %.2g]", interval->low,
			 interval->high);
	if (isfinite(ratio)) {
		snprintf(number, sizeof(number), "%.3f", ratio);
		snprintf(speedup, sizeof(speedup), "%.2fx", 1 / ratio);
	}
	text_printf(page->out, "%s%-8s%-17s%-10s%s", page->bold, number, range, speedup,
		    page->plain);
}

/* What a reader must not overlook about a ratio. */
static const char *remark(const struct efficiency *pair, enum efficiency_method method)
{
	if (pair->meaning == EFFICIENCY_TIME && !pair->isolated)
		return "not isolated";
	if (pair->at_bound[method])
		return "fit at a bound";
	return method == EFFICIENCY_INTERPOLATION ? "interpolated" : "";
}

static void add_quoted(const struct page *page, const struct efficiency *pair, const char *first,
		       bool smallest)
{
	enum efficiency_method method;
	const struct efficiency_row *row = efficiency_quoted(pair, smallest, &method);
	char place[64];

	text_printf(page->out, "  %-*s", FIRST_WIDTH, first);
	if (strlen(first) >= FIRST_WIDTH)
		text_printf(page->out, "\n  %*s", FIRST_WIDTH, "");
	if (row) {
		format_place(place, pair, row);
		text_printf(page->out, "%-*s", PLACE_WIDTH, place);
		page_add_ratio(page, row->ratio[method], &row->interval[method]);
		text_add(page->out, remark(pair, method));
	} else {
		text_add(page->out, "no ratio, see below");
	}
	page_end_line(page);
}

/* The place of the smallest C too, where it is another and there is room. */
static bool has_two_places(const struct efficiency *pair)
{
	enum efficiency_method method;

	return !efficiency_kind(pair->meaning)->factor &&
	       efficiency_quoted(pair, false, &method) != efficiency_quoted(pair, true, &method);
}

static void add_settings(const struct page *page)
{
	const struct study *study = &page->report->study;
	struct text line = {0};

	if (study->as_is)
		return;
	text_add(&line, "best of");
	for (size_t a = 0; a < study->n_arms; a++) {
		const struct study_arm *arm = &study->arms[a];

		if (arm->n_cells == 0)
			continue;
		text_printf(&line, "%s %s %zu", a ? "," : "", arm->name, arm->settings_min);
		if (arm->settings_max != arm->settings_min)
			text_printf(&line, " to %zu", arm->settings_max);
	}
	text_add(&line, " settings a cell");
	text_add(page->out, "  ");
	page_add_wrapped(page, 2, line.data);
	text_release(&line);
}

static void add_headline(const struct page *page, size_t n_challengers)
{
	const struct fit_report *report = page->report;

	text_add_char(page->out, '\n');
	page_title(page, "efficiency");
	text_printf(page->out,
		    "  what %s needs for the loss of %s; ratio below 1: less, speed-up = 1/ratio\n",
		    n_challengers == 1 ? page_arm_name(page, report->pairs[0].challenger)
				       : "an arm",
		    n_challengers == 1 ? page_arm_name(page, report->pairs[0].baseline)
				       : "its baseline");
	add_settings(page);
	text_printf(page->out, "  %s%-*s%-*s%-8s%-17s%s%s\n", page->dim, FIRST_WIDTH, "meaning",
		    PLACE_WIDTH, "at", "ratio", "90 % interval", "speed-up", page->plain);
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct efficiency *pair = &report->pairs[i];
		const char *name = efficiency_meaning_name(pair->meaning);

		if (n_challengers == 1) {
			add_quoted(page, pair, name, false);
			if (has_two_places(pair))
				add_quoted(page, pair, "", true);
			continue;
		}
		if (i == 0 || report->pairs[i - 1].meaning != pair->meaning)
			text_printf(page->out, "  %s%s%s\n", page->dim, name, page->plain);
		add_quoted(page, pair, page_arm_name(page, pair->challenger), false);
	}
}

static void add_detail_head(const struct page *page, const struct efficiency *pair)
{
	const struct efficiency_kind *kind = efficiency_kind(pair->meaning);
	static const char *const columns[][3] = {
		{"FLOPs", "loss", ""}, {"params", "tokens", "loss"}, {"FLOPs", "seconds", "loss"}};
	const char *const *at = columns[pair->meaning == EFFICIENCY_TOKENS ? 1
					: pair->meaning == EFFICIENCY_TIME ? 2
									   : 0];

	text_printf(page->out, "  %s%-11s%-9s", page->dim, at[0], at[1]);
	if (at[2][0])
		text_printf(page->out, "%-9s", at[2]);
	text_printf(page->out, "%-8s%-17s%-10s", "ratio", "90 % interval", "speed-up");
	if (kind->methods[EFFICIENCY_SEPARATE])
		text_printf(page->out, "%-12s", "separate E");
	text_printf(page->out, "interpolated%s\n", page->plain);
}

static void add_place(const struct page *page, const struct efficiency *pair,
		      const struct efficiency_row *row)
{
	char n[SHORT_TEXT], d[SHORT_TEXT];

	if (pair->meaning == EFFICIENCY_TOKENS)
		text_printf(page->out, "  %-11s%-9s%-9.4f", format_si(n, row->params),
			    format_si(d, row->tokens), row->loss);
	else if (pair->meaning == EFFICIENCY_TIME)
		text_printf(page->out, "  %-11.3g%-9.3g%-9.4f", row->flops, row->seconds,
			    row->loss);
	else
		text_printf(page->out, "  %-11.3g%-9.4f", row->flops, row->loss);
}

static void add_detail_row(const struct page *page, const struct efficiency *pair,
			   const struct efficiency_row *row)
{
	char straight[64] = "";
	bool in_range =
		row->in_range[EFFICIENCY_PRIMARY] || row->in_range[EFFICIENCY_INTERPOLATION];

	add_place(page, pair, row);
	page_add_ratio(page, row->ratio[EFFICIENCY_PRIMARY], &row->interval[EFFICIENCY_PRIMARY]);
	if (efficiency_kind(pair->meaning)->methods[EFFICIENCY_SEPARATE])
		text_printf(page->out, "%-12.3f", row->ratio[EFFICIENCY_SEPARATE]);
	if (isfinite(row->ratio[EFFICIENCY_INTERPOLATION]))
		page_with_interval(straight, row->ratio[EFFICIENCY_INTERPOLATION],
				   &row->interval[EFFICIENCY_INTERPOLATION], 3);
	text_printf(page->out, "%s%s", straight, in_range ? "" : "beyond the data");
	page_end_line(page);
}

static void add_slope(const struct page *page, const struct efficiency *pair)
{
	const struct efficiency_kind *kind = efficiency_kind(pair->meaning);
	char buffer[64];

	if (isfinite(pair->x_low))
		text_printf(page->out,
			    "  defined from %s = %.3g to %.3g, where both have the loss\n",
			    kind->per, pair->x_low, pair->x_high);
	if (isfinite(pair->slope) && pair->n_rows > 0)
		text_printf(page->out, "  d ln ratio / d ln %s = %s: the advantage is %s\n",
			    kind->per,
			    page_with_interval(buffer, pair->slope, &pair->slope_interval, 3),
			    efficiency_trend(pair));
}

static bool has_ratio(const struct efficiency_row *row)
{
	return isfinite(row->ratio[EFFICIENCY_PRIMARY]) ||
	       isfinite(row->ratio[EFFICIENCY_INTERPOLATION]);
}

/* Rows without any ratio are counted. */
static void add_detail_rows(const struct page *page, const struct efficiency *pair)
{
	size_t n = 0;

	for (size_t i = 0; i < pair->n_rows; i++)
		n += has_ratio(&pair->rows[i]);
	if (n == 0)
		return;
	add_detail_head(page, pair);
	for (size_t i = 0; i < pair->n_rows; i++)
		if (has_ratio(&pair->rows[i]))
			add_detail_row(page, pair, &pair->rows[i]);
	if (n < pair->n_rows)
		text_printf(page->out, "  %zu more beyond the data\n", pair->n_rows - n);
	add_slope(page, pair);
}

static void add_pair(const struct page *page, const struct efficiency *pair)
{
	const struct efficiency_kind *kind = efficiency_kind(pair->meaning);
	const char *baseline = page_arm_name(page, pair->baseline);
	struct text line = {0};

	if (kind->factor && pair->warnings.length == 0)
		return; /* the headline has all of it */
	text_add_char(page->out, '\n');
	page_title(page, kind->name);
	text_printf(&line, "%s that %s needs for the loss of %s, over those of %s", kind->what,
		    page_arm_name(page, pair->challenger), baseline, baseline);
	text_add_char(page->out, ' ');
	text_add_wrapped(page->out, line.data, strlen(kind->name) + 1, 4, 96);
	text_release(&line);
	if (!kind->factor)
		add_detail_rows(page, pair);
	page_add_warnings(page, "", &pair->warnings);
}

/* Without its rows, which JSON has: what is wrong with it. */
static void add_pair_warnings(const struct page *page, const struct efficiency *pair)
{
	char who[160];

	snprintf(who, sizeof(who), "%s of %s", efficiency_meaning_name(pair->meaning),
		 page_arm_name(page, pair->challenger));
	page_add_warnings(page, who, &pair->warnings);
}

static void add_details(const struct page *page, size_t n_challengers)
{
	const struct fit_report *report = page->report;
	bool hidden = false;

	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct efficiency *pair = &report->pairs[i];

		if (n_challengers <= DETAILED || pair->meaning == EFFICIENCY_COMPUTE)
			add_pair(page, pair);
		else
			hidden = true;
	}
	if (hidden)
		text_add(page->out, "\n  (every row of the other meanings: --json)\n");
	for (size_t i = 0; i < report->n_pairs && hidden; i++)
		if (report->pairs[i].meaning != EFFICIENCY_COMPUTE)
			add_pair_warnings(page, &report->pairs[i]);
}

void page_add_efficiency(const struct page *page)
{
	const struct fit_report *report = page->report;
	size_t n_challengers = count_challengers(report);

	if (report->n_pairs == 0)
		return;
	add_headline(page, n_challengers);
	add_details(page, n_challengers);
	page_add_fragility(page, n_challengers <= DETAILED);
}
