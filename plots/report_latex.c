/* SPDX-License-Identifier: MIT
 *
 * Tables for LaTeX, with the rules of booktabs.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "plots/report_parts.h"

static void add_escaped(struct text *out, const char *text)
{
	static const struct {
		char c;
		const char *command;
	} special[] = {{'\\', "\\textbackslash{}"},
		       {'~', "\\textasciitilde{}"},
		       {'^', "\\textasciicircum{}"},
		       {'<', "\\textless{}"},
		       {'>', "\\textgreater{}"}};

	for (; *text; text++) {
		const char *command = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(special); i++)
			if (special[i].c == *text)
				command = special[i].command;
		if (command)
			text_add(out, command);
		else {
			if (strchr("&%$#_{}", *text))
				text_add_char(out, '\\');
			text_add_char(out, *text);
		}
	}
}

/* "$8.62 \times 10^{10}$" */
static void add_number(struct text *out, double value, int digits)
{
	double exponent = floor(log10(fabs(value)) + 1e-9);

	if (!isfinite(value))
		text_add(out, "--");
	else if (value == 0 || (exponent >= -3 && exponent < 5))
		text_printf(out, "$%.*g$", digits, value);
	else
		text_printf(out, "$%.*g \\times 10^{%.0f}$", digits, value / pow(10, exponent),
			    exponent);
}

static void add_interval(struct text *out, const struct interval *interval)
{
	if (isfinite(interval->low) && isfinite(interval->high))
		text_printf(out, "$[%.3g, %.3g]$", interval->low, interval->high);
	else
		text_add(out, "--");
}

static void add_ratio(const struct report_input *input, const struct efficiency *pair,
		      struct text *out)
{
	struct report_quote quote = report_quote_of(pair);

	if (!quote.row)
		return;
	add_escaped(out, input->study->arms[pair->challenger].name);
	text_add(out, " & ");
	add_escaped(out, efficiency_meaning_name(pair->meaning));
	text_add(out, " & ");
	add_number(out, quote.row->flops, 3);
	text_add(out, " & ");
	add_number(out, quote.row->loss, 4);
	text_add(out, " & ");
	add_number(out, quote.row->ratio[quote.method], 3);
	text_add(out, " & ");
	add_interval(out, &quote.row->interval[quote.method]);
	text_printf(out, " & $%.2f\\times$ \\\\\n", 1 / quote.row->ratio[quote.method]);
}

void report_ratios_latex(const struct report_input *input, struct text *out)
{
	text_add(out, "% \\usepackage{booktabs}\n\\begin{tabular}{llrrrrr}\n\\toprule\n"
		      "arm & meaning & $C$ (FLOP) & $L$ & ratio & 90\\,\\% & speed-up \\\\\n"
		      "\\midrule\n");
	for (size_t i = 0; input->fit && i < input->fit->n_pairs; i++)
		add_ratio(input, &input->fit->pairs[i], out);
	text_add(out, "\\bottomrule\n\\end{tabular}\n");
}

void report_ledger_latex(const struct report_input *input, struct text *out)
{
	const struct study *study = input->study;

	text_add(out, "% \\usepackage{booktabs}\n\\begin{tabular}{lrrrrr}\n\\toprule\n"
		      "arm & runs & settings & diverged & model FLOPs & optimizer FLOPs \\\\\n"
		      "\\midrule\n");
	for (size_t a = 0; a < study->n_arms; a++) {
		struct report_arm_totals totals = report_arm_totals_of(input, a);

		add_escaped(out, study->arms[a].name);
		text_printf(out, " & %zu & %zu", totals.n_trials, study->arms[a].settings_min);
		if (study->arms[a].settings_max != study->arms[a].settings_min)
			text_printf(out, "--%zu", study->arms[a].settings_max);
		text_printf(out, " & %zu & ", study->arms[a].n_diverged);
		add_number(out, totals.flops, 3);
		text_add(out, " & ");
		add_number(out, totals.flops_optimizer, 3);
		text_add(out, " \\\\\n");
	}
	text_add(out, "\\bottomrule\n\\end{tabular}\n");
}
