/* SPDX-License-Identifier: MIT
 *
 * Tables of at most 100 columns.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/fit_page.h"
#include "results/frontier.h"

#define MOST_ROWS 12 /* of an arm in the frontier */

void page_title(const struct page *page, const char *text)
{
	text_printf(page->out, "%s%s%s", page->bold, text, page->plain);
}

void page_add_wrapped(const struct page *page, size_t column, char *line)
{
	char *words = NULL;

	for (char *word = strtok_r(line, " ", &words); word; word = strtok_r(NULL, " ", &words)) {
		if (column + strlen(word) > 96) {
			page->out->length--; /* the space before */
			text_add(page->out, "\n    ");
			column = 4;
		}
		text_printf(page->out, "%s ", word);
		column += strlen(word) + 1;
	}
	page->out->length--;
	text_add_char(page->out, '\n');
}

void page_add_warnings(const struct page *page, const char *who, const struct text *lines)
{
	char *copy = xstrdup(text_string(lines)), *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		text_printf(page->out, "  ! %s%s", who, who[0] ? ": " : "");
		page_add_wrapped(page, (size_t)4 + strlen(who) + (who[0] ? 2 : 0), line);
	}
	free(copy);
}

/* The name of an arm as the first column; one that does not fit has a line of its own. */
static void page_add_name(const struct page *page, const char *name)
{
	text_printf(page->out, "  %-*s", NAME_WIDTH - 2, name);
	if (strlen(name) >= NAME_WIDTH - 2)
		text_printf(page->out, "\n%*s", NAME_WIDTH, "");
}

const char *page_with_interval(char buffer[64], double value, const struct interval *interval,
			       int digits)
{
	if (isnan(interval->low))
		snprintf(buffer, 64, "%.*g", digits, value);
	else
		snprintf(buffer, 64, "%.*g [%.*g, %.*g]", digits, value, digits, interval->low,
			 digits, interval->high);
	return buffer;
}

static void describe_design(const struct study *study, struct text *out)
{
	if (study->has_params)
		text_printf(out, "%zu size%s, ", study->n_sizes, study->n_sizes == 1 ? "" : "s");
	if (study->columns & LAW_FLOPS)
		text_printf(out, "%zu compute%s", study->n_budget_groups,
			    study->n_budget_groups == 1 ? "" : "s");
	else
		text_add(out, study->columns & LAW_LOSS ? "no FLOPs" : "what targets cost");
	if (study->as_is)
		return;
	text_printf(out, ", %zu seed%s; settings a cell:", study->n_seeds,
		    study->n_seeds == 1 ? "" : "s");
	for (size_t a = 0; a < study->n_arms; a++) {
		const struct study_arm *arm = &study->arms[a];

		text_printf(out, "%s %s %zu", a ? "," : "", arm->name, arm->settings_min);
		if (arm->settings_max != arm->settings_min)
			text_printf(out, " to %zu", arm->settings_max);
	}
}

static void add_head(const struct page *page)
{
	const struct study *study = &page->report->study;
	struct text design = {0};

	describe_design(study, &design);
	text_printf(page->out, "%s%zu trials%s: ", page->bold, study->n_trials, page->plain);
	page_add_wrapped(page, strlen("9999 trials: "), design.data);
	text_release(&design);
	if (!(study->columns & LAW_FLOPS))
		return;
	text_printf(page->out, "C: model FLOPs, %s (%s), the optimizer's %s\n",
		    count_flops_name(study->counted), count_flops_meaning(study->counted),
		    study->count_optimizer ? "added" : "left out");
}

void page_end_line(const struct page *page)
{
	while (page->out->length && page->out->data[page->out->length - 1] == ' ')
		page->out->length--;
	text_add_char(page->out, '\n');
}

/* Columns of the frontier that some point has. */
struct frontier_columns {
	bool params, tokens, batch, lr;
};

static struct frontier_columns find_columns(const struct fit_report *report)
{
	struct frontier_columns has = {0};

	for (size_t i = 0; i < report->study.n_cells; i++) {
		has.params |= isfinite(report->points[i].params);
		has.tokens |= isfinite(report->points[i].tokens);
		has.batch |= isfinite(report->points[i].batch_tokens);
		has.lr |= isfinite(report->points[i].lr);
	}
	return has;
}

/* A number in a column of its own, blank where it is not known. */
static void add_short(const struct page *page, bool column, double value)
{
	char buffer[SHORT_TEXT] = "";

	if (!column)
		return;
	if (isfinite(value))
		format_si(buffer, value);
	text_printf(page->out, "%-10s", buffer);
}

static void add_frontier_row(const struct page *page, const struct study_point *point,
			     const struct frontier_columns *has)
{
	bool edge = point->edges & (EDGE_LR_LOW | EDGE_LR_HIGH);

	text_printf(page->out, "%-11.3g%-9.4f", point->compute, point->loss);
	add_short(page, has->params, point->params);
	add_short(page, has->tokens, point->tokens);
	if (has->batch)
		text_printf(page->out, "%-10.0f", point->batch_tokens);
	if (has->lr && isfinite(point->lr))
		text_printf(page->out, "%.3g%s", point->lr, edge ? " (edge)" : "");
	page_end_line(page);
}

