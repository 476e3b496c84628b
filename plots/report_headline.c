/* SPDX-License-Identifier: MIT
 *
 * The answer: a sentence an arm, every meaning of it side by side, where it leads with compute and
 * what other choices would have made of it.
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "plots/figure_parts.h"
#include "plots/html.h"
#include "plots/report_parts.h"

/* In words, and why it may not be there. */
static const struct {
	const char *words, *absent;
} meanings[EFFICIENCY_N_MEANINGS] = {
	[EFFICIENCY_COMPUTE] = {"compute for the same loss", "needs frontiers of both arms"},
	[EFFICIENCY_COMPUTE_WITH_OPTIMIZER] = {"the same, the optimizer's own FLOPs counted",
					       "the rows do not say what the optimizer spent"},
	[EFFICIENCY_TOKENS] = {"tokens for the same loss at equal N",
			       "needs params and tokens, and the same sizes in both arms"},
	[EFFICIENCY_RHO_N] = {"parameters, by the joint law", "needs the joint law"},
	[EFFICIENCY_RHO_D] = {"tokens, by the joint law", "needs the joint law"},
	[EFFICIENCY_TIME] = {"time for the same loss", "not measured in isolation"},
};

static const char *arm_name(const struct report_input *input, size_t arm)
{
	return input->fit->study.arms[arm].name;
}

static const struct efficiency *find_pair(const struct fit_report *fit, size_t challenger,
					  enum efficiency_meaning meaning)
{
	for (size_t i = 0; i < fit->n_pairs; i++)
		if (fit->pairs[i].challenger == challenger && fit->pairs[i].meaning == meaning)
			return &fit->pairs[i];
	return NULL;
}

static bool is_compared(const struct fit_report *fit, size_t arm)
{
	for (size_t i = 0; i < fit->n_pairs; i++)
		if (fit->pairs[i].challenger == arm)
			return true;
	return false;
}

/* "1.34 [1.04, 1.68]": the literature's speed-up is the inverse of the ratio. */
static const char *speedup(char buffer[64], double ratio, const struct interval *interval)
{
	const struct interval inverse = {1 / interval->high, 1 / interval->low};

	return report_with_interval(buffer, 1 / ratio, &inverse, 3);
}

static void add_where(const struct efficiency *pair, const struct efficiency_row *row,
		      struct text *out)
{
	char number[SHORT_TEXT];

	if (isfinite(row->flops)) {
		text_add(out, "C = ");
		text_add_number(out, row->flops);
	}
	if (isfinite(row->params))
		text_printf(out, "%sN = %s", out->length ? ", " : "",
			    format_si(number, row->params));
	if (isfinite(row->tokens))
		text_printf(out, "%sD = %s", out->length ? ", " : "",
			    format_si(number, row->tokens));
	if (isfinite(row->seconds))
		text_printf(out, "%s%s", out->length ? ", " : "",
			    format_duration(number, row->seconds));
	if (pair->meaning == EFFICIENCY_TIME && !pair->isolated)
		text_add(out, ", not measured in isolation");
}

static const char *verdict(const struct interval *interval)
{
	if (isnan(interval->low))
		return " There is no interval, so this is no result yet.";
	if (interval->low < 1 && interval->high > 1)
		return " The interval contains 1: no difference is shown.";
	return "";
}

static void add_sentence(const struct report_input *input, const struct efficiency *pair,
			 struct text *out)
{
	struct report_quote quote = report_quote_of(pair);
	const struct interval *interval;
	struct text where = {0};
	char buffer[64];

	text_add(out, "<p class=\"answer\"><b>");
	html_add_text(out, arm_name(input, pair->challenger));
	if (!quote.row) {
		text_add(out, "</b>: no compute ratio, since no loss was reached by both arms or "
			      "the frontiers could not be fitted.</p>\n");
		return;
	}
	interval = &quote.row->interval[quote.method];
	text_printf(out, "</b> needs <b class=\"number\">%s</b> of the compute of <b>",
		    report_with_interval(buffer, quote.row->ratio[quote.method], interval, 3));
	html_add_text(out, arm_name(input, pair->baseline));
	add_where(pair, quote.row, &where);
	text_printf(out, "</b> for the same loss, at %s FLOP: a speed-up of <b>%s</b>.%s",
		    text_string(&where), speedup(buffer, quote.row->ratio[quote.method], interval),
		    verdict(interval));
	text_printf(out, " <span class=\"dim\">(%s%s)</span></p>\n",
		    efficiency_method_of(pair->meaning, quote.method),
		    pair->at_bound[quote.method] ? "; its fit is at a bound" : "");
	text_release(&where);
}

