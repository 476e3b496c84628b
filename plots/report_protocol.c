/* SPDX-License-Identifier: MIT
 *
 * The protocol: sweep files, corpora and machine as the store knows them, what each arm was given,
 * and texts to paste.
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "plots/html.h"
#include "plots/report_parts.h"

static void add_sweeps(const struct store_protocol *protocol, struct text *out)
{
	for (size_t i = 0; i < protocol->n_sweeps; i++) {
		struct text id = {0};

		text_add(out, "<details><summary>sweep file of ");
		html_add_text(out, protocol->sweeps[i].name);
		text_add(out, "</summary>\n");
		text_printf(&id, "sweep-%zu", i + 1);
		html_copy_block(out, text_string(&id), "YAML", protocol->sweeps[i].spec);
		text_add(out, "</details>\n");
		text_release(&id);
	}
	for (size_t i = 0; i < protocol->n_corpora; i++) {
		text_add(out, "<details><summary>corpus ");
		html_add_text(out, protocol->corpora[i].name);
		text_add(out, "</summary>\n<pre tabindex=\"0\">");
		html_add_text(out, protocol->corpora[i].provenance);
		text_add(out, "content_sha256: ");
		html_add_text(out, protocol->corpora[i].hash);
		text_add(out, "</pre></details>\n");
	}
}

static void add_states(const struct store_protocol *protocol, struct text *out)
{
	const char *separator = "<p>Trials of the plan: ";
	char number[SHORT_TEXT];

	for (int state = 0; state < TRIAL_N_STATES; state++) {
		if (protocol->totals.counts[state] == 0)
			continue;
		text_printf(out, "%s%ld %s", separator, protocol->totals.counts[state],
			    trial_state_name((enum trial_state)state));
		separator = ", ";
	}
	text_printf(out, "; %s of training and evaluation.</p>\n",
		    format_duration(number, protocol->totals.seconds));
}

static void add_fact(struct text *out, const char *name, const char *value)
{
	if (!value)
		return;
	html_element(out, "dt", "", name);
	html_element(out, "dd", "", value);
}

static void add_facts(const struct store_protocol *protocol, struct text *out)
{
	text_add(out, "<dl>\n");
	add_fact(out, "family", protocol->family);
	add_fact(out, "context", protocol->context);
	add_fact(out, "vocabulary", protocol->vocab);
	add_fact(out, "schedule", protocol->schedule);
	add_fact(out, "warm-up", protocol->warmup);
	add_fact(out, "decay", protocol->decay);
	add_fact(out, "shape of the decay", protocol->decay_shape);
	add_fact(out, "gradient clipping", protocol->grad_clip);
	add_fact(out, "held-out tokens", protocol->val_tokens);
	add_fact(out, "precision", protocol->precision);
	add_fact(out, "backend", protocol->backend);
	add_fact(out, "host", protocol->host);
	add_fact(out, "BLAS", protocol->blas);
	add_fact(out, "threads a trial", protocol->threads);
	add_fact(out, "trained by muon-sweep", protocol->version);
	text_add(out, "</dl>\n");
}

/* "4" or "3 to 4" */
static void add_settings(const struct study_arm *arm, struct text *out)
{
	char buffer[64];

	if (arm->settings_max == arm->settings_min)
		snprintf(buffer, sizeof(buffer), "%zu", arm->settings_min);
	else
		snprintf(buffer, sizeof(buffer), "%zu to %zu", arm->settings_min,
			 arm->settings_max);
	html_number(out, buffer);
}

static void add_lrs(const struct report_arm_totals *totals, struct text *out)
{
	char buffer[96] = "";

	if (totals->n_lrs > 0)
		snprintf(buffer, sizeof(buffer), "%.4g to %.4g (%zu)", totals->lr_low,
			 totals->lr_high, totals->n_lrs);
	html_number(out, buffer);
}

static void add_ledger_row(const struct report_input *input, size_t a, struct text *out)
{
	const struct study_arm *arm = &input->study->arms[a];
	struct report_arm_totals totals = report_arm_totals_of(input, a);
	char number[SHORT_TEXT] = "";

	html_row_start(out, arm->name);
	html_cell(out, totals.tuned ? totals.tuned : "");
	add_settings(arm, out);
	add_lrs(&totals, out);
	html_real(out, "%.0f", (double)arm->n_seeds);
	html_real(out, "%.0f", (double)totals.n_trials);
	html_real(out, "%.0f", (double)arm->n_diverged);
	html_real(out, "%.3g", totals.flops);
	html_real(out, "%.3g", totals.flops_optimizer);
	html_number(out, isfinite(totals.seconds) ? format_duration(number, totals.seconds) : "");
	html_row_end(out);
}

static void add_ledger(const struct report_input *input, struct text *out)
{
	const char *const titles[] = {
		"arm",	   "tuned",	"#settings a cell", "#lr tried",	"#seeds",
		"#trials", "#diverged", "#model FLOPs",	    "#optimizer FLOPs", "#training time"};

	text_add(out, "<h3 id=\"ledger\">Tuning ledger</h3>\n");
	html_table_start(out, "", "what each arm was given, and what it used");
	html_table_head(out, titles, ARRAY_SIZE(titles));
	for (size_t a = 0; a < input->study->n_arms; a++)
		add_ledger_row(input, a, out);
	html_table_end(out);
}

static void add_texts(const struct report_input *input, struct text *out)
{
	struct text methods = {0}, ratios = {0}, ledger = {0};

	report_methods_text(input, &methods);
	report_ratios_latex(input, &ratios);
	report_ledger_latex(input, &ledger);
	text_add(out, "<h3>Methods, to paste</h3>\n");
	html_copy_block(out, "methods", "text", text_string(&methods));
	text_add(out, "<h3>LaTeX tables, to paste</h3>\n");
	html_copy_block(out, "latex-ratios", "LaTeX", text_string(&ratios));
	html_copy_block(out, "latex-ledger", "LaTeX", text_string(&ledger));
	text_release(&methods);
	text_release(&ratios);
	text_release(&ledger);
}

void report_add_protocol(const struct report_input *input, struct text *out)
{
	text_add(out, "<section id=\"protocol\" aria-labelledby=\"protocol-title\">\n"
		      "<h2 id=\"protocol-title\">Protocol</h2>\n");
	if (input->protocol) {
		add_states(input->protocol, out);
		add_facts(input->protocol, out);
		add_sweeps(input->protocol, out);
	} else
		html_element(out, "p", "",
			     "These rows come from a table, which does not tell how they were "
			     "made: no sweep file, no corpus, no machine.");
	if (input->study) {
		add_ledger(input, out);
		add_texts(input, out);
	}
	text_add(out, "</section>\n");
}
