/* SPDX-License-Identifier: MIT
 *
 * Tables of at most 100 columns: laws with a column an arm, efficiency with a row a compute.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/fit_output.h"
#include "results/frontier.h"

#define ARMS_ABREAST 2
#define NAME_WIDTH   14
#define ARM_WIDTH    34
#define MOST_ROWS    24 /* of an arm in the frontier */

struct page {
	const struct fit_report *report;
	struct text *out;
	const char *bold, *dim, *plain;
};

static void title(const struct page *page, const char *text)
{
	text_printf(page->out, "%s%s%s", page->bold, text, page->plain);
}

/* The words of `line` from `column` on, wrapped at 96 columns; `line` is cut into pieces. */
static void add_wrapped(const struct page *page, size_t column, char *line)
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

/* Each line of `lines` with a mark before it. */
static void add_warnings(const struct page *page, const char *who, const struct text *lines)
{
	char *copy = xstrdup(text_string(lines)), *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		text_printf(page->out, "  ! %s%s", who, who[0] ? ": " : "");
		add_wrapped(page, (size_t)4 + strlen(who) + (who[0] ? 2 : 0), line);
	}
	free(copy);
}

/* The name of an arm as the first column; one that does not fit has a line of its own. */
static void add_name(const struct page *page, const char *name)
{
	text_printf(page->out, "  %-*s", NAME_WIDTH - 2, name);
	if (strlen(name) >= NAME_WIDTH - 2)
		text_printf(page->out, "\n%*s", NAME_WIDTH, "");
}

/* "0.62 [0.55, 0.70]" with `digits` significant digits. */
static const char *with_interval(char buffer[64], double value, const struct interval *interval,
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
		text_add(out, "what targets cost");
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
	add_wrapped(page, strlen("9999 trials: "), design.data);
	text_release(&design);
	if (!(study->columns & LAW_FLOPS))
		return;
	text_printf(page->out, "C: model FLOPs, %s (%s), the optimizer's %s\n",
		    count_flops_name(study->counted), count_flops_meaning(study->counted),
		    study->count_optimizer ? "added" : "left out");
}

static void add_cell(const struct page *page, const char *text)
{
	text_printf(page->out, "%-*s", ARM_WIDTH, text);
}

static void end_line(const struct page *page)
{
	while (page->out->length && page->out->data[page->out->length - 1] == ' ')
		page->out->length--;
	text_add_char(page->out, '\n');
}

/* Of a law's first column. */
static int name_width(const struct fit_law *law)
{
	size_t width = NAME_WIDTH - 2;

	for (size_t k = 0; k < law->n_parameters; k++)
		if (strlen(law->names[k]) >= width)
			width = strlen(law->names[k]) + 2;
	return (int)width;
}

static void add_parameter_row(const struct page *page, const struct fit_law *first, size_t n,
			      size_t parameter)
{
	char buffer[64];

	text_printf(page->out, "  %-*s", name_width(first), first->names[parameter]);
	for (size_t i = 0; i < n; i++)
		add_cell(page, with_interval(buffer, first[i].fit.parameters[parameter],
					     &first[i].interval[parameter], 4));
	end_line(page);
}

static void add_fit_rows(const struct page *page, const struct fit_law *first, size_t n)
{
	static const char *const names[] = {"points", "objective", "condition", "held out",
					    "starts"};
	char buffer[64];

	for (size_t row = 0; row < ARRAY_SIZE(names); row++) {
		if (row == 4 && first->fit.starts < 2)
			continue;
		text_printf(page->out, "  %s%-*s", page->dim, name_width(first), names[row]);
		for (size_t i = 0; i < n; i++) {
			const struct law_fit *fit = &first[i].fit;

			if (row == 0)
				snprintf(buffer, sizeof(buffer), "%zu", fit->n);
			else if (row == 1)
				snprintf(buffer, sizeof(buffer), "%.8g", fit->objective);
			else if (row == 2)
				snprintf(buffer, sizeof(buffer), "%.2g", fit->condition);
			else if (row == 3)
				fit_holdout_text(buffer, &first[i]);
			else
				snprintf(buffer, sizeof(buffer), "%d of %d agree", fit->agree,
					 fit->starts);
			add_cell(page, buffer);
		}
		end_line(page);
		text_add(page->out, page->plain);
	}
}

/* How many of the laws [i, end) stand side by side: one where a name is too long for two. */
static size_t arms_abreast(const struct fit_report *report, size_t i, size_t end)
{
	size_t n = end - i < ARMS_ABREAST ? end - i : ARMS_ABREAST;

	for (size_t k = i; k < i + n; k++)
		if (strlen(report->laws[k].group) >= ARM_WIDTH)
			return 1;
	return n;
}

/* Side by side n arms of one law; returns n. */
static size_t add_law_block(const struct page *page, const struct fit_law *first, size_t n)
{
	text_printf(page->out, "  %-*s", name_width(first), "");
	for (size_t i = 0; i < n; i++)
		add_cell(page, first[i].group);
	end_line(page);
	for (size_t k = 0; k < first->n_parameters; k++)
		add_parameter_row(page, first, n, k);
	add_fit_rows(page, first, n);
	for (size_t i = 0; i < n; i++)
		add_warnings(page, first[i].group, &first[i].warnings);
	return n;
}

