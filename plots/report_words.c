/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plots/report_parts.h"

struct report_quote report_quote_of(const struct efficiency *pair)
{
	struct report_quote quote = {.row = NULL};

	quote.row = efficiency_quoted(pair, false, &quote.method);
	return quote;
}

const char *report_with_interval(char buffer[64], double value, const struct interval *interval,
				 int digits)
{
	if (isnan(value))
		snprintf(buffer, 64, "–");
	else if (isnan(interval->low))
		snprintf(buffer, 64, "%.*g", digits, value);
	else
		snprintf(buffer, 64, "%.*g [%.*g, %.*g]", digits, value, digits, interval->low,
			 digits, interval->high);
	return buffer;
}

static size_t count_lines(const struct text *lines)
{
	size_t n = 0;

	for (const char *at = text_string(lines); *at; at++)
		n += *at == '\n';
	return n;
}

size_t report_count_warnings(const struct report_input *input)
{
	const struct fit_report *fit = input->fit;
	size_t n;

	if (!fit)
		return 0;
	n = count_lines(&fit->warnings) + count_lines(&fit->refused);
	for (size_t i = 0; i < fit->n_pairs; i++)
		n += count_lines(&fit->pairs[i].warnings);
	for (size_t i = 0; i < fit->n_laws; i++)
		n += count_lines(&fit->laws[i].warnings);
	return n;
}

void report_add_counting(const struct report_input *input, struct text *out)
{
	const struct study *study = input->study;

	text_printf(out, "model FLOPs, %s (%s), the optimizer's %s",
		    count_flops_name(study->counted), count_flops_meaning(study->counted),
		    study->count_optimizer ? "added" : "left out");
}

bool report_is_trial(const struct observation *row)
{
	return row->final || (row->state && strcmp(row->state, "diverged") == 0);
}

size_t report_count_trials(const struct report_input *input)
{
	size_t n = 0;

	for (size_t i = 0; i < input->rows->n; i++)
		n += report_is_trial(&input->rows->rows[i]);
	return n;
}

/* The first trial of the arm with this lr. */
static bool is_new_lr(const struct study *study, size_t trial)
{
	for (size_t i = 0; i < trial; i++)
		if (study->trials[i].arm == study->trials[trial].arm &&
		    study->trials[i].lr == study->trials[trial].lr)
			return false;
	return isfinite(study->trials[trial].lr);
}

static void add_used(struct report_arm_totals *totals, const struct observation *row)
{
	totals->flops += row->flops;
	totals->flops_optimizer += row->flops_optimizer;
	totals->seconds += row->seconds;
}

/* A trial that diverged before its first evaluation has used what nobody knows: next to nothing. */
static void add_diverged(struct report_arm_totals *totals, const struct report_input *input,
			 const char *arm)
{
	for (size_t i = 0; i < input->rows->n; i++) {
		const struct observation *row = &input->rows->rows[i];

		if (!row->final && report_is_trial(row) && isfinite(row->flops) &&
		    strcmp(observation_arm(row), arm) == 0)
			add_used(totals, row);
	}
}

struct report_arm_totals report_arm_totals_of(const struct report_input *input, size_t arm)
{
	struct report_arm_totals totals = {.lr_low = HUGE_VAL, .lr_high = -HUGE_VAL};
	const struct study *study = input->study;

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (trial->arm != arm)
			continue;
		totals.n_trials++;
		totals.n_lrs += is_new_lr(study, i);
		totals.lr_low = fmin(totals.lr_low, trial->lr);
		totals.lr_high = fmax(totals.lr_high, trial->lr);
		if (trial->row->tuned)
			totals.tuned = trial->row->tuned;
		add_used(&totals, trial->row);
	}
	add_diverged(&totals, input, study->arms[arm].name);
	return totals;
}
