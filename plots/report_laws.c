/* SPDX-License-Identifier: MIT
 *
 * Every law with its parameters, an arm a column, and as tab-separated values and JSON.
 */
#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "base/memory.h"
#include "plots/html.h"
#include "plots/report_parts.h"

/* The fits of one law: laws [first, end) of the report. */
struct law_fits {
	const struct fit_report *report;
	const struct law *law;
	const struct fit_law *first;
	size_t n;
};

static void add_method(const struct law_fits *fits, struct text *out)
{
	const struct fit_options *options = &fits->report->options;
	struct robust robust = options->loss_given ? options->robust : fits->law->robust;

	text_add(out, "<p><code>");
	html_add_text(out, fits->law->formula);
	text_printf(out, "</code> <span class=\"dim\">%s", robust_name(robust.kind));
	if (robust.kind == ROBUST_HUBER)
		text_printf(out, " %g", options->delta);
	text_printf(out, "; %s</span></p>\n", law_source_meaning(fits->law->source));
}

static void add_parameters(const struct law_fits *fits, struct text *out)
{
	char buffer[64];

	for (size_t k = 0; k < fits->first->n_parameters; k++) {
		html_row_start(out, fits->first->names[k]);
		for (size_t i = 0; i < fits->n; i++)
			html_number(out,
				    report_with_interval(buffer, fits->first[i].fit.parameters[k],
							 &fits->first[i].interval[k], 4));
		html_row_end(out);
	}
}

static void fit_fact(const struct law_fit *fit, size_t which, char buffer[64])
{
	if (which == 0)
		snprintf(buffer, 64, "%zu", fit->n);
	else if (which == 1)
		snprintf(buffer, 64, "%.8g", fit->objective);
	else if (which == 2)
		snprintf(buffer, 64, "%.2g", fit->condition);
	else
		snprintf(buffer, 64, "%d of %d agree", fit->agree, fit->starts);
}

static void add_fit_facts(const struct law_fits *fits, struct text *out)
{
	static const char *const names[] = {"points", "objective", "condition", "starts"};
	char buffer[64];

	for (size_t row = 0; row < ARRAY_SIZE(names); row++) {
		if (row == 3 && fits->first->fit.starts < 2)
			continue;
		html_row_start(out, names[row]);
		for (size_t i = 0; i < fits->n; i++) {
			fit_fact(&fits->first[i].fit, row, buffer);
			html_number(out, buffer);
		}
		html_row_end(out);
	}
}

static void add_table(const struct law_fits *fits, struct text *out)
{
	text_add(out, "<div class=\"box\" tabindex=\"0\"><table>\n"
		      "<thead><tr><th scope=\"col\">parameter</th>");
	for (size_t i = 0; i < fits->n; i++) {
		text_add(out, "<th scope=\"col\" class=\"n\">");
		html_add_text(out, fits->first[i].group);
		text_add(out, " [90 %]</th>");
	}
	text_add(out, "</tr></thead>\n<tbody>\n");
	add_parameters(fits, out);
	text_add(out, "</tbody><tbody class=\"dim\">\n");
	add_fit_facts(fits, out);
	html_table_end(out);
}

static void add_tsv_number(double value, struct text *out)
{
	text_add_char(out, '\t');
	if (isfinite(value))
		json_add_real(out, value);
}

static void law_tsv(const struct law_fits *fits, struct text *out)
{
	text_add(out, "law\tgroup\tparameter\tvalue\tlow90\thigh90\n");
	for (size_t i = 0; i < fits->n; i++)
		for (size_t k = 0; k < fits->first[i].n_parameters; k++) {
			const struct fit_law *fit = &fits->first[i];

			text_printf(out, "%s\t%s\t%s", fits->law->name, fit->group, fit->names[k]);
			add_tsv_number(fit->fit.parameters[k], out);
			add_tsv_number(fit->interval[k].low, out);
			add_tsv_number(fit->interval[k].high, out);
			text_add_char(out, '\n');
		}
}

static void law_json(const struct report_input *input, const struct law_fits *fits,
		     struct text *out)
{
	text_add_char(out, '[');
	for (size_t i = 0; i < fits->n; i++) {
		text_add(out, i ? ",\n " : "");
		input->law_json(&fits->first[i], out);
	}
	text_add(out, "]\n");
}

static void add_copies(const struct report_input *input, const struct law_fits *fits,
		       struct text *out)
{
	struct text tsv = {0}, json = {0}, id = {0};