/* The name and formula, and how it was fitted to what, on a second line where one is too short. */
static void add_law_title(const struct page *page, const struct law *law)
{
	const struct fit_options *options = &page->report->options;
	bool chosen = options->loss_given && law->evaluate;
	struct robust robust = chosen ? options->robust : law->robust;
	const char *meaning = law_source_meaning(law->source);
	size_t width = strlen(law->name) + strlen(law->formula) + strlen(meaning) + 24;

	text_add_char(page->out, '\n');
	title(page, law->name);
	text_printf(page->out, "  %s%s%s(%s", law->formula, width > 96 ? "\n    " : "   ",
		    page->dim, robust_name(robust.kind));
	if (robust.kind == ROBUST_HUBER)
		text_printf(page->out, " %g", options->delta);
	text_printf(page->out, "; %s)%s\n", meaning, page->plain);
}

static void add_laws(const struct page *page)
{
	const struct fit_report *report = page->report;
	size_t i = 0;

	while (i < report->n_laws) {
		const struct law *law = report->laws[i].law;
		size_t end = i;

		while (end < report->n_laws && report->laws[end].law == law)
			end++;
		add_law_title(page, law);
		while (i < end)
			i += add_law_block(page, &report->laws[i], arms_abreast(report, i, end));
	}
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
	end_line(page);
}

static void add_frontier_head(const struct page *page, const struct frontier_columns *has)
{
	text_add_char(page->out, '\n');
	title(page, "frontier");
	text_printf(page->out, "  lowest loss at each compute\n  %s%-*s%-11s%-9s%s%s%s%s",
		    page->dim, NAME_WIDTH - 2, "", "FLOPs", "loss", has->params ? "params    " : "",
		    has->tokens ? "tokens    " : "", has->batch ? "batch     " : "",
		    has->lr ? "lr" : "");
	end_line(page);
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
				add_name(page, i == 0 || fits ? name : "");
				add_frontier_row(page, &page->report->points[order[i]], &has);
			} else if (i == MOST_ROWS / 2)
				text_printf(page->out, "  %-*s... %zu more ...\n", NAME_WIDTH - 2,
					    "", n - MOST_ROWS / 2 * 2);
	}
	free(order);
}

static void add_ratio_row(const struct page *page, const struct efficiency_row *row)
{
	const struct interval *interval = &row->interval[EFFICIENCY_PRIMARY];
	double ratio = row->ratio[EFFICIENCY_PRIMARY];
	char range[32] = "", speedup[32] = "", straight[64] = "";

	if (!isnan(interval->low))
		snprintf(range, sizeof(range), "[%.3f, %.3f]", interval->low, interval->high);
	if (isfinite(row->ratio[EFFICIENCY_INTERPOLATION]))
		with_interval(straight, row->ratio[EFFICIENCY_INTERPOLATION],
			      &row->interval[EFFICIENCY_INTERPOLATION], 3);
	if (isfinite(ratio))
		snprintf(speedup, sizeof(speedup), "%.2fx", 1 / ratio);
	text_printf(page->out, "  %-11.3g%-9.4f%s%-8.3f%-17s%-10s%s%-13.3f%s\n", row->flops,
		    row->loss, page->bold, ratio, range, speedup, page->plain,
		    row->ratio[EFFICIENCY_SEPARATE], straight);
}

static void add_pair(const struct page *page, const struct efficiency *pair)
{
	const struct study *study = &page->report->study;
	const char *baseline = study->arms[pair->baseline].name;
	const char *challenger = study->arms[pair->challenger].name;

	text_add_char(page->out, '\n');
	title(page, efficiency_meaning_name(pair->meaning));
	text_printf(page->out, "  FLOPs that %s needs for the loss of %s, over those of %s%s\n",
		    challenger, baseline, baseline,
		    pair->meaning == EFFICIENCY_COMPUTE ? ""
							: ";\n    the optimizer's own are counted");
	if (pair->n_rows > 0)
		text_printf(page->out, "  %s%-11s%-9s%-8s%-17s%-10s%-13s%s%s\n", page->dim, "FLOPs",
			    "loss", "ratio", "90 % interval", "speed-up", "separate E",
			    "interpolated", page->plain);
	for (size_t i = 0; i < pair->n_rows; i++)
		add_ratio_row(page, &pair->rows[i]);
	if (isfinite(pair->slope) && pair->n_rows > 0) {
		char buffer[64];

		text_printf(page->out, "  d ln ratio / d ln C = %s: the advantage is %s\n",
			    with_interval(buffer, pair->slope, &pair->slope_interval, 3),
			    efficiency_trend(pair));
	}
	add_warnings(page, "", &pair->warnings);
}

static void add_targets(const struct page *page)
{
	const struct fit_report *report = page->report;
	char buffer[64];

	if (report->n_targets == 0)
		return;
	text_add_char(page->out, '\n');
	title(page, "target");
	text_printf(page->out, "  FLOPs to reach a loss of %g\n", report->options.target);
	for (size_t i = 0; i < report->n_targets; i++) {
		const struct fit_target *target = &report->targets[i];

		add_name(page, report->study.arms[target->arm].name);
		text_printf(page->out, "%s%s\n",
			    isfinite(target->flops)
				    ? with_interval(buffer, target->flops, &target->interval, 4)
				    : "never",
			    target->in_range ? "" : "  (beyond the data)");
	}
}

static void add_notes(const struct page *page)
{
	const struct fit_report *report = page->report;
	const struct study_dropped *dropped = &report->study.dropped;

	if (report->warnings.length || report->refused.length) {
		text_add_char(page->out, '\n');
		title(page, "before you quote this");
		text_add_char(page->out, '\n');
	}
	add_warnings(page, "", &report->warnings);
	add_warnings(page, "not fitted", &report->refused);
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
	add_laws(&page);
	if (report->study.columns & LAW_LOSS)
		add_frontier(&page);
	for (size_t i = 0; i < report->n_pairs; i++)
		add_pair(&page, &report->pairs[i]);
	add_targets(&page);
	fit_add_backtest(report, color, out);
	add_notes(&page);
}