static void add_counting(const struct report_input *input, struct text *out)
{
	size_t n = report_count_warnings(input);
	struct text counting = {0};

	report_add_counting(input, &counting);
	text_add(out, "<p>C counts ");
	html_add_text(out, text_string(&counting));
	text_printf(out, ". Intervals are 90&nbsp;%% bootstrap intervals. ");
	if (n > 0)
		text_printf(out,
			    "<a href=\"#warnings\">%zu warning%s</a> stand%s before this number.",
			    n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	else
		text_add(out, "There is no warning.");
	text_add(out, "</p>\n");
	text_release(&counting);
}

static void add_absent(const struct efficiency *pair, enum efficiency_meaning meaning,
		       struct text *out)
{
	const char *why = pair ? text_string(&pair->warnings) : "";

	text_add(out, "<td colspan=\"7\">not measured: ");
	html_add_text(out, why[0] ? why : meanings[meaning].absent);
	text_add(out, "</td>");
}

/* NAN where an arm has not observed the loss. */
static double ratio_of(const struct efficiency_row *row, int method)
{
	return row->in_range[method] ? row->ratio[method] : (double)NAN;
}

static void add_ratio_cells(const struct efficiency *pair, const struct efficiency_row *row,
			    struct text *out)
{
	const struct interval *primary = &row->interval[EFFICIENCY_PRIMARY];
	struct text where = {0};
	char buffer[64];

	add_where(pair, row, &where);
	html_number(out,
		    report_with_interval(buffer, ratio_of(row, EFFICIENCY_PRIMARY), primary, 3));
	html_number(out, speedup(buffer, ratio_of(row, EFFICIENCY_PRIMARY), primary));
	html_cell(out, isfinite(pair->slope) ? efficiency_trend(pair) : "");
	html_cell(out, text_string(&where));
	html_real(out, "%.4f", row->loss);
	for (int m = EFFICIENCY_SEPARATE; m < EFFICIENCY_N_METHODS; m++)
		html_number(out,
			    report_with_interval(buffer, ratio_of(row, m), &row->interval[m], 3));
	text_release(&where);
}

static void add_meaning_head(const char *first, struct text *out)
{
	const char *const titles[] = {first, "#ratio [90 %]", "#speed-up [90 %]", "advantage",
				      "at",  "#loss",	      "#separate E",	  "#interpolated"};

	html_table_head(out, titles, ARRAY_SIZE(titles));
}

/* A row a meaning, at the largest place where it is defined. */
static void add_meanings(const struct report_input *input, size_t challenger, struct text *out)
{
	struct text caption = {0};

	text_printf(&caption, "%s against the baseline, in every meaning; a ratio below 1 is less",
		    arm_name(input, challenger));
	html_table_start(out, "", text_string(&caption));
	add_meaning_head("meaning", out);
	for (int m = 0; m < EFFICIENCY_N_MEANINGS; m++) {
		enum efficiency_meaning meaning = (enum efficiency_meaning)m;
		const struct efficiency *pair = find_pair(input->fit, challenger, meaning);
		struct report_quote quote = {NULL, EFFICIENCY_PRIMARY};

		if (pair)
			quote = report_quote_of(pair);
		html_row_start(out, meanings[m].words);
		if (quote.row)
			add_ratio_cells(pair, quote.row, out);
		else
			add_absent(pair, meaning, out);
		html_row_end(out);
	}
	html_table_end(out);
	text_release(&caption);
}

static void add_every_place(const struct report_input *input, size_t challenger, struct text *out)
{
	text_add(out, "<details><summary>at every place that was measured</summary>\n");
	html_table_start(out, "", "");
	add_meaning_head("meaning", out);
	for (size_t i = 0; i < input->fit->n_pairs; i++) {
		const struct efficiency *pair = &input->fit->pairs[i];

		for (size_t k = 0; k < pair->n_rows && pair->challenger == challenger; k++) {
			html_row_start(out, meanings[pair->meaning].words);
			add_ratio_cells(pair, &pair->rows[k], out);
			html_row_end(out);
		}
	}
	html_table_end(out);
	text_add(out, "</details>\n");
}

static void add_trend(const struct efficiency *pair, struct text *out)
{
	char buffer[64];

	if (!pair || !isfinite(pair->slope) || pair->n_rows == 0)
		return;
	text_printf(out,
		    "<p>With compute the advantage is <b>%s</b>: d ln ratio / d ln C = %s.</p>\n",
		    efficiency_trend(pair),
		    report_with_interval(buffer, pair->slope, &pair->slope_interval, 3));
}

/* The other choices that give the lowest and the highest ratio, and how many there are. */
struct fragility {
	const struct specification *made, *lowest, *highest;
	size_t n;
};

static struct fragility find_fragility(const struct fit_report *fit, size_t challenger)
{
	struct fragility f = {0};

	for (size_t i = 0; i < fit->n_specifications; i++) {
		const struct specification *choice = &fit->specifications[i];

		if (choice->challenger != challenger)
			continue;
		if (!f.made) {
			f.made = choice;
			continue;
		}
		if (!isfinite(choice->ratio))
			continue;
		f.n++;
		if (!f.lowest || choice->ratio < f.lowest->ratio)
			f.lowest = choice;
		if (!f.highest || choice->ratio > f.highest->ratio)
			f.highest = choice;
	}
	return f;
}

static void add_choices(const struct fit_report *fit, size_t challenger, struct text *out)
{
	const char *const titles[] = {"choice", "#ratio [90 %]", "#speed-up [90 %]", "why not"};
	char buffer[64];

	text_add(out, "<details><summary>every choice</summary>\n");
	html_table_start(out, "", "");
	html_table_head(out, titles, ARRAY_SIZE(titles));
	for (size_t i = 0; i < fit->n_specifications; i++) {
		const struct specification *choice = &fit->specifications[i];

		if (choice->challenger != challenger)
			continue;
		html_row_start(out, choice->choice);
		html_number(out, report_with_interval(buffer, choice->ratio, &choice->interval, 3));
		html_number(out, speedup(buffer, choice->ratio, &choice->interval));
		html_cell(out, choice->why_not ? choice->why_not : "");
		html_row_end(out);
	}
	html_table_end(out);
	text_add(out, "</details>\n");
}

static void add_fragility(const struct report_input *input, size_t challenger, struct text *out)
{
	struct fragility f = find_fragility(input->fit, challenger);

	if (f.n > 0) {
		text_printf(out,
			    "<p>Fragility: under %zu other defensible choice%s the ratio lies "
			    "between <b>%.3g</b> (",
			    f.n, f.n == 1 ? "" : "s", f.lowest->ratio);
		html_add_text(out, f.lowest->choice);
		text_printf(out, ") and <b>%.3g</b> (", f.highest->ratio);
		html_add_text(out, f.highest->choice);
		text_add(out, ").</p>\n");
	} else
		text_add(out, "<p>Fragility: no other choice could be computed from these rows."
			      "</p>\n");
	if (f.made)
		add_choices(input->fit, challenger, out);
}

static void add_comparison(const struct report_input *input, size_t challenger, struct text *out)
{
	const struct efficiency *compute = find_pair(input->fit, challenger, EFFICIENCY_COMPUTE);

	if (input->fit->study.n_arms > 2)
		html_element(out, "h3", "", arm_name(input, challenger));
	add_meanings(input, challenger, out);
	add_trend(compute, out);
	add_fragility(input, challenger, out);
	add_every_place(input, challenger, out);
}

static void add_nothing(const struct report_input *input, struct text *out)
{
	text_add(out, "<p class=\"answer\">");
	if (!input->fit) {
		text_add(out, "Nothing could be fitted: ");
		html_add_text(out, input->unfitted ? input->unfitted : "no row is final");
		text_add(out, ".");
	} else if (input->fit->study.n_arms < 2)
		text_add(out, "There is one arm, and nothing to compare it with: see the laws.");
	else
		text_add(out, "No two arms could be compared: see the warnings.");
	text_add(out, "</p>\n");
}

void report_add_headline(const struct report_input *input, struct text *out)
{
	const struct fit_report *fit = input->fit;

	text_add(out, "<section id=\"answer\" aria-labelledby=\"answer-title\">\n"
		      "<h2 id=\"answer-title\">The answer</h2>\n");
	if (!fit || fit->n_pairs == 0)
		add_nothing(input, out);
	for (size_t i = 0; fit && i < fit->n_pairs; i++)
		if (fit->pairs[i].meaning == EFFICIENCY_COMPUTE)
			add_sentence(input, &fit->pairs[i], out);
	if (fit)
		add_counting(input, out);
	for (size_t arm = 0; fit && arm < fit->study.n_arms; arm++)
		if (is_compared(fit, arm))
			add_comparison(input, arm, out);
	text_add(out, "</section>\n");
}