	law_tsv(fits, &tsv);
	law_json(input, fits, &json);
	text_add(out, "<details><summary>copy parameters</summary>\n");
	text_printf(&id, "tsv-%s", fits->law->name);
	html_copy_block(out, text_string(&id), "TSV", text_string(&tsv));
	text_clear(&id);
	text_printf(&id, "json-%s", fits->law->name);
	html_copy_block(out, text_string(&id), "JSON", text_string(&json));
	text_add(out, "</details>\n");
	text_release(&tsv);
	text_release(&json);
	text_release(&id);
}

static void add_law(const struct report_input *input, const struct law_fits *fits, struct text *out)
{
	text_printf(out, "<h3 id=\"law-%s\">%s</h3>\n", fits->law->name, fits->law->name);
	add_method(fits, out);
	add_table(fits, out);
	for (size_t i = 0; i < fits->n; i++) {
		text_add(out, fits->first[i].warnings.length ? "<ul class=\"warnings\">\n" : "");
		html_add_items(out, fits->first[i].group, text_string(&fits->first[i].warnings));
		text_add(out, fits->first[i].warnings.length ? "</ul>\n" : "");
	}
	add_copies(input, fits, out);
}

/* The laws of one kind that have the same parameters stand in one table. */
static struct law_fits fits_from(const struct fit_report *report, size_t first)
{
	struct law_fits fits = {report, report->laws[first].law, &report->laws[first], 0};

	while (first + fits.n < report->n_laws && fits.first[fits.n].law == fits.law &&
	       fits.first[fits.n].n_parameters == fits.first->n_parameters)
		fits.n++;
	return fits;
}

static void add_targets(const struct fit_report *fit, struct text *out)
{
	const char *const titles[] = {"arm", "#FLOPs [90 %]", ""};
	char buffer[64];

	if (fit->n_targets == 0)
		return;
	text_printf(out, "<h3>FLOPs to reach a loss of %g</h3>\n", fit->options.target);
	html_table_start(out, "", "");
	html_table_head(out, titles, ARRAY_SIZE(titles));
	for (size_t i = 0; i < fit->n_targets; i++) {
		const struct fit_target *target = &fit->targets[i];

		html_row_start(out, fit->study.arms[target->arm].name);
		html_number(out, isfinite(target->flops)
					 ? report_with_interval(buffer, target->flops,
								&target->interval, 4)
					 : "never");
		html_cell(out, target->in_range ? "" : "beyond the data");
		html_row_end(out);
	}
	html_table_end(out);
}

static void add_scores(const struct fit_report *fit, struct text *out)
{
	const char *const titles[] = {"law, arm", "#points", "#inside their interval",
				      "#error of ln L", ""};

	if (fit->n_scores == 0)
		return;
	text_add(out, "<h3>Backtest: the largest budgets, held out and predicted</h3>\n");
	html_table_start(out, "", "");
	html_table_head(out, titles, ARRAY_SIZE(titles));
	for (size_t i = 0; i < fit->n_scores; i++) {
		const struct backtest_score *score = &fit->scores[i];
		struct text name = {0};

		text_printf(&name, "%s, %s", score->law->name, fit->study.arms[score->arm].name);
		html_row_start(out, text_string(&name));
		html_real(out, "%.0f", (double)score->n);
		html_real(out, "%.0f", (double)score->n_inside);
		html_real(out, "%.3g", score->error);
		html_cell(out, score->best ? "best of its arm" : "");
		html_row_end(out);
		text_release(&name);
	}
	html_table_end(out);
}

void report_add_laws(const struct report_input *input, struct text *out)
{
	const struct fit_report *fit = input->fit;
	struct law_fits fits;

	text_add(out, "<section id=\"laws\" aria-labelledby=\"laws-title\">\n"
		      "<h2 id=\"laws-title\">Laws</h2>\n");
	if (!fit || fit->n_laws == 0)
		html_element(out, "p", "", "No law could be fitted.");
	for (size_t i = 0; fit && i < fit->n_laws; i += fits.n) {
		fits = fits_from(fit, i);
		add_law(input, &fits, out);
	}
	if (fit) {
		add_targets(fit, out);
		add_scores(fit, out);
	}
	if (input->fit_json) {
		text_add(out, "<details><summary>everything that was fitted, as JSON</summary>\n");
		html_copy_block(out, "json-fit", "JSON", input->fit_json);
		text_add(out, "</details>\n");
	}
	text_add(out, "</section>\n");
}