static void add_frontier_head(const struct page *page, const struct frontier_columns *has)
{
	text_add_char(page->out, '\n');
	page_title(page, "frontier");
	text_printf(page->out, "  lowest loss at each compute\n  %s%-*s%-11s%-9s%s%s%s%s",
		    page->dim, NAME_WIDTH - 2, "", "FLOPs", "loss", has->params ? "params    " : "",
		    has->tokens ? "tokens    " : "", has->batch ? "batch     " : "",
		    has->lr ? "lr" : "");
	page_end_line(page);
	text_add(page->out, page->plain);
}

static void add_frontier(const struct page *page)
{
	const struct study *study = &page->report->study;
	struct frontier_columns has = find_columns(page->report);
	size_t *order = xmalloc((study->n_cells + 1) * sizeof(*order));

	add_frontier_head(page, &has);
	for (size_t arm = 0; arm < study->n_arms; arm++) {
		const char *name = study->arms[arm].name;
		bool fits = strlen(name) < NAME_WIDTH - 2;
		size_t n = study_frontier(page->report->points, study->n_cells, arm, order);

		for (size_t i = 0; i < n; i++)
			if (n <= MOST_ROWS || i < MOST_ROWS / 2 || i >= n - MOST_ROWS / 2) {
				page_add_name(page, i == 0 || fits ? name : "");
				add_frontier_row(page, &page->report->points[order[i]], &has);
			} else if (i == MOST_ROWS / 2)
				text_printf(page->out, "  %-*s... %zu more ...\n", NAME_WIDTH - 2,
					    "", n - MOST_ROWS / 2 * 2);
	}
	free(order);
}

static void add_targets(const struct page *page)
{
	const struct fit_report *report = page->report;
	char buffer[64];

	if (report->n_targets == 0)
		return;
	text_add_char(page->out, '\n');
	page_title(page, "target");
	text_printf(page->out, "  FLOPs to reach a loss of %g\n", report->options.target);
	for (size_t i = 0; i < report->n_targets; i++) {
		const struct fit_target *target = &report->targets[i];

		page_add_name(page, report->study.arms[target->arm].name);
		text_printf(page->out, "%s%s\n",
			    isfinite(target->flops) ? page_with_interval(buffer, target->flops,
									 &target->interval, 4)
						    : "never",
			    target->in_range ? "" : "  (beyond the data)");
	}
}

/* What follows the name of "'adamw': why". */
static const char *reason(const char *line)
{
	const char *end = line[0] == '\'' ? strstr(line, "': ") : NULL;

	return end ? end + 1 : line;
}

/* Whether two lines end alike from a place in each. */
static bool same_end(const char *a, const char *b)
{
	size_t length = strcspn(a, "\n");

	return length == strcspn(b, "\n") && memcmp(a, b, length) == 0;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* Lines "'a': why" and "'b': why" become "'a', 'b': why". */
static void merge_reasons(const char *lines, struct text *merged)
{
	for (const char *line = lines; *line; line = next_line(line)) {
		const char *why = reason(line), *before = lines;

		while (before < line && !same_end(reason(before), why))
			before = next_line(before);
		if (before < line)
			continue;
		text_add_bytes(merged, line, (size_t)(why - line));
		for (const char *at = next_line(line); *at && why > line; at = next_line(at))
			if (same_end(reason(at), why)) {
				text_add(merged, ", ");
				text_add_bytes(merged, at, (size_t)(reason(at) - at));
			}
		text_add_bytes(merged, why, strcspn(why, "\n"));
		text_add_char(merged, '\n');
	}
}

static void add_notes(const struct page *page)
{
	const struct fit_report *report = page->report;
	const struct study_dropped *dropped = &report->study.dropped;
	struct text refused = {0};

	if (report->warnings.length || report->refused.length) {
		text_add_char(page->out, '\n');
		page_title(page, "before you quote this");
		text_add_char(page->out, '\n');
	}
	page_add_warnings(page, "", &report->warnings);
	merge_reasons(text_string(&report->refused), &refused);
	page_add_warnings(page, "not fitted", &refused);
	text_release(&refused);
	if (dropped->diverged + dropped->unfinished + dropped->missing > 0)
		text_printf(
			page->out,
			"\nnot used: %zu diverged, %zu unfinished, %zu without a needed value\n",
			dropped->diverged, dropped->unfinished, dropped->missing);
}

void fit_add_tables(const struct fit_report *report, bool color, struct text *out)
{
	struct page page = {report, out, color ? "\033[1m" : "", color ? "\033[2m" : "",
			    color ? "\033[0m" : ""};

	add_head(&page);
	page_add_laws(&page);
	if ((report->study.columns & LAW_LOSS) && (report->study.columns & LAW_FLOPS))
		add_frontier(&page);
	page_add_efficiency(&page);
	add_targets(&page);
	fit_add_backtest(report, color, out);
	add_notes(&page);
	page_add_answer(&page);
}
